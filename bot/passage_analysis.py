"""What is worked out once of each passage: its parts, stems and facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from bot.facts import Fact, facts_of
from bot.language_data import content_stems
from bot.sentences import Part, has_steps, parts_of
from bot.table_units import facts_of_rows
from knowledge_base.passage import Passage

# About 10 kB each.
_KEPT = 8_192
# At most so many of a brand are worked out ahead of the first question, a second or so.
_AHEAD = 2_000


@dataclass(frozen=True)
class PassageAnalysis:
    """A passage and what was worked out of it.

    Args:
        passage: the passage.
    """

    passage: Passage

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its parts, headings left out."""
        return tuple(part for part in parts_of(self.passage.text) if part.kind != "heading")

    @cached_property
    def part_stems(self) -> dict[Part, frozenset[str]]:
        """The stems of each part."""
        return {part: self._stems(part.of(self.passage.text)) for part in self.parts}

    @cached_property
    def part_facts(self) -> dict[Part, tuple[Fact, ...]]:
        """The facts of each part."""
        text = self.passage.text
        of_rows = facts_of_rows(text, self.parts)
        return {part: of_rows[part] if part in of_rows else facts_of(part.of(text)) for part in self.parts}

    @cached_property
    def column_stems(self) -> frozenset[str]:
        """The stems of the heads of its tables, which tell what the values of their rows are."""
        return frozenset[str]().union(*(self.part_stems[part] for part in self.parts if part.kind == "table_head"))

    @cached_property
    def leaf_stems(self) -> frozenset[str]:
        """The stems of its own heading and, for an FAQ passage, its question."""
        return self._stems(" ".join((*self.passage.heading_path[-1:], self.passage.question or "")))

    @cached_property
    def head_stems(self) -> frozenset[str]:
        """The stems of title, headings and question."""
        passage = self.passage
        return self._stems(" ".join((passage.title, *passage.heading_path, passage.question or "")))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of title, headings, question and text."""
        return self._stems(self.passage.embedded_text)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the text, and what its tables' heads make of bare numbers."""
        of_rows = (fact for part in self.parts if part.kind == "row" for fact in self.part_facts[part])
        return (*facts_of(self.passage.text), *of_rows)

    @cached_property
    def is_procedure(self) -> bool:
        """Whether it has numbered steps."""
        return has_steps(self.parts)

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(content_stems(text, self.passage.scope.language))


@lru_cache(maxsize=_KEPT)
def analysis_of(passage: Passage) -> PassageAnalysis:
    """What is worked out of a passage; kept for the passages that were asked for lately."""
    return PassageAnalysis(passage)


def analyse_passages(passages: Iterable[Passage]) -> Iterator[None]:
    """Work out ahead what questions would wait for, in the first 2,000 passages; yields after each."""
    for passage in islice(passages, _AHEAD):
        known = analysis_of(passage)
        _ = known.stems, known.leaf_stems, known.part_stems, known.facts, known.part_facts
        yield
