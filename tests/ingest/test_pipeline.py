import json
from pathlib import Path

import pytest

from brands import Group, UnknownBrand, load_group
from ingest.bootstrap import build_pipeline
from ingest.errors import AllDocumentsFailed, DocumentFailed, NoDocuments
from ingest.pipeline import Pipeline
from ingest.report import IngestReport
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.passage import Passage
from tests.ingest.made_documents import make_docx, make_pdf, make_xlsx


def ingest(pipeline: Pipeline, *, publish: bool = True) -> IngestReport:
    return pipeline.ingest("alder", publish=publish, created_by="tester")


def live(knowledge_base: KnowledgeBase) -> list[Passage]:
    manifest = knowledge_base.releases.live("alder")
    assert manifest is not None
    return list(knowledge_base.releases.passages_of("alder", manifest.release_id))


def states(report: IngestReport) -> dict[str, str]:
    return {name: outcome.state for name, outcome in report.documents.items()}


def test_first_ingest_publishes_own_and_inherited_documents(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    report = ingest(pipeline)
    assert set(states(report).values()) == {"new"}
    assert report.published
    assert report.live == report.candidate
    passages = live(knowledge_base)
    assert len(passages) == report.passages == report.changes.new == report.embedded
    assert {"faq.csv", "grove-manual.md", "group/driving-abroad.md"} == {one.document_id for one in passages}
    change = next(one for one in passages if one.heading_path[-1:] == ("Changing a wheel",))
    assert change.warnings == ("> **WARNING** Never crawl under a vehicle that stands on the jack.",)
    assert change.scope.models == ("grove",)
    assert "120 Nm" in change.text


def test_no_word_of_a_sister_brand_comes_in(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    ingest(pipeline)
    assert not any("Birch" in one.embedded_text or "140 Nm" in one.text for one in live(knowledge_base))


def test_unchanged_group_builds_parses_and_embeds_nothing(pipeline: Pipeline) -> None:
    first = ingest(pipeline)
    again = ingest(pipeline)
    assert again.nothing_changed
    assert (again.parsed, again.embedded, again.candidate, again.published) == (0, 0, None, False)
    assert again.live == first.candidate
    assert set(states(again).values()) == {"same"}
    assert again.changes.same == first.passages


def test_candidate_is_not_live_until_it_is_published(pipeline: Pipeline, knowledge_base: KnowledgeBase) -> None:
    report = ingest(pipeline, publish=False)
    assert report.candidate
    assert not report.published
    assert report.live is None
    assert knowledge_base.releases.live("alder") is None


def test_only_what_changed_is_parsed_and_embedded(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    manual = documents / "grove-manual.md"
    manual.write_text(manual.read_text().replace("15,000 km", "20,000 km"))
    report = ingest(pipeline)
    assert states(report) == {"faq.csv": "same", "grove-manual.md": "changed", "group/driving-abroad.md": "same"}
    assert (report.parsed, report.embedded) == (1, 1)
    assert (report.changes.changed, report.changes.new, report.changes.removed) == (1, 0, 0)


def test_other_bytes_of_the_same_words_are_no_change(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    manual = documents / "grove-manual.md"
    manual.write_text(manual.read_text() + "\n\n")
    report = ingest(pipeline)
    assert report.parsed == 1
    assert set(states(report).values()) == {"same"}


def test_renamed_document_costs_nothing(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    (documents / "grove-manual.md").rename(documents / "manual-of-the-grove.md")
    report = ingest(pipeline)
    assert states(report)["grove-manual.md"] == "removed"
    assert states(report)["manual-of-the-grove.md"] == "new"
    assert report.embedded == 0


def test_changed_scope_makes_a_new_release_without_embedding(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    (documents / "_scope.yaml").write_text("markets: [gb]\n")
    report = ingest(pipeline)
    assert states(report)["faq.csv"] == "changed"
    assert report.embedded == 0


def test_bad_files_are_named_and_the_others_go_on(pipeline: Pipeline, documents: Path) -> None:
    (documents / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (documents / "secret.pdf").write_bytes(make_pdf(encrypted=True))
    (documents / "empty.md").write_text("")
    (documents / "wrong.md").write_text("---\ncolour: red\n---\ntext")
    (documents / "sister.md").write_text("---\nmodels: [copse]\n---\ntext")
    (documents / "film.mp4").write_bytes(b"x")
    (documents / ".hidden").write_text("x")
    report = ingest(pipeline)
    assert set(report.failures) == {"broken.pdf", "secret.pdf", "empty.md", "wrong.md", "sister.md", "film.mp4"}
    assert "password" in report.failures["secret.pdf"]
    assert "colour" in report.failures["wrong.md"]
    assert "no model 'copse'" in report.failures["sister.md"]
    assert states(report)["grove-manual.md"] == "new"
    assert ".hidden" in report.skipped


def test_every_format_becomes_passages(pipeline: Pipeline, documents: Path, knowledge_base: KnowledgeBase) -> None:
    (documents / "manual.pdf").write_bytes(make_pdf())
    (documents / "warranty.docx").write_bytes(make_docx())
    (documents / "fragen.xlsx").write_bytes(make_xlsx([["Frage", "Antwort"], ["Wie lange?", "5 Jahre."]]))
    (documents / "page.html").write_text("<title>Roadside</title><h2>Help</h2><p>Call us.</p>")
    (documents / "_scope.yaml").write_text("files: {fragen.xlsx: {language: de, title: Fragen}}\n")
    ingest(pipeline)
    by_document = {one.document_id: one for one in live(knowledge_base)}
    assert by_document["manual.pdf"].page == 3
    assert by_document["warranty.docx"].title == "Alder warranty"
    assert (by_document["fragen.xlsx"].question, by_document["fragen.xlsx"].scope.language) == ("Wie lange?", "de")
    assert (by_document["page.html"].title, by_document["page.html"].heading_path) == ("Roadside", ("Help",))


def test_own_text_shadows_the_inherited_one(pipeline: Pipeline, documents: Path, knowledge_base: KnowledgeBase) -> None:
    (documents / "driving-abroad.md").write_text("# Driving abroad\n\n## Roadside help abroad\n\nOwn help.\n")
    report = ingest(pipeline)
    assert report.shadowed == 1
    texts = [one.text for one in live(knowledge_base)]
    assert "Own help." in texts
    assert not any("42 countries" in text for text in texts)
    assert any("driving licence" in text for text in texts)


def test_overridden_document_says_why_it_is_out(pipeline: Pipeline, documents: Path) -> None:
    (documents / "abroad.md").write_text("---\noverrides: [driving-abroad.md, gone.md]\n---\n# Abroad\n\nOwn.\n")
    report = ingest(pipeline)
    assert "overrides it" in (report.documents["group/driving-abroad.md"].reason or "")
    assert report.notes == ("abroad.md overrides gone.md, which is not there",)


def test_brand_without_documents_is_refused(pipeline: Pipeline, small_group: Group, documents: Path) -> None:
    for path in [*documents.iterdir(), *small_group.documents_folder.iterdir()]:
        path.unlink()
    with pytest.raises(NoDocuments, match="put some into"):
        ingest(pipeline)


def test_nothing_live_changes_when_all_documents_fail(
    pipeline: Pipeline, small_group: Group, documents: Path, knowledge_base: KnowledgeBase
) -> None:
    before = ingest(pipeline).live
    for path in [*documents.iterdir(), *small_group.documents_folder.iterdir()]:
        path.write_bytes(b"")
    with pytest.raises(AllDocumentsFailed, match=r"faq\.csv"):
        ingest(pipeline)
    manifest = knowledge_base.releases.live("alder")
    assert manifest is not None
    assert manifest.release_id == before


def test_model_that_cannot_be_opened_is_told_once_and_is_no_documents_fault(
    small_group: Group, knowledge_base: KnowledgeBase, sandbox: Sandbox
) -> None:
    lost = NamedEmbedder(str(small_group.folder / "lost"), small_group.folder / "cache", window_tokens=256)
    without = build_knowledge_base(knowledge_base.data_folder, embedder=lost, passages=MemoryPassageStore())
    with pytest.raises(EmbedderUnavailable, match=r"^There is no folder .*lost with a sentence-transformers model\.$"):
        ingest(Pipeline(small_group, without, IngestSettings(), sandbox, small_group.folder / "parsed"))


def test_unknown_brand_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(UnknownBrand):
        pipeline.ingest("elm", publish=True, created_by="tester")


def test_damaged_parsed_document_is_read_again(pipeline: Pipeline, small_group: Group) -> None:
    ingest(pipeline)
    for path in (small_group.folder / ".marque" / "parsed" / "alder").iterdir():
        path.write_bytes(b"{broken")
    assert ingest(pipeline).parsed == 3


def test_damaged_live_release_is_mended_by_the_next_ingest(
    pipeline: Pipeline, knowledge_base: KnowledgeBase, small_group: Group
) -> None:
    first = ingest(pipeline)
    release = small_group.folder / ".marque" / "alder" / "releases" / str(first.candidate)
    (release / "manifest.json").write_bytes(b"{broken")
    again = build_knowledge_base(
        small_group.folder / ".marque", embedder=FakeEmbedder(), passages=knowledge_base.passages
    )
    mending = build_pipeline(small_group, again)
    report = ingest(mending)
    mending.close()
    assert report.published
    assert report.embedded == 0
    assert again.releases.open_live("alder").notice is None


def test_parsed_documents_that_are_gone_are_forgotten(pipeline: Pipeline, small_group: Group, documents: Path) -> None:
    ingest(pipeline)
    (documents / "grove-manual.md").unlink()
    ingest(pipeline)
    kept = list((small_group.folder / ".marque" / "parsed" / "alder").iterdir())
    assert len(kept) == 2
    assert not any("120 Nm" in path.read_text() for path in kept)


def test_progress_is_told_by_stage(pipeline: Pipeline) -> None:
    told: list[tuple[str, int, int]] = []
    pipeline.ingest("alder", publish=True, created_by="t", progress=lambda *step: told.append(step))
    assert {stage for stage, _, _ in told} == {"read", "embed", "build"}
    assert ("read", 3, 3) in told
    assert all(done <= total for _, done, total in told)


def test_report_is_plain_json(pipeline: Pipeline) -> None:
    content = json.loads(json.dumps(ingest(pipeline).as_json()))
    assert content["brand"] == "alder"
    assert content["documents"][0].keys() == {
        *("document", "state", "passages", "changes", "reason", "language", "language_from")
    }
    assert content["passages"]["total"] == content["passages"]["new"] > 0
    assert content["release"] == content["live"]


def test_preview_shows_what_a_file_becomes_and_keeps_nothing(
    pipeline: Pipeline, tmp_path: Path, knowledge_base: KnowledgeBase
) -> None:
    upload = tmp_path / "upload.md"
    upload.write_text("# Upload\n\n## One\n\nText.\n")
    assert [one.text for one in pipeline.preview("alder", upload).passages] == ["Text."]
    assert knowledge_base.releases.releases("alder") == ()
    (tmp_path / "bad.docx").write_bytes(b"PK\x03\x04")
    with pytest.raises(DocumentFailed):
        pipeline.preview("alder", tmp_path / "bad.docx")


def test_pipeline_of_the_bootstrap_reads_with_the_settings_it_is_given(
    small_group: Group, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    (documents / "long.txt").write_text("x" * 1024 * 1024 + "x")
    pipeline = build_pipeline(small_group, knowledge_base, IngestSettings(workers=1, max_file_mb=1))
    report = ingest(pipeline)
    pipeline.close()
    assert "larger than 1 MB" in report.failures["long.txt"]
    assert (small_group.folder / ".marque" / "parsed" / "alder").is_dir()


def test_view_gives_a_reason_for_every_passage(pipeline: Pipeline) -> None:
    reasons = {one.reason for one in pipeline.view("alder").decisions}
    assert reasons == {"Alder's own text", "inherited from the group"}


def test_region_documents_hold_for_its_markets_and_for_no_other(
    small_group: Group, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    path = small_group.folder / "group.yaml"
    path.write_text(path.read_text() + "regions: {island: {markets: [gb, ie]}}\n")
    folder = small_group.folder / "regions" / "island" / "documents"
    folder.mkdir(parents=True)
    (folder / "driving-abroad.md").write_text("# Driving abroad\n\n## Roadside help abroad\n\nIsland help.\n")
    (folder / "elsewhere.md").write_text("---\nmarkets: [us]\n---\n# Elsewhere\n\nText.\n")
    (folder / "here.csv").write_text("Question,Answer,Market\nBy ferry?,Island ferry help.,ie\n")
    (folder / "away.csv").write_text("Question,Answer,Market\nBy train?,Train.,gb\nBy plane?,Plane.,de\n")
    pipeline = build_pipeline(load_group(small_group.folder), knowledge_base)
    report = ingest(pipeline)
    pipeline.close()
    assert "lies in a region" in report.failures["region/island/elsewhere.md"]
    assert "row 3, 'By plane?': it is for de, but it lies in a region" in report.failures["region/island/away.csv"]
    assert "region/island/here.csv" not in report.failures
    markets = {one.text: one.scope.markets for one in live(knowledge_base) if "help" in one.text and not one.question}
    assert markets["Island help."] == ("gb", "ie")
    assert next(value for text, value in markets.items() if "42 countries" in text) == ("de",)
