"""Conversations go when their brand's retention ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.conversation_store import ConversationStore
from brands import Group


def purge_expired(conversations: ConversationStore, group: Group, now: datetime) -> Mapping[str, int]:
    """Remove each brand's conversations in which nothing was said for as long as the brand keeps them.

    Safety records stay; they hold no words.

    Args:
        conversations: where they are kept.
        group: whose brands tell how many days they keep conversations.
        now: the moment, with time zone.

    Returns:
        How many conversations were removed, by brand.

    Raises:
        ConversationsUnavailable: the database cannot be used.
    """
    return {
        brand_id: conversations.purge(brand_id, now - timedelta(days=profile.retention_days))
        for brand_id, profile in group.brands.items()
    }
