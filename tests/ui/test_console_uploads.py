"""Documents that editors bring: what is taken, where it lands, and what is refused."""

import errno
import os
import re
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.metadata import read_scope_file
from ui.bootstrap import Services
from ui.console import uploads
from ui.console.document_list import list_documents
from ui.console.uploads import UploadRefused, UploadScope, check_upload, is_kept, keep_upload, preview_upload, safe_name

CHAINS = (
    b"# Snow chains\n\n## Fitting\n\nFit the chains to the driven wheels.\n\n## Speed\n\nDrive at 50 km/h at most.\n"
)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Manual 2025.pdf", "Manual-2025.pdf"),
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\Users\\me\\faq.CSV", "faq.csv"),
        ("Größe & <b>.md", "Groe-b.md"),
        ("a" * 300 + ".md", "a" * 100 + ".md"),
    ],
)
def test_a_file_gets_a_safe_name(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(name=st.text(max_size=60))
def test_no_name_leaves_its_folder(name: str) -> None:
    try:
        kept = safe_name(name + ".md")
    except UploadRefused:
        return
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.md", kept)
    assert ".." not in Path(kept).parts


@pytest.mark.parametrize("name", ["_scope.yaml", "run.sh", "x.exe", "noend", ".md", "...md", "con.md", "日本.md"])
def test_a_name_or_format_that_is_not_read_is_refused(name: str) -> None:
    with pytest.raises(UploadRefused):
        check_upload(name, 10, 50)


def test_an_empty_or_large_file_is_refused() -> None:
    with pytest.raises(UploadRefused, match="empty"):
        check_upload("a.md", 0, 50)
    with pytest.raises(UploadRefused, match="larger than 1 MB"):
        check_upload("a.md", 1_000_001, 1)


def test_a_preview_keeps_nothing(services: Services) -> None:
    passages = preview_upload(services.pipeline, "alder", "chains.md", CHAINS).passages
    assert [one.heading_path[-1] for one in passages] == ["Fitting", "Speed"]
    assert not (services.group.brand_folder("alder") / "documents" / "uploads").exists()
    with pytest.raises(IngestError):
        preview_upload(services.pipeline, "alder", "broken.pdf", b"no pdf")


def test_a_kept_document_is_brought_in_with_its_scope(services: Services) -> None:
    scope = UploadScope("Snow chains", "en", models=("grove",), model_years=(2025,), markets=("gb",))
    assert not is_kept(services.group, "alder", "chains.md")
    path = keep_upload(services.group, "alder", "chains.md", CHAINS, scope, "Kim (a1)")
    assert is_kept(services.group, "alder", "chains.md")
    keep_upload(services.group, "alder", "ketten.md", CHAINS, UploadScope("Schneeketten", "de"), "Lee (b2)")
    assert path.parent == services.group.brand_folder("alder") / "documents" / "uploads"
    told = yaml.safe_load((path.parent / "_scope.yaml").read_text(encoding="utf-8"))
    by = {name: one["uploaded_by"] for name, one in told["files"].items()}
    assert by == {"chains.md": "Kim (a1)", "ketten.md": "Lee (b2)"}
    report = services.pipeline.ingest("alder", publish=False, created_by="tests").as_json()
    states = {one["document"]: one["state"] for one in report["documents"]}
    assert states["uploads/chains.md"] == "new"
    assert report["published"] is False
    release = services.knowledge_base.releases.passages_of("alder", report["release"])
    scopes = {one.scope for one in release if one.document_id == "uploads/chains.md"}
    assert {(one.models, one.model_years, one.markets) for one in scopes} == {(("grove",), (2025,), ("gb",))}


def test_a_scope_that_the_brand_does_not_have_is_refused_and_nothing_is_kept(services: Services) -> None:
    with pytest.raises(UploadRefused, match="cannot be used"):
        keep_upload(services.group, "alder", "chains.md", CHAINS, UploadScope("Chains", "fr"), "Kim (a1)")
    assert not (services.group.brand_folder("alder") / "documents" / "uploads").exists()


def test_a_full_disk_leaves_nothing_behind(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UploadRefused, match="No space left"):
        keep_upload(services.group, "alder", "chains.md", CHAINS, UploadScope("Chains", "en"), "Kim (a1)")
    assert list((services.group.brand_folder("alder") / "documents" / "uploads").iterdir()) == []


def test_two_editors_at_once_keep_both_scopes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_slowly(content: str) -> Any:
        found = read_scope_file(content)
        time.sleep(0.2)
        return found

    keep = partial(keep_upload, services.group, "alder", content=CHAINS, scope=UploadScope("Chains", "en"), by="Kim")
    path = keep(name="first.md").parent / "_scope.yaml"
    monkeypatch.setattr(uploads, "read_scope_file", read_slowly)
    threads = [threading.Thread(target=keep, kwargs={"name": name}) for name in ("second.md", "third.md")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert sorted(told["files"]) == ["first.md", "second.md", "third.md"]


def test_a_scope_file_that_is_no_text_is_refused(services: Services) -> None:
    folder = services.group.brand_folder("alder") / "documents" / "uploads"
    folder.mkdir()
    (folder / "_scope.yaml").write_bytes(b"title: \xff")
    with pytest.raises(UploadRefused, match="UTF-8"):
        keep_upload(services.group, "alder", "chains.md", CHAINS, UploadScope("Chains", "en"), "Kim (a1)")


def test_the_list_tells_what_is_live_waiting_and_gone(services: Services) -> None:
    live = services.knowledge_base.releases.live("alder")
    assert live is not None
    passages = tuple(services.knowledge_base.releases.passages_of("alder", live.release_id))
    folder = services.group.brand_folder("alder") / "documents"
    (folder / "faq.csv").unlink()
    (folder / "new.md").write_text("# New\n\nText.\n", encoding="utf-8")
    (folder / "grove-manual.md").touch()  # a new time alone is no edit
    states = {
        one.document_id: one.state
        for one in list_documents(
            services.group, "alder", live, passages, partial(services.pipeline.edited_since, "alder")
        )
    }
    assert states == {
        "faq.csv": "gone",
        "grove-manual.md": "live",
        "group/driving-abroad.md": "live",
        "new.md": "waiting",
    }


def test_a_document_of_other_bytes_or_scope_counts_as_edited_and_an_old_time_hides_nothing(services: Services) -> None:
    live = services.knowledge_base.releases.live("alder")
    assert live is not None
    passages = tuple(services.knowledge_base.releases.passages_of("alder", live.release_id))
    assert services.pipeline.edited_since("alder", live, passages) == frozenset()
    folder = services.group.brand_folder("alder") / "documents"
    manual = folder / "grove-manual.md"
    before = manual.stat()
    manual.write_text(manual.read_text(encoding="utf-8").replace("120 Nm", "125 Nm"), encoding="utf-8")
    os.utime(manual, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert services.pipeline.edited_since("alder", live, passages) == {"grove-manual.md"}
    (folder / "_scope.yaml").write_text("files:\n  faq.csv: {markets: [de]}\n", encoding="utf-8")
    assert services.pipeline.edited_since("alder", live, passages) == {"grove-manual.md", "faq.csv"}
