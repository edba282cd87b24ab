"""What a suite of faults found, and how far it can be trusted."""

from dataclasses import dataclass, field
from math import exp, lgamma, log
from typing import Any

CONFIDENCE = 0.95
_SHOWN_FAILURES = 20


@dataclass
class SuiteResult:
    """Trials and failures of one suite.

    Args:
        name: what was tried.
        trials: how often.
        failures: one line each.
        seconds: how long all of it took.
        details: further counts and figures.
    """

    name: str
    trials: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values; `bound` is the failure rate that is excluded with 95 % confidence."""
        return {
            "suite": self.name,
            "trials": self.trials,
            "failures": len(self.failures),
            "bound": round(upper_bound(len(self.failures), self.trials), 6),
            "examples": self.failures[:_SHOWN_FAILURES],
            "seconds": round(self.seconds, 1),
            **self.details,
        }


def upper_bound(failures: int, trials: int) -> float:
    """The failure rate that is excluded with 95 % confidence, from independent trials (Clopper and Pearson 1934).

    With no failure it is close to the rule of three, 3 / trials.

    Args:
        failures: how many failed.
        trials: of how many.
    """
    if failures >= trials:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        rate = (low + high) / 2
        if _at_most(failures, trials, rate) > 1 - CONFIDENCE:
            low = rate
        else:
            high = rate
    return high


def _at_most(failures: int, trials: int, rate: float) -> float:
    # By logarithms: the number of ways to fail 80 times out of 100,000 is larger than any float.
    def probability(one: int) -> float:
        ways = lgamma(trials + 1) - lgamma(one + 1) - lgamma(trials - one + 1)
        return exp(ways + one * log(rate) + (trials - one) * log(1 - rate))

    return sum(map(probability, range(failures + 1)))
