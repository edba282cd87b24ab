"""An issuer of logins for suites: it describes itself and publishes its key, as OpenID Connect asks."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "marque-suite"
_HOURS = 6


@dataclass(frozen=True, slots=True)
class Issuer:
    """A running issuer.

    Args:
        address: its name.
        key: signs its tokens.
    """

    address: str
    key: rsa.RSAPrivateKey

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a server that trusts it."""
        return {"MARQUE_UI_OIDC_ISSUER": self.address, "MARQUE_UI_OIDC_AUDIENCE": AUDIENCE}

    def token(self, subject: str, *roles: str) -> str:
        """A token of a person.

        Args:
            subject: who.
            roles: such as `*:admin`.
        """
        claims = {"iss": self.address, "aud": AUDIENCE, "sub": subject, "exp": int(time.time()) + _HOURS * 3_600}
        return jwt.encode({**claims, "roles": list(roles)}, self.key, algorithm="RS256", headers={"kid": "one"})


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """Run an issuer on a free port of this machine, until the block ends."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    told: dict[str, Any] = {}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(told.get(self.path, {})).encode()
            self.send_response(200 if self.path in told else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    told["/.well-known/openid-configuration"] = {"issuer": address, "jwks_uri": f"{address}/keys"}
    told["/keys"] = {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Issuer(address, key)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
