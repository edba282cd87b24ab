"""What was erased is recognised again without being kept."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.erased_texts import (
    ERASURES,
    ErasedText,
    ErasedTexts,
    leave_out_erased,
    remember_document,
    remember_text,
    words_of,
)
from knowledge_base.errors import ErasureRefused, StoreUnavailable
from tests.knowledge_base.samples import make_passage, make_passages

LONG = "Ms Jane Doe of 12 Orchard Lane wrote on 3 May that her Ridge had stalled twice on the motorway near Leeds."


@pytest.mark.parametrize(
    "text", ["jane.doe@example.com", "Jane  Doe", "JANE", "Lane wrote", "ane Do", "Straße 5", "№ 7"]
)
def test_text_is_recognised_in_any_case_and_spacing_and_inside_words(text: str) -> None:
    erased = remember_text(text, ["alder"], "tests")
    assert erased.recognises(make_passage(f"Before xx{text.upper()}yy, after."))
    assert erased.recognises(make_passage("Nothing.", heading_path=(f"About {text}",)))
    assert not erased.recognises(make_passage("Tyre pressures are 2.3 bar."))


LETTERS = st.text(alphabet="aBc 1-.\n", max_size=12)


@given(LETTERS, LETTERS, LETTERS.filter(words_of))
def test_text_is_recognised_wherever_it_stands(before: str, after: str, text: str) -> None:
    assert remember_text(text, ["alder"], "tests").recognises_text(f"{before}{text}{after}")


def test_document_is_recognised_however_it_is_split() -> None:
    erased = remember_document("letters/doe.md", [make_passage(LONG)], make_passages(4), ["alder"], "tests")
    assert erased.recognises(make_passage(LONG, document_id="renamed.md", position=7))
    words = LONG.split()
    assert erased.recognises(make_passage("And so " + " ".join(words[3:])))
    assert not erased.recognises(make_passage("Ms Jane Doe is the new head of service."))


def test_short_passage_of_a_document_is_recognised_only_as_a_whole() -> None:
    erased = remember_document("a.md", [make_passage("Call Jane.")], [], ["alder"], "tests")
    assert erased.recognises(make_passage("Call  JANE!", document_id="b.md"))
    assert not erased.recognises(make_passage("Call Jane or Jim."))


def test_what_other_documents_say_too_may_stay() -> None:
    shared = make_passage(LONG, document_id="kept.md")
    erased = remember_document(
        "a.md", [make_passage(LONG), make_passage("Yes.")], [shared, make_passage("yes")], [], "t"
    )
    assert leave_out_erased([erased], [shared, make_passage("Yes.")]) == ((shared, make_passage("Yes.")), ())


def test_left_out_passages_name_their_erasure() -> None:
    erased = remember_text("Jane Doe", ["alder"], "tests")
    clean = make_passage("Tyre pressures.")
    assert leave_out_erased([erased], [clean, make_passage(LONG)]) == ((clean,), (erased,))


def test_erasures_are_kept_without_the_text_and_lifted(tmp_path: Path) -> None:
    kept = ErasedTexts(tmp_path)
    assert kept.all() == ()
    one = remember_text("Jane Doe", ["alder"], "tests")
    everywhere = remember_text("Orchard Lane", ["*"], "tests")
    kept.add(one)
    kept.add(everywhere)
    assert kept.of("alder") == (one, everywhere)
    assert kept.of("birch") == (everywhere,)
    stored = b"".join(path.read_bytes() for path in (tmp_path / ERASURES).iterdir()).lower()
    assert b"jane" not in stored
    assert b"orchard" not in stored
    kept.lift(one.erasure_id)
    assert kept.all() == (everywhere,)
    with pytest.raises(ErasureRefused, match=everywhere.erasure_id):
        kept.lift(one.erasure_id)


def test_damaged_erasure_is_an_error_and_not_forgotten(tmp_path: Path) -> None:
    kept = ErasedTexts(tmp_path)
    kept.add(remember_text("Jane Doe", ["alder"], "tests"))
    path = next((tmp_path / ERASURES).iterdir())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreUnavailable, match="erase again"):
        kept.all()


def test_erasure_reads_back_as_it_was() -> None:
    for one in (remember_text("a b", ["*"], "x"), remember_document("d", [make_passage(LONG)], [], ["alder"], "x")):
        assert ErasedText.from_json(one.as_json()) == one
