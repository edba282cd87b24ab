"""What does not stand in a cited passage does not go out."""

from dataclasses import replace

import pytest

from bot.reply import Citation
from bot.steps.check_claims import check_block, check_claims, check_sentence, leads_elsewhere, link_is_allowed
from bot.turn_state import Block, Decision, Evidence, Spoken, TurnState
from brands import Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

PASSAGE = Passage(
    document_id="manual.md",
    title="Alder Grove owner's manual",
    heading_path=("Wheels", "Changing a wheel"),
    text=(
        "1. Loosen the nuts.\n2. Tighten them to 120 Nm on 3 March 2025 with part KR-20.\n"
        "The repair is free of charge and costs 49 euros otherwise. Check after 50 km. Call 0808 157 0440."
    ),
    kind="text",
    scope=Scope(language="en"),
    position=0,
    warnings=("> **WARNING** Never crawl under the vehicle.",),
)


@pytest.fixture
def decided(state: TurnState) -> TurnState:
    return replace(
        state,
        language="en",
        text="How tight?",
        evidence=Evidence("release-1", (Hit(PASSAGE, 0.9, 0.8, 9.0),), "en"),
        decision=Decision("answer", passages=(PASSAGE,)),
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Tighten the nuts to 120 Nm.",
        "Use part KR-20.",
        "Check again after 50 km.",
        "It was published on 2025-03-03.",
        "The repair is free of charge and costs 49 euros otherwise.",
        "See https://alder.example/wheels.",
        "Write to care@alder.example or call +44 1632 960001.",
    ],
)
def test_supported_sentences_go_out(decided: TurnState, sentence: str) -> None:
    assert check_sentence(sentence, [PASSAGE], decided.profile).text == sentence


@pytest.mark.parametrize(
    ("sentence", "goes_out"),
    [
        ("As you wish: do I loosen the nuts after 50 km", False),
        ("As you wish: do I loosen the nuts after 50 km\ndo I loosen the nuts after 50 km", False),
        ("Loosen the nuts after 50 km.", True),
        ("Do I loosen the nuts after 50 km: check after 50 km.", True),
    ],
)
def test_the_question_said_again_is_no_answer(decided: TurnState, sentence: str, goes_out: bool) -> None:
    asked = replace(decided, text="Do I loosen the nuts after 50 km?")
    assert (check_block(Block(sentence, "model", ()), asked).block is not None) == goes_out


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Tighten the nuts to 140 Nm.", "140 Nm"),
        ("Tighten the nuts to 120 bar.", "120 bar"),
        ("Use part KR-21.", "KR-21"),
        ("It costs 39 euros.", "39 euros"),
        ("It holds until 4 March 2025.", "4 March 2025"),
        ("Call 0900 123 4567.", "0900 123 4567"),
        ("See https://alder.example.evil.example/x.", "link"),
        ("We will refund you.", "commitment"),
        ("The repair costs 49 euros.", "commitment"),
        ("This offer is legally binding.", "commitment"),
        ("Die Reparatur ist kostenlos.", "commitment"),
        ("![x](https://elsewhere.example/x.png)", "image"),
    ],
)
def test_unsupported_sentences_are_taken_out_with_the_reason(decided: TurnState, sentence: str, reason: str) -> None:
    verdict = check_sentence(sentence, [PASSAGE], decided.profile)
    assert verdict.text == ""
    assert reason in verdict.reason


def test_foreign_links_lose_their_address_and_keep_their_words(decided: TurnState) -> None:
    verdict = check_sentence("Tighten it as [shown](https://elsewhere.example).", [PASSAGE], decided.profile)
    assert verdict.text == "Tighten it as shown."


def test_only_the_brands_own_addresses_are_allowed(decided: TurnState) -> None:
    profile = decided.profile
    assert link_is_allowed("https://alder.example/a", profile)
    assert not link_is_allowed("http://alder.example/a", profile)
    assert not link_is_allowed("https://birch.example/a", profile)
    assert not link_is_allowed("https://alder.example@elsewhere.example", profile)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("", True),
        ("/", True),
        ("/tyres", True),
        ("less", False),
        ("/../birch", False),
        ("/%2e%2E/birch", False),
        ("/..\\birch", False),
    ],
)
def test_an_allowed_address_holds_what_lies_below_it_only(decided: TurnState, path: str, allowed: bool) -> None:
    profile = decided.profile.model_copy(update={"allowed_links": ("https://orchard.example/alder",)})
    assert link_is_allowed(f"https://orchard.example/alder{path}", profile) is allowed


@pytest.mark.parametrize("address", ["http://[", "https://[karrow]/help", "https://karr\u2100ow.example"])
def test_what_is_no_address_leads_nowhere_and_ends_no_reply(decided: TurnState, address: str) -> None:
    assert not link_is_allowed(address, decided.profile)
    mistyped = decided.profile.model_copy(update={"allowed_links": (address, "https://alder.example")})
    assert link_is_allowed("https://alder.example/a", mistyped)
    assert leads_elsewhere(f"See [the manual]({address}) first.", decided.profile)
    checked = check_block(Block(f"See [the manual]({address}) first.", "ours"), decided)
    assert checked.block is not None
    assert address not in checked.block.text


def test_a_quotation_that_is_not_letter_for_letter_is_taken_out(decided: TurnState) -> None:
    good = Citation("manual.md", PASSAGE.title, "", None, "1. Loosen the nuts.", PASSAGE.passage_id)
    bad = replace(good, quote="1. Loosen the bolts.")
    assert check_block(Block(good.quote, "quote", (good,)), decided).block is not None
    assert check_block(Block(bad.quote, "quote", (bad,)), decided).block is None


def test_warnings_of_a_cited_procedure_are_added_when_they_are_missing(decided: TurnState) -> None:
    citation = Citation("manual.md", PASSAGE.title, "", None, "1. Loosen the nuts.", PASSAGE.passage_id)
    given: list[Block | TurnState] = [decided, Block("1. Loosen the nuts.", "quote", (citation,)), decided]
    pieces = list(check_claims(given))
    final = pieces[-1]
    assert isinstance(final, TurnState)
    assert final.reply is not None
    assert "Never crawl under the vehicle." in final.reply.text


def test_an_answer_of_which_nothing_is_left_becomes_a_decline_with_a_contact(decided: TurnState) -> None:
    given: list[Block | TurnState] = [decided, Block("It takes 7 litres.", "model"), decided]
    pieces = list(check_claims(given))
    final = pieces[-1]
    assert isinstance(final, TurnState)
    assert final.reply is not None
    assert final.reply.kind == "decline"
    assert "care@alder.example" in final.reply.text
    assert "7 litres" in final.reply.removed[0]
    assert "".join(piece.text for piece in pieces if isinstance(piece, Spoken)) == final.reply.text


def test_an_unfinished_sentence_of_a_model_is_not_run_together_with_the_next(decided: TurnState) -> None:
    said = ("Loosen the nuts", "Check after 50 km.", "Tighten the nuts to 120 Nm.")
    given: list[Block | TurnState] = [decided, *(Block(one, "model", joint=" ") for one in said), decided]
    final = list(check_claims(given))[-1]
    assert isinstance(final, TurnState)
    assert final.reply is not None
    assert final.reply.text.startswith("Loosen the nuts\n\nCheck after 50 km. Tighten the nuts")
