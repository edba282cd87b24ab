"""A person who takes over sees all that was said, and nobody is passed back and forth."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.assistant import Assistant
from bot.conversation import Turn, vehicle_known
from bot.errors import UnknownConversation
from bot.question import Question
from brands import UnknownBrand, VehicleContext

NONSENSE = "Which colour has the moon of Jupiter on Tuesdays?"


def test_the_packet_holds_what_an_agent_needs(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    vehicle = VehicleContext("grove", 2025, "gb")
    for text in ("How long does the new vehicle warranty last?", NONSENSE, "My brake pedal goes to the floor"):
        assistant.ask(Question("alder", text, vehicle, conversation_id=conversation))
    packet = assistant.handoff("alder", conversation)
    assert packet.vehicle == vehicle
    assert packet.question == "My brake pedal goes to the floor"
    assert packet.declines == (NONSENSE,)
    assert packet.hazard is not None
    assert packet.hazard.danger == "do_not_drive"
    assert [len(step.citations) > 0 for step in packet.steps] == [True]
    assert [turn.role for turn in packet.transcript] == ["customer", "bot"] * 3
    assert "need not repeat" in packet.next_step
    assert packet.as_json()["hazard"] == {"name": packet.hazard.name, "danger": "do_not_drive"}


def test_what_was_told_of_the_vehicle_is_not_lost_to_what_was_said_since(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    vehicle = VehicleContext("grove", 2025, "gb")
    assistant.ask(Question("alder", "How long does the warranty last?", vehicle, conversation_id=conversation))
    agent = Turn("agent-1", "agent", "Hello!", datetime.now(UTC), vehicle=VehicleContext(market="de"))
    assistant.conversations.record("alder", conversation, agent)
    assert assistant.handoff("alder", conversation).vehicle == VehicleContext("grove", 2025, "de")
    other = Turn("agent-2", "agent", "A Copse?", datetime.now(UTC), vehicle=VehicleContext("copse"))
    assert vehicle_known([agent, other]) == VehicleContext("copse", None, "de")
    assert vehicle_known([replace(agent, vehicle=vehicle), other]) == VehicleContext("copse", None, "gb")


def test_another_brand_gets_no_packet(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    with pytest.raises(UnknownConversation):
        assistant.handoff("birch", conversation)
    with pytest.raises(UnknownBrand):
        assistant.handoff("Alder", conversation)


def test_after_an_agent_spoke_the_bot_counts_declines_anew(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")

    def ask() -> str:
        return assistant.ask(Question("alder", NONSENSE, conversation_id=conversation)).kind

    assert [ask(), ask()] == ["decline", "handoff"]
    agent = Turn("agent-1", "agent", "Solved. Goodbye!", datetime.now(UTC))
    assistant.conversations.record("alder", conversation, agent)
    assert [ask(), ask()] == ["decline", "handoff"]


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (("Warranty?", "There is smoke coming from the bonnet!", "Who won the world cup?"), 1),
        (("My brake pedal goes to the floor", "There is smoke coming from the bonnet!", "Who won the cup?"), 1),
        (("How long does the warranty last?", "I want to speak to a person", "Are you still there?"), 0),
        ((NONSENSE, "Which colour has the moon of Saturn?", "How long does the warranty last?"), 1),
        (("I want to speak to a person",), 0),
    ],
)
def test_the_question_stays_the_one_that_a_person_was_asked_for(
    assistant: Assistant, said: tuple[str, ...], question: int
) -> None:
    conversation = assistant.conversations.open("alder")
    for text in said:
        assistant.ask(Question("alder", text, conversation_id=conversation))
    packet = assistant.handoff("alder", conversation)
    assert packet.question == said[question]
    assert [turn.text for turn in packet.transcript if turn.role == "customer"] == list(said)


def test_after_a_conversation_was_given_back_the_question_is_a_new_one(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    assistant.ask(Question("alder", "There is smoke coming from the bonnet!", conversation_id=conversation))
    agent = Turn("agent-1", "agent", "It is out.", datetime.now(UTC))
    assistant.conversations.record("alder", conversation, agent)
    assistant.ask(Question("alder", "How long does the warranty last?", conversation_id=conversation))
    assert assistant.handoff("alder", conversation).question == "How long does the warranty last?"
