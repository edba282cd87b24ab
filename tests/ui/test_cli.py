"""The command line as a newcomer and as a program use it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest
from typer.testing import CliRunner

from brands import load_group
from knowledge_base.release_files import lock_file
from tests.conftest import write_small_group
from ui.bootstrap import Services
from ui.cli import app
from ui.commands.serve import bring_in_missing
from ui.exit_codes import MEANINGS, ExitCode
from ui.settings import UiSettings

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_small_group(tmp_path_factory.mktemp("cli") / "group")
    assert run("ingest", str(folder)).exit_code == 0
    return folder


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def run_json(schema: str, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == exit_code, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(content, json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")))
    return content


def refused(*arguments: str, code: ExitCode) -> str:
    plain = run(*arguments)
    assert plain.exit_code == code, plain.output
    assert "Traceback" not in plain.output
    assert plain.stderr.startswith("error: ")
    assert len(plain.stderr.strip().splitlines()) == 1
    message: str = run_json("error", *arguments, exit_code=code)["error"]["message"]
    return message


def test_help_names_every_command_and_exit_code() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("init", "ingest", "ask", "serve", "doctor", "releases", "publish", "rollback", "eval"):
        assert command in result.output
    assert all(str(int(code)) in result.output for code in MEANINGS)


def test_starter_group_is_ingested_asked_and_passes_its_golden_questions(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    written = run_json("init", "init", str(folder))["files"]
    assert "group.yaml" in written
    report = run_json("ingest", "ingest", str(folder))
    assert report["brands"][0]["published"]
    golden = run_json("golden", "eval", "golden", str(folder))
    assert golden["misses"] == []
    assert golden["other_brand_passages"] == 0


def test_reply_cites_the_words_it_quotes(published: Path) -> None:
    reply = run_json("reply", "ask", str(published), "What is the wheel nut torque?", "--brand", "alder")
    assert reply["kind"] == "answer"
    assert reply["brand"] == "alder"
    assert any("120 Nm" in one["quote"] for one in reply["citations"])
    assert "140 Nm" not in reply["text"]


def test_what_an_overview_offers_is_printed_below_it(published: Path) -> None:
    result = run("ask", str(published), "What can you do?", "--brand", "alder")
    assert result.exit_code == 0
    assert len([line for line in result.output.splitlines() if line.startswith("  › ")]) == 3


def test_reply_of_the_sister_brand_has_the_sisters_figures(published: Path) -> None:
    reply = run_json("reply", "ask", str(published), "What is the wheel nut torque?", "--brand", "birch")
    assert any("140 Nm" in one["quote"] for one in reply["citations"])
    assert "120 Nm" not in reply["text"]


def test_reply_for_people_shows_sources(published: Path) -> None:
    result = run("ask", str(published), "How long does the new vehicle warranty last?", "--brand", "alder")
    assert result.exit_code == 0
    assert "5 years" in result.output
    assert "faq.csv" in result.output


def test_ingesting_again_embeds_nothing_and_changes_nothing(published: Path) -> None:
    before = run_json("releases", "releases", str(published), "--brand", "alder")["live"]
    report = run_json("ingest", "ingest", str(published))
    assert [one["embedded"] for one in report["brands"]] == [0, 0]
    assert all(one["nothing_changed"] for one in report["brands"])
    assert run_json("releases", "releases", str(published), "--brand", "alder")["live"] == before


def test_a_change_is_published_and_rolled_back(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    first = run_json("ingest", "ingest", str(folder), "--brand", "alder")["brands"][0]["release"]
    faq = folder / "brands" / "alder" / "documents" / "faq.csv"
    faq.write_text(faq.read_text(encoding="utf-8").replace("5 years", "6 years"), encoding="utf-8")
    candidate = run_json("ingest", "ingest", str(folder), "--brand", "alder", "--no-publish")["brands"][0]
    assert not candidate["published"]
    assert run_json("releases", "releases", str(folder), "--brand", "alder")["live"] == first
    second = candidate["release"]
    assert run_json("live", "publish", str(folder), "--brand", "alder", "--release", second)["live"] == second
    ask = ("ask", str(folder), "How long does the new vehicle warranty last?", "--brand", "alder")
    assert "6 years" in run_json("reply", *ask)["text"]
    assert run_json("live", "rollback", str(folder), "--brand", "alder")["live"] == first
    assert "5 years" in run_json("reply", *ask)["text"]


def test_one_bad_file_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    (folder / "brands" / "alder" / "documents" / "broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    report = run_json("ingest", "ingest", str(folder), "--brand", "alder")["brands"][0]
    failed = [one for one in report["documents"] if one["state"] == "failed"]
    assert [one["document"] for one in failed] == ["broken.pdf"]
    assert failed[0]["reason"]
    assert report["published"]


def test_doctor_says_what_to_do(published: Path, tmp_path: Path) -> None:
    assert run_json("doctor", "doctor", str(published))["healthy"]
    fresh = write_small_group(tmp_path / "group")
    texts = [one["text"] for one in run_json("doctor", "doctor", str(fresh))["findings"]]
    assert any("marque ingest" in text for text in texts)
    wrong = run_json("doctor", "doctor", str(tmp_path / "nowhere"), exit_code=ExitCode.FINDINGS)
    assert not wrong["healthy"]


def test_doctor_tells_whether_scans_are_read(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(exit_code: int = 0) -> dict[str, Any]:
        found = run_json("doctor", "doctor", str(published), exit_code=exit_code)["findings"]
        return next(one for one in found if one["check"] == "documents")

    assert "MARQUE_INGEST_OCR_DATA_FOLDER" in told()["text"]
    monkeypatch.setenv("MARQUE_INGEST_OCR_DATA_FOLDER", "/nowhere")
    assert "/nowhere/eng.traineddata is missing" in told(ExitCode.FINDINGS)["text"]


def test_doctor_names_an_unreachable_model(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_BOT_MODEL", "openai:some-model")
    monkeypatch.setenv("MARQUE_BOT_MODEL_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("MARQUE_BOT_MODEL_API_KEY", "sk-test-0123456789")
    found = run_json("doctor", "doctor", str(published), exit_code=ExitCode.FINDINGS)["findings"]
    told = next(one for one in found if one["check"] == "language model")
    assert told["state"] == "bad"
    assert "127.0.0.1:9" in told["text"]


def test_refuses_an_unknown_brand(published: Path) -> None:
    assert "alder, birch" in refused("ask", str(published), "Hello?", "--brand", "elm", code=ExitCode.GROUP)


def test_refuses_an_unknown_model_market_and_language(published: Path) -> None:
    ask = ("ask", str(published), "Hello?", "--brand", "alder")
    assert "grove" in refused(*ask, "--model", "copse", code=ExitCode.GROUP)
    assert "gb, de" in refused(*ask, "--market", "jp", code=ExitCode.GROUP)
    assert "en, de" in refused(*ask, "--language", "fr", code=ExitCode.GROUP)


def test_refuses_a_folder_that_is_no_group(tmp_path: Path) -> None:
    assert "marque init" in refused("ingest", str(tmp_path / "nowhere"), code=ExitCode.GROUP)
    assert "group.yaml" in refused("ingest", str(tmp_path), code=ExitCode.GROUP)


def test_refuses_a_question_before_anything_is_published(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    assert "ingest" in refused("ask", str(folder), "Hello?", "--brand", "alder", code=ExitCode.KNOWLEDGE)


def test_refuses_an_empty_question(published: Path) -> None:
    refused("ask", str(published), "   ", "--brand", "alder", code=ExitCode.ANSWER)


def test_a_brand_that_is_busy_is_told_and_the_others_are_brought_in(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    (folder / ".marque" / "alder").mkdir(parents=True)
    with lock_file(folder / ".marque" / "alder" / "lock", "a test"):
        alder, birch = run_json("ingest", "ingest", str(folder), exit_code=ExitCode.KNOWLEDGE)["brands"]
        assert alder["error"]["kind"] == "ReleaseBusy"
        assert birch["published"]
        plain = run("ingest", str(folder))
        assert plain.exit_code == ExitCode.KNOWLEDGE
        assert "alder: " in plain.stderr
        assert "nothing changed" in plain.stdout


def test_no_process_that_reads_documents_outlives_its_command(tmp_path: Path) -> None:
    before = document_readers()
    folder = write_small_group(tmp_path / "group")
    assert run("ingest", str(folder), "--brand", "alder").exit_code == 0
    assert document_readers() == before
    # Of `serve --ingest-missing`.
    bring_in_missing(Services(load_group(folder), UiSettings()), json_output=True)
    assert run("ask", str(folder), "How long does the warranty last?", "--brand", "birch").exit_code == 0
    assert document_readers() == before


def document_readers() -> set[int]:
    children = (one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE)
    return {one.pid for one in children if "ingest.loading_process" in one.cmdline()}


def test_refuses_to_ingest_a_brand_without_documents_and_keeps_what_is_live(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    live = run_json("ingest", "ingest", str(folder), "--brand", "alder")["brands"][0]["live"]
    for place in (folder / "documents", folder / "brands" / "alder" / "documents"):
        for path in place.iterdir():
            path.unlink()
    result = run("ingest", str(folder), "--brand", "alder", "--json")
    assert result.exit_code == ExitCode.DOCUMENTS
    assert run_json("releases", "releases", str(folder), "--brand", "alder")["live"] == live


def test_refuses_to_write_a_starter_over_something(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    assert "not empty" in refused("init", str(tmp_path), code=ExitCode.GROUP)
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "mine"


def test_refuses_a_release_that_is_not_kept(published: Path) -> None:
    publish = ("publish", str(published), "--brand", "alder", "--release", "20200101T000000.000000Z-000000")
    refused(*publish, code=ExitCode.KNOWLEDGE)
    refused("publish", str(published), "--brand", "alder", "--release", "../../birch", code=ExitCode.KNOWLEDGE)


def test_refuses_a_setting_that_is_wrong(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EMBEDDER_PRECISION", "int3")
    message = refused("ask", str(published), "Hello?", "--brand", "alder", code=ExitCode.GROUP)
    assert "MARQUE_KNOWLEDGE_BASE_EMBEDDER_PRECISION" in message


def test_report_for_people_ends_with_what_failed_and_counts_what_is_the_same(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    documents = folder / "brands" / "alder" / "documents"
    for number in range(25):
        (documents / f"note-{number:02}.md").write_text(
            f"# Note {number}\n\nThe fuse has {number} A.\n", encoding="utf-8"
        )
    (documents / "again").symlink_to(documents, target_is_directory=True)
    run_json("ingest", "ingest", str(folder), "--brand", "alder")
    (documents / "a-broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    (documents / "note-07.md").write_text("# Note 7\n\nThe fuse has 10 A.\n", encoding="utf-8")
    told = CliRunner().invoke(app, ["ingest", str(folder), "--brand", "alder"]).output
    assert "note-08.md" not in told
    assert told.index("note-07.md") < told.index("a-broken.pdf") < told.index("documents that are the same")
    assert "1 changed" in told
    assert "1 failed" in told
    assert "failed: a-broken.pdf: the PDF is damaged or was cut off" in told
    assert "left out: again: it is a link" in told


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ingest", "group", "--bogus"], ["nothing"], ["serve", "g", "--port", "0x"]]
)
def test_wrong_command_line_is_json_where_json_is_asked_for(arguments: list[str]) -> None:
    told = run_json("error", *arguments, exit_code=ExitCode.USAGE)
    assert "--help" in told["error"]["message"]
    assert "Usage" in run(*arguments).output
