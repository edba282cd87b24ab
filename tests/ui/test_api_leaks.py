"""What counts as a leak that was caught."""

import pytest

from bot.question import Question
from bot.reply import Reply
from bot.steps.check_claims import check_sentence
from ui.api.leaks import LEAKS, leak_in
from ui.api.metrics import Metrics
from ui.bootstrap import Services

NAMES = {"alder": "Alder", "birch": "Birch"}


@pytest.mark.parametrize(
    ("sentence", "leak"),
    [
        ("See https://thief.example/x for more.", "link"),
        ("Call +1 202 555 0199 now.", "contact"),
        ("We will refund it free of charge.", "commitment"),
        ("The tyre needs 9.9 bar.", None),
    ],
)
def test_what_the_checks_take_out_is_told_by_reason(services: Services, sentence: str, leak: str | None) -> None:
    profile = services.group.brand("alder")
    passages = tuple(services.knowledge_base.releases.passages_of("alder", live(services)))[:3]
    reason = check_sentence(sentence, passages, profile).reason
    assert reason
    assert leak_in(f"{sentence}: {reason}", "alder", NAMES) == leak


def live(services: Services) -> str:
    release = services.assistant.ask(Question("alder", "How do I pair my phone?")).release
    assert release is not None
    return release


def test_a_removed_sentence_that_names_another_brand_is_that_brands_leak() -> None:
    said = "Birch gives 4 years: it rests on no passage"
    assert leak_in(said, "alder", NAMES) == "brand"
    assert leak_in(said, "birch", NAMES) is None
    assert leak_in("The birches are green: it rests on no passage", "alder", NAMES) is None


def test_leaks_are_counted_by_brand_and_reason_and_are_there_from_the_start() -> None:
    metrics = Metrics(lambda: 0, lambda: 0, names=NAMES)
    untouched = metrics.as_text().decode()
    assert all(f'marque_leaks_caught_total{{brand="birch",reason="{one}"}} 0.0' in untouched for one in LEAKS)
    removed = ("Ask Birch: it rests on no passage", "Paid: a commitment that is not in a document's own words", "7: no")
    metrics.count_reply("api", Reply("answer", "Yes.", "en", (), "r1", "alder", removed=removed))
    told = metrics.as_text().decode()
    assert 'marque_leaks_caught_total{brand="alder",reason="brand"} 1.0' in told
    assert 'marque_leaks_caught_total{brand="alder",reason="commitment"} 1.0' in told
    assert 'marque_leaks_caught_total{brand="birch",reason="commitment"} 0.0' in told
