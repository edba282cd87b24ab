"""Requests made up from a description: the short form on our own server, and on one that does all of it wrong."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from evals.errors import MeasurementFailed
from evals.faults.suite_result import SuiteResult
from evals.load import fuzz
from evals.results_file import describe_run
from tests.conftest import write_small_group
from tests.evals.load.test_suites import GOLDEN
from tests.ui.api_client import serve

SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "api-fuzz.json"
pytestmark = pytest.mark.timeout(400)


def test_our_server_stands_the_short_form(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    for brand in ("alder", "birch"):
        (folder / "brands" / brand / "golden_questions.yaml").write_text(GOLDEN, encoding="utf-8")
    found = fuzz.measure_api_fuzz(folder, cases=40, phases="fuzzing")
    content = {**describe_run(), **found.as_json()}
    jsonschema.validate(content, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert content["failures"] == 0, content["examples"]
    assert content["trials"] >= 40
    assert content["operations"] >= 24


def faulty_app() -> FastAPI:
    app = FastAPI(openapi_url="/v1/openapi.json")
    asked: Any = Annotated[Any, Depends(HTTPBearer(auto_error=False))]

    @app.get("/open")
    def open_to_all(_token: asked) -> dict[str, str]:
        return {"secret": "everybody reads it"}

    @app.get("/broken")
    def broken(number: int) -> dict[str, int]:
        return {"found": 1 // (number - number)}

    @app.get("/drifted", response_model=None, responses={200: {"model": dict[str, int]}})
    def drifted() -> dict[str, str]:
        return {"number": "none"}

    return app


@pytest.mark.filterwarnings("ignore")
def test_a_server_that_does_it_wrong_is_found_out(tmp_path: Path) -> None:
    with serve(faulty_app()) as address:
        names = ("ADDRESS", "BRAND", "SECRET_KEY", "STAFF_TOKEN", "CONVERSATION")
        environment = {**os.environ, **{f"MARQUE_FUZZ_{name}": "x" for name in names}}
        environment |= {
            "MARQUE_FUZZ_CREDENTIALS": "without",
            "SCHEMATHESIS_HOOKS": "evals.load.fuzz_hooks",
            "PYTHONPATH": str(Path(__file__).parents[3]),
        }
        report = fuzz._run(address, environment, str(tmp_path), 3, 1, "fuzzing")
    counts: Counter[str] = Counter()
    result = SuiteResult("api-fuzz")
    fuzz._add(result, counts, report, "without")
    assert counts["bypasses"]
    assert counts["server_errors"]
    assert counts["schema_drift"]
    assert any("GET /open" in one for one in result.failures)


def test_without_schemathesis_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda _name: None)
    with pytest.raises(MeasurementFailed, match="make test"):
        fuzz.measure_api_fuzz(tmp_path, cases=1)
