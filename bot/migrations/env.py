"""Runs the migrations on the connection that `bot.conversation_database` opened, within its transaction."""

from alembic import context

from bot.conversation_tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
