from dataclasses import replace
from pathlib import Path

import pytest

from brands import Group, Scope, load_group
from ingest.errors import LossNotAccepted
from ingest.loss_guard import find_losses
from ingest.pipeline import Pipeline
from ingest.publishing import publish_release
from ingest.report import IngestReport
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from ingest.source import Discovery
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.errors import ReleaseNotFound, SecondPersonNeeded
from knowledge_base.passage import Passage

NOWHERE = Discovery(())


def passages(document_id: str, count: int, words: str = "Some words.") -> list[Passage]:
    return [Passage(document_id, "T", (), words, "text", Scope("en"), position) for position in range(count)]


def ingest(pipeline: Pipeline, *, accept_loss: bool = False, publish: bool = True) -> IngestReport:
    return pipeline.ingest("alder", publish=publish, created_by="tester", accept_loss=accept_loss)


def live_id(knowledge_base: KnowledgeBase) -> str:
    manifest = knowledge_base.releases.live("alder")
    assert manifest is not None
    return manifest.release_id


@pytest.mark.parametrize(("now", "lost"), [(10, False), (5, False), (4, True), (0, False)])
def test_a_document_with_less_than_half_is_a_loss_and_a_removed_one_among_many_is_not(now: int, lost: bool) -> None:
    others = passages("other.md", 30)
    losses = find_losses([*passages("a.md", 10), *others], [*passages("a.md", now), *others], {}, NOWHERE)
    assert [(one.kind, one.subject) for one in losses] == ([("shrunk", "a.md")] if lost else [])


def test_a_passage_in_two_scopes_counts_once() -> None:
    live = [*passages("a.md", 2), *(replace(one, scope=Scope("en", markets=("gb",))) for one in passages("a.md", 2))]
    assert find_losses(live, passages("a.md", 1), {}, NOWHERE) == ()


def test_another_embedders_larger_passages_are_no_loss() -> None:
    live, found = passages("a.md", 10, "word " * 10), passages("a.md", 2, "word " * 50)
    assert find_losses(live, found, {}, NOWHERE)
    assert find_losses(live, found, {}, NOWHERE, same_embedder=False) == ()


def test_more_than_half_of_a_folder_gone_is_a_loss() -> None:
    group = passages("group/a.md", 40)
    [loss] = find_losses(
        [*group, *passages("a.md", 3), *passages("b.md", 4)], [*group, *passages("a.md", 3)], {}, NOWHERE
    )
    assert (loss.kind, loss.subject, loss.live, loss.now) == ("source_shrunk", "documents", 7, 3)


def test_more_than_half_of_the_brand_gone_is_a_loss() -> None:
    live = [*passages("web/help/h/a", 6), *passages("a.md", 4)]
    [loss] = find_losses(live, passages("a.md", 4), {}, NOWHERE)  # the web source was taken off the list
    assert loss.kind == "brand_shrunk"
    kept = Discovery((), sources=("web/help",))
    assert [one.kind for one in find_losses(live, passages("a.md", 4), {}, kept)] == ["source_shrunk"]


@pytest.mark.parametrize("failed", ["manuals", "documents", "manuals/a.md"])
def test_documents_of_a_folder_that_cannot_be_read_are_losses(failed: str) -> None:
    live = [*passages("manuals/a.md", 1), *passages("faq.csv", 9)]
    losses = find_losses(live, passages("faq.csv", 9), {failed: "permission is denied"}, NOWHERE)
    assert [(one.kind, one.subject) for one in losses] == [("failed", "manuals/a.md")]


def test_a_live_document_that_fails_holds_the_publish_back(
    pipeline: Pipeline, documents: Path, knowledge_base: KnowledgeBase
) -> None:
    first = ingest(pipeline)
    (documents / "grove-manual.md").write_text("---\ncolour: red\n---\nnothing")
    report = ingest(pipeline)
    assert report.candidate
    assert not report.published
    assert report.live == live_id(knowledge_base) == first.candidate
    assert [(one.kind, one.subject) for one in report.losses] == [("failed", "grove-manual.md")]
    assert "--accept-loss" in (report.held or "")
    accepted = ingest(pipeline, accept_loss=True)
    assert accepted.published
    assert accepted.candidate == report.candidate, "the same candidate is not built twice"
    assert live_id(knowledge_base) == accepted.candidate


def test_a_held_candidate_can_be_published_by_name_only_with_accepted_loss(
    pipeline: Pipeline, small_group: Group, documents: Path, knowledge_base: KnowledgeBase
) -> None:
    first = ingest(pipeline)
    (documents / "grove-manual.md").write_text("# Grove\n\nShort.\n")
    candidate = str(ingest(pipeline, publish=False).candidate)
    with pytest.raises(LossNotAccepted, match="less than half"):
        publish_release(small_group, knowledge_base, "alder", candidate, published_by="editor")
    assert live_id(knowledge_base) == first.candidate
    publish_release(small_group, knowledge_base, "alder", candidate, published_by="editor", accept_loss=True)
    assert live_id(knowledge_base) == candidate
    publish_release(small_group, knowledge_base, "alder", str(first.candidate), published_by="editor")
    publish_release(small_group, knowledge_base, "alder", candidate, published_by="editor")
    assert live_id(knowledge_base) == candidate, "what was live once may come back"


def test_a_candidate_that_is_older_than_what_is_live_does_not_take_back_what_came_since(
    pipeline: Pipeline, small_group: Group, knowledge_base: KnowledgeBase, documents: Path
) -> None:
    ingest(pipeline)
    (documents / "note.md").write_text("# Note\n\nA note.\n")
    older = str(ingest(pipeline, publish=False).candidate)
    (documents / "recall.md").write_text("# Recall\n\nThe belt is replaced.\n")
    newer = str(ingest(pipeline).candidate)
    with pytest.raises(LossNotAccepted, match="what came in since would be lost"):
        publish_release(small_group, knowledge_base, "alder", older, published_by="editor")
    assert live_id(knowledge_base) == newer
    publish_release(small_group, knowledge_base, "alder", older, published_by="editor", accept_loss=True)
    assert live_id(knowledge_base) == older


def test_a_removed_file_among_many_is_published_and_told(pipeline: Pipeline, documents: Path) -> None:
    (documents / "note.md").write_text("# Note\n\nA note.\n")
    ingest(pipeline)
    (documents / "note.md").unlink()
    report = ingest(pipeline)
    assert report.published
    assert report.documents["note.md"].state == "removed"


def test_an_empty_documents_folder_is_held_back(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    for path in documents.iterdir():
        path.unlink()
    report = ingest(pipeline)
    assert not report.published
    assert [one.subject for one in report.losses] == ["documents"]


def test_text_that_is_newly_shadowed_is_not_lost(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    (documents / "abroad.md").write_text("---\noverrides: [driving-abroad.md]\n---\n# Abroad\n\nOwn.\n")
    report = ingest(pipeline)
    assert report.published
    assert report.shadowed == 2


def test_a_mended_document_is_published_again(pipeline: Pipeline, documents: Path) -> None:
    ingest(pipeline)
    manual = documents / "grove-manual.md"
    whole = manual.read_text()
    manual.write_text("")
    assert ingest(pipeline).held
    manual.write_text(whole.replace("120 Nm", "125 Nm"))
    report = ingest(pipeline)
    assert report.published
    assert report.losses == ()


def test_whoever_brought_it_in_may_not_publish_it_when_two_are_asked_for(
    small_group: Group, knowledge_base: KnowledgeBase, sandbox: Sandbox
) -> None:
    path = small_group.folder / "group.yaml"
    path.write_text(path.read_text() + "two_person_publish: true\n")
    group = load_group(small_group.folder)
    pipeline = Pipeline(group, knowledge_base, IngestSettings(), sandbox, small_group.folder / ".marque" / "parsed")
    report = pipeline.ingest("alder", publish=True, created_by="anna", accept_loss=True)
    assert not report.published
    assert "second person" in (report.held or "")
    assert knowledge_base.releases.live("alder") is None
    candidate = str(report.candidate)
    with pytest.raises(SecondPersonNeeded):
        publish_release(group, knowledge_base, "alder", candidate, published_by="anna", accept_loss=True)
    publish_release(group, knowledge_base, "alder", candidate, published_by="ben")
    assert live_id(knowledge_base) == candidate


def test_whoever_uploaded_a_document_may_not_publish_it_although_another_one_built_the_release(
    small_group: Group, knowledge_base: KnowledgeBase, sandbox: Sandbox, documents: Path
) -> None:
    path = small_group.folder / "group.yaml"
    path.write_text(path.read_text() + "two_person_publish: true\n")
    group = load_group(small_group.folder)
    pipeline = Pipeline(group, knowledge_base, IngestSettings(), sandbox, small_group.folder / ".marque" / "parsed")
    (documents / "note.md").write_text("# Note\n\nA note.\n")
    (documents / "_scope.yaml").write_text("files: {note.md: {uploaded_by: Anna Berg (a1)}}\n")
    first = str(pipeline.ingest("alder", publish=False, created_by="Ben Cho (b2)").candidate)
    with pytest.raises(SecondPersonNeeded, match=r"brought note\.md in"):
        publish_release(group, knowledge_base, "alder", first, published_by="Anna Cho (a1)")
    publish_release(group, knowledge_base, "alder", first, published_by="Cleo Dunn (c3)")
    (documents / "more.md").write_text("# More\n\nAnother note.\n")
    second = str(pipeline.ingest("alder", publish=False, created_by="Ben Cho (b2)").candidate)
    publish_release(group, knowledge_base, "alder", second, published_by="Anna Cho (a1)")
    assert live_id(knowledge_base) == second


def test_a_candidate_that_does_not_tell_what_it_would_lose_is_held_back_and_built_anew(
    pipeline: Pipeline, small_group: Group, documents: Path, knowledge_base: KnowledgeBase
) -> None:
    ingest(pipeline)
    (documents / "note.md").write_text("# Note\n\nA note.\n")
    candidate = str(ingest(pipeline, publish=False).candidate)
    (small_group.folder / ".marque" / "alder" / "releases" / candidate / "view.json").unlink()
    with pytest.raises(LossNotAccepted, match="ingest again"):
        publish_release(small_group, knowledge_base, "alder", candidate, published_by="editor")
    again = ingest(pipeline)
    assert again.published
    assert again.candidate != candidate


def test_a_release_that_is_not_kept_is_refused(small_group: Group, knowledge_base: KnowledgeBase) -> None:
    with pytest.raises(ReleaseNotFound):
        publish_release(small_group, knowledge_base, "alder", "../../birch", published_by="editor")
