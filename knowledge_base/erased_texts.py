"""Remembers what was erased without keeping it, so that it does not come back unnoticed.

A text that was erased is remembered by salted hashes of runs of its words. Whoever holds the text can recognise it by
them; they do not tell it. A short text that can be guessed (a name) can be confirmed by guessing: protect the data
folder as before, and lift an erasure when its source is gone for good.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, Literal

from knowledge_base.errors import ErasureRefused, ReleaseDamaged, StoreUnavailable
from knowledge_base.passage import Passage
from knowledge_base.release import next_release_id
from knowledge_base.release_files import plain_storage_errors, replace_file, seal_json, sync_folder, unseal_json

ERASURES = ".erasures"
"""No brand can be called so."""

# Runs of a document's words that are remembered. Long enough that two documents seldom share one by chance, short
# enough that a passage of 23 words, however it is split the next time, holds at least one whole run.
RUN_WORDS = 12

_WORD = re.compile(r"\w+")

ALL_BRANDS = "*"

ErasureKind = Literal["document", "text"]


@dataclass(frozen=True)
class ErasedText:
    """What is remembered of one erasure.

    Args:
        erasure_id: never repeats; sorts by time.
        at: when it was asked for, with time zone.
        by: who asked for it.
        kind: whether a document or a text was erased.
        brands: whose ingest is to recognise it; `*` for all, later ones too.
        subject_sha256: of the document's id, or of the text in lower case with single spaces.
        salt: of the hashes below.
        runs: hashes of runs of words, by their length in words.
        whole: hashes of texts that are too short for a run; only the same whole text is recognised.
        ends: letters of the first and the last word of a text, which may be parts of words; None for a document.
    """

    erasure_id: str
    at: datetime
    by: str
    kind: ErasureKind
    brands: tuple[str, ...]
    subject_sha256: str
    salt: str
    runs: Mapping[int, frozenset[str]] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    ends: tuple[int, int] | None = None

    def recognises(self, passage: Passage) -> bool:
        """Whether a passage holds what was erased."""
        if self._has_run(words_of(all_words_of(passage))):
            return True
        return bool(self.whole) and self._hash(words_of(own_words_of(passage))) in self.whole

    def recognises_text(self, text: str) -> bool:
        """Whether any text holds a run of what was erased."""
        return self._has_run(words_of(text))

    def as_json(self) -> dict[str, Any]:
        """What is kept on disk."""
        return {
            "erasure_id": self.erasure_id,
            "at": self.at.isoformat(),
            "by": self.by,
            "kind": self.kind,
            "brands": list(self.brands),
            "subject_sha256": self.subject_sha256,
            "salt": self.salt,
            "runs": {str(length): sorted(hashes) for length, hashes in self.runs.items()},
            "whole": sorted(self.whole),
            "ends": self.ends,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ErasedText":
        """What `as_json` told."""
        return cls(
            **{
                **content,
                "at": datetime.fromisoformat(content["at"]),
                "brands": tuple(content["brands"]),
                "runs": {int(length): frozenset(hashes) for length, hashes in content["runs"].items()},
                "whole": frozenset(content["whole"]),
                "ends": (content["ends"][0], content["ends"][1]) if content["ends"] else None,
            }
        )

    def _has_run(self, words: Sequence[str]) -> bool:
        return any(
            self._hash(run) in hashes for length, hashes in self.runs.items() for run in self._runs(words, length)
        )

    def _runs(self, words: Sequence[str], length: int) -> Iterator[Sequence[str]]:
        starts = range(len(words) - length + 1)
        if self.ends is None:
            yield from (words[start : start + length] for start in starts)
            return
        first, last = self.ends
        if length == 1:
            for word in words:
                yield from ((word[at : at + first],) for at in range(len(word) - first + 1))
            return
        for start in starts:
            end = start + length - 1
            yield (words[start][-first:], *words[start + 1 : end], words[end][:last])

    def _hash(self, words: Sequence[str]) -> str:
        return blake2b(" ".join(words).encode(), digest_size=12, key=self._key).hexdigest()

    @cached_property
    def _key(self) -> bytes:
        return bytes.fromhex(self.salt)


class ErasedTexts:
    """The erasures of a data folder, a file each.

    Args:
        data_folder: where releases and caches lie.
    """

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / ERASURES

    def all(self) -> tuple[ErasedText, ...]:
        """Every erasure that was not lifted, oldest first.

        Raises:
            StoreUnavailable: one of them cannot be read; erased text might come back if it were left out.
        """
        with plain_storage_errors("read what was erased", self._folder):
            if not self._folder.is_dir():
                return ()
            found = []
            for path in sorted(self._folder.glob("*.json")):
                try:
                    found.append(ErasedText.from_json(unseal_json(path)))
                except (ReleaseDamaged, KeyError, TypeError, ValueError) as error:
                    raise StoreUnavailable(
                        f"{path} is damaged, so it cannot be told what was erased; restore it from a backup, "
                        "or delete it and erase again"
                    ) from error
            return tuple(found)

    def of(self, brand_id: str) -> tuple[ErasedText, ...]:
        """The erasures that hold for one brand."""
        return tuple(one for one in self.all() if brand_id in one.brands or ALL_BRANDS in one.brands)

    def add(self, erased: ErasedText) -> None:
        """Remember an erasure, durably."""
        with plain_storage_errors("remember what was erased", self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._folder / f"{erased.erasure_id}.json", seal_json(erased.as_json()))
            sync_folder(self._folder.parent)

    def lift(self, erasure_id: str) -> None:
        """Forget an erasure, so that its text may come back.

        Raises:
            ErasureRefused: there is no such erasure.
        """
        known = [one.erasure_id for one in self.all()]
        if erasure_id not in known:
            named = ", ".join(known) or "none"
            raise ErasureRefused(f"there is no erasure {erasure_id!r}; those that hold are: {named}")
        with plain_storage_errors("forget an erasure", self._folder):
            (self._folder / f"{erasure_id}.json").unlink()
            sync_folder(self._folder)


def remember_document(
    document_id: str, erased: Iterable[Passage], kept: Iterable[Passage], brands: Sequence[str], by: str
) -> ErasedText:
    """What to remember of a document.

    Args:
        document_id: the document.
        erased: its passages, of every release.
        kept: what the brands go on saying; a run of words that stands there too is not remembered.
        brands: whose ingest is to recognise it.
        by: who erases it.
    """
    found = _begin("document", document_id, brands, by)
    said = {found._hash(words_of(own_words_of(one))) for one in kept}
    said_runs: set[str] = set()
    runs: set[str] = set()
    whole: set[str] = set()
    for passage in erased:
        words = words_of(own_words_of(passage))
        if len(words) < RUN_WORDS:
            whole.add(found._hash(words))
            continue
        last = len(words) - RUN_WORDS
        starts = {*range(0, last + 1, RUN_WORDS), last}
        runs |= {found._hash(words[start : start + RUN_WORDS]) for start in starts}
    if runs:
        for passage in kept:
            words = words_of(all_words_of(passage))
            said_runs |= {found._hash(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1)}
    return replace(found, runs={RUN_WORDS: frozenset(runs - said_runs)}, whole=frozenset(whole - said))


def remember_text(text: str, brands: Sequence[str], by: str) -> ErasedText:
    """What to remember of a text.

    Args:
        text: what was erased; it has at least one word.
        brands: whose ingest is to recognise it.
        by: who erases it.
    """
    found = _begin("text", text, brands, by)
    words = words_of(text)
    ends = (len(words[0]), len(words[-1]))
    return replace(found, runs={len(words): frozenset({found._hash(words)})}, ends=ends)


def leave_out_erased(
    erased: Sequence[ErasedText], passages: Sequence[Passage]
) -> tuple[tuple[Passage, ...], tuple[ErasedText, ...]]:
    """The passages that hold nothing that was erased.

    Args:
        erased: from `ErasedTexts.of`.
        passages: of one document.

    Returns:
        Those that may stay, and the erasures that the others fall under.
    """
    kept, met = [], {}
    for passage in passages:
        hit = next((one for one in erased if one.recognises(passage)), None)
        if hit is None:
            kept.append(passage)
        else:
            met[hit.erasure_id] = hit
    return tuple(kept), tuple(met.values())


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def plain(text: str) -> str:
    """A text in lower case with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def own_words_of(passage: Passage) -> str:
    """What a passage says itself, without what stands above it."""
    return f"{passage.question or ''}\n{passage.text}"


def all_words_of(passage: Passage) -> str:
    """Everything that a passage tells: its text, headings, warnings, document and source."""
    return "\n".join(strings_in(passage.as_json()))


def strings_in(value: Any) -> list[str]:
    """Every string in a JSON value, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [one for key, part in value.items() for one in (str(key), *strings_in(part))]
    if isinstance(value, list | tuple):
        return [one for part in value for one in strings_in(part)]
    return []


def _begin(kind: ErasureKind, subject: str, brands: Sequence[str], by: str) -> ErasedText:
    now = datetime.now(UTC)
    return ErasedText(
        erasure_id=next_release_id(now, None),
        at=now,
        by=by,
        kind=kind,
        brands=tuple(brands),
        subject_sha256=sha256((subject if kind == "document" else plain(subject)).encode()).hexdigest(),
        salt=secrets.token_hex(16),
    )
