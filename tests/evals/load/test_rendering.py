"""Hostile text in the browser: our own forms, in widget and console."""

import json
from pathlib import Path

import jsonschema
import pytest

from evals.errors import DataSetInvalid
from evals.load.payload_file import EXFILTRATION, load_payloads
from evals.load.rendering import measure_rendering
from evals.results_file import describe_run
from tests.end_to_end.widget_site import CHROMIUM

SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "rendering.json"


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install Debian's `chromium` to run this")
def test_nothing_hostile_runs_in_widget_or_console() -> None:
    texts = EXFILTRATION[-28:]
    found = measure_rendering(texts, live=1)
    content = {**describe_run(), **found.as_json()}
    jsonschema.validate(content, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert content["failures"] == 0, content["examples"]
    assert content["trials"] == len(texts)
    # One text holds a zero byte, which no page shows.
    assert content["shown_in_widget"] >= len(texts) - 1
    assert content["shown_in_console"] >= len(texts) - 1
    assert content["model_asked"] == 2


def test_payloads_are_read_from_scripts_and_lines_each_once(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.mjs").write_text('[{"title": "t", "payload": "<b title=\\"x\\">\\u003c", "expected": ""},]')
    (tmp_path / "b.txt").write_text("<i>\n\n<i>\n<u>\n")
    (tmp_path / "LICENSE").write_text("no payload")
    assert set(load_payloads(tmp_path)) == {'<b title="x"><', "<i>", "<u>"}


def test_a_folder_without_payloads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalid, match="holds no payload"):
        load_payloads(tmp_path)
