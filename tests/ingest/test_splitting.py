import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brands import Scope
from ingest.cutting import cut_text
from ingest.document import Block, LoadedDocument, RowScope, table_block
from ingest.errors import ScopeInvalid
from ingest.loaders.markdown import load_markdown
from ingest.splitting import DocumentIdentity, split_document
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.passage import Passage

SCOPE = Scope("en")
IDENTITY = DocumentIdentity("manual.md", "Manual", SCOPE, "manual.md", "2025-03")

WORD = st.text(alphabet="abcdefghij", min_size=1, max_size=9)
SENTENCES = st.lists(WORD, min_size=1, max_size=40).map(lambda some: " ".join(some) + ".")
BLOCKS = st.one_of(
    st.builds(lambda words, level: Block("heading", " ".join(words), level=level),
              st.lists(WORD, min_size=1, max_size=30), st.integers(1, 5)),
    SENTENCES.map(lambda text: Block("paragraph", text)),
    SENTENCES.map(lambda text: Block("warning", f"> **WARNING** {text}")),
    st.lists(SENTENCES, min_size=1, max_size=8).map(
        lambda some: Block("list", "\n".join(f"{n}. {one}" for n, one in enumerate(some)),
                           parts=tuple(f"{n}. {one}" for n, one in enumerate(some)))),
    st.lists(st.lists(SENTENCES, min_size=2, max_size=2), min_size=2, max_size=6).map(table_block),
    st.builds(lambda question, answer: Block("faq", answer, question=question), SENTENCES, SENTENCES),
)  # fmt: skip


def split(blocks: list[Block] | LoadedDocument, window: int = 60, title: str = "Manual") -> tuple[Passage, ...]:
    document = blocks if isinstance(blocks, LoadedDocument) else LoadedDocument(tuple(blocks))
    identity = DocumentIdentity("manual.md", title, SCOPE, "manual.md")
    return split_document(document, identity, FakeEmbedder(window_tokens=window))


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=12), st.integers(20, 120))
def test_every_word_is_in_a_passage_and_every_passage_fits_the_window(blocks: list[Block], window: int) -> None:
    embedder = FakeEmbedder(window_tokens=window)
    passages = split(blocks, window)
    told = words(" ".join(f"{p.title} {' '.join(p.heading_path)} {p.question or ''} {p.text}" for p in passages))
    assert words(" ".join(f"{block.text} {block.question or ''}" for block in blocks)) <= told
    assert all(embedder.count_tokens(passage.embedded_text) <= window for passage in passages)
    assert [passage.position for passage in passages] == list(range(len(passages)))
    assert all(passage.text.strip() for passage in passages)


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=8))
def test_pieces_are_slices_of_the_document_in_its_order(blocks: list[Block]) -> None:
    plain = [block for block in blocks if block.kind in ("paragraph", "warning")]
    whole = " ".join(" ".join(block.text for block in plain).split())
    pieces = " ".join(" ".join(passage.text for passage in split(plain, 25)).split())
    assert pieces == whole


@given(st.text(max_size=400), st.integers(1, 60))
def test_cut_text_loses_no_letter(text: str, letters: int) -> None:
    pieces = list(cut_text(text, lambda piece: len(piece) <= letters))
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(len(piece) <= letters for piece in pieces)


def test_a_long_text_is_cut_in_linear_time() -> None:
    pieces = list(cut_text("word " * 200_000, lambda piece: len(piece) <= 1000))
    assert len(pieces) == 1000


def test_one_section_is_one_passage_with_its_headings() -> None:
    loaded = load_markdown(b"# Manual\n\n## Wheels\n\n### Pressure\n\nOne.\n\nTwo.\n\n### Torque\n\nThree.\n")
    passages = split(loaded)
    assert [(passage.heading_path, passage.text) for passage in passages] == [
        (("Wheels", "Pressure"), "One.\n\nTwo."),
        (("Wheels", "Torque"), "Three."),
    ]


def test_long_table_is_split_by_rows_under_its_header() -> None:
    table = table_block(
        [["Lamp", "Meaning"], *[[f"lamp {n}", "stop the vehicle at once and call us"] for n in range(30)]]
    )
    passages = split([table])
    assert len(passages) > 3
    assert all(passage.text.startswith("| Lamp | Meaning |\n|---|---|\n| lamp") for passage in passages)
    assert all(passage.kind == "table" for passage in passages)
    rows = [line for passage in passages for line in passage.text.split("\n")[2:]]
    assert rows == list(table.parts)


def test_steps_stay_together_where_they_fit_with_the_line_that_leads_to_them() -> None:
    filler = Block("paragraph", "word " * 30)
    lead = Block("paragraph", "Do this:")
    steps = Block(
        "list", "1. One step here.\n2. Another step here.", parts=("1. One step here.", "2. Another step here.")
    )
    passages = split([filler, lead, Block("list", steps.text + " more" * 20, parts=steps.parts)])
    assert passages[1].text.startswith("Do this:\n\n1. One step here.\n2. Another step here.")


def test_long_steps_are_split_between_steps() -> None:
    parts = tuple(f"{n}. " + "turn the wheel nut slowly " * 3 for n in range(1, 12))
    passages = split([Block("list", "\n".join(parts), parts=parts)])
    assert len(passages) > 2
    assert all(re.match(r"\d+\. turn", passage.text) for passage in passages)


def test_warning_travels_with_every_passage_of_its_section() -> None:
    warning = Block("warning", "> **WARNING** Hot.")
    body = [Block("paragraph", f"{n} " + "word " * 40) for n in range(3)]
    passages = split([Block("heading", "Engine", level=2), warning, *body, Block("heading", "Other", level=2), body[0]])
    assert len(passages) == 4
    assert [passage.warnings for passage in passages] == [("> **WARNING** Hot.",)] * 3 + [()]
    assert "> **WARNING** Hot." in passages[0].text


def test_passage_that_is_only_a_warning_has_that_kind() -> None:
    assert [passage.kind for passage in split([Block("warning", "> **DANGER** Jack.")])] == ["warning"]


def test_faq_row_is_one_passage_with_its_own_scope() -> None:
    german = Scope("de")
    row = Block("faq", "Fünf Jahre.", question="Wie lange?", row_scope=RowScope(language="de"))
    document = LoadedDocument((row, Block("faq", "Yes.", question="Really?")))
    passages = split_document(document, IDENTITY, FakeEmbedder(), lambda _row, _scope: german)
    assert [(p.kind, p.question, p.text, p.scope) for p in passages] == [
        ("faq", "Wie lange?", "Fünf Jahre.", german),
        ("faq", "Really?", "Yes.", SCOPE),
    ]
    assert {passage.version for passage in passages} == {"2025-03"}


def test_long_answer_keeps_its_question_in_every_passage() -> None:
    passages = split([Block("faq", "A sentence of five words. " * 30, question="Why so long?")])
    assert len(passages) > 2
    assert {passage.question for passage in passages} == {"Why so long?"}


def test_headings_that_would_crowd_out_the_text_are_shortened_and_kept_in_the_text() -> None:
    heading = " ".join(f"word{n}" for n in range(80))
    passages = split([Block("heading", heading, level=1), Block("paragraph", "Text.")], title="M")
    assert passages[0].heading_path[0].endswith("…")
    assert heading.split()[-1] in passages[-1].text


def test_page_is_that_of_the_first_block() -> None:
    blocks = [Block("paragraph", "word " * 40, page=3), Block("paragraph", "word " * 40, page=4)]
    assert [passage.page for passage in split(blocks)] == [3, 4]


def test_pieces_of_a_table_or_list_over_pages_name_the_page_they_stand_on() -> None:
    rows = tuple(
        f"| E{number} | The sensor {number} of the water supply told nothing for a while |" for number in range(60)
    )
    header = "| Code | Meaning |\n|---|---|"
    pages = tuple(3 + number // 20 for number in range(60))
    text = "\n".join((header, *rows))
    starts = ((text.index(rows[20]), 4), (text.index(rows[40]), 5))
    table = Block("table", text, page=3, header=header, parts=rows, page_starts=starts)
    passages = split([Block("paragraph", "These codes are shown:", page=2), table])
    assert len(passages) > 6
    for passage in passages:
        inside = [number for number, row in enumerate(rows) if row in passage.text]
        assert [passage.page_of(rows[number]) for number in inside] == [pages[number] for number in inside]
    assert [one.page for one in passages] == sorted(one.page or 0 for one in passages)


def test_words_know_their_page_in_a_passage_over_several() -> None:
    blocks = [
        Block("paragraph", "Park the car. Then set the brake.", page=3, page_starts=((14, 4),)),
        Block("list", "1. Loosen.\n2. Raise.", page=4, parts=("1. Loosen.", "2. Raise."), page_starts=((11, 5),)),
        Block("paragraph", "Now the wheel is free.", page=5),
    ]
    [passage] = split(blocks)
    words = ("Park", "Then set the brake.", "1. Loosen.", "2. Raise.", "Now the", passage.text, "not in it")
    assert [passage.page_of(one) for one in words] == [3, 4, 4, 5, 5, 3, 3]
    assert passage.page_of("the ", passage.text.index("Now")) == 5
    assert Passage.from_json(passage.as_json(), passage.scope) == passage


def test_long_paragraph_over_pages_gives_passages_that_know_their_pages() -> None:
    sentences = [f"Sentence {number} of a text that goes over two pages of the manual." for number in range(60)]
    text = " ".join(sentences)
    passages = split([Block("paragraph", text, page=7, page_starts=((text.index(sentences[33]), 8),))])
    assert len(passages) > 3
    for number, sentence in enumerate(sentences):
        inside = next(one for one in passages if sentence in one.text)
        assert inside.page_of(sentence) == (7 if number < 33 else 8)


def test_passage_of_one_page_is_written_as_before() -> None:
    [passage] = split([Block("paragraph", "Text.", page=3)])
    assert "page_starts" not in passage.as_json()


def test_row_with_a_wrong_cell_is_named() -> None:
    def refuse(_row: RowScope, _scope: Scope) -> Scope:
        raise ScopeInvalid("Alder has no model 'Copse'")

    rows = tuple(
        Block("faq", "Five years.", question="How long?", row_scope=RowScope(model="Copse"), row=number)
        for number in range(2, 7)
    )
    with pytest.raises(ScopeInvalid, match=r"^row 2, 'How long\?': Alder has no model 'Copse'; row 3.*2 more rows$"):
        split_document(LoadedDocument(rows), IDENTITY, FakeEmbedder(), refuse)
