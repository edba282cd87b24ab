"""A pipeline on the small group, with the fake embedder and the store in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brands import Group
from ingest.pipeline import Pipeline
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.memory_passage_store import MemoryPassageStore


@pytest.fixture
def knowledge_base(small_group: Group) -> KnowledgeBase:
    return build_knowledge_base(small_group.folder / ".marque", embedder=FakeEmbedder(), passages=MemoryPassageStore())


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(IngestSettings()) as made:
        yield made


@pytest.fixture
def pipeline(small_group: Group, knowledge_base: KnowledgeBase, sandbox: Sandbox) -> Pipeline:
    folder = small_group.folder / ".marque" / "parsed"
    return Pipeline(small_group, knowledge_base, IngestSettings(), sandbox, folder)


@pytest.fixture
def documents(small_group: Group) -> Path:
    return small_group.brand_folder("alder") / "documents"
