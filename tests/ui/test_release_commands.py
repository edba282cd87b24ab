"""Comparing, verifying, collecting, erasing, backing up and restoring by command."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from bot.bootstrap import build_assistant
from bot.question import Question
from bot.settings import BotSettings
from brands import load_group
from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.byte_search import find_bytes
from tests.conftest import write_small_group
from ui.cli import app
from ui.exit_codes import ExitCode

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
LETTER = "# Letters\n\n## From a customer\n\nMs Jane Doe of 12 Orchard Lane wrote that her Grove stalled near Leeds.\n"


def run_json(schema: str, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == exit_code, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(content, json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")))
    return content


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == exit_code, result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group with two releases of alder, the older one live again, and a conversation about a letter."""
    folder = write_small_group(tmp_path_factory.mktemp("commands") / "group")
    documents = folder / "brands" / "alder" / "documents"
    (documents / "letters.md").write_text(LETTER, encoding="utf-8")
    run_json("ingest", "ingest", str(folder))
    assistant = build_assistant(load_group(folder), build_knowledge_base(folder / ".marque"), BotSettings(model=None))
    talk = assistant.conversations.open("alder")
    assistant.ask(Question("alder", "What did Jane Doe of Orchard Lane write about her Grove?", conversation_id=talk))
    assistant.conversations.close()
    manual = documents / "grove-manual.md"
    manual.write_text(manual.read_text(encoding="utf-8").replace("120 Nm", "125 Nm"), encoding="utf-8")
    run_json("ingest", "ingest", str(folder), "--brand", "alder", "--no-publish")
    return folder


def test_difference_of_the_candidate_is_shown_before_it_is_published(published: Path) -> None:
    found = run_json("diff", "diff", str(published), "--brand", "alder")
    assert found["passages"]["changed"] == 1
    assert "120 Nm" in found["differences"][0]["before"]
    assert "125 Nm" in run("diff", str(published), "--brand", "alder", "live", "newest")
    same = run_json("diff", "diff", str(published), "--brand", "alder", found["before"], found["before"])
    assert same["differences"] == []
    run_json("error", "diff", str(published), "--brand", "alder", "live", "../x", exit_code=ExitCode.KNOWLEDGE)


def test_releases_are_verified_and_collected(published: Path) -> None:
    assert run_json("verify", "verify", str(published))["intact"]
    assert [one["removed"] for one in run_json("gc", "gc", str(published))["brands"]] == [[], []]
    assert "intact" in run("verify", str(published), "--brand", "birch")
    assert "2 kept" in run("gc", str(published), "--brand", "alder")
    assert "--brand" in run("verify", str(published), "--release", "x", exit_code=ExitCode.USAGE)


def test_damage_is_a_finding_with_its_own_exit_code(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    live = run_json("ingest", "ingest", str(folder), "--brand", "alder")["brands"][0]["live"]
    (folder / ".marque/alder/releases" / live / "rows.npy").unlink()
    found = run_json("verify", "verify", str(folder), "--brand", "alder", exit_code=ExitCode.FINDINGS)
    assert not found["intact"]
    assert "restore a backup" in found["releases"][0]["advice"]


def test_erasing_what_no_release_holds_is_told(published: Path) -> None:
    assert "no kept release holds it" in run("erase", str(published), "--document", "leters.md", "--dry-run")
    assert "no kept release" not in run("erase", str(published), "--document", "letters.md", "--dry-run")


def test_backup_erasure_and_restore(published: Path, tmp_path: Path) -> None:
    data = published / ".marque"
    backup = tmp_path / "marque.tar.gz"
    run_json("backup", "backup", str(published), str(backup))
    planned = run_json("erase", "erase", str(published), "--document", "letters.md", "--dry-run")
    assert [len(planned["passages"]), planned["conversations"]["citations"] > 0] == [1, True]
    assert find_bytes(data, ["12 Orchard Lane"])

    receipt = run_json("erase", "erase", str(published), "--containing", "jane doe of 12  ORCHARD lane", "--by", "dpo")
    assert receipt["clean"]
    assert len(receipt["releases"]) == 2
    assert receipt["conversations"]["turns"] == 1
    assert [Path(one).name for one in receipt["sources"]] == ["letters.md"]
    again = run_json("erase", "erase", str(published), "--containing", "Jane Doe")
    assert again["conversations"]["turns"] == 1
    assert find_bytes(data, ["Jane Doe"]) == ()
    assert run_json("verify", "verify", str(published))["intact"]

    report = run_json("ingest", "ingest", str(published), "--brand", "alder", "--accept-loss")["brands"][0]
    letters = next(one for one in report["documents"] if one["document"] == "letters.md")
    assert letters["state"] == "failed"
    assert receipt["erasure"] in letters["reason"]
    assert find_bytes(data, ["Jane Doe"]) == ()

    assert "--force" in run("restore", str(backup), str(published), exit_code=ExitCode.KNOWLEDGE)
    restored = run_json("restore", "restore", str(backup), str(published), "--force")
    assert set(restored["erased_again"]) == {receipt["erasure"], again["erasure"]}
    assert find_bytes(data, ["Jane Doe"]) == ()

    run_json("allow", "erase", str(published), "--allow", receipt["erasure"])
    run_json("allow", "erase", str(published), "--allow", again["erasure"])
    report = run_json("ingest", "ingest", str(published), "--brand", "alder")["brands"][0]
    assert next(one for one in report["documents"] if one["document"] == "letters.md")["state"] == "new"


def test_refuses_to_erase_what_is_not_named_clearly(published: Path) -> None:
    for arguments in ((), ("--containing", "a"), ("--document", "faq.csv"), ("--allow", "nothing")):
        told = run_json("error", "erase", str(published), *arguments, exit_code=ExitCode.KNOWLEDGE)
        assert told["error"]["kind"] == "ErasureRefused"


def test_nothing_kept_is_nothing_to_erase_or_back_up(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    for command in (("erase", str(folder), "--containing", "Jane"), ("backup", str(folder), str(tmp_path / "b.tar"))):
        run_json("error", *command, exit_code=ExitCode.KNOWLEDGE)


def test_two_person_group_publishes_by_the_second(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    group = folder / "group.yaml"
    group.write_text(group.read_text(encoding="utf-8") + "two_person_publish: true\n", encoding="utf-8")
    CliRunner().invoke(app, ["ingest", str(folder), "--brand", "alder", "--by", "anna", "--json"])
    listed = run_json("releases", "releases", str(folder), "--brand", "alder")
    assert listed["live"] is None
    release = listed["releases"][0]["release"]
    publish = ("publish", str(folder), "--brand", "alder", "--release", release)
    CliRunner().invoke(app, [*publish, "--by", "anna"])
    assert run_json("releases", "releases", str(folder), "--brand", "alder")["live"] is None
    assert run_json("live", *publish, "--by", "ben")["live"] == release
    log = (folder / ".marque/alder/publishes.jsonl").read_text(encoding="utf-8")
    assert json.loads(log)["by"] == "ben"
