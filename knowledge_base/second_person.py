"""That one person builds a release and another publishes it."""

import re

from knowledge_base.errors import SecondPersonNeeded
from knowledge_base.release import Manifest

# How the doors write down who signed in: `Kim Lee (a1b2)`. The name may change, what stands in brackets does not.
_SIGNED_IN = re.compile(r".*\(([^()]+)\)\s*", re.DOTALL)


def is_same_person(one: str, other: str) -> bool:
    """Whether two names were written down for one person.

    Args:
        one: a name; who signed in is told by what stands in brackets at its end.
        other: another one.
    """
    return _identity(one) == _identity(other)


def _identity(name: str) -> str:
    found = _SIGNED_IN.fullmatch(name)
    return (found[1] if found else name).strip().casefold()


def require_second_person(manifest: Manifest, published_by: str) -> None:
    """Refuse that one person both builds and publishes.

    Args:
        manifest: of the release that is to go live.
        published_by: who publishes it.

    Raises:
        SecondPersonNeeded: it is the one who built it, or nobody said who.
    """
    command = f"marque publish GROUP --brand {manifest.brand_id} --release {manifest.release_id} --by NAME"
    if not published_by.strip():
        raise SecondPersonNeeded(f"Publishing takes two persons in this group; say who publishes: `{command}`")
    if is_same_person(published_by, manifest.created_by):
        raise SecondPersonNeeded(
            f"{manifest.created_by} built release {manifest.release_id} of {manifest.brand_id}, and publishing takes a "
            f"second person in this group; another one looks at it and runs `{command}`"
        )
