"""The retriever as LangChain users expect it."""

from datetime import date

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from brands import VehicleContext
from knowledge_base.retriever import Hit, Retriever


class KnowledgeBaseRetriever(BaseRetriever):
    """Finds the passages of one brand, as LangChain documents.

    Args:
        retriever: the retriever of the knowledge base.
        brand_id: whose knowledge is searched; a retriever never changes its brand.
        vehicle: what is known of the customer's vehicle.
        language: when given, only passages in this language are found.
        on: the day of the question; today if not given.
        limit: at most so many documents.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    retriever: Retriever
    brand_id: str
    vehicle: VehicleContext = VehicleContext()
    language: str | None = None
    on: date | None = None
    limit: int = 8

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002
        found = self.retriever.find(
            self.brand_id, query, vehicle=self.vehicle, language=self.language, on=self.on, limit=self.limit
        )
        return [_as_document(hit, found.release_id) for hit in found.hits]


def _as_document(hit: Hit, release_id: str) -> Document:
    passage = hit.passage
    return Document(
        id=passage.passage_id,
        page_content=passage.text,
        metadata={
            "document": passage.document_id,
            "title": passage.title,
            "heading": " > ".join(passage.heading_path),
            "page": passage.page,
            "kind": passage.kind,
            "language": passage.scope.language,
            "source": passage.source,
            "warnings": list(passage.warnings),
            "release": release_id,
            "score": hit.score,
            "cosine": hit.cosine,
            "keyword": hit.keyword,
        },
    )
