"""The short form of every suite of faults; `marque bench crash` and its sisters run the long ones."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.faults.failing_calls import FailingCalls, refusing
from evals.faults.generations import generation_of, has_secret, make_generation
from evals.faults.run import run_suite
from evals.faults.suite_result import SuiteResult, upper_bound

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "faults.json").read_text(encoding="utf-8"))


def run(name: str, **arguments: Any) -> dict[str, Any]:
    found = run_suite(name, **arguments)
    jsonschema.validate(found, SCHEMA)
    assert found["failures"] == 0, found["examples"]
    return found


@pytest.mark.timeout(400)
def test_kills_leave_nothing_lost_twice_or_mixed() -> None:
    found = run("crash", kills=8, seed=3)
    assert found["kills"] == found["trials"] == 8
    assert found["ready_seconds_max"] < found["ready_limit_seconds"]


@pytest.mark.timeout(400)
def test_refused_calls_leave_nothing_half_done() -> None:
    found = run("sweep", every=23, steps=["ingest", "rollback", "erase"], calls=["write", "fsync", "rename"])
    assert found["trials"] > 8


def test_every_read_is_of_exactly_one_release() -> None:
    found = run("readers", reads=400, publishes=5)
    assert found["reads"] >= 400
    assert found["releases_seen"] > 1


def test_damage_is_detected_and_the_previous_release_serves() -> None:
    found = run("damage", trials=2)
    files = set(found["detected_by_file"])
    assert {"vectors.npy", "keywords/keys.npy", "clusters/reduced.npy", "clusters/starts.npy"} < files
    assert "chroma/chroma.sqlite3" in files


@pytest.mark.timeout(400)
def test_full_disks_read_only_folders_clocks_and_two_publishers_change_nothing_unasked() -> None:
    found = run("storage", trials=4)
    assert found["trials"] >= 12


@pytest.mark.timeout(400)
def test_hostile_files_end_as_text_or_named_errors_and_nothing_live_changes() -> None:
    found = run("hostile", mutations=12, bombs=False)
    assert sum(found["outcomes"].values()) == found["trials"] > 25
    assert found["outcomes"]["text"] > 5
    assert found["live_content_unchanged"]
    assert found["questions_meanwhile"] > 0


def test_bound_is_the_rule_of_three_without_failures() -> None:
    assert upper_bound(0, 200) == pytest.approx(3 / 200, rel=0.01)
    assert upper_bound(0, 20_000) == pytest.approx(3 / 20_000, rel=0.01)


@given(st.integers(1, 300), st.data())
def test_bound_is_above_the_rate_that_was_seen(trials: int, data: st.DataObject) -> None:
    failures = data.draw(st.integers(0, trials))
    assert failures / trials <= upper_bound(failures, trials) <= 1


def test_failures_are_counted_and_shown() -> None:
    found = SuiteResult("crash", trials=10, failures=["one", "two"]).as_json()
    assert (found["failures"], found["examples"]) == (2, ["one", "two"])


def test_check_sees_what_is_lost_twice_or_mixed() -> None:
    whole = make_generation(3)
    assert generation_of(whole) == (3, None)
    assert has_secret(whole)
    assert generation_of(whole[1:]) == (3, "generation 3: lost")
    assert generation_of([*whole, whole[0]]) == (3, "generation 3: twice")
    assert generation_of([*whole, *make_generation(4)]) == (None, "generations [3, 4] are mixed")
    assert generation_of([])[1] == "no passage is left"


@pytest.mark.parametrize(("call", "number"), [("open", 1), ("write", 2), ("fsync", 1), ("rename", 1), ("unlink", 1)])
def test_one_call_is_refused_and_the_others_go_on(tmp_path: Path, call: Any, number: int) -> None:
    calls = FailingCalls(call, number)

    def work(name: str) -> None:
        with (tmp_path / name).open("wb") as file:
            file.write(b"one")
            file.write(b"two")
            os.fsync(file.fileno())
        (tmp_path / name).rename(tmp_path / f"{name}.moved")
        (tmp_path / f"{name}.moved").unlink()

    with refusing(calls):
        with pytest.raises(OSError, match=r"No space|error"):
            work("first")
        assert calls.refused
        work("second")
    assert not (tmp_path / "second.moved").exists()
