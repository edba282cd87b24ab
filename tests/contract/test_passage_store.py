"""What every passage store must do, on the fake and on the real one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from brands import Scope, VehicleContext
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.file_passage_store import FilePassageStore
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.passage import Passage
from knowledge_base.passage_store import OpenPassages, PassageStore
from tests.knowledge_base.samples import make_passage, make_passages, random_vectors

STORES: dict[str, Callable[[], PassageStore]] = {
    "memory": MemoryPassageStore,
    "files, exact": FilePassageStore,
    "files, by clusters": lambda: FilePassageStore(exact_search_limit=5),
    "chroma, exact": ChromaPassageStore,
    "chroma, by index": lambda: ChromaPassageStore(exact_search_limit=5),
}
NAME = "alder-20261123T101500.123456Z-4f9c2a"
EVERY_DAY = date(2026, 1, 1)


@dataclass
class Written:
    store: PassageStore
    folder: Path

    def reopen(self) -> OpenPassages:
        return self.store.open(self.folder, NAME)


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest) -> PassageStore:
    return STORES[request.param]()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "release"
    place.mkdir()
    return place


@pytest.fixture
def opened(store: PassageStore, folder: Path) -> Iterator[OpenPassages]:
    store.write(folder, NAME, make_passages(40), random_vectors(40))
    passages = store.open(folder, NAME)
    yield passages
    passages.close()


def test_gives_back_every_passage_as_it_was_written(store: PassageStore, folder: Path) -> None:
    full = Passage(
        document_id="group/faq ü.csv",
        title='Quotes " and {braces}',
        heading_path=("A > B", "日本語"),
        text="line one\nline two\u2028 and \x00 NUL",
        kind="faq",
        scope=Scope("de", "region", ("de", "at"), ("ridge",), (2024, 2025), date(2025, 1, 1), date(2026, 12, 31)),
        position=7,
        page=3,
        warnings=("> **WARNING** hot", "> **DANGER** hotter"),
        source="https://alder.example/faq",
        version="2025-03",
        question="Wie heiß?",
    )
    written = [full, *make_passages(9)]
    store.write(folder, NAME, written, random_vectors(10))
    opened = store.open(folder, NAME)
    assert [opened.passage(row) for row in range(len(opened))] == written
    opened.close()


def test_finds_a_row_by_passage_id_and_nothing_by_another(opened: OpenPassages) -> None:
    for row in (0, 17, 39):
        assert opened.rows.row_of(opened.passage(row).passage_id) == row
    for absent in ("0" * 16, "not hexadecimal!", "", "-0000000000000ff", "f" * 17):
        assert opened.rows.row_of(absent) is None


def test_refuses_a_row_that_is_not_there(opened: OpenPassages) -> None:
    for row in (-1, 40):
        with pytest.raises(IndexError):
            opened.passage(row)


def test_finds_the_nearest_rows_best_first(opened: OpenPassages) -> None:
    vectors = random_vectors(40)
    for row in (0, 8, 39):
        found = opened.nearest(vectors[row], None, 10)
        cosines = vectors @ vectors[row]
        assert found.rows[0] == row
        assert found.rows.tolist() == np.argsort(-cosines, kind="stable")[:10].tolist()
        np.testing.assert_allclose(found.cosines, cosines[found.rows], atol=1e-5)


def test_never_finds_a_row_outside_the_mask_and_all_inside_it(opened: OpenPassages) -> None:
    vectors = random_vectors(40)
    for admitted in (np.arange(40) % 3 == 0, np.arange(40) < 2, np.arange(40) < 39):
        found = opened.nearest(vectors[1], admitted, 8)
        inside = np.flatnonzero(admitted)
        wanted = inside[np.argsort(-(vectors @ vectors[1])[inside], kind="stable")][:8]
        assert found.rows.tolist() == wanted.tolist()


def test_finds_nothing_when_nothing_is_admitted_or_wanted(opened: OpenPassages) -> None:
    vector = random_vectors(1)[0]
    assert len(opened.nearest(vector, np.zeros(40, dtype=bool), 8).rows) == 0
    assert len(opened.nearest(vector, None, 0).rows) == 0


def test_gives_no_more_than_there_is(opened: OpenPassages) -> None:
    assert len(opened.nearest(random_vectors(1)[0], None, 1000).rows) == 40


def test_gives_exact_cosines_of_any_rows(opened: OpenPassages) -> None:
    vectors = random_vectors(40)
    rows = np.array([39, 0, 5])
    np.testing.assert_allclose(opened.cosines(vectors[3], rows), vectors[rows] @ vectors[3], atol=1e-6)


def test_tells_which_rows_belong_to_admitted_scopes(opened: OpenPassages) -> None:
    vehicle = VehicleContext(model="ridge", model_year=2025, market="gb")
    mask = opened.rows_admitted(opened.rows.admitted(vehicle, EVERY_DAY, "en"))
    expected = [opened.passage(row).scope.admits(vehicle, EVERY_DAY, "en") for row in range(40)]
    assert mask.tolist() == expected


def test_tells_what_stands_beside_a_row(store: PassageStore, folder: Path) -> None:
    headings = ["Tyres", "Tyres", "Oil", "Oil", "Lamps"]
    passages = [
        make_passage(f"text {position}", heading_path=(heading,), position=position)
        for position, heading in enumerate(headings)
    ]
    stranger = make_passage("other year", heading_path=("Oil",), position=5, scope=Scope("en", model_years=(2020,)))
    elsewhere = make_passage("other document", document_id="manuals/fell.md", heading_path=("Oil",))
    store.write(folder, NAME, [*passages, stranger, elsewhere], random_vectors(7))
    opened = store.open(folder, NAME)
    assert opened.rows.beside(0).tolist() == [1, 2, 3]
    assert opened.rows.beside(4).tolist() == [2, 3]
    opened.close()


def test_keeps_a_release_without_passages(store: PassageStore, folder: Path) -> None:
    store.write(folder, NAME, [], random_vectors(0))
    opened = store.open(folder, NAME)
    assert len(opened) == 0
    assert len(opened.nearest(random_vectors(1)[0], None, 5).rows) == 0
    opened.close()


def test_keeps_a_release_of_one_passage(store: PassageStore, folder: Path) -> None:
    store.write(folder, NAME, make_passages(1), random_vectors(1))
    opened = store.open(folder, NAME)
    assert opened.nearest(random_vectors(1)[0], None, 5).rows.tolist() == [0]
    opened.close()


def test_can_be_opened_again_and_answers_the_same(store: PassageStore, folder: Path) -> None:
    store.write(folder, NAME, make_passages(40), random_vectors(40))
    vector = random_vectors(1, seed=9)[0]
    answers = []
    for _ in range(3):
        opened = store.open(folder, NAME)
        answers.append(opened.nearest(vector, None, 10).rows.tolist())
        opened.close()
    assert answers[0] == answers[1] == answers[2]


def test_serves_several_threads_at_once(opened: OpenPassages) -> None:
    vectors = random_vectors(40)

    def ask(row: int) -> tuple[int, str]:
        found = opened.nearest(vectors[row], None, 3)
        return int(found.rows[0]), opened.passage(int(found.rows[0])).text

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, [row % 40 for row in range(200)]))
    assert answers == [(row % 40, make_passages(40)[row % 40].text) for row in range(200)]


def test_refuses_counts_that_differ(store: PassageStore, folder: Path) -> None:
    with pytest.raises(ValueError, match="3 passages cannot have 2 vectors"):
        store.write(folder, NAME, make_passages(3), random_vectors(2))


def test_refuses_to_open_what_was_never_written(store: PassageStore, folder: Path) -> None:
    with pytest.raises(KnowledgeBaseError):
        store.open(folder / "absent", "never-written")


def test_forgets_a_release_that_is_removed(store: PassageStore, folder: Path) -> None:
    store.write(folder, NAME, make_passages(3), random_vectors(3))
    store.remove(folder, NAME)
