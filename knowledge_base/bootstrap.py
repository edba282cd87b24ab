"""Puts the knowledge base together: the one place that chooses its concrete parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brands import Glossary
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.embedder import Embedder
from knowledge_base.embedder_by_language import EmbedderByLanguage
from knowledge_base.embedder_choice import embedder_from_settings
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.file_passage_store import FilePassageStore
from knowledge_base.fusion import fixed_weight, weight_by_language, weight_of_own_embedders
from knowledge_base.passage_store import PassageStore
from knowledge_base.release_store import ReleaseStore
from knowledge_base.retriever import Retriever
from knowledge_base.settings import KnowledgeBaseSettings

EMBEDDING_CACHE = "embeddings.sqlite3"
# The bundled MiniLM was trained on English.
BUNDLED_LANGUAGES = ("en",)
_STORES = {"clusters": FilePassageStore, "chroma": ChromaPassageStore}


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """What the brands of a group know and how it is found.

    Args:
        embedder: turns texts into vectors.
        embedding_cache: keeps the vectors of passages, so that only what is new is embedded.
        passages: keeps passages and vectors inside a release.
        releases: the releases of every brand.
        retriever: searches the live releases.
        data_folder: where all of it lies.
    """

    embedder: Embedder
    embedding_cache: EmbeddingCache
    passages: PassageStore
    releases: ReleaseStore
    retriever: Retriever
    data_folder: Path


def build_knowledge_base(
    data_folder: Path,
    settings: KnowledgeBaseSettings | None = None,
    *,
    embedder: Embedder | None = None,
    passages: PassageStore | None = None,
    glossaries: Mapping[str, Glossary] | None = None,
    two_person_publish: bool = False,
) -> KnowledgeBase:
    """Put the knowledge base of a group together; nothing is read or written yet.

    Args:
        data_folder: where releases and the embedding cache lie, or will lie.
        settings: by default those of the environment.
        embedder: takes the place of the one that the settings name.
        passages: takes the place of the store that the settings name.
        glossaries: customers' words for what each brand's documents call otherwise, by brand id.
        two_person_publish: whether who built a release may not publish it.
    """
    settings = settings or KnowledgeBaseSettings()
    is_bundled = embedder is None and settings.embedder == "bundled"
    embedder = embedder or embedder_from_settings(settings)
    passages = passages or _STORES[settings.large_release_index](settings.exact_search_limit_passages)
    releases = ReleaseStore(
        data_folder,
        passages,
        retained_releases=settings.retained_releases,
        open_releases=settings.open_releases,
        two_person_publish=two_person_publish,
    )
    weight = fixed_weight(settings.dense_weight)
    others = weight_by_language(BUNDLED_LANGUAGES, settings.dense_weight) if is_bundled else weight
    own = embedder.languages if isinstance(embedder, EmbedderByLanguage) else ()
    return KnowledgeBase(
        embedder=embedder,
        embedding_cache=EmbeddingCache(data_folder / EMBEDDING_CACHE, embedder),
        passages=passages,
        releases=releases,
        retriever=Retriever(
            releases,
            embedder,
            weight_of_own_embedders(own, weight, others) if own else others,
            glossaries,
        ),
        data_folder=data_folder,
    )
