"""What a question finds, and what it never may."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brands import Scope, VehicleContext
from knowledge_base.earlier_talk import EarlierTalk
from knowledge_base.errors import EmbedderMismatch, NothingPublished
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.file_passage_store import FilePassageStore
from knowledge_base.fusion import Signs, fixed_weight
from knowledge_base.langchain_retriever import KnowledgeBaseRetriever
from knowledge_base.passage import Passage
from knowledge_base.release_store import ReleaseStore
from knowledge_base.retriever import Hit, Retriever
from tests.knowledge_base.samples import EMBEDDER, build, make_passage, make_passages, memory_releases

ANY = VehicleContext()
RIDGE_2024 = Scope("en", models=("ridge",), model_years=(2024,))
RIDGE_2025 = Scope("en", models=("ridge",), model_years=(2025,))

MANUALS = [
    make_passage("The front tyres need 2.3 bar.", document_id="ridge-2024.md", scope=RIDGE_2024),
    make_passage("The front tyres need 2.4 bar.", document_id="ridge-2025.md", scope=RIDGE_2025),
    make_passage(
        "Check the oil monthly.", document_id="ridge-2024.md", heading_path=("Oil",), scope=RIDGE_2024, position=1
    ),
    make_passage(
        "Check the oil monthly.", document_id="ridge-2025.md", heading_path=("Oil",), scope=RIDGE_2025, position=1
    ),
    make_passage("Die Reifen vorn brauchen 2,4 bar.", document_id="ridge-de.md", scope=Scope("de", markets=("de",))),
    make_passage(
        "Summer offer: free tyres check.",
        document_id="offer.md",
        heading_path=("Offer",),
        scope=Scope("en", valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31)),
    ),
    make_passage(
        "The warranty lasts five years.", document_id="faq.csv", kind="faq", question="How long is the warranty?"
    ),
    make_passage(
        "The warranty  lasts FIVE years.", document_id="copy.csv", kind="faq", question="How long is the warranty?"
    ),
]


def _retriever(folder: Path, passages: list[Passage]) -> Retriever:
    releases = memory_releases(folder)
    build(releases, passages)
    return Retriever(releases, EMBEDDER)


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    return _retriever(tmp_path, MANUALS)


def test_finds_the_passage_that_answers(retriever: Retriever) -> None:
    found = retriever.find("alder", "How long is the warranty?", vehicle=ANY)
    assert found.hits[0].passage.kind == "faq"
    assert found.hits[0].score > found.hits[1].score
    assert found.release_id == retriever._releases.open_live("alder").manifest.release_id


def test_hit_tells_score_cosine_and_keyword(retriever: Retriever) -> None:
    hits = retriever.find("alder", "front tyres", vehicle=ANY).hits
    best_keyword = max(hit.keyword for hit in hits)
    for hit in hits:
        cosine = float(EMBEDDER.embed_question("front tyres") @ EMBEDDER.embed_passages([hit.passage.embedded_text])[0])
        assert hit.cosine == pytest.approx(cosine, abs=1e-5)
        expected = 0.6 * max(hit.cosine, 0) + 0.4 * 0.7 * hit.keyword / best_keyword
        assert hit.score == pytest.approx(expected, abs=1e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_another_model_year_is_never_found(retriever: Retriever) -> None:
    hits = retriever.find("alder", "front tyres bar", vehicle=VehicleContext("ridge", 2025), limit=50).hits
    assert "2.4 bar" in hits[0].passage.text
    assert all(2024 not in hit.passage.scope.model_years for hit in hits)


def test_language_is_filtered_when_given(retriever: Retriever) -> None:
    hits = retriever.find("alder", "Reifen bar", vehicle=ANY, language="de", limit=50).hits
    assert [hit.passage.document_id for hit in hits] == ["ridge-de.md"]


def test_day_of_the_question_decides_what_holds(retriever: Retriever) -> None:
    def documents(day: date) -> set[str]:
        found = retriever.find("alder", "summer offer", vehicle=ANY, on=day, limit=50)
        return {hit.passage.document_id for hit in found.hits}

    assert "offer.md" in documents(date(2026, 6, 1))
    assert "offer.md" in documents(date(2026, 8, 31))
    assert "offer.md" not in documents(date(2026, 9, 1))


def test_nothing_is_found_where_nothing_holds(retriever: Retriever) -> None:
    assert retriever.find("alder", "tyres", vehicle=ANY, language="fr").hits == ()
    assert retriever.find("alder", "tyres", vehicle=ANY, limit=0).hits == ()


def test_equal_words_of_one_scope_are_found_once_and_of_two_years_twice(retriever: Retriever) -> None:
    warranty = retriever.find("alder", "warranty five years", vehicle=ANY, limit=50).hits
    assert sum("warranty" in hit.passage.text.casefold() for hit in warranty) == 1
    oil = retriever.find("alder", "check the oil monthly", vehicle=ANY, limit=2).hits
    assert {hit.passage.document_id for hit in oil} == {"ridge-2024.md", "ridge-2025.md"}


def test_passage_is_found_by_its_id(retriever: Retriever) -> None:
    assert retriever.passage("alder", MANUALS[3].passage_id) == MANUALS[3]
    assert retriever.passage("alder", "0" * 16) is None
    assert retriever.passage("alder", "../../etc/passwd") is None


def test_neighbours_are_of_the_same_document(retriever: Retriever) -> None:
    assert retriever.neighbours("alder", MANUALS[0]) == (MANUALS[2],)
    assert retriever.neighbours("alder", MANUALS[6]) == ()
    assert retriever.neighbours("alder", make_passage("unknown")) == ()


class _ReadsPieces(FakeEmbedder):
    """Reads every word but a few in two tokens."""

    def count_tokens(self, text: str) -> int:
        """One token for a word that it knows, two for another."""
        return 1 if text in {"a", "warrant"} else 2


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("How long is the warrenty?", "How long is the warranty?"),
        ("Is a warrant needed?", "Is a warrant needed?"),
        ("How long is the waranty?", "How long is the waranty?"),
    ],
    ids=["a slip of the finger", "a word that the embedder knows", "a word that the caller knows"],
)
def test_slips_of_the_finger_are_put_right_by_the_words_of_the_documents(
    tmp_path: Path, typed: str, meant: str
) -> None:
    releases = memory_releases(tmp_path)
    build(releases, MANUALS)
    spelled = Retriever(releases, _ReadsPieces()).spelled("alder", typed, "en", lambda word: word == "waranty")
    assert spelled == meant


def test_unknown_brand_has_nothing_published(retriever: Retriever) -> None:
    with pytest.raises(NothingPublished):
        retriever.find("birch", "tyres", vehicle=ANY)
    with pytest.raises(NothingPublished):
        retriever.passage("birch", "0" * 16)


def test_release_of_another_embedder_is_refused(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    build(releases, MANUALS)
    with pytest.raises(EmbedderMismatch, match="ingest and publish again"):
        Retriever(releases, FakeEmbedder(dimension=64)).find("alder", "tyres", vehicle=ANY)


def test_new_release_is_found_by_the_next_question(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    retriever = Retriever(releases, EMBEDDER)
    for word in ("first", "second"):
        manifest = build(releases, [make_passage(f"the {word} answer")])
        found = retriever.find("alder", "answer", vehicle=ANY)
        assert found.release_id == manifest.release_id
        assert word in found.hits[0].passage.text


def test_warming_a_brand_changes_nothing(retriever: Retriever) -> None:
    before = retriever.find("alder", "tyres", vehicle=ANY)
    retriever.warm("alder")
    assert retriever.find("alder", "tyres", vehicle=ANY) == before


def test_weight_decides_between_meaning_and_words(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    build(releases, MANUALS)
    by_words = Retriever(releases, EMBEDDER, fixed_weight(0)).find("alder", "front tyres", vehicle=ANY)
    assert by_words.hits[0].score == pytest.approx(0.7)


def test_questions_among_the_nearest_passages_are_counted(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    build(releases, MANUALS)
    told: list[Signs] = []

    def weight(signs: Signs, _language: str) -> float:
        told.append(signs)
        return 0.6

    Retriever(releases, EMBEDDER, weight).find(
        "alder", "How long is the warranty?", vehicle=ANY, language="en", on=date(2026, 7, 1)
    )
    assert {one.questions for one in told} == {2 / 7}, "two FAQ rows among seven passages in English"
    assert all(one.evidence > 0 for one in told)


STORES: dict[str, Callable[[Path], ReleaseStore]] = {
    "memory": memory_releases,
    "files": lambda folder: ReleaseStore(folder, FilePassageStore()),
}


@pytest.fixture(scope="module", params=list(STORES))
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    releases = STORES[request.param](tmp_path_factory.mktemp("many"))
    build(releases, make_passages(60))
    return Retriever(releases, EMBEDDER)


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from([None, "ridge", "fell"]),
    year=st.sampled_from([None, 2024, 2025, 2026]),
    market=st.sampled_from([None, "de", "gb"]),
    language=st.sampled_from([None, "en", "de", "fr"]),
    question=st.sampled_from(["part3 item7", "text number", "zzz", "Section 4"]),
)
def test_what_is_found_is_what_an_exact_search_over_the_scope_finds(
    many: Retriever, model: str | None, year: int | None, market: str | None, language: str | None, question: str
) -> None:
    vehicle, day = VehicleContext(model, year, market), date(2026, 1, 1)
    found = many.find("alder", question, vehicle=vehicle, language=language, on=day, limit=60)
    admitted = {one.passage_id for one in make_passages(60) if one.scope.admits(vehicle, day, language)}
    assert {hit.passage.passage_id for hit in found.hits} == admitted


def test_words_searched_beside_the_embedding_find_the_same(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = retriever.find("alder", "how much air do the tyres need", vehicle=ANY)
    monkeypatch.setattr("knowledge_base.retriever.SCORED_WHOLE", 0)
    assert retriever.find("alder", "how much air do the tyres need", vehicle=ANY) == one_by_one


def test_langchain_retriever_gives_the_same_passages_as_documents(retriever: Retriever) -> None:
    vehicle = VehicleContext("ridge", 2025)
    documents = KnowledgeBaseRetriever(retriever=retriever, brand_id="alder", vehicle=vehicle, limit=3).invoke("tyres")
    hits = retriever.find("alder", "tyres", vehicle=vehicle, limit=3).hits
    assert [one.page_content for one in documents] == [hit.passage.text for hit in hits]
    assert [one.id for one in documents] == [hit.passage.passage_id for hit in hits]
    assert documents[0].metadata["score"] == hits[0].score
    assert documents[0].metadata["heading"] == "Wheels"


def test_langchain_retriever_never_changes_its_brand(retriever: Retriever) -> None:
    bound = KnowledgeBaseRetriever(retriever=retriever, brand_id="alder")
    with pytest.raises(ValueError, match="frozen"):
        setattr(bound, "brand_id", "birch")  # noqa: B010


@pytest.mark.parametrize("question", ["Check the oil monthly", "Ölstand prüfen", "ridge 2024 bar", "nothing of it"])
@pytest.mark.parametrize("vehicle", [ANY, VehicleContext("ridge", 2025)])
def test_the_highest_cosine_is_that_of_a_whole_search(
    retriever: Retriever, question: str, vehicle: VehicleContext
) -> None:
    hits = retriever.find("alder", question, vehicle=vehicle, limit=50).hits
    highest = retriever.highest_cosine("alder", question, vehicle=vehicle)
    assert highest == pytest.approx(max(hit.cosine for hit in hits), abs=1e-5)


def test_earlier_talk_prefers_passages_of_its_topic(tmp_path: Path) -> None:
    battery = make_passage("Battery: it lasts ten years.", document_id="battery.md")
    clutch = make_passage("Clutch: it lasts eight years.", document_id="clutch.md")
    retriever = _retriever(tmp_path, [battery, clutch])

    for about in (battery, clutch):
        topic = about.text.split(":")[0]
        earlier = EarlierTalk((f"What is a {topic}?",), f"A {topic} is a part.")
        hits = retriever.find("alder", "How many years?", vehicle=ANY, earlier=earlier).hits
        assert hits[0].passage == about
        assert 0 <= hits[0].score <= 1


def test_earlier_talk_never_admits_what_may_not_be_shown(retriever: Retriever) -> None:
    earlier = EarlierTalk(("The front tyres need 2.3 bar on the ridge 2024.",), leans=True)
    hits = retriever.find("alder", "bar", vehicle=VehicleContext("ridge", 2025), limit=50, earlier=earlier).hits

    assert "ridge-2024.md" not in {hit.passage.document_id for hit in hits}


def test_hit_of_a_question_that_leans_on_earlier_talk_tells_both(retriever: Retriever) -> None:
    alone = retriever.find("alder", "monthly", vehicle=ANY, limit=50).hits
    leaning = retriever.find("alder", "monthly", vehicle=ANY, limit=50, earlier=EarlierTalk(("Check the oil",))).hits
    telling = retriever.find(
        "alder", "monthly", vehicle=ANY, limit=50, earlier=EarlierTalk(("Check the oil",), leans=False)
    ).hits

    def oil(hits: tuple[Hit, ...]) -> Hit:
        return next(hit for hit in hits if hit.passage.heading_path == ("Oil",))

    assert oil(leaning).keyword > oil(alone).keyword == oil(telling).keyword
    assert oil(leaning).cosine > oil(alone).cosine == pytest.approx(oil(telling).cosine)
