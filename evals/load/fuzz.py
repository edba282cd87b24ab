"""Thousands of requests made up from the HTTP interface's own description, with credentials and without."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import Any

from evals.errors import MeasurementFailed
from evals.faults.suite_result import SuiteResult
from evals.load.issuer import running_issuer
from evals.load.processes import marque_server, running
from evals.load.workplace import open_workplace

Tell = Callable[[str], None]
# What a failure of schemathesis means; what stands in none of them is counted as `other`.
KINDS: Mapping[str, frozenset[str]] = {
    "server_errors": frozenset({"ServerError", "ContentTypeServerError"}),
    "schema_drift": frozenset(
        {
            "UndefinedStatusCode",
            "MissingHeaders",
            "JsonSchemaError",
            "MissingContentType",
            "MalformedMediaType",
            "ContentDeserializationError",
            "DiscriminatorMismatch",
            "UndefinedContentType",
            "MalformedJson",
        }
    ),
    "bypasses": frozenset(
        {"IgnoredAuth", "ObjectLevelAuthorizationViolation", "UseAfterFree", "nobody_gets_in_without_a_credential"}
    ),
}
PHASES = "examples,coverage,fuzzing,stateful"
_OPERATIONS = 24
_MOST_ROUNDS = 20
# `/v1/events` goes on for a quarter of an hour by design.
_EXCLUDED = ("--exclude-path", "/v1/events")


def measure_api_fuzz(
    target: Path, *, cases: int, seed: int = 1, phases: str = PHASES, tell: Tell = lambda _: None
) -> SuiteResult:
    """Ask a server what its own description allows and forbids, by all of schemathesis' checks.

    Args:
        target: a group folder whose brands have golden questions.
        cases: at least so many requests, half of them with credentials.
        seed: of the requests.
        phases: of schemathesis; fewer are quicker.
        tell: told what is being done.

    Raises:
        MeasurementFailed: schemathesis is not installed, or did not run.
    """
    if find_spec("schemathesis") is None:
        raise MeasurementFailed("schemathesis is not installed; `make test` installs it with the other test tools")
    result = SuiteResult("api-fuzz")
    begun = time.perf_counter()
    secret = f"mq_{token_urlsafe(32)}"
    with open_workplace(target) as place, running_issuer() as issuer, TemporaryDirectory() as folder:
        brand = next(iter(place.questions))
        keys = {"MARQUE_UI_API_KEYS": json.dumps({sha256(secret.encode()).hexdigest(): brand})}
        rates = {"MARQUE_UI_RATE_KEY": "1000000/minute"}
        with running(marque_server(place.group, place.settings | issuer.settings | keys | rates, workers=2)) as server:
            environment = os.environ | {
                "MARQUE_FUZZ_ADDRESS": server.address,
                "MARQUE_FUZZ_BRAND": brand,
                "MARQUE_FUZZ_SECRET_KEY": secret,
                "MARQUE_FUZZ_STAFF_TOKEN": issuer.token("fuzz", "*:admin"),
                "MARQUE_FUZZ_CONVERSATION": _open_conversation(server.address, brand, issuer.token("kim", "*:admin")),
                "SCHEMATHESIS_HOOKS": "evals.load.fuzz_hooks",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            }
            counts: Counter[str] = Counter()
            for which in ("with", "without"):
                environment["MARQUE_FUZZ_CREDENTIALS"] = which
                for round_number in range(_MOST_ROUNDS):
                    missing = (cases + 1) // 2 - counts[which]
                    if missing <= 0:
                        break
                    tell(f"{which} credentials: {counts[which]:,} cases so far")
                    report = _run(
                        server.address, environment, folder, missing // _OPERATIONS + 1, seed + round_number, phases
                    )
                    counts[which] += int(report["test_cases"]["generated"])
                    _add(result, counts, report, which)
    result.trials = counts["with"] + counts["without"]
    result.seconds = time.perf_counter() - begun
    result.details = {
        "cases_with_credentials": counts["with"],
        "cases_without": counts["without"],
        **{name: counts[name] for name in (*KINDS, "other")},
        "operations": counts["operations"],
        "seed": seed,
    }
    return result


def _open_conversation(address: str, brand: str, token: str) -> str:
    """A conversation that asks for a person, so that staff's routes have something to show."""
    begin = urllib.request.Request(  # noqa: S310 - the server under test
        f"{address}/v1/sessions", json.dumps({"brand": brand}).encode(), {"Content-Type": "application/json"}
    )
    session = _answer(begin)["token"]
    bearer = {"Authorization": f"Bearer {session}"}
    _answer(urllib.request.Request(f"{address}/v1/handoff", b"", bearer, method="POST"))  # noqa: S310
    waiting = urllib.request.Request(  # noqa: S310
        f"{address}/v1/staff/{brand}/handoffs", headers={"Authorization": f"Bearer {token}"}
    )
    return str(_answer(waiting)[0]["conversation"])


def _answer(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def _run(
    address: str, environment: Mapping[str, str], folder: str, examples: int, seed: int, phases: str
) -> dict[str, Any]:
    path = Path(folder) / "report.json"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/v1/openapi.json", *_EXCLUDED]
    command += ["--checks", "all", "--exclude-checks", "positive_data_acceptance"]  # ours stands in its place
    command += [
        "--phases",
        phases,
        "--mode",
        "all",
        "--max-examples",
        str(examples),
        "--seed",
        str(seed),
        "--continue-on-failure",
    ]
    command += ["--suppress-health-check", "all", "--no-shrink", "--request-timeout", "60"]
    command += ["--report", "json", "--report-json-path", str(path)]
    # Our own interpreter, with numbers and an address of this machine.
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False
    )
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = " ".join((done.stderr or done.stdout).split())[-500:]
        raise MeasurementFailed(f"schemathesis did not run: {said}") from None
    return report


def _add(result: SuiteResult, counts: Counter[str], report: dict[str, Any], which: str) -> None:
    counts["operations"] = max(counts["operations"], int(report["operations"]["tested"]))
    for one in report["failures"]:
        kind = next((name for name, types in KINDS.items() if {one["type"], one["title"]} & types), "other")
        counts[kind] += int(one["count"])
        result.failures += [f"{which} credentials: {one['title']}: {where}" for where in one["operations"]]
    for error in report["errors"]:
        counts["other"] += 1
        result.failures.append(f"{which} credentials: {' '.join(str(error).split())[:300]}")
