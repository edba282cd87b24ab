import asyncio

import numpy as np
from langchain_core.vectorstores import InMemoryVectorStore

from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.langchain_embeddings import LangChainEmbeddings

TEXTS = ["tyre pressure of the front axle", "warranty of the battery", "roadside assistance"]


def test_a_langchain_vector_store_finds_with_it() -> None:
    store = InMemoryVectorStore.from_texts(TEXTS, LangChainEmbeddings(FakeEmbedder()))
    (found,) = store.similarity_search("battery warranty", k=1)
    assert found.page_content == TEXTS[1]


def test_vectors_are_those_of_the_embedder() -> None:
    embedder = FakeEmbedder(32)
    embeddings = LangChainEmbeddings(embedder)
    assert np.allclose(embeddings.embed_documents(TEXTS), embedder.embed_passages(TEXTS))
    assert np.allclose(embeddings.embed_query(TEXTS[0]), embedder.embed_question(TEXTS[0]))


def test_asynchronous_calls_give_the_same() -> None:
    embeddings = LangChainEmbeddings(FakeEmbedder(32))
    assert asyncio.run(embeddings.aembed_documents(TEXTS)) == embeddings.embed_documents(TEXTS)
    assert asyncio.run(embeddings.aembed_query(TEXTS[0])) == embeddings.embed_query(TEXTS[0])
