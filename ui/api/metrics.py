"""What is counted for Prometheus: replies by brand, how long they took, what they cost, what was taken out of them."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from bot.errors import ConversationsUnavailable
from bot.reply import Reply
from ui.api.leaks import LEAKS, leak_in

MEDIA_TYPE = CONTENT_TYPE_LATEST
Budgets = Mapping[str, tuple[int, int | None]]
# Where several workers put their figures, so that each can tell those of all; named by prometheus_client.
FIGURES_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Figures of this process, or of all workers.

    None of them tells of a person, and every label comes from a short, known list.

    Args:
        working: tells how many replies are on their way.
        listeners: tells how many conversations are followed live.
        budgets: tells what each brand's model took today, and what it may take, in tokens.
        names: of the group's brands, by id.
    """

    def __init__(
        self,
        working: Callable[[], int],
        listeners: Callable[[], int],
        budgets: Callable[[], Budgets] = dict,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._registry = CollectorRegistry()
        self._names = names or {}

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"marque_{name}", words, labels, registry=self._registry)

        self._turns = counter("turns", "Replies that were given.", "brand", "door", "kind", "composer")
        self._tokens = counter("model_tokens", "Tokens of language models.", "brand", "direction")
        self._cost = counter("model_cost", "Cost of language models, in the operator's currency.", "brand")
        self._removed = counter("sentences_removed", "Sentences that a check took out of a reply.", "brand")
        self._leaks = counter("leaks_caught", "Sentences taken out that would have leaked.", "brand", "reason")
        for brand_id in self._names:  # a figure that is not there yet cannot be watched
            for reason in LEAKS:
                self._leaks.labels(brand_id, reason)
        self._problems = counter("problems", "Requests that were refused or failed, by kind of problem.", "kind")
        self._seconds = Histogram(
            "marque_reply_seconds", "Time to a whole reply.", ("brand",), buckets=_SECONDS, registry=self._registry
        )
        gauges = {
            "replies_working": (working, "Replies on their way."),
            "listeners": (listeners, "Open event streams."),
        }
        self._gauges = [
            (Gauge(f"marque_{name}", words, registry=self._registry, multiprocess_mode="livesum"), read)
            for name, (read, words) in gauges.items()
        ]

        self._budgets = budgets
        # All workers read these from one database, so that the newest is right.
        self._today, self._per_day = (
            Gauge(
                f"marque_model_{name}", words, ("brand",), registry=self._registry, multiprocess_mode="livemostrecent"
            )
            for name, words in (
                (
                    "tokens_today",
                    "Tokens that language models took today (UTC), with those set aside.",
                ),
                ("tokens_per_day", "Tokens that language models may take in a day; above it, extracts answer."),
            )
        )

    def look(self) -> None:
        """Take up the figures of the moment."""
        for gauge, read in self._gauges:
            gauge.set(read())

    def count_reply(self, door: str, reply: Reply) -> None:
        """Count a reply that was given.

        Args:
            door: `api`, `openai` or `mcp`.
            reply: the reply.
        """
        brand = reply.brand
        self._turns.labels(brand, door, reply.kind, reply.composer).inc()
        self._seconds.labels(brand).observe(reply.timings_ms.get("total", 0.0) / 1000)
        self._removed.labels(brand).inc(len(reply.removed))
        for one in reply.removed:
            leak = leak_in(one, brand, self._names)
            if leak is not None:
                self._leaks.labels(brand, leak).inc()
        if reply.usage is not None:
            self._tokens.labels(brand, "input").inc(reply.usage.input_tokens)
            self._tokens.labels(brand, "output").inc(reply.usage.output_tokens)
            self._cost.labels(brand).inc(reply.usage.cost or 0.0)

    def count_problem(self, kind: str) -> None:
        """Count a request that was refused or failed.

        Args:
            kind: the last part of the problem's type.
        """
        self._problems.labels(kind).inc()

    def as_text(self) -> bytes:
        """All figures in Prometheus' text format."""
        self.look()
        with suppress(ConversationsUnavailable):  # the other figures tell of it, and are asked for now more than ever
            for brand_id, (today, limit) in self._budgets().items():
                self._today.labels(brand_id).set(today)
                if limit is not None:
                    self._per_day.labels(brand_id).set(limit)
        registry = self._registry
        if FIGURES_FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def forget_process(number: int) -> None:
    """Forget the figures of the moment of a worker that ended; what it counted stays counted.

    Args:
        number: of its process.
    """
    mark_process_dead(number)  # type: ignore[no-untyped-call]
