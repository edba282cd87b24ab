"""`marque view`: what is in, shadowed and out, and why."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import write_small_group
from tests.ui.test_cli import refused, run, run_json
from ui.exit_codes import ExitCode

OWN = "---\ntitle: Driving abroad\n---\n# Driving abroad\n\n## Roadside help abroad\n\nOwn help.\n"
GERMAN_MARKET = "---\nmarkets: [de]\noverrides: [grove-manual.md#Towing]\n---\n# Towing in Germany\n\n600 kg.\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_small_group(tmp_path_factory.mktemp("view") / "group")
    documents = folder / "brands" / "alder" / "documents"
    (documents / "driving-abroad.md").write_text(OWN, encoding="utf-8")
    (documents / "towing-germany.md").write_text(GERMAN_MARKET, encoding="utf-8")
    assert run("ingest", str(folder), "--brand", "alder", "--by", "anna").exit_code == 0
    return folder


def view(folder: Path, *arguments: str) -> dict[str, Any]:
    return run_json("view", "view", str(folder), "--brand", "alder", *arguments)


def standings(content: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(one["document"], one["heading"][-1]): one["standing"] for one in content["passages"] if one["heading"]}


def test_live_view_tells_what_is_in_and_what_is_shadowed(published: Path) -> None:
    content = view(published)
    assert content["created_by"] == content["published_by"] == "anna"
    assert content["published_at"]
    assert content["release"]
    found = standings(content)
    assert found["group/driving-abroad.md", "Documents to carry"] == "in"
    assert found["group/driving-abroad.md", "Roadside help abroad"] == "shadowed"
    assert found["driving-abroad.md", "Roadside help abroad"] == "in"
    assert sum(content["counts"].values()) == len(content["passages"])


def test_sources_and_live_tell_the_same_after_an_ingest(published: Path) -> None:
    live, sources = view(published), view(published, "--sources")
    assert sources["release"] is sources["published_by"] is None
    assert standings(live) == standings(sources)
    assert {one["reason"] for one in live["passages"]} == {one["reason"] for one in sources["passages"]}


def test_market_chooses_between_general_and_special_text(published: Path) -> None:
    german, british = standings(view(published, "--market", "de")), standings(view(published, "--market", "gb"))
    general, special = ("grove-manual.md", "Towing"), ("towing-germany.md", "Towing in Germany")
    assert (german[general], german.get(special, "in")) == ("out", "in")
    assert british[general] == "in"


def test_what_does_not_hold_for_the_vehicle_is_out_with_the_reason(published: Path) -> None:
    out = [one for one in view(published, "--market", "gb")["passages"] if one["standing"] == "out"]
    assert [one["document"] for one in out] == ["towing-germany.md"]
    assert "market de" in out[0]["reason"]


def test_why_tells_all_about_one_passage(published: Path) -> None:
    shadowed = next(one for one in view(published)["passages"] if one["standing"] == "shadowed")
    [told] = view(published, "--why", shadowed["passage"][:8])["passages"]
    assert told["shadowed_by"] == "driving-abroad.md"
    words = run("view", str(published), "--brand", "alder", "--why", shadowed["passage"]).output
    assert "published  by anna at 20" in words
    assert "the brand's own document has the same path and heading" in words
    [told] = view(published, "--sources", "--why", shadowed["passage"])["passages"]
    assert "42 countries" in told["text"]


def test_view_for_people_names_documents_and_reasons(published: Path) -> None:
    output = run("view", str(published), "--brand", "alder").output
    assert "inherited from the group" in output
    assert "driving-abroad.md" in output
    only = run("view", str(published), "--brand", "alder", "--document", "faq.csv").output
    assert "Tyre pressures" not in only


def test_refuses_an_unknown_passage_document_and_language(published: Path) -> None:
    base = ("view", str(published), "--brand", "alder")
    assert "no passage" in refused(*base, "--why", "ffffffffffffffff", code=ExitCode.FINDINGS)
    refused(*base, "--document", "nothing.md", code=ExitCode.USAGE)
    assert "en, de" in refused(*base, "--language", "fr", code=ExitCode.GROUP)


def test_refuses_the_live_view_before_anything_is_live(published: Path) -> None:
    assert "--sources" in refused("view", str(published), "--brand", "birch", code=ExitCode.KNOWLEDGE)
