"""Every route has a role, and lets nobody else in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from tests.ui.api_client import KEY, begin, kind, with_keys
from ui.api.api_keys import hash_of, new_api_key
from ui.api.app import MCP_PATH, build_api
from ui.api.roles import ACCESS, Role, access_table
from ui.bootstrap import Services
from ui.console_door import CONSOLE_PATH
from ui.server import build_app
from ui.settings import UiSettings

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "api.md"
SECRET = new_api_key()
FAR = "https://care.example"


@pytest.fixture
def app(services: Services) -> Any:
    services.settings = UiSettings(public_hosts="care.example", api_keys={hash_of(SECRET): "alder"})
    return build_api(services)


@pytest.fixture
def far(app: Any) -> Iterator[TestClient]:
    with TestClient(app, base_url=FAR, client=("203.0.113.7", 1), follow_redirects=False) as found:
        yield found


def held_by(role: Role) -> list[tuple[str, str]]:
    return [route for route, access in ACCESS.items() if access.role == role]


def ask(client: TestClient, route: tuple[str, str], **more: Any) -> Any:
    method, path = route
    filled = path.replace("{model}", "alder").replace("{brand_id}", "alder")
    return client.request(method, filled, **more)


def test_every_route_is_classified(services: Services) -> None:
    found: set[tuple[str, str]] = set()
    for route in iter_route_contexts(build_app(services).routes):
        methods: set[str] = set(route.methods or {"POST"}) - {"HEAD"}
        path = route.path or CONSOLE_PATH  # what no other route takes is the console's
        assert route.methods or path in {MCP_PATH, CONSOLE_PATH}
        found |= {(method if path != CONSOLE_PATH else "GET", path) for method in methods}
    assert found == set(ACCESS)


@pytest.mark.parametrize("route", held_by("session"), ids=" ".join)
def test_a_session_route_wants_a_token(far: TestClient, route: tuple[str, str]) -> None:
    assert kind(ask(far, route, json={"text": "hi", "turn": "t", "helpful": True})) == "session-missing"
    for token in ("x", SECRET):
        answer = ask(far, route, headers={"Authorization": f"Bearer {token}"})
        assert kind(answer) == "session-invalid"


@pytest.mark.parametrize("route", held_by("secret key"), ids=" ".join)
def test_a_secret_key_route_wants_a_key(app: Any, far: TestClient, route: tuple[str, str]) -> None:
    body = {"model": "alder", "messages": [{"role": "user", "content": "hi"}]}
    assert kind(ask(far, route, json=body)) == "api-key-missing"
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as near:
        assert kind(ask(near, route, json=body, headers=begin(near, "alder"))) == "api-key-invalid"


@pytest.mark.parametrize("route", held_by("local user"), ids=" ".join)
def test_a_local_route_is_not_there_for_others(far: TestClient, route: tuple[str, str]) -> None:
    assert kind(ask(far, route, headers={"Authorization": f"Bearer {SECRET}"})) in {"host-refused", "local-only"}


@pytest.mark.parametrize("route", held_by("anonymous"), ids=" ".join)
def test_an_anonymous_route_is_there_for_all(services: Services, far: TestClient, route: tuple[str, str]) -> None:
    with_keys(services)
    answer = ask(far, route, params={"key": KEY})
    assert answer.status_code in {200, 422}


def test_the_guide_holds_the_table() -> None:
    assert access_table() in GUIDE.read_text(encoding="utf-8"), "put the output of `python -m ui.api.roles` there"


def test_the_description_names_problems_and_credentials(far: TestClient) -> None:
    told = far.get("/v1/openapi.json").json()
    schemes = {"session": "session", "secret key": "secret key", "staff": "staff"}
    for (method, path), access in ACCESS.items():
        if not path.startswith("/v1/") or path == "/v1/openapi.json":
            continue
        operation = told["paths"][path][method.lower()]
        assert "application/problem+json" in operation["responses"]["default"]["content"], path
        assert "422" not in operation["responses"], path
        named = [name for one in operation.get("security", []) for name in one]
        assert named == ([schemes[access.role]] if access.role in schemes else []), path
