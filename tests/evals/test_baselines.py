"""The simple searches that ours is compared with."""

from pathlib import Path

import numpy as np

from evals.baselines import fuse_ranks, rank_simply
from tests.knowledge_base.samples import EMBEDDER, build, make_passage, memory_releases


def test_rank_fusion_prefers_what_both_find() -> None:
    fused = fuse_ranks((np.array([3, 1, 2]), np.array([1, 4])))

    assert fused.tolist() == [1, 3, 4, 2]


def test_rank_fusion_of_nothing_is_nothing() -> None:
    assert fuse_ranks((np.array([], np.int64),)).tolist() == []


def test_each_way_ranks_documents_once(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    tyres = make_passage("Tyres need air.", document_id="tyres.md")
    more = make_passage("Tyres wear.", document_id="tyres.md", position=1)
    oil = make_passage("Oil grows old.", document_id="oil.md")
    build(releases, [tyres, more, oil])
    found = rank_simply(releases.open_live("alder"), EMBEDDER, "tyres")

    assert found["bm25"] == ["tyres.md"]
    assert sorted(found["dense"]) == ["oil.md", "tyres.md"]
    assert found["rrf"][0] == found["weight_0.5"][0] == "tyres.md"
    assert found["weight_0.9"] == found["dense"]
