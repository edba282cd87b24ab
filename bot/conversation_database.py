"""The database of the conversations: SQLite beside the releases, or Postgres by its address."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.resources import files
from pathlib import Path
from threading import Lock, local
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from bot.errors import ConversationsUnavailable, SettingsInvalid

# The newest file in bot/migrations/versions; a test compares the two.
NEWEST_MIGRATION = "0004"
# Key of the lock that lets one process at a time migrate a Postgres database; any number that stays the same.
_MIGRATION_LOCK = 7_105_116_001
_BUSY_SECONDS = 15.0
_LOOK_SECONDS = 0.0005
# Of SQLite's extended codes, the part that tells what kind of error it is.
_PRIMARY_CODE = 0xFF
# How long the file is not rebuilt again, as a multiple of the time that it took.
_REST = 4
_WRITE = "marque_write"


class ConversationDatabase:
    """An open database with the newest tables; safe for use by several threads and processes.

    Args:
        url: SQLAlchemy address.

    Raises:
        SettingsInvalid: the address cannot be used.
        ConversationsUnavailable: the database cannot be reached, or is newer than this program.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite lets one writer in; the threads of a process wait here.
        self._write_lock = Lock()
        self._writer = self.engine.execution_options(**{_WRITE: True}) if self.is_sqlite else self.engine
        self._together = local()
        self._rebuilding = Lock()
        self._erasures = 0
        self._rebuilt = 0
        self._rest_until = 0.0
        with self.writing() as connection:
            _migrate(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction that only reads."""
        with _plain_errors():
            if (shared := self._shared()) is not None:
                yield shared
                return
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that is durable when the block ends, or has no effect when it raises."""
        with _plain_errors():
            if (shared := self._shared()) is not None:
                yield shared
                return
            with self._write_lock if self.is_sqlite else nullcontext(), self._writer.begin() as connection:
                yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of what this thread reads and writes inside."""
        if self._shared() is not None:
            yield
            return
        with self.writing() as connection:
            self._together.connection = connection
            try:
                yield
            finally:
                self._together.connection = None

    def _shared(self) -> Connection | None:
        """The transaction that this thread is in."""
        found: Connection | None = getattr(self._together, "connection", None)
        return found

    def overwrite_deleted(self) -> None:
        """Make sure that what was deleted is no more in the files of a SQLite database.

        `secure_delete` writes zeros over deleted rows; VACUUM also drops what older page moves left behind; the
        checkpoint empties the write-ahead log. Postgres does the same in its own time, by autovacuum. A VACUUM takes
        as long as the file is large and lets nobody write, so those who erase at the same time share one, and it
        takes at most a fifth of the time.

        Raises:
            ConversationsUnavailable: readers kept the write-ahead log in use for too long.
        """
        if not self.is_sqlite:
            return
        if self._shared() is not None:
            raise RuntimeError("what is erased together with other writing is still there; erase outside of `together`")
        with self._write_lock:
            self._erasures += 1
            mine = self._erasures
        with self._rebuilding:
            if self._rebuilt >= mine:
                return
            time.sleep(max(0.0, self._rest_until - time.monotonic()))
            begun, covered = time.monotonic(), self._erasures
            self._rebuild()
            self._rebuilt = covered
            self._rest_until = time.monotonic() + _REST * (time.monotonic() - begun)

    def _rebuild(self) -> None:
        until = time.monotonic() + _BUSY_SECONDS
        with _plain_errors(), self._write_lock, self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM")
            while driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    raise ConversationsUnavailable("what was erased is still in the database's log; erase again")
                time.sleep(0.02)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file, which is made, for its owner's eyes only, where it is missing.

    Raises:
        ConversationsUnavailable: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise ConversationsUnavailable(f"{path} cannot be written: {error.strerror}") from None
    return f"sqlite:///{path}"


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() not in {"sqlite", "postgresql"}:
            raise SettingsInvalid("MARQUE_BOT_CONVERSATIONS_URL must begin with sqlite:/// or postgresql://")
        if address.get_backend_name() == "postgresql":
            return create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS})
    except (ArgumentError, NoSuchModuleError):
        raise SettingsInvalid("MARQUE_BOT_CONVERSATIONS_URL is no SQLAlchemy address") from None
    except ModuleNotFoundError:
        raise SettingsInvalid(
            "Postgres needs the package psycopg; run `pip install 'psycopg[binary]'`, or unset "
            "MARQUE_BOT_CONVERSATIONS_URL to keep conversations in SQLite"
        ) from None
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(driver: Any, _record: object) -> None:
    # The driver's own transactions begin only with the first write, and then cannot wait for another writer.
    driver.isolation_level = None
    # Where others open a new file at the same time, SQLite does not wait by itself.
    _insist(driver, "PRAGMA journal_mode=WAL", 0.02)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        driver.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    if not connection.get_execution_options().get(_WRITE):
        driver.execute("BEGIN")
        return
    # By itself SQLite looks again after 1, 2, 5, 10 … ms, and all threads of the process wait meanwhile.
    driver.execute("PRAGMA busy_timeout=0")
    try:
        _insist(driver, "BEGIN IMMEDIATE", _LOOK_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000:.0f}")


def _insist(driver: Any, statement: str, every_seconds: float) -> None:
    """Execute what another process may keep from being executed for a moment."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            driver.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(every_seconds)
        else:
            return


def _migrate(connection: Connection) -> None:
    """Bring the tables up to date; who comes second waits, and finds nothing left to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    found = None
    if inspect(connection).has_table("alembic_version"):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found == NEWEST_MIGRATION:
        return
    # Imported only where there is something to migrate: it takes as long as all the rest of a start.
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(files("bot.migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        upgrade(config, "head")
    except CommandError:
        raise ConversationsUnavailable(
            f"the conversations' database is at step {found}, which this version does not know; install a newer one"
        ) from None


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        told = " ".join(str(error.orig).split())[:200]
        raise ConversationsUnavailable(f"the conversations' database cannot be used: {told}") from None
    except SQLAlchemyError as error:
        raise ConversationsUnavailable(f"the conversations' database cannot be used: {type(error).__name__}") from None
    except sqlite3.Error as error:  # of a statement that went to the driver itself
        raise ConversationsUnavailable(f"the conversations' database cannot be used: {error}") from None
