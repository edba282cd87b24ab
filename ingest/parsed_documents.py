"""Keeps what documents became, so that an unchanged one is not read again."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from brands import Scope
from ingest.document_language import LanguageOrigin
from knowledge_base.passage import Passage

# Libraries that decide what a document becomes.
LIBRARIES = ("lingua-language-detector", "liteparse", "lxml", "mammoth", "markdown-it-py", "openpyxl", "pypdfium2")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a document became.

    Args:
        key: identity of everything it depends on.
        title: its title.
        language: ISO 639-1 code.
        passages: in reading order.
        overrides: which inherited documents it replaces.
        notes: what a content editor should know of how it was read.
        language_origin: what tells the language.
    """

    key: str
    title: str
    language: str
    passages: tuple[Passage, ...]
    overrides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    language_origin: LanguageOrigin = "brand"


def parsed_key(content: bytes, suffix: str, embedder_fingerprint: str, scope_inputs: Mapping[str, Any]) -> str:
    """Identity of everything that decides what a document becomes; its place and name are no part of it.

    Args:
        content: the bytes of the file.
        suffix: of its name.
        embedder_fingerprint: whose window the passages fit.
        scope_inputs: what folders and brand say of it, as JSON values.
    """
    told = json.dumps([suffix, reader_version(), embedder_fingerprint, scope_inputs], sort_keys=True, default=str)
    return sha256(sha256(content).digest() + told.encode()).hexdigest()


@cache
def reader_version() -> str:
    """Identity of the code that reads and splits: our own, and the releases of the libraries it stands on.

    No number has to be counted up by hand, so none can be forgotten.
    """
    found = sha256()
    package = Path(__file__).parent
    for path in sorted([*package.glob("*.py"), *package.glob("loaders/*.py")]):
        found.update(path.read_bytes())
    for library in LIBRARIES:
        found.update(f"{library} {version(library)}".encode())
    return found.hexdigest()


class ParsedDocuments:
    """One brand's parsed documents, a JSON file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str, document_id: str, source: str) -> ParsedDocument | None:
        """What a document became when it was last read; None when it must be read.

        Args:
            key: from `parsed_key`.
            document_id: its id now; a renamed document is not read again.
            source: its file name now.
        """
        try:
            content = json.loads((self._folder / f"{key}.json").read_bytes())
            scopes = [_scope(one) for one in content["scopes"]]
            passages = tuple(
                replace(Passage.from_json(one, scopes[one["scope"]]), document_id=document_id, source=source)
                for one in content["passages"]
            )
            return ParsedDocument(
                key,
                content["title"],
                content["language"],
                passages,
                tuple(content["overrides"]),
                tuple(content["notes"]),
                content["language_origin"],
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None  # absent or damaged: it is read again

    def keep(self, parsed: ParsedDocument) -> None:
        """Write what a document became; a full disk only costs the next ingest time.

        Args:
            parsed: the document.
        """
        scopes = list(dict.fromkeys(one.scope for one in parsed.passages))
        content = {
            "title": parsed.title,
            "language": parsed.language,
            "overrides": parsed.overrides,
            "notes": parsed.notes,
            "language_origin": parsed.language_origin,
            "scopes": [_scope_json(one) for one in scopes],
            "passages": [{**one.as_json(), "scope": scopes.index(one.scope)} for one in parsed.passages],
        }
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(json.dumps(content, ensure_ascii=False))  # json.dump takes three times as long
                Path(name).replace(self._folder / f"{parsed.key}.json")
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def keep_only(self, keys: Iterable[str]) -> None:
        """Remove what no document needs any more.

        Args:
            keys: of the documents that are still there.
        """
        needed = {f"{key}.json" for key in keys}
        with suppress(OSError):
            for path in self._folder.iterdir():
                if path.name not in needed:
                    path.unlink(missing_ok=True)


def content_hash(key: str, title: str, language: str, passages: Iterable[Passage]) -> str:
    """Identity of what a release holds of a document: its bytes, its scope, and the passages that are in.

    Args:
        key: from `parsed_key`.
        title: its title.
        language: ISO 639-1 code.
        passages: those of its passages that are in the brand's view.
    """
    found = sha256(f"{key}\n{title}\n{language}".encode())
    for passage in passages:
        found.update(f"\n{passage.passage_id}".encode())
    return found.hexdigest()


def _scope_json(scope: Scope) -> dict[str, Any]:
    return {
        "language": scope.language,
        "level": scope.level,
        "markets": scope.markets,
        "models": scope.models,
        "model_years": scope.model_years,
        "valid_from": scope.valid_from.isoformat() if scope.valid_from else None,
        "valid_to": scope.valid_to.isoformat() if scope.valid_to else None,
    }


def _scope(content: dict[str, Any]) -> Scope:
    days = {name: date.fromisoformat(content[name]) if content[name] else None for name in ("valid_from", "valid_to")}
    lists = {name: tuple(content[name]) for name in ("markets", "models", "model_years")}
    return Scope(**{**content, **lists, **days})
