"""Golden questions inside a conversation that was about something else."""

from random import Random

from bot.steps.understand_question import vehicle_named
from brands import BrandProfile, VehicleContext
from evals.golden_file import GoldenFile, GoldenFollowUp, GoldenQuestion

_BEFORE = 2


def after_other_questions(golden: GoldenFile, profile: BrandProfile) -> GoldenFile:
    """The questions of a golden file, each asked after two others that name no vehicle; nothing else of the file.

    Customers change the topic without saying so, and what was said before must not answer for it.

    Args:
        golden: what is expected.
        profile: the brand.
    """
    chance = Random(profile.id)  # noqa: S311 - the same conversations each time, no secret
    found = []
    for one in golden.questions:
        others = [other for other in golden.questions if other is not one and _may_stand_before(other, one, profile)]
        if len(others) >= _BEFORE:
            turns = (*(other.question for other in chance.sample(others, _BEFORE)), one.question)
            found.append(GoldenFollowUp.model_validate({**one.model_dump(exclude={"question"}), "turns": turns}))
    return GoldenFile(follow_ups=tuple(found))


def _may_stand_before(other: GoldenQuestion, one: GoldenQuestion, profile: BrandProfile) -> bool:
    """Whether a customer may have asked it before in the same words of the same language, of any vehicle."""
    return other.language == one.language and vehicle_named(other.question, profile) == VehicleContext()
