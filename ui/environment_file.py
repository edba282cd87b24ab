"""Writes .env.example from the settings themselves: `python -m ui.environment_file > .env.example`."""

import sys
import textwrap

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.settings import BotSettings
from ingest.settings import IngestSettings
from knowledge_base.settings import KnowledgeBaseSettings
from ui.settings import UiSettings

SETTINGS: tuple[type[BaseSettings], ...] = (KnowledgeBaseSettings, IngestSettings, BotSettings, UiSettings)
HEAD = """\
# Every setting of Marque with its default. Copy to .env, and take the # away from what you change.
# The environment wins over this file. `marque doctor GROUP` checks what you set.
"""


def environment_example() -> str:
    """The content of .env.example: each setting, what it is, and its default."""
    return HEAD + "".join(_section(one) for one in SETTINGS)


def _section(settings: type[BaseSettings]) -> str:
    prefix = settings.model_config["env_prefix"]
    lines = [f"\n# --- {(settings.__doc__ or '').splitlines()[0]}"]
    for name, field in settings.model_fields.items():
        lines += textwrap.wrap(field.description or "", 118, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"#{prefix}{name.upper()}={_written(field.default)}")
    return "\n".join(lines) + "\n"


def _written(default: object) -> str:
    if default is None or isinstance(default, SecretStr):
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


if __name__ == "__main__":
    sys.stdout.write(environment_example())
