"""Secret keys of programs that speak for one brand; `python -m ui.api.api_keys BRAND` makes keys of both kinds."""

import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from brands import Group
from ui.api.access import bearer_of
from ui.api.errors import ApiKeyInvalid, ApiKeyMissing
from ui.api.origins import new_publishable_key

_PREFIX = "mq_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Which program speaks.

    Args:
        brand_id: the one brand that it may ask.
        name: the beginning of the key's hash; tells keys apart and gives none away.
    """

    brand_id: str
    name: str


class ApiKeys:
    """Reads secret keys; only their hashes are known here.

    Args:
        hashes: SHA-256 of each key, and its brand.
        group: whose brands.

    Raises:
        UnknownBrand: a key is for a brand that the group does not have.
    """

    def __init__(self, hashes: Mapping[str, str], group: Group) -> None:
        self._keys = {digest: ApiKey(group.brand(brand_id).id, digest[:12]) for digest, brand_id in hashes.items()}

    def read(self, authorization: str | None) -> ApiKey:
        """The key of a request.

        Args:
            authorization: its `Authorization` header.

        Raises:
            ApiKeyMissing: there is none.
            ApiKeyInvalid: it is not known.
        """
        key = bearer_of(authorization)
        if key is None:
            raise ApiKeyMissing("send a secret key of the brand as `Authorization: Bearer`")
        known = self._keys.get(hash_of(key))
        if known is None:
            raise ApiKeyInvalid("this secret key is not known here; its hash belongs into MARQUE_UI_API_KEYS")
        return known


def hash_of(key: str) -> str:
    """What is kept of a key: it is random and long, so a plain hash gives nothing away.

    Args:
        key: the key.
    """
    return sha256(key.encode("utf-8", "replace")).hexdigest()


def new_api_key() -> str:
    """A key of 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def main() -> None:
    """Print a new key of each kind for a brand, and where it belongs."""
    brand_id = sys.argv[1] if len(sys.argv) == 2 else "brand"
    key = new_api_key()
    setting = json.dumps({hash_of(key): brand_id})
    sys.stdout.write(
        f"for pages, in brand.yaml: publishable_keys: [{new_publishable_key(brand_id)}]\n"
        f"for programs, to be kept secret: {key}\nMARQUE_UI_API_KEYS={setting}\n"
    )


if __name__ == "__main__":
    main()
