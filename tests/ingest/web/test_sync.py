from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brands import Group
from ingest.bootstrap import build_web_sync
from ingest.errors import SourcesInvalid
from ingest.pipeline import Pipeline
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.web.page_store import web_document_id
from ingest.web.sync import WebSync
from ingest.web.sync_report import SourceReport
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.passage import Passage
from tests.ingest.made_documents import make_pdf
from tests.ingest.web.site import Answer, Site, page

SETTINGS = IngestSettings(dangerously_allow_loopback_sources=True, web_pause_seconds=0, web_seconds_per_page=5)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TYRES = page("Tyres", "Winter tyres are mandatory.", "Rotate them.", "Store them dry.", "Check the tread.")


class Editor:
    """Somebody who keeps a brand's sources."""

    def __init__(self, group: Group, pipeline: Pipeline, site: Site) -> None:
        self.group, self.pipeline, self.site = group, pipeline, site
        self.path = group.brand_folder("alder") / "sources.yaml"

    def write(self, source: str, head: str = "respect_robots: false\n") -> None:
        text = f"hosts: ['{self.site.host}']\n{head}sources:\n  - {source}\n"
        self.path.write_text(text.replace("SITE", self.site.address), encoding="utf-8")

    def web_sync(self) -> WebSync:
        return build_web_sync(self.group, self.pipeline, "alder", SETTINGS)

    def sync(self, days: float = 0) -> SourceReport:
        web_sync = self.web_sync()
        [report] = web_sync.run(web_sync.sources.sources, NOW + timedelta(days=days))
        return report

    def ingest(self, *, accept_loss: bool = False) -> IngestReport:
        return self.pipeline.ingest("alder", publish=True, created_by="editor", accept_loss=accept_loss)


@pytest.fixture
def editor(small_group: Group, pipeline: Pipeline, site: Site) -> Editor:
    made = Editor(small_group, pipeline, site)
    site.answers["/tyres"] = Answer(TYRES, etag='"1"')
    site.answers["/help"] = Answer(page("Help", "Call us.", "Write us."))
    made.write("{id: help, pages: [SITE/tyres, SITE/help]}")
    return made


def outcomes(report: SourceReport) -> dict[str, str]:
    return {"/" + one.address.rpartition("/")[2]: one.outcome for one in report.pages}


def live(knowledge_base: KnowledgeBase) -> list[Passage]:
    manifest = knowledge_base.releases.live("alder")
    assert manifest is not None
    return list(knowledge_base.releases.passages_of("alder", manifest.release_id))


def test_pages_become_passages_that_know_their_address_and_version(
    editor: Editor, knowledge_base: KnowledgeBase, site: Site
) -> None:
    assert outcomes(editor.sync()) == {"/tyres": "new", "/help": "new"}
    assert editor.ingest().published
    passage = next(one for one in live(knowledge_base) if "mandatory" in one.text)
    assert passage.source == site.url("/tyres")
    assert passage.version == "2026-03-02"
    assert passage.title == "Tyres"
    assert passage.document_id == web_document_id("help", site.url("/tyres"))
    manifest = knowledge_base.releases.live("alder")
    assert manifest is not None
    assert manifest.created_by == "editor"
    assert site.url("/help") in {one.source for one in manifest.documents}


def test_nothing_changed_asks_with_validators_and_ingests_nothing(editor: Editor, site: Site) -> None:
    editor.sync()
    editor.ingest()
    site.asked.clear()
    report = editor.sync(1)
    assert outcomes(report) == {"/tyres": "same", "/help": "same"}
    assert not report.changed
    assert not editor.web_sync().pending
    assert site.asked[0][1]["if-none-match"] == '"1"'
    assert editor.ingest().nothing_changed


def test_new_markup_around_the_same_words_changes_nothing(editor: Editor, site: Site) -> None:
    editor.sync()
    editor.ingest()
    marked = page("Help", "Call us.", "Write us.").replace(b"<body>", b"<body data-nonce='42'><script>x=1</script>")
    site.answers["/help"] = Answer(marked)
    assert outcomes(editor.sync(1))["/help"] == "same"
    assert editor.ingest().nothing_changed


def test_changed_words_are_brought_in_with_a_new_version(
    editor: Editor, site: Site, knowledge_base: KnowledgeBase
) -> None:
    editor.sync()
    editor.ingest()
    site.answers["/help"] = Answer(page("Help", "Call us at noon.", "Write us."))
    assert outcomes(editor.sync(3)) == {"/tyres": "same", "/help": "changed"}
    assert editor.web_sync().pending
    assert editor.ingest().published
    assert not editor.web_sync().pending
    passage = next(one for one in live(knowledge_base) if "at noon" in one.text)
    assert passage.version == "2026-03-05"


def test_a_page_that_vanished_holds_the_publish_until_it_is_accepted(
    editor: Editor, site: Site, knowledge_base: KnowledgeBase
) -> None:
    editor.sync()
    first = editor.ingest()
    del site.answers["/help"]
    report = editor.sync(1)
    assert outcomes(report) == {"/tyres": "same", "/help": "gone"}
    held = editor.ingest()
    assert not held.published
    assert held.live == first.live
    assert [(one.kind, one.subject) for one in held.losses] == [
        ("vanished", web_document_id("help", site.url("/help")))
    ]
    assert site.url("/help") in held.losses[0].reason
    assert editor.web_sync().pending, "the next sync says it again"
    assert editor.ingest(accept_loss=True).published
    assert not editor.web_sync().pending
    assert not any("Call us" in one.text for one in live(knowledge_base))
    assert outcomes(editor.sync(2))["/help"] == "failed", "a page that is still listed is named"
    assert editor.ingest().nothing_changed


def test_a_page_that_came_back_is_published_as_it_was(editor: Editor, site: Site) -> None:
    editor.sync()
    editor.ingest()
    kept = site.answers.pop("/help")
    editor.sync(1)
    assert editor.ingest().held
    site.answers["/help"] = kept
    assert outcomes(editor.sync(2))["/help"] == "new"
    report = editor.ingest()
    assert report.held is None
    assert report.losses == ()


@pytest.mark.parametrize("status", [500, 503, 403, 429])
def test_the_last_good_copy_stands_in_while_a_page_fails(editor: Editor, site: Site, status: int) -> None:
    editor.sync()
    editor.ingest()
    site.answers["/help"] = Answer(b"", status=status)
    report = editor.sync(1)
    assert outcomes(report)["/help"] == "failed"
    assert "last good copy" in str(next(one.reason for one in report.pages if one.outcome == "failed"))
    assert not report.in_order
    assert editor.ingest().nothing_changed
    assert outcomes(editor.sync(9))["/help"] == "gone", "after a week it counts as vanished"
    assert editor.ingest().held


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"%PDF-1.7 a PDF", "text/html"),
        Answer(b"PK\x03\x04", "text/html"),
        Answer(b"<html>no PDF</html>", "application/pdf"),
        Answer(b"GIF89a", "image/gif"),
        Answer(b"\0\0\0\0binary", "text/plain"),
        Answer(b"", "text/html"),
        Answer(page("X", "y"), ""),
    ],
)
def test_a_page_that_is_not_what_it_says_does_not_replace_the_copy(editor: Editor, site: Site, answer: Answer) -> None:
    editor.sync()
    editor.ingest()
    site.answers["/help"] = answer
    assert outcomes(editor.sync(1))["/help"] == "failed"
    assert editor.ingest().nothing_changed


def test_a_page_with_less_than_half_of_its_passages_holds_the_publish(editor: Editor, site: Site) -> None:
    editor.sync()
    editor.ingest()
    site.answers["/tyres"] = Answer(page("Tyres", "Please accept cookies."))
    editor.sync(1)
    report = editor.ingest()
    assert [(one.kind, one.live, one.now) for one in report.losses] == [("shrunk", 4, 1)]
    assert report.held


def test_other_kinds_of_pages_are_read(editor: Editor, site: Site, knowledge_base: KnowledgeBase) -> None:
    latin = "<h1>Reifen</h1><p>Größe prüfen.</p>".encode("latin-1")
    site.answers["/manual"] = Answer(make_pdf(), "application/pdf")
    site.answers["/reifen"] = Answer(latin, "text/html; charset=iso-8859-1")
    editor.write("{id: help, pages: [SITE/manual, SITE/reifen], scope: {models: [grove]}}")
    editor.sync()
    assert not editor.ingest().failures
    texts = {one.text: one for one in live(knowledge_base)}
    assert texts["Größe prüfen."].scope.models == ("grove",)
    assert any(one.page == 3 for one in texts.values())


def test_encoding_that_the_server_tells_counts_more_than_what_the_page_says(
    editor: Editor, site: Site, knowledge_base: KnowledgeBase
) -> None:
    old = "<meta charset='iso-8859-1'><h1>Reifen</h1><p>Größe prüfen.</p>".encode()
    site.answers["/reifen"] = Answer(old, "text/html; charset=utf-8")
    editor.write("{id: help, pages: [SITE/reifen]}")
    editor.sync()
    editor.ingest()
    assert "Größe prüfen." in {one.text for one in live(knowledge_base)}


def test_a_sitemap_brings_its_pages_and_a_page_that_left_it_vanished(editor: Editor, site: Site) -> None:
    site.sitemap("/tyres", "/help", "/jobs/1")
    editor.write("{id: help, sitemaps: [SITE/sitemap.xml], skip: [SITE/jobs/]}")
    assert outcomes(editor.sync()) == {"/tyres": "new", "/help": "new"}
    editor.ingest()
    site.sitemap("/tyres")
    assert outcomes(editor.sync(1)) == {"/tyres": "same", "/help": "gone"}
    assert [one.kind for one in editor.ingest().losses] == ["vanished"]
    assert editor.ingest(accept_loss=True).published
    assert outcomes(editor.sync(2)) == {"/tyres": "same"}


def test_a_sitemap_that_fails_loses_no_page(editor: Editor, site: Site) -> None:
    site.sitemap("/tyres", "/help")
    editor.write("{id: help, sitemaps: [SITE/sitemap.xml]}")
    editor.sync()
    editor.ingest()
    for answer in (Answer(b"", status=500), Answer(b"<html/>"), Answer(b"", status=404)):
        site.answers["/sitemap.xml"] = answer
        report = editor.sync(1)
        assert outcomes(report) == {"/tyres": "same", "/help": "same"}
        assert report.problems
    assert editor.ingest().nothing_changed


def test_addresses_of_other_hosts_in_a_sitemap_are_left_out_and_told(editor: Editor, site: Site) -> None:
    listed = "<url><loc>http://169.254.169.254/latest</loc></url><url><loc>file:///etc/passwd</loc></url>"
    here = f"<url><loc>{site.url('/help')}</loc></url>"
    site.answers["/sitemap.xml"] = Answer(f"<urlset>{listed}{here}</urlset>".encode(), "text/xml")
    editor.write("{id: help, sitemaps: [SITE/sitemap.xml]}")
    report = editor.sync()
    assert outcomes(report) == {"/help": "new"}
    assert "2 addresses" in report.notes[0]


def test_what_the_editor_takes_off_the_list_is_a_removal(editor: Editor) -> None:
    editor.sync()
    editor.ingest()
    editor.write("{id: help, pages: [SITE/tyres]}")
    assert outcomes(editor.sync(1)) == {"/tyres": "same", "/help": "removed"}
    report = editor.ingest()
    assert report.published
    assert "removed" in {one.state for one in report.documents.values()}


def test_a_host_that_left_the_allow_list_is_used_no_more(editor: Editor, knowledge_base: KnowledgeBase) -> None:
    editor.sync()
    editor.ingest()
    editor.path.write_text("hosts: [other.example]\nsources:\n  - {id: help, pages: ['https://other.example/a']}\n")
    report = editor.ingest(accept_loss=True)
    assert report.published
    assert not any(one.document_id.startswith("web/") for one in live(knowledge_base))


def test_lost_copies_hold_the_publish(editor: Editor, pipeline: Pipeline) -> None:
    editor.sync()
    editor.ingest()
    for path in (pipeline.page_store("alder").folder / "help").iterdir():
        path.unlink()
    report = editor.ingest()
    assert report.held
    assert any("marque sync" in note for note in report.notes)
    editor.sync(1)
    assert editor.ingest().held is None


def test_one_lost_copy_of_a_page_that_is_still_listed_holds_the_publish(editor: Editor, pipeline: Pipeline) -> None:
    editor.sync()
    editor.ingest()
    pipeline.page_store("alder").forget(web_document_id("help", editor.site.url("/help")))
    assert [one.kind for one in editor.ingest().losses] == ["vanished"]
    editor.sync(1)
    assert editor.ingest().losses == ()


def test_robots_txt_is_respected_unless_sources_yaml_says_otherwise(editor: Editor, site: Site) -> None:
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /help\n", "text/plain")
    editor.write("{id: help, pages: [SITE/tyres, SITE/help]}", head="")
    assert outcomes(editor.sync()) == {"/tyres": "new", "/help": "failed"}
    assert "/help" not in site.paths_asked()
    site.answers["/robots.txt"] = Answer(b"", status=503)
    assert set(outcomes(editor.sync(1)).values()) == {"failed"}
    site.answers["/robots.txt"] = Answer(b"", status=403)
    assert set(outcomes(editor.sync(2)).values()) == {"same", "new"}


@pytest.mark.parametrize("line", ["Disallow: //[", "Crawl-delay: \u00b2"])
def test_a_damaged_robots_txt_fails_its_pages_and_ends_no_sync(editor: Editor, site: Site, line: str) -> None:
    site.answers["/robots.txt"] = Answer(f"User-agent: *\n{line}\n".encode(), "text/plain")
    editor.write("{id: help, pages: [SITE/tyres, SITE/help]}", head="")
    assert outcomes(editor.sync()) == {"/tyres": "failed", "/help": "failed"}


def test_sources_are_due_by_their_cron_expression(editor: Editor) -> None:
    editor.write("{id: help, pages: [SITE/help], schedule: '0 */6 * * *'}")
    assert [one.id for one in editor.web_sync().due(NOW)] == ["help"]
    report = editor.sync()
    assert report.next_due == "2026-03-02T18:00:00+00:00"
    assert editor.web_sync().due(NOW + timedelta(hours=5)) == ()
    assert [one.id for one in editor.web_sync().due(NOW + timedelta(days=2))] == ["help"], (
        "a missed time is made up for"
    )


def test_this_machine_is_not_asked_without_the_dangerous_setting(
    editor: Editor, site: Site, pipeline: Pipeline
) -> None:
    settings = replace_settings(dangerously_allow_loopback_sources=False)
    web_sync = build_web_sync(editor.group, pipeline, "alder", settings)
    [report] = web_sync.run(web_sync.sources.sources, NOW)
    assert set(outcomes(report).values()) == {"failed"}
    assert site.asked == []


def replace_settings(**changes: bool) -> IngestSettings:
    return SETTINGS.model_copy(update=changes)


def test_pages_of_a_document_are_forgotten_for_its_erasure(editor: Editor, site: Site, pipeline: Pipeline) -> None:
    editor.sync()
    store = pipeline.page_store("alder")
    assert store.forget(web_document_id("help", site.url("/help"))) == 1
    assert not any(b"Call us" in path.read_bytes() for path in (store.folder / "help").iterdir())
    assert store.forget("web/help/nothing") == 0


def test_an_invalid_sources_file_changes_nothing(editor: Editor, knowledge_base: KnowledgeBase) -> None:
    editor.sync()
    before = editor.ingest().live
    editor.path.write_text("hosts: {")
    with pytest.raises(SourcesInvalid):
        editor.ingest()
    manifest = knowledge_base.releases.live("alder")
    assert manifest is not None
    assert manifest.release_id == before


@pytest.mark.parametrize(
    ("url", "document_id"),
    [
        ("https://a.example/tyres/winter", "web/help/a.example/tyres/winter"),
        ("https://a.example/", "web/help/a.example/index-"),
        ("https://a.example/tyres/", "web/help/a.example/tyres-"),
        ("https://a.example/a?b=1", "web/help/a.example/a-b-1-"),
        ("https://a.example/../../etc/passwd", "web/help/a.example/etc/passwd-"),
        ("https://a.example/%2e%2e/x", "web/help/a.example/2e-2e/x-"),
        ("http://a.example/tyres", "web/help/a.example/tyres-"),
    ],
)
def test_every_address_gets_its_own_plain_id(url: str, document_id: str, tmp_path: Path) -> None:
    found = web_document_id("help", url)
    assert found.startswith(document_id)
    assert ".." not in found
    assert (tmp_path / found).resolve().is_relative_to(tmp_path)
