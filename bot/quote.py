"""A span of a passage that is quoted letter for letter."""

from dataclasses import dataclass

from knowledge_base.passage import Passage


@dataclass(frozen=True, slots=True)
class Quote:
    """What is quoted of a passage.

    Args:
        passage: where it stands.
        start: where it begins in the passage's text.
        end: where it ends.
        heading: header lines of its table, which are shown above it.
        marked: where in the passage's text the fact asked for begins and ends; it is shown bold.
        goes_on: whether it is a later row of the table that the quote before it is of.
    """

    passage: Passage
    start: int
    end: int
    heading: str = ""
    marked: tuple[tuple[int, int], ...] = ()
    goes_on: bool = False

    @property
    def words(self) -> str:
        """The quoted words."""
        return self.passage.text[self.start : self.end]

    @property
    def shown(self) -> str:
        """What the customer reads."""
        text, shown, at = self.passage.text, self.heading, self.start
        for start, end in self.marked:
            if self.start <= start and end <= self.end:
                shown += f"{text[at:start]}**{text[start:end]}**"
                at = end
        return shown + text[at : self.end]
