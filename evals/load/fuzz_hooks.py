"""What schemathesis loads beside the interface's description: credentials, and a check that nobody gets in without.

The variables of the environment are set by `evals.load.fuzz`, which starts schemathesis.
"""

import json
import os
import urllib.request
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

_ADDRESS = os.environ["MARQUE_FUZZ_ADDRESS"]
_BRAND = os.environ["MARQUE_FUZZ_BRAND"]
_WITH = os.environ["MARQUE_FUZZ_CREDENTIALS"] == "with"
_CONVERSATION = os.environ["MARQUE_FUZZ_CONVERSATION"]
_TOKENS = {"secret key": os.environ["MARQUE_FUZZ_SECRET_KEY"], "staff": os.environ["MARQUE_FUZZ_STAFF_TOKEN"]}
# Cases that erase a conversation leave the next ones without: a session is used for a short while only.
_SESSION_SECONDS = 1


def _begin_session() -> str:
    request = urllib.request.Request(  # noqa: S310 - the server under test, on this machine
        f"{_ADDRESS}/v1/sessions",
        json.dumps({"brand": _BRAND}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return str(json.load(answer)["token"])


def _scheme(operation: Any) -> str | None:
    named = [name for one in operation.definition.raw.get("security", []) for name in one]
    return named[0] if named else None


class _Credentials:
    """The credential that an operation asks for."""

    def get(self, case: Any, _context: Any) -> str | None:
        """Get it."""
        scheme = _scheme(case.operation)
        return _begin_session() if scheme == "session" else _TOKENS.get(scheme or "")

    def set(self, case: Any, data: str | None, _context: Any) -> None:
        """Send it."""
        if data is not None:
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


if _WITH:
    schemathesis.auth(
        refresh_interval=_SESSION_SECONDS, cache_by_key=lambda case, _context: _scheme(case.operation) or ""
    )(_Credentials)


@schemathesis.check
def nobody_gets_in_without_a_credential(_context: Any, response: Any, case: Any) -> bool | None:
    """Without a credential nothing succeeds that asks for one."""
    if not _WITH and _scheme(case.operation) is not None and response.status_code < 400:
        raise AssertionError(f"{response.status_code} without a credential")
    return None


@schemathesis.check
def what_fits_the_description_is_accepted(context: Any, response: Any, case: Any) -> bool | None:
    """As schemathesis' own check, but for rules that no schema can tell: a key that stands for another message."""
    if response.status_code in {409, 422} and _problem(response) != "invalid-request":
        return None
    accepted: bool | None = positive_data_acceptance(context, response, case)
    return accepted


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Let half of the cases name a brand and a conversation that are there, so that more than 404 is seen."""
    if not _WITH or case.method.upper() not in {"GET", "POST"} or _is_odd(case):
        return
    paths = case.path_parameters or {}
    known = {"brand_id": _BRAND, "model": _BRAND, "conversation": _CONVERSATION}
    case.path_parameters = {name: known.get(name, value) for name, value in paths.items()}
    if isinstance(case.body, dict):
        for name, value in (("model", _BRAND), ("vehicle", {})):
            if name in case.body:
                case.body[name] = value


def _is_odd(case: Any) -> bool:
    return sum(str(case.id).encode()) % 2 == 1


def _problem(response: Any) -> str:
    try:
        return str(json.loads(response.content)["type"]).rpartition(":")[2]
    except (ValueError, KeyError, TypeError):
        return ""
