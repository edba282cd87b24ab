"""The knowledge base as a whole."""

from pathlib import Path

from brands import VehicleContext
from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.settings import KnowledgeBaseSettings
from tests.knowledge_base.samples import build, make_passages


def test_building_it_reads_and_writes_nothing(tmp_path: Path) -> None:
    build_knowledge_base(tmp_path / "data", KnowledgeBaseSettings())
    assert list(tmp_path.iterdir()) == []


def test_parts_can_be_replaced_and_work_together(tmp_path: Path) -> None:
    embedder, passages = FakeEmbedder(), MemoryPassageStore()
    knowledge = build_knowledge_base(
        tmp_path / "data", KnowledgeBaseSettings(retained_releases=2), embedder=embedder, passages=passages
    )
    assert knowledge.embedder is embedder
    assert knowledge.passages is passages
    manifests = [build(knowledge.releases, make_passages(count)) for count in (3, 4, 5)]
    assert list(knowledge.releases.releases("alder")) == manifests[:0:-1]
    assert knowledge.retriever.find("alder", "item4", vehicle=VehicleContext()).hits[0].passage == make_passages(5)[4]


def test_brand_folders_and_cache_share_the_data_folder(tmp_path: Path) -> None:
    knowledge = build_knowledge_base(tmp_path, KnowledgeBaseSettings(), embedder=FakeEmbedder())
    knowledge.embedding_cache.embed(["one text"])
    build(knowledge.releases, make_passages(2))
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"alder"}
