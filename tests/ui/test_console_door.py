"""The console's door: its own address, cookies that only travel encrypted, and uploads of editors only."""

from collections.abc import Iterator

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from tests.oidc_issuer import AUDIENCE, run_issuer, sign_in
from tests.ui.api_client import kind
from ui.bootstrap import Services
from ui.console_door import LateConsole
from ui.settings import UiSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ORIGIN = "https://care.example"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_issuer() as address:
        yield address


def door_of(services: Services, issuer: str | None, origin: str = ORIGIN) -> LateConsole:
    """The door before an application that sets cookies."""
    services.settings = UiSettings(
        oidc_issuer=issuer, oidc_audience=AUDIENCE, oidc_client_secret="secret" if issuer else None
    )
    door = LateConsole(services, origin)
    app = Response("the console")
    app.set_cookie("a", "1", httponly=True)
    app.set_cookie("b", "2", secure=True)
    door._app = app
    door._loaded.set()
    return door


def test_cookies_travel_encrypted_only(services: Services, issuer: str) -> None:
    client = TestClient(door_of(services, issuer), base_url=ORIGIN)
    cookies = client.get("/console/").headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all(one.lower().count("; secure") == 1 for one in cookies)


def test_on_this_machine_cookies_need_no_encryption(services: Services, issuer: str) -> None:
    here = "http://localhost:8501"
    client = TestClient(door_of(services, issuer, here), base_url=here)
    assert "secure" not in client.get("/console/").headers.get_list("set-cookie")[0].lower()


def test_another_name_leads_to_the_consoles_own(services: Services, issuer: str) -> None:
    client = TestClient(
        door_of(services, issuer), base_url="http://localhost:8501", follow_redirects=False, client=("127.0.0.1", 1)
    )
    answer = client.get("/console/agent?brand=alder&x=%2F")
    assert answer.headers["location"] == f"{ORIGIN}/console/agent?brand=alder&x=%2F"


def test_without_an_issuer_the_console_is_there_as_it_is(services: Services) -> None:
    client = TestClient(door_of(services, None), base_url="http://localhost:8501", client=("127.0.0.1", 1))
    assert client.get("/console/").text == "the console"
    assert client.put("/console/_stcore/upload_file/a/b").text == "the console"


def test_files_are_taken_from_who_may_bring_documents_in(
    services: Services, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(door_of(services, issuer), base_url=ORIGIN)
    place = "/console/_stcore/upload_file/a/b"
    assert kind(client.put(place)) == "staff-token-missing"
    given = {"agent": sign_in(issuer, "kim", roles=["alder:agent"]), "bad": "x"}
    for who, problem in (("agent", "role-missing"), ("bad", "staff-token-invalid")):
        monkeypatch.setattr("ui.console_door._id_token_of", lambda _request, who=who: given[who])
        assert kind(client.put(place)) == problem
    given["editor"] = sign_in(issuer, "lee", roles=["birch:editor"])
    monkeypatch.setattr("ui.console_door._id_token_of", lambda _request: given["editor"])
    assert client.put(place).text == "the console"
