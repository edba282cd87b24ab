"""By which names, and from where, the server may be asked."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from tests.ui.api_client import kind
from ui.api.app import build_api
from ui.api.readiness import Readiness
from ui.api.roles import ACCESS
from ui.bootstrap import Services
from ui.server import build_app, server_config
from ui.settings import UiSettings

METRICS_KEY = "figures-0123456789"
ELSEWHERE = ("203.0.113.7", 1)
LOCAL_ROUTES = [path for (_method, path), access in ACCESS.items() if access.role == "local user"]


def client_of(app: Any, name: str, address: tuple[str, int] = ELSEWHERE) -> TestClient:
    return TestClient(app, base_url=name, client=address, follow_redirects=False)


@pytest.mark.parametrize("name", ["http://localhost:8501", "http://127.0.0.1", "http://[::1]:8501"])
def test_this_machines_names_written_elsewhere_open_nothing(services: Services, name: str) -> None:
    client = client_of(build_app(services, console=False), name)
    for path in [*LOCAL_ROUTES, "/v1/staff/me", "/v1/openapi.json"]:
        assert kind(client.get(path.replace("{brand_id}", "alder"))) == "host-refused", path
    assert kind(client.post("/v1/sessions", json={"brand": "alder"})) == "host-refused"


@pytest.mark.parametrize("name", ["http://10.1.2.3:8501", "http://evil.example", "http://localhost"])
def test_probes_are_answered_by_any_name_and_tell_no_reasons(services: Services, name: str) -> None:
    readiness = Readiness(warm=True, silent={"birch": "/srv/group/.marque/birch is damaged"})
    app = build_api(services, readiness=readiness)
    assert client_of(app, name).get("/healthz").status_code == 200
    told = client_of(app, name).get("/readyz")
    assert list(told.json()["silent"]) == ["birch"]
    assert "/srv" not in told.text
    here = client_of(app, "http://localhost:8501", ("127.0.0.1", 1)).get("/readyz")
    assert here.json()["silent"] == readiness.silent


def test_figures_are_read_from_elsewhere_with_their_key_only(services: Services) -> None:
    here, there = ("http://localhost", ("127.0.0.1", 1)), ("http://api:8501", ELSEWHERE)
    with_key, wrong = ({"Authorization": f"Bearer {one}"} for one in (METRICS_KEY, "x"))
    app = build_api(services)
    assert kind(client_of(app, *there).get("/metrics", headers=with_key)) == "host-refused"
    assert client_of(app, *here).get("/metrics").status_code == 200
    services.settings = UiSettings(metrics_key=METRICS_KEY)
    app = build_api(services)
    assert client_of(app, *here).get("/metrics").status_code == 200
    assert client_of(app, *there).get("/metrics", headers=with_key).status_code == 200
    assert kind(client_of(app, *there).get("/metrics")) == "api-key-missing"
    for place in (here, there):
        assert kind(client_of(app, *place).get("/metrics", headers=wrong)) == "api-key-invalid"
    assert kind(client_of(app, *there).get("/v1/brands", headers=with_key)) == "host-refused"


@pytest.mark.parametrize("value", ["*", "", "proxy", "10.0.0.0/8,*"])
def test_a_proxy_that_anybody_may_pose_as_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        UiSettings(trusted_proxies=value)


def test_only_the_proxies_that_are_named_say_who_asks(services: Services) -> None:
    settings = UiSettings(trusted_proxies="10.8.0.0/16, 127.0.0.1")

    async def who(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})

    config = server_config(lambda: who, settings, workers=1)  # type: ignore[arg-type,return-value]
    config.load()
    forged = {"X-Forwarded-For": "127.0.0.1, 198.51.100.4, 10.8.3.3"}
    for proxy, told in (("10.8.9.9", "198.51.100.4"), ("127.0.0.1", "198.51.100.4"), ("203.0.113.7", "203.0.113.7")):
        client = client_of(config.loaded_app, "http://localhost", (proxy, 1))
        assert client.get("/", headers=forged).text == told
