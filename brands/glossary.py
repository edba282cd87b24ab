"""Customers' words for what the documents call otherwise, such as boot and luggage compartment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from brands.errors import GroupFolderInvalid
from brands.profile import WrittenLanguage, plain_words, yaml_words
from brands.yaml_file import read_yaml

_FILE = TypeAdapter(dict[WrittenLanguage, dict[str, list[str]]])


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """One thing, as the documents call it and as customers do.

    Args:
        term: what the documents call it.
        phrases: what customers call it; one word or several.
    """

    term: str
    phrases: tuple[str, ...]


Glossary = Mapping[str, tuple[GlossaryEntry, ...]]


def load_glossary(path: Path) -> Glossary:
    """Read one glossary.yaml: for each language, terms of the documents with the customers' phrases.

    Args:
        path: the file; when there is none, the glossary is empty.

    Raises:
        GroupFolderInvalid: the file is wrong.
    """
    try:
        content = read_yaml(path) or {}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GroupFolderInvalid(f"{path} cannot be read as YAML: {yaml_words(error)}") from None
    try:
        read = _FILE.validate_python(content)
    except ValidationError as error:
        raise GroupFolderInvalid(
            f"{path}: under each language write `term: [phrase, phrase]`; {plain_words(error)}"
        ) from None
    return {
        language: tuple(GlossaryEntry(str(term), tuple(phrases)) for term, phrases in terms.items())
        for language, terms in read.items()
    }


def merge_glossaries(first: Glossary, second: Glossary) -> Glossary:
    """Both glossaries together.

    Args:
        first: such as the group's.
        second: such as the brand's.
    """
    return {one: (*first.get(one, ()), *second.get(one, ())) for one in dict.fromkeys((*first, *second))}
