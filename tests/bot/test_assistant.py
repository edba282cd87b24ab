"""The whole chain over the small group."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.conversation_database import ConversationDatabase, sqlite_url
from bot.errors import ConversationsUnavailable, QuestionRefused, UnknownConversation
from bot.memory_conversation_store import MemoryConversationStore
from bot.question import Question
from bot.reply import Reply
from bot.scripted_language_model import ScriptedLanguageModel
from bot.settings import BotSettings
from bot.sql_conversation_store import SqlConversationStore
from brands import Group, UnknownBrand, VehicleContext
from knowledge_base.bootstrap import KnowledgeBase


def ask(assistant: Assistant, text: str, brand_id: str = "alder", **more: Any) -> Reply:
    return assistant.ask(Question(brand_id, text, **more))


def test_each_brand_answers_from_its_own_documents(assistant: Assistant) -> None:
    question = "How much air do the front tyres need with a normal load?"
    alder, birch = ask(assistant, question), ask(assistant, question, "birch")
    assert alder.kind == birch.kind == "answer"
    assert "2.3 bar" in alder.text
    assert "2.7 bar" in birch.text
    assert all(one.document == "grove-manual.md" for one in alder.citations)
    assert all(one.document == "copse-manual.md" for one in birch.citations)
    assert alder.release is not None


def test_citations_quote_letter_for_letter_and_timings_are_told(assistant: Assistant) -> None:
    reply = ask(assistant, "How often does the vehicle need a service?")
    assert "15,000 km" in reply.text
    assert all(one.quote in reply.text.replace("**", "") for one in reply.citations)
    assert {"screen", "understand", "find", "decide", "compose", "total"} <= set(reply.timings_ms)


def test_a_procedure_stays_whole_with_its_warning(assistant: Assistant) -> None:
    reply = ask(assistant, "How do I change a wheel?")
    assert all(step in reply.text for step in ("1. Park", "2. Loosen", "3. Raise", "4. Change"))
    assert "Never crawl under a vehicle" in reply.text


def test_an_inherited_document_answers_for_every_brand(assistant: Assistant) -> None:
    reply = ask(assistant, "In how many countries is roadside help free of charge?", "birch")
    assert [one.document for one in reply.citations] == ["group/driving-abroad.md"]
    assert "**42** countries" in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "Who won the football world cup in 1998?", "Which party should I vote for?", "How much does a new Grove cost?",
        "What can a Birch Copse tow?", "Write me a poem about the sea", "Which sunroof does the Grove have?",
    ],
)  # fmt: skip
def test_what_no_document_holds_is_declined_with_the_brands_contact(assistant: Assistant, text: str) -> None:
    reply = ask(assistant, text)
    assert reply.kind == "decline"
    assert reply.citations == ()
    assert "care@alder.example" in reply.text


def test_the_customer_is_asked_back_only_when_the_answer_differs(assistant: Assistant) -> None:
    question = "What pressure do winter tyres need on the front axle?"
    reply = ask(assistant, question)
    assert reply.kind == "clarify"
    assert reply.choices == ("2024", "2025")
    assert "2024 or 2025" in reply.text
    settled = ask(assistant, question, vehicle=VehicleContext(model_year=2025))
    assert settled.kind == "answer"
    assert "2.7 bar" in settled.text
    assert "2.4 bar" not in settled.text


def test_a_bare_choice_settles_what_was_asked_back(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    first = ask(assistant, "What pressure do winter tyres need on the front axle?", conversation_id=conversation)
    assert first.kind == "clarify"
    assert assistant.conversations.turns("alder", conversation)[-1].choices == first.choices
    assert "2.4 bar" in ask(assistant, "2024", conversation_id=conversation).text


def test_a_follow_up_is_understood_and_both_turns_are_recorded(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    ask(assistant, "How much air do the front tyres need with a normal load?", conversation_id=conversation)
    reply = ask(assistant, "And at the back?", conversation_id=conversation)
    assert "2.5 bar" in reply.text
    turns = assistant.conversations.turns("alder", conversation)
    assert [turn.role for turn in turns] == ["customer", "bot", "customer", "bot"]
    assert turns[-1].citations == reply.citations
    assert turns[-1].turn_id == reply.turn_id


def test_a_message_that_is_answered_again_is_recorded_once(assistant: Assistant) -> None:
    conversation_id = assistant.conversations.open("alder")
    asked = Question("alder", "How do I pair my phone?", conversation_id=conversation_id, message_id="m1")
    first, again = assistant.ask(asked), assistant.ask(asked)
    assert first.turn_id == again.turn_id
    assert [one.role for one in assistant.conversations.turns("alder", conversation_id)] == ["customer", "bot"]


def test_what_a_door_keeps_of_a_reply_is_kept_with_its_turns_or_neither(
    bot_group: Group, knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    store = SqlConversationStore(ConversationDatabase(sqlite_url(tmp_path / "c.sqlite3")))
    assistant = build_assistant(bot_group, knowledge_base, BotSettings(_env_file=None), conversations=store)
    conversation_id, kept = store.open("alder"), list[Reply]()
    asked = Question("alder", "How do I pair my phone?", conversation_id=conversation_id, on_record=kept.append)
    reply = assistant.ask(asked)
    assert [replace(one, text=reply.text) for one in kept] == [reply]

    def fail(_reply: Reply) -> None:
        raise ConversationsUnavailable("the disk is full")

    with pytest.raises(ConversationsUnavailable):
        assistant.ask(replace(asked, on_record=fail))
    assert len(store.turns("alder", conversation_id)) == 2
    store.close()


def test_every_passage_of_a_brand_is_read_ahead(assistant: Assistant, knowledge_base: KnowledgeBase) -> None:
    passages = knowledge_base.releases.open_live("alder").passages
    assert len(list(assistant.read_ahead("alder"))) == len(passages) > 0
    with pytest.raises(UnknownBrand):
        assistant.read_ahead("elm")


def test_two_declines_in_a_row_hand_over_to_a_person(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    kinds = [
        ask(assistant, text, conversation_id=conversation).kind
        for text in ("Who won the football world cup in 1998?", "What is the capital of Australia?")
    ]
    assert kinds == ["decline", "handoff"]


def test_danger_is_answered_by_its_script_without_any_search(assistant: Assistant) -> None:
    reply = ask(assistant, "Smoke is coming from under the bonnet!", vehicle=VehicleContext(market="gb"))
    assert reply.kind == "safety"
    assert reply.release is None
    assert reply.citations == ()
    assert "999" in reply.text.splitlines()[0]
    assert "find" not in reply.timings_ms


def test_personal_data_is_gone_before_anything_is_recorded(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    ask(assistant, "Mail jo@mail.example how to change a wheel", conversation_id=conversation)
    turns = assistant.conversations.turns("alder", conversation)
    assert "[e-mail 1]" in turns[0].text
    assert all("jo@mail.example" not in turn.text for turn in turns)


def test_only_the_customer_reads_their_personal_data_in_a_reply(
    bot_group: Group, knowledge_base: KnowledgeBase
) -> None:
    model = ScriptedLanguageModel("Check the pressures every month, [e-mail 1] and [e-mail 2] [1].")
    knowing = build_assistant(bot_group, knowledge_base, conversations=MemoryConversationStore(), model=model)
    conversation = knowing.conversations.open("alder")
    *pieces, reply = knowing.stream(
        Question("alder", "Tell jo@mail.example the front tyre pressure", conversation_id=conversation)
    )
    assert isinstance(reply, Reply)
    assert "".join(map(str, pieces)) == reply.text
    assert "every month, jo@mail.example and [e-mail 2]" in reply.text, reply.removed
    assert "every month, [e-mail 1]" in knowing.conversations.turns("alder", conversation)[-1].text


def test_tracing_never_sees_personal_data(assistant: Assistant) -> None:
    seen: list[str] = []

    class Tracer(BaseCallbackHandler):
        def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
            seen.append(repr(inputs))

        def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
            seen.append(repr(outputs))

    state = assistant._state(Question("alder", "Mail jo@mail.example how to change a wheel"))
    final = assistant.chain.invoke(state, {"callbacks": [Tracer()]})
    assert seen
    assert not any("jo@mail.example" in one for one in seen)
    assert getattr(final, "reply", None) is not None


def test_the_stream_adds_up_to_the_reply(assistant: Assistant) -> None:
    *pieces, reply = assistant.stream(Question("alder", "How do I change a wheel?"))
    assert isinstance(reply, Reply)
    assert len(pieces) > 1
    assert "".join(str(piece) for piece in pieces) == reply.text


def test_a_suggestion_for_an_agent_leans_on_the_conversation_and_records_nothing(assistant: Assistant) -> None:
    conversation = assistant.conversations.open("alder")
    ask(assistant, "How much air do the front tyres need with a normal load?", conversation_id=conversation)
    before = assistant.conversations.turns("alder", conversation)
    reply = assistant.suggest("alder", "And at the back?", conversation_id=conversation)
    assert "2.5 bar" in reply.text
    assert assistant.conversations.turns("alder", conversation) == before


def test_a_reply_in_the_customers_language_says_when_a_document_is_in_another(assistant: Assistant) -> None:
    reply = ask(assistant, "Wie lange gilt die Garantie? (warranty)", language="de")
    assert reply.language == "de"


def test_a_language_that_the_brand_does_not_speak_is_answered_in_its_own_and_not_in_the_nearest(
    assistant: Assistant,
) -> None:
    assert ask(assistant, "¿Qué presión deben tener los neumáticos delanteros de mi coche?").language == "en"


@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u0007", "x" * 2_001])
def test_messages_that_cannot_be_taken_are_refused(assistant: Assistant, text: str) -> None:
    with pytest.raises(QuestionRefused):
        ask(assistant, text)


def test_unknown_brands_and_conversations_of_another_brand_are_refused(assistant: Assistant) -> None:
    with pytest.raises(UnknownBrand):
        ask(assistant, "Hello?", "Alder")
    conversation = assistant.conversations.open("birch")
    with pytest.raises(UnknownConversation):
        ask(assistant, "How do I change a wheel?", conversation_id=conversation)


def test_a_greeting_is_greeted_and_thanks_are_taken(assistant: Assistant) -> None:
    assert ask(assistant, "Hello!").text == "Hello from Alder."
    assert "welcome" in ask(assistant, "Thank you very much").text
    assert ask(assistant, "hello, how do I change a wheel?").kind == "answer"
