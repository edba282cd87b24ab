"""The issuer's keys are asked for rarely, and an issuer that is down locks nobody out whose key is known."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ui.api import issuer_keys
from ui.api.errors import IssuerUnreachable, StaffTokenInvalid
from ui.api.issuer_keys import IssuerKeys


class Issuer:
    """An issuer that counts how often its keys are read, and can be out of order."""

    def __init__(self) -> None:
        self.asked = 0
        self.works = True
        self.speaks_http = True
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        jwk = jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)
        self.keys = {
            "keys": [{**jwk, "kid": "one"}, {**jwk, "kid": "two"}, {**jwk, "kid": "for encryption", "use": "enc"}]
        }
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += self.path == "/jwks"
                if not issuer.speaks_http:
                    self.wfile.write(b"what is this?\r\n\r\n")
                    return
                told = (
                    issuer.keys
                    if self.path == "/jwks"
                    else {"issuer": issuer.address, "jwks_uri": issuer.address + "/jwks"}
                )
                self.send_response(200 if issuer.works else 503)
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_told: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    found = Issuer()
    yield found
    found.stop()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(issuer_keys, "monotonic", found)
    return found


def test_keys_are_read_once_and_again_when_their_time_is_over(issuer: Issuer, clock: Clock) -> None:
    keys = IssuerKeys(issuer.address, 3600)
    assert keys.named("one") is keys.named("one")
    assert issuer.asked == 1
    clock.now += 3601
    assert keys.named("one")
    assert issuer.asked == 2


def test_unknown_keys_make_nobody_ask_more_than_every_half_minute(issuer: Issuer, clock: Clock) -> None:
    keys = IssuerKeys(issuer.address, 3600)
    for name in ("three", "four", None, "for encryption"):
        with pytest.raises(StaffTokenInvalid):
            keys.named(name)
    assert issuer.asked == 1
    issuer.keys["keys"][0]["kid"] = "three"
    clock.now += 31
    assert keys.named("three")
    with pytest.raises(StaffTokenInvalid):
        keys.named("one")
    assert issuer.asked == 2


def test_known_keys_hold_for_a_day_while_the_issuer_is_down(issuer: Issuer, clock: Clock) -> None:
    keys = IssuerKeys(issuer.address, 3600)
    keys.named("one")
    issuer.works = False
    clock.now += 3600 + 86_000
    assert keys.named("one")
    clock.now += 1000
    with pytest.raises(IssuerUnreachable):
        keys.named("one")
    issuer.works = True
    clock.now += 31
    assert keys.named("one")


def test_known_keys_hold_while_something_else_answers_in_the_issuers_place(issuer: Issuer, clock: Clock) -> None:
    keys = IssuerKeys(issuer.address, 3600)
    keys.named("one")
    issuer.speaks_http = False
    clock.now += 3601
    assert keys.named("one")
    with pytest.raises(IssuerUnreachable, match="cannot be read"):
        keys.check()


def test_an_issuer_that_never_answered_is_not_asked_by_every_request(clock: Clock) -> None:
    away = Issuer()
    away.works = False
    keys = IssuerKeys(away.address, 3600)
    for _ in range(3):
        with pytest.raises(IssuerUnreachable):
            keys.named("one")
    away.works = True
    with pytest.raises(IssuerUnreachable, match="a moment ago"):
        keys.named("one")
    clock.now += 31
    assert keys.named("one")
    away.stop()


def test_who_brings_a_known_key_does_not_wait_for_a_slow_issuer(issuer: Issuer, clock: Clock) -> None:
    keys = IssuerKeys(issuer.address, 3600)
    keys.named("one")
    clock.now += 3601
    with keys._fetching:  # another request asks, and its answer is long in coming
        assert keys.named("one")
        with pytest.raises(StaffTokenInvalid):
            keys.named("three")
    assert issuer.asked == 1
