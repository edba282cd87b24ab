"""That one person builds a release and another publishes it."""

from knowledge_base.errors import SecondPersonNeeded
from knowledge_base.release import Manifest


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
    if published_by.strip().casefold() == manifest.created_by.strip().casefold():
        raise SecondPersonNeeded(
            f"{manifest.created_by} built release {manifest.release_id} of {manifest.brand_id}, and publishing takes a "
            f"second person in this group; another one looks at it and runs `{command}`"
        )
