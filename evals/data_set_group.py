"""Writes a data set as a group folder, so that the product's own ingest reads it like any company's documents."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from evals.data_set import DataSet, SourceText

_CONTACT = {"phone": "+1 555 0100", "email": "care@example.com", "url": "https://example.com", "hours": "always"}


@dataclass(frozen=True, slots=True)
class DataSetGroup:
    """A data set that lies in a group folder.

    Args:
        folder: the group folder.
        brands: the brand of each value of the scope field; None stands for no scope.
        documents: the document of the data set, by brand and document id of the product.
    """

    folder: Path
    brands: Mapping[str | None, str]
    documents: Mapping[tuple[str, str], str]


def write_group(data_set: DataSet, folder: Path) -> DataSetGroup:
    """Write the documents as Markdown files with their title in front, one brand a value of the scope field.

    Files that are there with the same words stay as they are.

    Args:
        data_set: the documents.
        folder: the group folder, made when it is not there.
    """
    by_scope: dict[str | None, list[SourceText]] = {}
    for one in data_set.documents:
        by_scope.setdefault(one.scope, []).append(one)
    brands = {scope: _brand_id(number, scope) for number, scope in enumerate(by_scope)}
    documents: dict[tuple[str, str], str] = {}
    for scope, texts in by_scope.items():
        brand_id = brands[scope]
        brand_folder = folder / "brands" / brand_id
        languages = list(dict.fromkeys(one.language for one in texts))
        _write(brand_folder / "brand.yaml", _as_yaml(_profile(brand_id, scope or data_set.name, languages)))
        written = set()
        for number, one in enumerate(texts):
            name = f"{number:06d}.md"
            _write(brand_folder / "documents" / name, _as_markdown(one))
            documents[brand_id, name] = one.document_id
            written.add(name)
        _remove_others(brand_folder / "documents", written)
    group = {
        "id": "data-set",
        "name": data_set.name,
        "languages": sorted({one.language for one in data_set.documents}),
        "brands": list(brands.values()),
    }
    _write(folder / "group.yaml", _as_yaml(group))
    return DataSetGroup(folder, brands, documents)


def _brand_id(number: int, scope: str | None) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", (scope or "all").lower()).strip("-")[:40].strip("-")
    return f"b{number}-{words}" if words else f"b{number}"


def _profile(brand_id: str, name: str, languages: list[str]) -> dict[str, object]:
    return {
        "id": brand_id,
        "name": name,
        "default_language": languages[0],
        "languages": languages,
        "voice": {"assistant_name": "Assistant", "greeting": {languages[0]: "Hello"}},
        "contacts": {"default": _CONTACT},
    }


def _as_markdown(text: SourceText) -> str:
    # Many corpora repeat the title as the first line of the text.
    body = text.text.removeprefix(f"{text.title}\n") if text.title else text.text
    front: dict[str, object] = {"language": text.language}
    if text.title:
        front["title"] = text.title[:500]
    return f"---\n{_as_yaml(front)}---\n\n{body or text.text}\n"


def _as_yaml(content: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=10_000)


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = content.encode("utf-8", "replace")
    if not path.is_file() or path.read_bytes() != encoded:
        path.write_bytes(encoded)


def _remove_others(folder: Path, written: Iterable[str]) -> None:
    keep = set(written)
    for path in folder.iterdir():
        if path.name not in keep:
            path.unlink()
