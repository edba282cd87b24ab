"""Questions in other languages, said in the words of English manuals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.in_english import in_english
from bot.language_data import read_data
from bot.lexicon import Lexicon, lexicon_of
from bot.memory_conversation_store import MemoryConversationStore
from bot.question import Question
from bot.settings import BotSettings
from brands import Scope, load_group
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.passage import Passage
from tests.conftest import write_small_group

CHANGING = """---
language: en
models: [grove]
---
# Changing a wheel

1. Park on level ground and apply the parking brake.
2. Loosen the wheel nuts and raise the car.
3. Change the wheel and tighten the nuts crosswise.

# Luggage

The luggage compartment holds 410 litres.
"""


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Of documents that say telephone and luggage compartment."""
    text = "Pairing a telephone. The luggage compartment is lit. E27: the motor is hot."
    return lexicon_of([Passage("m.md", "Manual", (), text, "text", Scope(language="en"), 0)])


@pytest.mark.parametrize(
    ("question", "code", "english"),
    [
        ("Wie kopple ich mein Handy?", "de", "how do i pair telephone?"),
        ("Wie schalte ich das Licht im Kofferraum aus?", "de", "how do i switch off light luggage compartment?"),
        ("Reifenpanne", "de", "puncture"),
        ("Radmutterdrehmoment", "de", "wheel nuts torque"),
        ("Comment changer une roue ?", "fr", "how do i change a wheel?"),
        ("Où se trouve le cric ?", "fr", "where jack?"),
        ("Come si sostituisce una lampadina?", "it", "how do i change bulb?"),
        ("¿Cómo cambio la pila de la llave?", "es", "how do i change key battery?"),
        ("Wie backe ich mit Motor und Batterie?", "de", "how do i backe engine battery?"),
        ("Wie kopple ich das Luggage?", "de", "how do i pair luggage?"),
        ("Quelle est la couleur du frigo ?", "fr", "which colour fridge?"),
        ("Ogni quanti km si lubrifica?", "it", "how often km lubricate?"),
        ("Cosa significa E27?", "it", "what does it mean e27?"),
        ("Wo ist der Zahnriemen?", "de", "where timing belt?"),
    ],
)
def test_a_question_is_said_in_the_words_of_the_documents(
    lexicon: Lexicon, question: str, code: str, english: str
) -> None:
    assert in_english(question, code, lexicon) == english


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("Wie heißt der Bundeskanzler?", "de"),
        ("Cosa significa E99?", "it"),
        ("Wie backe ich mit Batterie?", "de"),
        ("How are you?", "en"),
        ("", "de"),
    ],
)
def test_a_question_of_which_most_words_are_unknown_is_not(lexicon: Lexicon, question: str, code: str) -> None:
    assert in_english(question, code, lexicon) is None


def test_every_phrase_is_written_as_it_is_looked_up() -> None:
    def phrases() -> Iterator[str]:
        for entries in read_data("in_english.yaml").values():
            for by_language in entries.values():
                assert set(by_language) == {"de", "fr", "it", "es"}
                yield from (one.strip() for phrases in by_language.values() for one in phrases.split("|"))

    written = list(phrases())
    assert all(one and one == one.lower() and one.replace("…", "").isascii() for one in written)


@pytest.fixture(scope="module")
def speaking_german(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant of a brand that speaks German and has its manual in English only."""
    folder: Path = write_small_group(tmp_path_factory.mktemp("german") / "group")
    home = folder / "brands" / "alder"
    (home / "documents" / "changing.md").write_text(CHANGING, encoding="utf-8")
    group, knowledge_base = load_group(folder), build_knowledge_base(tmp_path_factory.mktemp("german-data"))
    build_pipeline(group, knowledge_base).ingest("alder", publish=True, created_by="test")
    return build_assistant(group, knowledge_base, BotSettings(_env_file=None), conversations=MemoryConversationStore())


@pytest.mark.parametrize(
    ("question", "words"),
    [("Wie wechsle ich ein Rad?", "2. Loosen the wheel nuts"), ("Wie groß ist der Kofferraum?", "410 litres")],
)
def test_what_only_an_english_document_tells_is_quoted_from_it(
    speaking_german: Assistant, question: str, words: str
) -> None:
    reply = speaking_german.ask(Question("alder", question, language="de"))
    assert reply.kind == "answer"
    assert reply.language == "de"
    assert any(words in one.quote for one in reply.citations)
    assert "anderen Sprache" in reply.text


@pytest.mark.parametrize(
    "question",
    ["Wie backe ich einen Apfelkuchen?", "Wie wechsle ich mein Geld in Dollar?", "Wer backt hier den besten Kuchen?"],
)
def test_what_no_document_tells_is_declined_all_the_same(speaking_german: Assistant, question: str) -> None:
    assert speaking_german.ask(Question("alder", question, language="de")).kind == "decline"
