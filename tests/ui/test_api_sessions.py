"""Sessions by publishable key and origin: whose page may speak for which brand."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from brands.profile import BrandProfile
from tests.ui.api_client import KEY, ORIGIN, begin, kind, with_keys
from ui.api.app import CROSS_ORIGIN_PATHS, PUBLIC_PATHS, build_api
from ui.api.limits import HostGuard
from ui.api.origins import host_name, is_local_address, new_publishable_key
from ui.bootstrap import Services
from ui.settings import UiSettings

PUBLIC = "https://care.example"


@pytest.fixture
def services(services: Services) -> Services:
    with_keys(services)
    services.settings = UiSettings(public_hosts="care.example, Other.example")
    return services


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A browser on a brand's site, through a proxy."""
    with TestClient(build_api(services), base_url=PUBLIC, client=("203.0.113.7", 4000)) as found:
        yield found


def begin_with_key(client: TestClient, key: str = KEY, origin: str | None = ORIGIN) -> Any:
    return client.post("/v1/sessions", json={"key": key}, headers={} if origin is None else {"Origin": origin})


def test_a_brands_page_begins_a_session_and_speaks(client: TestClient) -> None:
    answer = begin_with_key(client)
    assert answer.status_code == 201
    assert answer.json()["brand"] == "alder"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "origin" in answer.headers["vary"].lower()
    headers = {"Authorization": f"Bearer {answer.json()['token']}", "Origin": ORIGIN}
    told = client.get("/v1/brand", headers=headers)
    assert told.json()["id"] == "alder"
    assert told.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in told.headers


@pytest.mark.parametrize(
    "origin", [None, "https://birch.example", "https://evil.example", "null", "https://alder.example.evil.example"]
)
def test_another_page_is_refused(client: TestClient, origin: str | None) -> None:
    answer = begin_with_key(client, origin=origin)
    assert answer.status_code == 403
    assert kind(answer) == "origin-refused"
    assert answer.headers.get("access-control-allow-origin") is None


@pytest.mark.parametrize("origin", ["http://[", "http://localhost]", "null", "localhost"])
def test_an_origin_that_is_no_address_is_refused_in_plain_words(services: Services, origin: str) -> None:
    app, here = build_api(services), ("127.0.0.1", 1)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False, client=here) as client:
        begun = client.post("/v1/sessions", json={"brand": "alder"}, headers={"Origin": origin})
        assert kind(begun) == "local-only"
        assert kind(begin_with_key(client, origin=origin)) == "origin-refused"


def test_under_a_public_name_the_widget_is_told_of_a_brand_by_its_key_only(client: TestClient) -> None:
    assert client.get("/widget/profile", params={"key": KEY}).json()["id"] == "alder"
    for brand in ("alder", "no-brand"):
        refused = client.get("/widget/profile", params={"brand": brand})
        assert kind(refused) == "local-only"
        assert "birch" not in refused.text


def test_a_session_of_a_brand_that_is_gone_has_ended(client: TestClient, services: Services) -> None:
    token = begin_with_key(client).json()["token"]
    del services.group.brands["alder"]
    headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
    assert kind(client.get("/v1/conversation", headers=headers)) == "session-invalid"


def test_a_token_does_not_serve_a_sisters_page(client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {begin_with_key(client).json()['token']}", "Origin": "https://birch.example"}
    answer = client.get("/v1/conversation", headers=headers)
    assert kind(answer) == "origin-refused"
    assert answer.headers.get("access-control-allow-origin") is None


def test_a_page_reads_why_it_was_refused(client: TestClient) -> None:
    headers = {"Authorization": "Bearer x", "Origin": ORIGIN}
    answer = client.get("/v1/conversation", headers=headers)
    assert kind(answer) == "session-invalid"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", sorted(CROSS_ORIGIN_PATHS))
def test_a_preflight_of_a_brands_page_is_answered(client: TestClient, path: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = client.options(path, headers={"Origin": ORIGIN, **asked})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "idempotency-key" in answer.headers["access-control-allow-headers"]
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    other = client.options(path, headers={"Origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in other.headers


def test_an_unknown_or_malformed_key_is_refused(client: TestClient) -> None:
    assert kind(begin_with_key(client, "pk_nobody")) == "key-unknown"
    assert begin_with_key(client, "alder").status_code == 422
    for body in ({}, {"key": KEY, "brand": "alder"}):
        assert client.post("/v1/sessions", json=body, headers={"Origin": ORIGIN}).status_code == 422


def test_a_withdrawn_key_ends_its_sessions(client: TestClient, services: Services) -> None:
    headers = {"Authorization": f"Bearer {begin_with_key(client).json()['token']}", "Origin": ORIGIN}
    alder = services.group.brand("alder")
    services.group.brands["alder"] = alder.model_copy(update={"publishable_keys": ()})
    assert kind(client.get("/v1/conversation", headers=headers)) == "session-invalid"
    assert kind(begin_with_key(client)) == "key-unknown"


@pytest.mark.parametrize("origin", [None, ORIGIN, PUBLIC])
def test_a_brand_cannot_be_named_freely_under_a_public_name(client: TestClient, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert kind(client.post("/v1/sessions", json={"brand": "alder"}, headers=headers)) == "local-only"


def test_a_brand_is_named_freely_by_this_machines_own_pages_only(services: Services) -> None:
    with TestClient(build_api(services), base_url="http://localhost:8501", client=("127.0.0.1", 4000)) as local:
        own = {"Origin": "http://localhost:8501"}
        assert local.post("/v1/sessions", json={"brand": "alder"}, headers=own).status_code == 201
        for origin in ("https://evil.example", ORIGIN, "http://localhost:9999", "null"):
            answer = local.post("/v1/sessions", json={"brand": "alder"}, headers={"Origin": origin})
            assert kind(answer) == "local-only", origin
        assert begin_with_key(local, origin="http://localhost:8501").status_code == 201  # the demo page, with a key
    for address in ("203.0.113.7", "unknown"):  # a proxy may tell the latter
        with TestClient(build_api(services), base_url="http://localhost", client=(address, 4000)) as forged:
            assert kind(forged.post("/v1/sessions", json={"brand": "alder"})) == "host-refused"


def test_a_local_session_is_of_no_use_elsewhere(services: Services) -> None:
    app = build_api(services)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 4000)) as local:
        headers = begin(local, "alder")
        assert local.get("/v1/conversation", headers=headers).status_code == 200
        assert kind(local.get(f"{PUBLIC}/v1/conversation", headers=headers)) == "local-only"


def test_a_proxy_offers_the_interface_and_nothing_else(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/widget.js").status_code == 200
    for path in ("/", "/console/", "/demo/alder", "/metrics"):
        assert kind(client.get(path)) == "host-refused", path
    assert client.get("https://other.example/widget.js").status_code == 200
    assert kind(client.get("https://evil.example/widget.js")) == "host-refused"
    assert HostGuard(client.app, {"care.example": PUBLIC_PATHS})


def test_a_new_key_fits_a_profile(services: Services) -> None:
    told = services.group.brand("alder").model_dump()
    key = new_publishable_key("alder")
    assert BrandProfile.model_validate(told | {"publishable_keys": (key,)}).publishable_keys == (key,)
    with pytest.raises(ValueError, match="publishable_keys"):
        BrandProfile.model_validate(told | {"publishable_keys": ("secret",)})


def test_hosts_and_addresses_are_read_with_care() -> None:
    assert host_name("LOCALHOST:80") == "localhost"
    assert host_name("[::1]:80") == "[::1]"
    assert host_name("localhost.evil.example:80") == "localhost.evil.example"
    assert is_local_address("127.0.0.1")
    assert is_local_address("::1")
    assert not is_local_address("203.0.113.7")
