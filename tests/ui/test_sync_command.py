"""`marque sync`, against a real site on this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.errors import StoreUnavailable
from tests.conftest import write_small_group
from tests.ingest.web.site import Answer, Site, page, running_site
from tests.ui.test_cli import refused, run, run_json
from ui.commands import sync
from ui.exit_codes import ExitCode


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MARQUE_INGEST_DANGEROUSLY_ALLOW_LOOPBACK_SOURCES", "true")
    monkeypatch.setenv("MARQUE_INGEST_WEB_PAUSE_SECONDS", "0")
    folder = write_small_group(tmp_path / "group")
    site.answers["/towing"] = Answer(page("Towing abroad", "The towing eye lies under the boot floor.", "Screw it in."))
    (folder / "brands" / "alder" / "sources.yaml").write_text(
        f"hosts: ['{site.host}']\nrespect_robots: false\nschedule: '* * * * *'\n"
        f"sources: [{{id: help, pages: ['{site.url('/towing')}']}}]\n"
    )
    return folder


def test_a_page_is_fetched_published_asked_about_and_held_when_it_vanishes(folder: Path, site: Site) -> None:
    [brand] = run_json("sync", "sync", str(folder))["brands"]
    assert brand["sources"][0]["pages"]["new"] == 1
    assert brand["ingest"]["published"]
    reply = run_json("reply", "ask", str(folder), "Where does the towing eye lie?", "--brand", "alder")
    assert any(one["document"].startswith("web/help/") for one in reply["citations"])
    view = run_json("view", "view", str(folder), "--brand", "alder")
    assert site.url("/towing") in {one["source"] for one in view["passages"]}
    assert run_json("sync", "sync", str(folder))["brands"][0]["ingest"] is None

    del site.answers["/towing"]
    [brand] = run_json("sync", "sync", str(folder), exit_code=ExitCode.HELD)["brands"]
    assert brand["sources"][0]["pages"]["gone"] == 1
    assert not brand["ingest"]["published"]
    candidate = brand["ingest"]["release"]
    words = run("sync", str(folder), "--brand", "alder")
    assert words.exit_code == ExitCode.HELD
    assert "--accept-loss" in words.stderr
    [brand] = run_json("sync", "sync", str(folder), "--accept-loss")["brands"]
    assert brand["ingest"]["release"] == candidate == brand["ingest"]["live"]


def test_a_page_that_fails_is_a_finding_and_loses_nothing(folder: Path, site: Site) -> None:
    run_json("sync", "sync", str(folder))
    site.answers["/towing"] = Answer(b"", status=503)
    [brand] = run_json("sync", "sync", str(folder), exit_code=ExitCode.FINDINGS)["brands"]
    assert brand["ingest"] is None
    assert "last good copy" in brand["sources"][0]["changes"][0]["reason"]


def test_refuses_to_sync_without_sources_with_wrong_ones_and_to_accept_losses_by_schedule(folder: Path) -> None:
    assert "sources.yaml" in refused("sync", str(folder), "--brand", "birch", code=ExitCode.DOCUMENTS)
    refused("sync", str(folder), "--schedule", "--accept-loss", code=ExitCode.USAGE)
    (folder / "brands" / "alder" / "sources.yaml").write_text("hosts: [a b]\n")
    [brand] = run_json("sync", "sync", str(folder), exit_code=ExitCode.DOCUMENTS)["brands"]
    assert brand["error"]["kind"] == "SourcesInvalid"


def test_a_schedule_fetches_what_is_due_and_ends_when_it_is_told_to(folder: Path) -> None:
    command = [sys.executable, "-c", "from ui.cli import main; main()", "sync", str(folder), "--schedule", "--json"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert json.loads(line)["brands"][0]["ingest"]["published"]
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == ExitCode.INTERRUPTED
    assert b"Traceback" not in errors + output


def test_a_schedule_goes_on_when_the_data_folder_comes_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([StoreUnavailable("the data folder is away"), KeyboardInterrupt()])

    def look(*_: object) -> None:
        raise next(looks)

    monkeypatch.setattr(sync._Run, "_sync_group", look)
    monkeypatch.setattr(sync, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        sync._Run(Path("group"), None, True, False, "anna", False).follow_schedule()
    assert "the data folder is away" in capsys.readouterr().err
