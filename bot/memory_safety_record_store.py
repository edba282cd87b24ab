"""Safety records kept in memory: for tests, trials and previews."""

from threading import Lock

from bot.safety_record import SafetyEvent, SafetyRecord, link


class MemorySafetyRecordStore:
    """A store of safety records that forgets everything when the process ends; safe for use by several threads."""

    def __init__(self) -> None:
        self._chains: dict[str, list[SafetyRecord]] = {}
        self._lock = Lock()

    def append(self, event: SafetyEvent) -> SafetyRecord:
        """Add an event at the end of its brand's chain, once."""
        with self._lock:
            chain = self._chains.setdefault(event.brand_id, [])
            digest = f'"words_sha256":"{event.words_sha256}"'
            same = next((one for one in chain if digest in one.content), None)
            if same is not None:
                return same
            chain.append(link(event, chain[-1] if chain else None))
            return chain[-1]

    def of(self, brand_id: str) -> tuple[SafetyRecord, ...]:
        """The chain of a brand, oldest first."""
        with self._lock:
            return tuple(self._chains.get(brand_id, ()))
