"""The unit that is found and cited."""

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from brands import Scope

PassageKind = Literal["text", "table", "faq", "warning"]

_SENTENCES = re.compile(r"\n+|(?<=[.!?…])\s+|(?<=[。！？؟])")
_QUESTION_MARKS = ("?", "？", "؟")


@dataclass(frozen=True)
class Passage:
    """One piece of a document that is found and cited as a whole.

    Args:
        document_id: path of the document below its `documents` folder; group documents begin with `group/`.
        title: the document's title.
        heading_path: headings above the text, outermost first.
        text: what stands in the document, in Markdown.
        kind: what the text is.
        scope: where it holds.
        position: place in the document, from 0, in reading order.
        page: page number from 1 on which it begins, where the document has pages.
        warnings: warning blocks of the procedure that the text belongs to, letter for letter.
        source: file name or address the document came from.
        version: version that the document gives itself.
        question: the question that an FAQ passage answers.
        page_starts: places in the text at which another page begins, and the number of that page.
    """

    document_id: str
    title: str
    heading_path: tuple[str, ...]
    text: str
    kind: PassageKind
    scope: Scope
    position: int
    page: int | None = None
    warnings: tuple[str, ...] = ()
    source: str = ""
    version: str | None = None
    question: str | None = None
    page_starts: tuple[tuple[int, int], ...] = ()

    @cached_property
    def passage_id(self) -> str:
        """Identity of the passage: the same words at the same place of the same document, 16 hex digits."""
        place = "\x1f".join((self.document_id, *self.heading_path, str(self.position)))
        return sha256(f"{place}\x1e{self.text}\x1e{self.question or ''}\x1e{self.scope!r}".encode()).hexdigest()[:16]

    @property
    def embedded_text(self) -> str:
        """What the embedder reads: the heading path, then the question and the text."""
        head = " > ".join((self.title, *self.heading_path))
        return "\n".join(part for part in (head, self.question, self.text) if part)

    @cached_property
    def holds_questions(self) -> bool:
        """Whether it is made of questions: it answers one, its heading is one, or most of its sentences are."""
        heading = self.heading_path[-1] if self.heading_path else self.title
        if self.question or heading.rstrip().endswith(_QUESTION_MARKS):
            return True
        if not any(mark in self.text for mark in _QUESTION_MARKS):
            return False
        sentences: list[str] = [one.strip() for one in _SENTENCES.split(self.text)]
        return 2 * sum(one.endswith(_QUESTION_MARKS) for one in sentences) > sum(map(bool, sentences))

    def page_of(self, words: str, start: int = 0) -> int | None:
        """The page on which some of its words begin; its first page where they do not stand in it.

        Args:
            words: letter for letter as in the text.
            start: where in the text they are looked for, when they stand in it more than once.
        """
        at = self.text.find(words, start) if self.page_starts else -1
        return next((page for begin, page in reversed(self.page_starts) if begin <= at), self.page)

    @property
    def text_key(self) -> int:
        """Identity of the words alone, case and white space aside, as an unsigned 64-bit number."""
        words = " ".join(f"{self.question or ''} {self.text}".casefold().split())
        return int.from_bytes(sha256(words.encode()).digest()[:8], "little")

    def as_json(self) -> dict[str, Any]:
        """Everything but the scope, which many passages share and which is kept once."""
        content = {
            "document_id": self.document_id,
            "title": self.title,
            "heading_path": list(self.heading_path),
            "text": self.text,
            "kind": self.kind,
            "position": self.position,
            "page": self.page,
            "warnings": list(self.warnings),
            "source": self.source,
            "version": self.version,
            "question": self.question,
        }
        # Absent where there are none, so that releases of before keep their hashes.
        return content | ({"page_starts": [list(one) for one in self.page_starts]} if self.page_starts else {})

    @classmethod
    def from_json(cls, content: dict[str, Any], scope: Scope) -> "Passage":
        """The passage that `as_json` told, with its scope."""
        return cls(
            document_id=content["document_id"],
            title=content["title"],
            heading_path=tuple(content["heading_path"]),
            text=content["text"],
            kind=content["kind"],
            scope=scope,
            position=content["position"],
            page=content["page"],
            warnings=tuple(content["warnings"]),
            source=content["source"],
            version=content["version"],
            question=content["question"],
            page_starts=tuple((begin, page) for begin, page in content.get("page_starts", ())),
        )
