"""A search that finds in one document only, to tell how well an answer is made of what answers."""

from collections.abc import Callable
from datetime import date

from brands import VehicleContext
from knowledge_base.earlier_talk import EarlierTalk
from knowledge_base.passage import Passage
from knowledge_base.retriever import Found, Retriever

# All passages of the brand, since the document may be the last that a search would find.
_ALL = 100_000


class GivenDocumentRetriever(Retriever):
    """Searches as the product does and keeps what stands in the given document.

    Args:
        retriever: searches the live releases.
    """

    def __init__(self, retriever: Retriever) -> None:
        self._whole = retriever
        self.document_id = ""

    def find(
        self,
        brand_id: str,
        question: str,
        *,
        vehicle: VehicleContext,
        language: str | None = None,
        on: date | None = None,
        limit: int = 8,
        earlier: EarlierTalk | None = None,
    ) -> Found:
        """The passages of the given document, the best first."""
        for reach in (20 * limit, _ALL):
            found = self._whole.find(
                brand_id, question, vehicle=vehicle, language=language, on=on, limit=reach, earlier=earlier
            )
            hits = tuple(one for one in found.hits if one.passage.document_id == self.document_id)
            if hits:
                break
        return Found(found.release_id, hits[:limit])

    def highest_cosine(self, brand_id: str, question: str, *, vehicle: VehicleContext, on: date | None = None) -> float:
        """How near the nearest passage of the brand is: none of the given document is nearer."""
        return self._whole.highest_cosine(brand_id, question, vehicle=vehicle, on=on)

    def spelled(self, brand_id: str, question: str, language: str, is_word: Callable[[str], bool]) -> str:
        """A question with its slips of the finger put right by the words of the brand's documents."""
        return self._whole.spelled(brand_id, question, language, is_word)

    def passage(self, brand_id: str, passage_id: str) -> Passage | None:
        """A passage of the live release, or None when it does not hold it."""
        return self._whole.passage(brand_id, passage_id)

    def neighbours(self, brand_id: str, passage: Passage) -> tuple[Passage, ...]:
        """What stands beside a passage."""
        return self._whole.neighbours(brand_id, passage)

    def warm(self, brand_id: str) -> None:
        """Do now what the first question of a brand would wait for."""
        self._whole.warm(brand_id)
