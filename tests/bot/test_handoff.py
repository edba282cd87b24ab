"""A person who takes over sees all that was said, and nobody is passed back and forth."""

from datetime import UTC, datetime

import pytest

from bot.assistant import Assistant
from bot.conversation import Turn
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
