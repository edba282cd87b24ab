"""Manuals that nobody here wrote: three devices as three brands, PDFs as a fourth, a television as a fifth."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.question import Question
from brands import Group, load_group
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from tests.conftest import BRAND

DEVICES = ("galaxy-a01", "galaxy-fit", "galaxy-tab-s6")
TELEVISION = "smart-tv-remote"
BRANDS = (*DEVICES, "ovms", TELEVISION)

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def real_group(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Group:
    folder = tmp_path_factory.mktemp("real") / "group"
    for brand_id in BRANDS:
        documents = folder / "brands" / brand_id / "documents"
        documents.mkdir(parents=True)
        profile = BRAND.format(id=brand_id, name=brand_id, model="one", model_name="One", assistant="Ada")
        (documents.parent / "brand.yaml").write_text(profile, encoding="utf-8")
        if brand_id in DEVICES:
            shutil.copy(shared_data / "html-manuals" / f"{brand_id}.html", documents)
    for path in (shared_data / "pdf").glob("*.pdf"):
        shutil.copy(path, folder / "brands" / "ovms" / "documents")
    for row in rows(shared_data, "corpus.jsonl.gz"):
        if row["brand"] == TELEVISION:
            name = f"{row['id'].replace('/', '_')}.md"
            text = f"# {row['title']}\n\n{row['text']}\n"
            (folder / "brands" / TELEVISION / "documents" / name).write_text(text, encoding="utf-8")
    (folder / "group.yaml").write_text(f"id: real\nname: Real\nbrands: [{', '.join(BRANDS)}]\n", encoding="utf-8")
    return load_group(folder)


@pytest.fixture(scope="module")
def knowledge_base(real_group: Group) -> KnowledgeBase:
    knowledge_base = build_knowledge_base(real_group.folder / ".marque")
    pipeline = build_pipeline(real_group, knowledge_base)
    for brand_id in BRANDS:
        report = pipeline.ingest(brand_id, publish=True, created_by="test")
        assert not [name for name, one in report.documents.items() if one.state == "failed"]
    pipeline.close()
    return knowledge_base


@pytest.fixture(scope="module")
def assistant(real_group: Group, knowledge_base: KnowledgeBase) -> Assistant:
    return build_assistant(real_group, knowledge_base)


def rows(shared_data: Path, name: str) -> Iterator[dict[str, Any]]:
    path = shared_data / "emanual-qa" / name
    with gzip.open(path, "rt", encoding="utf-8") if name.endswith(".gz") else path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def test_every_manual_becomes_passages_with_headings(knowledge_base: KnowledgeBase) -> None:
    for brand_id in BRANDS:
        live = knowledge_base.releases.live(brand_id)
        assert live is not None
        assert live.passages > 30, brand_id
    fit = knowledge_base.releases.live("galaxy-fit")
    assert fit is not None
    passages = list(knowledge_base.releases.passages_of("galaxy-fit", fit.release_id))
    assert sum(bool(one.heading_path) for one in passages) > 0.9 * len(passages)


def test_no_passage_is_longer_than_the_embedder_reads(knowledge_base: KnowledgeBase) -> None:
    embedder = knowledge_base.embedder
    for brand_id in BRANDS:
        live = knowledge_base.releases.live(brand_id)
        assert live is not None
        for passage in knowledge_base.releases.passages_of(brand_id, live.release_id):
            assert embedder.count_tokens(passage.embedded_text) <= embedder.window_tokens


@pytest.mark.parametrize(
    ("brand_id", "question", "words"),
    [
        ("galaxy-fit", "How do I charge the battery of the band?", "charg"),
        ("galaxy-a01", "How do I take a screenshot?", "screenshot"),
        ("galaxy-tab-s6", "How do I charge the S Pen?", "S Pen"),
    ],
)
def test_a_device_answers_from_its_own_manual(
    assistant: Assistant, knowledge_base: KnowledgeBase, brand_id: str, question: str, words: str
) -> None:
    reply = assistant.ask(Question(brand_id, question))
    assert reply.kind == "answer", reply.text
    assert words.casefold() in reply.text.casefold()
    for citation in reply.citations:
        passage = knowledge_base.retriever.passage(brand_id, citation.passage)
        assert passage is not None
        assert citation.quote in passage.text


def test_the_televisions_questions_cite_their_section(
    shared_data: Path, assistant: Assistant, knowledge_base: KnowledgeBase
) -> None:
    gold: dict[str, set[str]] = {}
    for line in (shared_data / "emanual-qa" / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        question_id, document, relevance = line.split("\t")[:3]
        if relevance.isdigit() and int(relevance):
            gold.setdefault(question_id, set()).add(f"{document.replace('/', '_')}.md")
    asked = [one for one in rows(shared_data, "queries.jsonl") if one["brand"] == TELEVISION][::4]
    answered = cited = 0
    for row in asked:
        reply = assistant.ask(Question(TELEVISION, row["text"]))
        assert all(knowledge_base.retriever.passage(TELEVISION, one.passage) for one in reply.citations)
        answered += reply.kind == "answer"
        cited += any(one.document in gold[row["id"]] for one in reply.citations)
    print(f"emanual-qa: {len(asked)} asked, {answered} answered, {cited} cited the right section")
    assert cited > 0.4 * len(asked)
