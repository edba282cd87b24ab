"""Removes conversations whose retention has ended, as long as the server runs."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.conversation_retention import purge_expired
from bot.errors import BotError
from brands import BrandsError
from knowledge_base.errors import KnowledgeBaseError
from ui.bootstrap import Services

# Retention is told in days: once an hour nobody waits longer than that.
PURGE_EVERY_SECONDS = 3_600.0
_log = logging.getLogger(__name__)


async def keep_to_retention(
    services: Services,
    every_seconds: float = PURGE_EVERY_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Remove expired conversations again and again, for ever.

    Args:
        services: where conversations are kept.
        every_seconds: how long to wait between two times.
        clock: tells the moment, with time zone.
    """
    while True:
        try:
            removed = await asyncio.to_thread(_purged, services, clock())
            if any(removed.values()):
                _log.info("conversations removed at the end of their retention: %s", dict(removed))
        except (BotError, BrandsError, KnowledgeBaseError) as error:  # what the conversations need may come back
            _log.error("conversations whose retention has ended could not be removed: %s", error)
        await asyncio.sleep(every_seconds)


def _purged(services: Services, now: datetime) -> Mapping[str, int]:
    return purge_expired(services.assistant.conversations, services.group, now)
