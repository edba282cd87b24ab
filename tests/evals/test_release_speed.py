"""The speed of releases is measured by what a group does, at a small size."""

import json
import sys
from typing import Any

import pytest

from evals.measurement import run_json
from evals.release_speed import make_passages


def job(name: str, **arguments: int) -> dict[str, Any]:
    return run_json([sys.executable, "-m", "evals.release_speed_process", name], json.dumps(arguments))


def test_publishing_embeds_nothing_anew_and_every_figure_is_told() -> None:
    found = job("publishing", passages=120, readers=2)
    assert found["embedded_anew"] == 0
    assert found["questions_meanwhile"] > 0
    assert all(found[name] > 0 for name in ("publish_s", "switch_ms", "rollback_s", "rollback_seen_s", "open_s"))


def test_only_the_changed_document_is_read_and_embedded_again() -> None:
    found = job("republish", documents=4, sections=3)
    assert found["passages"] == found["first_embedded"] == 12
    assert found["again_embedded"] == found["again_parsed"] == 1
    assert found["ratio"] == pytest.approx(found["first_s"] / found["again_s"], rel=0.1)


def test_open_releases_are_bounded_over_many_brands() -> None:
    few = job("brands", brands=12, passages=20, open_releases=3)
    all_open = job("brands", brands=12, passages=20, open_releases=12)
    assert few["open_files"] < all_open["open_files"]


def test_passages_differ_from_each_other_and_between_seeds() -> None:
    texts = [one.text for seed in (0, 1) for one in make_passages(50, seed)]
    assert len(set(texts)) == 100
