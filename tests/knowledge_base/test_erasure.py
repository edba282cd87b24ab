"""Erasing from releases, caches and other files, and what cut-short erasures leave."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.web.page_store import PageStore
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.brand_folder import BrandFolder
from knowledge_base.byte_search import find_bytes
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.erased_texts import ErasedTexts
from knowledge_base.erasure import ErasureTarget, KnowledgeErasure, erase, known_brands, plan_erasure
from knowledge_base.errors import ErasureRefused, ReleaseBusy
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.file_passage_store import FilePassageStore
from knowledge_base.kept_files import PAGES
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.passage import Passage
from knowledge_base.passage_store import PassageStore
from knowledge_base.release import DocumentRecord, Manifest
from knowledge_base.release_files import replace_file, seal_json
from knowledge_base.settings import KnowledgeBaseSettings
from tests.knowledge_base.samples import make_passage, make_passages

STORES: dict[str, Callable[[], PassageStore]] = {
    "memory": MemoryPassageStore,
    "files": lambda: FilePassageStore(0),
    "chroma": lambda: ChromaPassageStore(0),
}
SECRET = "Jane Doe, 12 Orchard Lane"
LETTER = make_passage(
    f"Complaint of {SECRET}: the car stalled twice on the motorway.", document_id="letters/doe.md", title="Letter"
)


@pytest.fixture(params=list(STORES))
def knowledge_base(request: pytest.FixtureRequest, tmp_path: Path) -> KnowledgeBase:
    return open_knowledge_base(tmp_path / "data", STORES[request.param]())


@pytest.fixture
def on_disk(tmp_path: Path) -> KnowledgeBase:
    return open_knowledge_base(tmp_path / "data", ChromaPassageStore(0))


def open_knowledge_base(folder: Path, passages: PassageStore) -> KnowledgeBase:
    return build_knowledge_base(folder, KnowledgeBaseSettings(), embedder=FakeEmbedder(), passages=passages)


def build(
    knowledge_base: KnowledgeBase, passages: list[Passage], brand_id: str = "alder", *, publish: bool = True
) -> Manifest:
    named = sorted({one.document_id for one in passages})
    manifest = knowledge_base.releases.build(
        brand_id,
        passages,
        knowledge_base.embedding_cache.embed([one.embedded_text for one in passages]).vectors,
        documents=[DocumentRecord(one, one, "0" * 64, 1, "en", one.rpartition("/")[2]) for one in named],
        failures={"broken.pdf": "no text was found"},
        created_by="anna",
        embedder_fingerprint=knowledge_base.embedder.fingerprint,
    )
    if publish:
        knowledge_base.releases.publish(brand_id, manifest.release_id, published_by="ben")
    return manifest


def texts(knowledge_base: KnowledgeBase, release_id: str, brand_id: str = "alder") -> list[str]:
    return [one.text for one in knowledge_base.releases.passages_of(brand_id, release_id)]


def erase_text(knowledge_base: KnowledgeBase, text: str = SECRET) -> KnowledgeErasure:
    folder = knowledge_base.data_folder
    return erase(knowledge_base, ErasureTarget(text=text), known_brands(folder), by="dpo", remember_for=["*"])


def test_text_goes_from_every_kept_release_and_the_order_stays(knowledge_base: KnowledgeBase) -> None:
    first = build(knowledge_base, [*make_passages(3), LETTER])
    second = build(knowledge_base, make_passages(4))
    third = build(knowledge_base, [LETTER, *make_passages(5)])
    candidate = build(knowledge_base, [*make_passages(6), LETTER], publish=False)
    done = erase_text(knowledge_base)
    assert [one.before for one in done.releases] == [first.release_id, third.release_id, candidate.release_id]
    kept = [one.release_id for one in knowledge_base.releases.releases("alder")]
    assert [len(texts(knowledge_base, one)) for one in kept] == [6, 5, 4, 3]
    live = knowledge_base.releases.open_live("alder")
    assert live.manifest.release_id == done.releases[1].after
    assert live.manifest.created_at == third.created_at
    assert [one.document_id for one in live.manifest.documents] == ["manuals/0.md", "manuals/1.md"]
    assert texts(knowledge_base, live.manifest.release_id) == [one.text for one in make_passages(5)]
    assert knowledge_base.releases.rollback("alder").release_id == second.release_id
    assert knowledge_base.releases.rollback("alder").release_id == done.releases[0].after


def test_nothing_is_found_in_any_byte_afterwards(on_disk: KnowledgeBase) -> None:
    build(on_disk, [*make_passages(30), LETTER])
    build(on_disk, [LETTER, *make_passages(31)], "birch")
    vector = on_disk.releases.open_live("birch").passages.vectors[0].tobytes()[:64]
    folder = on_disk.data_folder
    assert len(find_bytes(folder, [SECRET])) == 2
    assert any("chroma" in one for one in find_bytes(folder, [], [vector]))
    assert "embeddings.sqlite3" in " ".join(find_bytes(folder, [], [vector]))
    done = erase_text(on_disk, "jane doe,  12 ORCHARD lane")
    assert find_bytes(folder, [SECRET, "Orchard Lane"], [vector, *done.needles]) == ()
    assert done.vectors == 1
    assert len(done.needles) == 1


def test_document_goes_and_its_twin_of_the_same_file_name_stays(knowledge_base: KnowledgeBase) -> None:
    twin = make_passage("Another text.", document_id="doe.md")
    build(knowledge_base, [*make_passages(3), LETTER, twin])
    target = ErasureTarget(document_id="letters/doe.md")
    planned = plan_erasure(knowledge_base, target, ["alder"])
    assert [(one.erased, one.kept) for one in planned.releases] == [(1, 4)]
    done = erase(knowledge_base, target, ["alder"], by="dpo", remember_for=["alder"])
    assert done.documents == planned.documents == {"alder": ("letters/doe.md",)}
    live = knowledge_base.releases.live("alder")
    assert live is not None
    assert "Another text." in texts(knowledge_base, live.release_id)
    assert [one.document_id for one in live.documents] == ["doe.md", "manuals/0.md", "manuals/1.md"]
    assert [one.recognises(LETTER) for one in ErasedTexts(knowledge_base.data_folder).of("alder")] == [True]


def test_last_passage_of_a_brand_may_be_erased(knowledge_base: KnowledgeBase) -> None:
    build(knowledge_base, [LETTER])
    erase_text(knowledge_base)
    assert len(knowledge_base.releases.open_live("alder").passages) == 0


def test_erasing_again_changes_nothing(knowledge_base: KnowledgeBase) -> None:
    build(knowledge_base, [*make_passages(3), LETTER])
    erase_text(knowledge_base)
    before = knowledge_base.releases.releases("alder")
    again = erase_text(knowledge_base)
    assert (again.releases, again.files, again.names) == ((), (), 0)
    assert knowledge_base.releases.releases("alder") == before


def test_planning_changes_nothing(on_disk: KnowledgeBase) -> None:
    build(on_disk, [*make_passages(3), LETTER])
    before = find_bytes(on_disk.data_folder, [SECRET])
    assert plan_erasure(on_disk, ErasureTarget(text=SECRET), ["alder"]).releases[0].erased == 1
    assert find_bytes(on_disk.data_folder, [SECRET]) == before
    assert ErasedTexts(on_disk.data_folder).all() == ()


def test_reader_that_holds_the_old_release_keeps_it_and_the_next_question_has_the_new_one(
    on_disk: KnowledgeBase,
) -> None:
    build(on_disk, [*make_passages(3), LETTER])
    held = on_disk.releases.open_live("alder")
    erase_text(on_disk)
    assert held.passages.passage(3) == LETTER
    assert len(on_disk.releases.open_live("alder").passages) == 3


def test_damaged_release_is_removed_and_the_one_before_it_goes_live(on_disk: KnowledgeBase) -> None:
    first = build(on_disk, make_passages(3))
    damaged = build(on_disk, [*make_passages(4), LETTER])
    path = on_disk.data_folder / "alder" / "releases" / damaged.release_id / "rows.npy"
    path.write_bytes(path.read_bytes()[:-1])
    on_disk = open_knowledge_base(on_disk.data_folder, ChromaPassageStore())
    done = erase_text(on_disk)
    assert [(one.before, one.after) for one in done.releases] == [(damaged.release_id, None)]
    assert on_disk.releases.live("alder") == first
    assert find_bytes(on_disk.data_folder, [SECRET]) == ()


def test_files_beside_releases_caches_logs_and_pages_lose_it(on_disk: KnowledgeBase) -> None:
    page = make_passage("Opening hours.", document_id="web/site/x", source="https://alder.example/doe")
    manifest = build(on_disk, [*make_passages(3), LETTER, page])
    folder = on_disk.data_folder
    beside = {"left_out": [{"heading": SECRET}, {"heading": "Wheels"}], "notes": ["fine"]}
    replace_file(folder / "alder/releases" / manifest.release_id / "view.json", seal_json(beside))
    files = {
        "parsed/alder/0.json": "{}",
        "alder/ingest.log": f"one\n{SECRET}\nthree\n",
        "state.json": json.dumps({"a": {"b": SECRET, "c": 1}, "list": [SECRET, "fine"]}),
        "web_pages/alder/site/1.html": f"<p>{SECRET.replace(' ', ' <b></b>', 1)}</p>",
        "web_pages/alder/site/2.html": "<p>fine</p>",
        "web_pages/alder/site/index.json": json.dumps(
            {"pages": {"https://alder.example/1": {"file": "1.html"}, "https://alder.example/2": {"file": "2.html"}}}
        ),
        "jane doe, 12 orchard lane.bin": "x",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    erase_text(on_disk)
    assert find_bytes(folder, [SECRET]) == ()
    assert (folder / "alder/ingest.log").read_text() == "one\nthree\n"
    assert json.loads((folder / "state.json").read_text()) == {"a": {"c": 1}, "list": ["fine"]}
    assert not (folder / "parsed/alder").exists()
    index = json.loads((folder / "web_pages/alder/site/index.json").read_text())
    assert index == {"pages": {"https://alder.example/2": {"file": "2.html"}}}
    live = on_disk.releases.live("alder")
    assert live is not None
    view = json.loads((folder / "alder/releases" / live.release_id / "view.json").read_text())
    assert view["content"] == {"left_out": [{"heading": "Wheels"}], "notes": ["fine"]}


def test_names_of_people_are_erased_from_manifests_and_the_publishes_log(on_disk: KnowledgeBase) -> None:
    build(on_disk, make_passages(3))
    for name in ("anna", "ben"):
        erase_text(on_disk, name)
    assert find_bytes(on_disk.data_folder, ["anna"]) == ()
    assert next((one.by, one.created_by) for one in on_disk.releases.publishes("alder")) == ("[erased]", "[erased]")


def test_erasure_that_was_cut_short_is_completed_by_the_next_writer(on_disk: KnowledgeBase) -> None:
    old = build(on_disk, [*make_passages(3), LETTER])
    place = on_disk.data_folder / "alder/releases" / old.release_id
    copy = on_disk.data_folder.parent / "copy"
    shutil.copytree(place, copy)
    done = erase_text(on_disk).releases[0]
    # As if the process had been killed after the new release was complete: the old one is there and live.
    shutil.copytree(copy, place)
    BrandFolder(on_disk.data_folder, "alder").point_to(old.release_id)
    again = open_knowledge_base(on_disk.data_folder, ChromaPassageStore())
    again.releases.retire("alder")
    assert [one.release_id for one in again.releases.releases("alder")] == [done.after]
    assert again.releases.open_live("alder").manifest.release_id == done.after


def test_busy_brand_refuses_before_anything_changes(on_disk: KnowledgeBase, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    build(on_disk, [*make_passages(3), LETTER])
    before = on_disk.releases.releases("alder")
    with on_disk.releases.exclusive("alder"), ThreadPoolExecutor(1) as other, pytest.raises(ReleaseBusy):
        other.submit(erase_text, on_disk).result()
    assert on_disk.releases.releases("alder") == before


def test_erasing_refuses_while_the_brands_pages_are_fetched(on_disk: KnowledgeBase) -> None:
    build(on_disk, [*make_passages(3), LETTER])
    before = on_disk.releases.releases("alder")
    pages = PageStore(on_disk.data_folder / PAGES / "alder")
    with pages.lock("fetch pages"), pytest.raises(ReleaseBusy):
        erase_text(on_disk)
    assert on_disk.releases.releases("alder") == before
    assert erase_text(on_disk).passages


@pytest.mark.parametrize(
    "given", [{}, {"text": "a"}, {"text": " ** "}, {"document_id": " "}, {"text": "abc", "document_id": "d"}]
)
def test_refuses_what_is_not_clear(given: dict[str, str]) -> None:
    with pytest.raises(ErasureRefused):
        ErasureTarget(**given)  # type: ignore[arg-type]
