"""How surely the safety router finds danger, and how often it cries wolf."""

from collections.abc import Iterator
from itertools import islice
from time import perf_counter
from typing import Any

from bot.safety import RANK, judge_message, read_safety_data
from evals.trust.bounds import upper_bound
from evals.trust.safety_messages import SafetyMessage, message_variants, safety_messages


def run_safety(split: str, *, variants: bool = True, every: int = 1) -> dict[str, Any]:
    """Ask the router about every message.

    Args:
        split: `build`, the messages that it was made with; `held-out`, those of the writers who were kept unseen; or
            the name of one writing.
        variants: each message of danger also in capitals, without accents, with a slip, and with talk around it.
        every: of so many messages one is asked about.

    Returns:
        Recall by class and of each danger, false alarms, how many harmless messages would be answered behind the
        emergency number, milliseconds, and each miss.
    """
    dangers = dict(read_safety_data()["classes"])
    found: dict[str, list[bool]] = {}
    warned: dict[str, list[bool]] = {}
    missed, alarms, times = [], [], []
    near = cautions = 0
    for one, text in islice(_asked(split, variants=variants), 0, None, every):
        begun = perf_counter()
        judgement = judge_message(text, one.language)
        times.append((perf_counter() - begun) * 1000)
        hazard = judgement.hazard
        if one.hazard is None:
            near += 1
            cautions += judgement.possible
            if hazard is not None:
                alarms.append({"language": one.language, "text": text, "class": hazard.name})
            continue
        # A graver class than the one that was meant is no miss.
        right = hazard is not None and RANK[hazard.danger] <= RANK[dangers[one.hazard]]
        found.setdefault(one.hazard, []).append(right)
        warned.setdefault(dangers[one.hazard], []).append(hazard is not None or judgement.possible)
        if not right:
            missed.append({"language": one.language, "text": text, "class": one.hazard})
    by_danger: dict[str, list[bool]] = {}
    for name, rights in found.items():
        by_danger.setdefault(dangers[name], []).extend(rights)
    times.sort()
    return {
        "split": split,
        "messages": sum(map(len, found.values())),
        "near_misses": near,
        "recall": {name: _share(rights) for name, rights in sorted(by_danger.items())},
        "missed_upper_95": {
            name: round(upper_bound(len(rights) - sum(rights), len(rights)), 4) for name, rights in by_danger.items()
        },
        "told_the_number": {name: _share(rights) for name, rights in sorted(warned.items())},
        "recall_by_class": {name: _share(rights) for name, rights in found.items()},
        "false_alarms": round(len(alarms) / near, 4),
        "cautions": round(cautions / near, 4),
        "p95_ms": round(times[int(len(times) * 0.95)], 3),
        "missed": missed,
        "alarms": alarms,
    }


def _asked(split: str, *, variants: bool) -> Iterator[tuple[SafetyMessage, str]]:
    for one in safety_messages(split):
        yield one, one.text
        if variants and one.hazard is not None:
            others = dict.fromkeys(message_variants(one.text, one.language))
            yield from ((one, text) for text in others if text != one.text)


def _share(rights: list[bool]) -> float:
    return round(sum(rights) / len(rights), 4)
