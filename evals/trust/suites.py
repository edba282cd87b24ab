"""The suites of trust that need no data from outside: incidents, walls between brands, and the safety router."""

import tempfile
from pathlib import Path
from typing import Any

from evals.injections import BRAND, OTHER_BRAND
from evals.trust.brand_walls import BRAND_IDS, PROBES, run_brands
from evals.trust.hostile_group import publish_hostile_group, write_hostile_group
from evals.trust.incidents import run_incidents
from evals.trust.safety_messages import HELD_OUT
from evals.trust.safety_suite import run_safety

# Ordinary questions to each brand.
QUESTIONS_A_BRAND = 200


def run_suites(*, questions: int = QUESTIONS_A_BRAND, probes: int = len(PROBES), every: int = 1) -> dict[str, Any]:
    """Run them all.

    Args:
        questions: ordinary questions to each of the 14 brands.
        probes: adversarial questions to each of their 182 pairs.
        every: of so many messages of the safety router one is asked about.
    """
    with tempfile.TemporaryDirectory(prefix="marque-trust-") as place:
        home = Path(place)
        two = publish_hostile_group(write_hostile_group(home / "two", (BRAND, OTHER_BRAND)), home / "two-data")
        many = publish_hostile_group(write_hostile_group(home / "many", BRAND_IDS), home / "many-data")
        return {
            "incidents": run_incidents(two),
            "brands": run_brands(many, questions, probes),
            "safety": run_safety("build", variants=False, every=every),
            "safety_held_out": run_safety("held-out", variants=False, every=every),
            "safety_held_out_variants": run_safety("held-out", every=every),
            "safety_by_writer": {name: run_safety(name, variants=False, every=every) for name in HELD_OUT},
        }
