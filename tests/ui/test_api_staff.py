"""Staff sign in at an issuer (OpenID Connect): each role may do what the table says, for its own brands only."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient

from knowledge_base.second_person import is_same_person
from tests.oidc_issuer import AUDIENCE, run_issuer, sign_in
from tests.ui.api_client import WARRANTY, begin, events_of, kind
from ui.api.app import build_api
from ui.api.errors import IssuerUnreachable, RoleMissing, StaffTokenInvalid, StaffTokenMissing
from ui.api.roles import ACCESS
from ui.api.staff import STAFF_ROLES, StaffTokens
from ui.bootstrap import Services
from ui.commands.doctor import examine
from ui.errors import ServerError
from ui.settings import UiSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FAR = "https://care.example"
STAFF_ROUTES = [route for route, access in ACCESS.items() if access.role == "staff"]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_issuer() as address:
        yield address


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def settings(issuer: str) -> UiSettings:
    return UiSettings(oidc_issuer=issuer, oidc_audience=AUDIENCE, public_hosts="care.example")


@pytest.fixture
def far(services: Services, settings: UiSettings) -> Iterator[TestClient]:
    """Somebody on another machine."""
    services.settings = settings
    with TestClient(build_api(services), base_url=FAR, client=("203.0.113.7", 1)) as found:
        yield found


def ask(client: TestClient, route: tuple[str, str], brand: str, headers: dict[str, str]) -> Any:
    method, path = route
    filled = path.format(brand_id=brand, conversation="nothing", release="nothing")
    return client.request(method, filled, headers=headers, json={"text": "hi"} if "messages" in path else None)


def test_each_role_may_do_what_the_table_says_and_no_more(far: TestClient, issuer: str) -> None:
    for role in STAFF_ROLES:
        headers = bearer(sign_in(issuer, role, roles=[f"alder:{role}"]))
        for route in STAFF_ROUTES:
            if "{brand_id}" not in route[1]:
                assert ask(far, route, "alder", headers).status_code == 200
                continue
            allowed = role in ACCESS[route].columns
            answer = ask(far, route, "alder", headers)
            assert (answer.status_code != 403) is allowed, (role, route)
            assert answer.status_code < 500, (role, route)
            for elsewhere in ("birch", "nobody"):
                assert kind(ask(far, route, elsewhere, headers)) == "role-missing", (role, route)


def test_who_has_not_signed_in_is_refused(far: TestClient, services: Services) -> None:
    session = services.assistant.conversations.open("alder")
    for route in STAFF_ROUTES:
        assert kind(ask(far, route, "alder", {})) == "staff-token-missing"
        for token in ("x", session, "a.b.c", "é"):
            answer = ask(far, route, "alder", {"Authorization": f"Bearer {token}".encode()})  # type: ignore[dict-item]
            assert kind(answer) == "staff-token-invalid"
            assert answer.headers["www-authenticate"] == "Bearer"


def test_with_an_issuer_this_machines_user_signs_in_as_well(services: Services, settings: UiSettings) -> None:
    services.settings = settings
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as near:
        assert kind(near.get("/v1/staff/alder/handoffs")) == "staff-token-missing"


def test_without_an_issuer_only_this_machines_user_is_staff(services: Services) -> None:
    services.settings = UiSettings(public_hosts="care.example")
    app = build_api(services)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as near:
        assert near.get("/v1/staff/me").json()["roles"]["birch"] == sorted(STAFF_ROLES)
        assert near.get("/v1/staff/alder/handoffs").json() == []
    with TestClient(app, base_url=FAR, client=("203.0.113.7", 1)) as far:
        for route in STAFF_ROUTES:
            assert kind(ask(far, route, "alder", {})) == "local-only"


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_a_token_that_proves_nothing_is_refused(issuer: str, settings: UiSettings, services: Services) -> None:
    tokens = StaffTokens(settings, services.group)
    good = sign_in(issuer, "kim", roles="*:agent")
    assert set(tokens.read(f"Bearer {good}").roles) == {"alder", "birch"}
    header, claims = jwt.get_unverified_header(good), jwt.decode(good, options={"verify_signature": False})
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = httpx.get(f"{issuer}/jwks").json()["keys"][0]
    public = jwt.PyJWK(jwk).key
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    forged = base64.urlsafe_b64encode(
        jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signed.encode(), pem)
    )
    kid = {"kid": header["kid"]} if "kid" in header else {}
    bad = {
        "no signature": f"{part({'alg': 'none', **kid})}.{part(claims)}.",
        "the public key as a secret": f"{signed}.{forged.rstrip(b'=').decode()}",
        "a key of one's own": jwt.encode(claims, own, algorithm="RS256", headers=kid),
        "an unknown key": jwt.encode(claims, own, algorithm="RS256", headers={"kid": "other"}),
        "another audience": sign_in(issuer, "kim", audience="other"),
        "changed claims": ".".join((good.split(".")[0], part(claims | {"roles": ["*:admin"]}), good.split(".")[2])),
        "nothing": "",
    }
    for what, token in bad.items():
        with pytest.raises((StaffTokenInvalid, StaffTokenMissing), match="sign in"):
            pytest.fail(f"{what}: {tokens.read(f'Bearer {token}')}")
    later = time.time() + 2 * 86_400
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jwt.api_jwt.datetime", _Later(later))
        with pytest.raises(StaffTokenInvalid, match="has ended"):
            tokens.read(f"Bearer {good}")


class _Later:
    """The module `datetime`'s class, with a clock that is ahead."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self, tz: Any = None) -> Any:
        from datetime import datetime

        return datetime.fromtimestamp(self._now, tz)


@pytest.mark.parametrize(
    ("claims", "held"),
    [
        ({"roles": ["alder:agent", "birch:publisher"]}, {"alder": {"agent"}, "birch": {"publisher"}}),
        ({"roles": "agent auditor", "brands": ["alder"]}, {"alder": {"agent", "auditor"}}),
        ({"roles": ["agent"]}, {}),
        ({"roles": ["agent"], "brands": "*"}, {"alder": {"agent"}, "birch": {"agent"}}),
        ({"roles": ["alder:owner", "cedar:agent", "agent:alder", 7, None]}, {}),
        ({"roles": {"alder": "agent"}}, {}),
        ({}, {}),
    ],
)
def test_roles_are_read_from_claims(
    services: Services, settings: UiSettings, claims: dict[str, Any], held: dict[str, set[str]]
) -> None:
    person = StaffTokens(settings, services.group)._person({"sub": "kim", **claims})
    assert {brand: set(roles) for brand, roles in person.roles.items()} == held


def test_what_only_an_admin_may_do_is_told_so(services: Services, settings: UiSettings) -> None:
    person = StaffTokens(settings, services.group)._person({"sub": "kim", "roles": ["alder:editor"]})
    with pytest.raises(RoleMissing, match="the role admin"):
        person.require("alder", ())


def test_a_person_is_recorded_by_what_they_cannot_change(services: Services, settings: UiSettings) -> None:
    tokens = StaffTokens(settings, services.group)
    told = tokens._person({"sub": "a1 (x) ü", "name": "Kim (not b2)"}).recorded_as
    assert told == "Kim (not b2) (a1 %28x%29 %C3%BC)"
    assert is_same_person(told, tokens._person({"sub": "a1 (x) ü", "name": "Lee"}).recorded_as)
    assert not is_same_person(told, tokens._person({"sub": "b2", "name": "Kim (not b2)"}).recorded_as)


def test_claims_are_named_by_the_settings(services: Services) -> None:
    settings = UiSettings(oidc_roles_claim="realm_access.roles", oidc_brands_claim="https://x.example/brands")
    tokens = StaffTokens(settings, services.group)
    claims = {"sub": "kim", "realm_access": {"roles": ["editor"]}, "https://x.example/brands": ["birch"]}
    assert tokens._person(claims).roles == {"birch": {"editor"}}


def test_an_issuer_that_cannot_be_trusted_or_reached_is_refused(services: Services) -> None:
    with pytest.raises(ServerError, match="MARQUE_UI_OIDC_AUDIENCE"):
        StaffTokens(UiSettings(oidc_issuer="https://login.example"), services.group)
    with pytest.raises(ServerError, match="https://"):
        StaffTokens(UiSettings(oidc_issuer="http://login.example", oidc_audience="a"), services.group)
    away = StaffTokens(UiSettings(oidc_issuer="http://127.0.0.1:1", oidc_audience="a"), services.group)
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(IssuerUnreachable):
        away.read(f"Bearer {jwt.encode({'sub': 'x'}, own, algorithm='RS256')}")
    services.settings = UiSettings(oidc_issuer="http://127.0.0.1:1", oidc_audience="a", public_hosts="care.example")
    with TestClient(build_api(services), base_url=FAR, client=("203.0.113.7", 1)) as client:
        answer = client.get("/v1/staff/me", headers=bearer(jwt.encode({"sub": "x"}, own, algorithm="RS256")))
    assert (answer.status_code, kind(answer)) == (503, "issuer-unreachable")
    assert "127.0.0.1:1" not in answer.text


def test_an_agent_takes_a_conversation_over_and_gives_it_back(far: TestClient, issuer: str, services: Services) -> None:
    headers = bearer(sign_in(issuer, "kim", roles=["alder:agent"]))
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as customer:
        session = begin(customer, "alder")
        customer.post("/v1/messages", json={"text": WARRANTY}, headers=session)
        customer.post("/v1/handoff", headers=session)
        waiting = far.get("/v1/staff/alder/handoffs", headers=headers).json()
        assert [one["state"] for one in waiting] == ["waiting"]
        place = f"/v1/staff/alder/handoffs/{waiting[0]['conversation']}"
        assert far.get(place, headers=headers).json()["question"] == WARRANTY
        assert far.post(f"{place}/join", headers=headers).json() | {"asked_at": ""} == {
            "state": "joined",
            "agent": "Kim",
            "asked_at": "",
        }
        written = far.post(f"{place}/messages", json={"text": "Mail me@mail.example"}, headers=headers)
        assert written.status_code == 201
        last = customer.get("/v1/conversation", headers=session).json()["turns"][-1]
        assert (last["role"], last["agent"], last["turn"]) == ("agent", "Kim", written.json()["turn"])
        assert "me@mail.example" not in last["text"]
        told = customer.post("/v1/messages", json={"text": "Thanks."}, headers=session)
        assert events_of(told.text)[-1][2]["text"] == ""
        assert far.post(f"{place}/close", headers=headers).json()["state"] == "closed"
        auditor = bearer(sign_in(issuer, "lee", roles=["alder:auditor"]))
        read = far.get(place.replace("handoffs", "conversations"), headers=auditor).json()
        assert [one["role"] for one in read["turns"]][:3] == ["customer", "bot", "agent"]
        assert kind(far.post(f"{place}/messages", json={"text": "hi"}, headers=auditor)) == "role-missing"


def test_only_who_took_a_conversation_over_writes_to_the_customer(
    far: TestClient, issuer: str, services: Services
) -> None:
    kim, lee = (bearer(sign_in(issuer, name, roles=["alder:agent"])) for name in ("kim", "lee"))
    conversation = services.assistant.conversations.open("alder")
    place = f"/v1/staff/alder/handoffs/{conversation}"

    def write(who: dict[str, str]) -> Any:
        return far.post(f"{place}/messages", json={"text": "Hello"}, headers=who)

    assert kind(write(kim)) == "handoff-not-taken"
    services.handoffs.ask("alder", conversation, "person")
    refused = write(kim)
    assert (refused.status_code, kind(refused)) == (409, "handoff-not-taken")
    assert "retry-after" not in refused.headers  # waiting does not help
    far.post(f"{place}/join", headers=kim)
    assert write(kim).status_code == 201
    assert kind(write(lee)) == "handoff-not-taken"
    far.post(f"{place}/join", headers=lee)
    assert write(lee).status_code == 201
    assert kind(write(kim)) == "handoff-not-taken"
    far.post(f"{place}/close", headers=lee)
    assert kind(write(lee)) == "handoff-not-taken"
    assert kind(far.post("/v1/staff/alder/handoffs/nothing/messages", json={"text": "x"}, headers=kim)) == (
        "unknown-conversation"
    )
    assert len(services.assistant.conversations.turns("alder", conversation)) == 2


def test_who_has_the_same_name_writes_in_nobodys_place(far: TestClient, issuer: str, services: Services) -> None:
    kim, other = (bearer(sign_in(issuer, one, name="Kim", roles=["alder:agent"])) for one in ("kim", "kim2"))
    conversation = services.assistant.conversations.open("alder")
    place = f"/v1/staff/alder/handoffs/{conversation}"
    assert far.post(f"{place}/join", headers=kim).json()["agent"] == "Kim"
    assert kind(far.post(f"{place}/messages", json={"text": "Hello"}, headers=other)) == "handoff-not-taken"
    # Whoever married meanwhile is still the same.
    renamed = bearer(sign_in(issuer, "kim", name="Kim Lee", roles=["alder:agent"]))
    assert far.post(f"{place}/messages", json={"text": "Hello"}, headers=renamed).status_code == 201
    # Taken over before subjects were kept.
    services.handoffs.join("alder", conversation, "Kim")
    assert far.post(f"{place}/messages", json={"text": "Hello"}, headers=other).status_code == 201


def test_a_publisher_rolls_back_and_publishes(far: TestClient, issuer: str, services: Services) -> None:
    headers = bearer(sign_in(issuer, "pat", roles=["alder:publisher"]))
    first = far.get("/v1/staff/alder/releases", headers=headers).json()[0]
    assert first["live"]
    assert kind(far.post("/v1/staff/alder/rollback", headers=headers)) == "release-not-found"
    assert kind(far.post("/v1/staff/alder/releases/nothing/publish", headers=headers)) == "release-not-found"
    again = far.post(f"/v1/staff/alder/releases/{first['release']}/publish", headers=headers)
    assert again.json() == {"brand": "alder", "live": first["release"]}


def test_doctor_tells_of_the_issuer(services: Services, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_UI_OIDC_ISSUER", issuer)
    monkeypatch.setenv("MARQUE_UI_OIDC_AUDIENCE", AUDIENCE)
    told = {one.check: one for one in examine(services.group.folder)}
    assert told["logins"].state == "good", told["logins"].text
    assert "MARQUE_UI_OIDC_CLIENT_SECRET" in told["logins"].text
    monkeypatch.setenv("MARQUE_UI_OIDC_CLIENT_SECRET", "secret")
    monkeypatch.setenv("MARQUE_UI_CONSOLE_ORIGIN", "https://care.example/")
    told = {one.check: one for one in examine(services.group.folder)}
    assert "https://care.example/console/oauth2callback" in told["logins"].text
    monkeypatch.setenv("MARQUE_UI_CONSOLE_ORIGIN", "http://care.example")
    assert {one.check: one.state for one in examine(services.group.folder)}["logins"] == "bad"
    monkeypatch.delenv("MARQUE_UI_CONSOLE_ORIGIN")
    monkeypatch.setenv("MARQUE_UI_OIDC_ISSUER", "http://127.0.0.1:1")
    assert {one.check: one.state for one in examine(services.group.folder)}["logins"] == "bad"
