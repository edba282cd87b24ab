"""An embedder as LangChain's `Embeddings`."""

import asyncio

from langchain_core.embeddings import Embeddings

from knowledge_base.embedder import Embedder


class LangChainEmbeddings(Embeddings):
    """Offers any embedder to LangChain's vector stores and retrievers.

    Args:
        embedder: does the work.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts of passages."""
        return [[float(value) for value in vector] for vector in self._embedder.embed_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Embed one question."""
        return [float(value) for value in self._embedder.embed_question(text)]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts of passages without holding up the event loop."""
        return await asyncio.to_thread(self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        """Embed one question without holding up the event loop."""
        return await asyncio.to_thread(self.embed_query, text)
