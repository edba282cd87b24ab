"""Reads what a group folder's files say in YAML."""

from pathlib import Path
from typing import Any

import yaml

# In C where there is one: profiles and glossaries are read at every start.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What the library raises of a value that looks like a date or number and is none.
_NO_VALUE = (ValueError, LookupError, AttributeError, RecursionError)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; no objects are made of what it says.

    Args:
        path: the file.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is no UTF-8.
        yaml.YAMLError: it is no YAML.
    """
    return parse_yaml(path.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """What a YAML text says; no objects are made of it.

    Args:
        text: the text.

    Raises:
        yaml.YAMLError: it is no YAML, or a value in it is none, such as 2025-02-30.
    """
    try:
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, *_NO_VALUE):
        return _parse_again(text)


def _parse_again(text: str) -> Any:
    """Parse in Python, which tells better where and why."""
    try:
        return yaml.safe_load(text)
    except _NO_VALUE as error:
        told = f"a value looks like a date or number and is none ({error}); correct it, or put it in quotes"
        raise yaml.YAMLError(told) from None
