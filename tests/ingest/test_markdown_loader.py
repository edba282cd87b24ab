import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import DocumentDamaged, ScopeInvalid
from ingest.loaders.markdown import decode_text, load_markdown, load_text, markdown_blocks, plain_heading

LINES = st.sampled_from(
    [
        "# head one", "## head two", "setext head", "===", "---", "plain words here", "more, plain; words.", "",
        "> **WARNING** keep away", "> more of it", "- item alpha", "  - nested beta", "1. step gamma", "   goes on",
        "| a | b |", "|---|---|", "| c1 | d1 |", "```", "    code here", "[ref]: http://x.example", "<div>html</div>",
        "!!! warning", "::: danger", ":::", "{braces} %s", "* * *", "text  ", "**bold** start", "\\", "<!-- note -->",
    ]
)  # fmt: skip


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@settings(deadline=None)
@given(st.lists(LINES, max_size=25).map("\n".join))
def test_no_word_of_a_document_is_lost(text: str) -> None:
    without_comments = re.sub(r"<!--.*?-->|</?div>", "", text, flags=re.DOTALL)
    kept = " ".join(block.text for block in markdown_blocks(text))
    assert words(without_comments) <= words(kept)


def test_blocks_are_what_they_look_like() -> None:
    loaded = load_markdown(
        b"# Manual\n\nIntro.\n\n## Steps\n\n1. One\n2. Two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> **CAUTION** Hot.\n"
    )
    kinds = [block.kind for block in loaded.blocks]
    assert kinds == ["heading", "paragraph", "heading", "list", "table", "warning"]
    assert loaded.title == "Manual"
    assert loaded.blocks[3].parts == ("1. One", "2. Two")
    assert loaded.blocks[4].header == "| a | b |\n|---|---|"
    assert loaded.blocks[4].parts == ("| 1 | 2 |",)


def test_lines_wrapped_for_the_editor_are_joined() -> None:
    loaded = load_markdown(b"one\ntwo\n\n> **WARNING** a\n> b\n\n1. step\n   goes on\n")
    assert [block.text for block in loaded.blocks] == ["one two", "> **WARNING** a b", "1. step goes on"]


def test_hard_breaks_stay() -> None:
    assert load_markdown(b"one  \ntwo").blocks[0].text == "one  \ntwo"


def test_front_matter_is_metadata_and_no_text() -> None:
    loaded = load_markdown(b"---\ntitle: T\nmodels: [ridge]\n---\n# H\n\ntext")
    assert loaded.metadata == {"title": "T", "models": ["ridge"]}
    assert [block.text for block in loaded.blocks] == ["H", "text"]


def test_front_matter_in_toml_is_metadata_and_no_text() -> None:
    loaded = load_markdown(b'+++\ntitle = "Roof box"\nmarkets = ["gb"]\n+++\n# Roof box\n\nIt holds 400 litres.\n')
    assert loaded.metadata == {"title": "Roof box", "markets": ["gb"]}
    assert [block.text for block in loaded.blocks] == ["Roof box", "It holds 400 litres."]
    with pytest.raises(ScopeInvalid, match=r"its front matter is not TOML: .*line 3"):
        load_markdown(b'+++\ntitle = "Roof box"\nmodels = ridge\n+++\nText.\n')


@pytest.mark.parametrize(
    "front",
    [
        b"---\n- a list\n---\nx",
        b"---\n[: broken\n---\nx",
        b"---\njust words\n---\nx",
        b"---\nvalid_from: 2025-02-30\n---\nx",
    ],
)
def test_wrong_front_matter_is_refused(front: bytes) -> None:
    with pytest.raises(ScopeInvalid, match="front matter"):
        load_markdown(front)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_of_any_encoding_is_read(encoding: str) -> None:
    assert decode_text("Größe: 5 €\r\nzwei".encode(encoding)) == "Größe: 5 €\nzwei"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DocumentDamaged):
        decode_text(b"abcd" * 100 + b"\0\1\2")


def test_heading_marks_are_taken_off() -> None:
    assert plain_heading("**Tyre** `pressures` [here](x.md) {#tyres}") == "Tyre pressures here"
    assert plain_heading("snake_case_name and 2 * 3") == "snake_case_name and 2 * 3"


def test_plain_text_is_split_at_empty_lines() -> None:
    assert [block.text for block in load_text(b"one\n\n\ntwo\nthree\n").blocks] == ["one", "two\nthree"]


def test_pieces_of_html_are_read_as_the_page_they_make() -> None:
    loaded = load_markdown(
        b"# Salt\n\n<div class='alert alert-warning'>Keep 5 mm free.</div>\n\n"
        b"<table>\n<tr><th>Mode</th><th>Litres</th></tr>\n<tr><td>Eco</td><td>9.5</td></tr>\n</table>\n\n"
        b"Fill in 2<br>kg, 10 m<sup>2</sup> and `<b>`.\n\n```\n<b>code</b>\n```\n"
    )
    assert [(block.kind, block.text) for block in loaded.blocks] == [
        ("heading", "Salt"),
        ("warning", "> **WARNING** Keep 5 mm free."),
        ("table", "| Mode | Litres |\n|---|---|\n| Eco | 9.5 |"),
        ("paragraph", "Fill in 2 kg, 10 m² and `<b>`."),
        ("paragraph", "```\n<b>code</b>\n```"),
    ]


@pytest.mark.parametrize("text", ["<your-id>", "Send MODULE <your-id> K", "a < b and c > d", "<vin>\nis printed there"])
def test_what_only_looks_like_html_stays(text: str) -> None:
    assert load_markdown(text.encode()).blocks[0].text.split() == text.split()


def test_footnote_stands_behind_what_refers_to_it() -> None:
    loaded = load_markdown(
        b"Five years.[^1]\n\nClaims here.\n\n[^1]: Three in\n    Italy.\n[^2]: Nobody refers to me.\n"
    )
    assert [block.text for block in loaded.blocks] == [
        "Five years.[^1]",
        "[^1]: Three in Italy.",
        "Claims here.",
        "[^2]: Nobody refers to me.",
    ]


@pytest.mark.parametrize(
    ("encoding", "is_told"), [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("cp1252", True)]
)
def test_guessed_encoding_is_told(encoding: str, is_told: bool) -> None:
    content = "Tür öffnen.".encode(encoding)
    for loaded in (load_markdown(content), load_text(content)):
        assert loaded.blocks[0].text == "Tür öffnen."
        assert bool(loaded.notes) is is_told


def test_footnote_mark_does_not_become_a_digit_of_the_number_before_it() -> None:
    [found] = load_markdown(b"Inflate to 2.5<sup>1</sup> bar, the 4<sup>th</sup> wheel too.\n").blocks
    assert found.text == "Inflate to 2.5¹ bar, the 4th wheel too."


@pytest.mark.parametrize("old", ["~~500~~", "<del>500</del>", "<s>500</s>"])
def test_struck_out_text_does_not_hold_any_more(old: str) -> None:
    [found] = load_markdown(f"It costs {old} 450 EUR, from 2~3 ~ 4 parts and `~~x~~`.\n".encode()).blocks
    assert found.text.split() == ["It", "costs", "450", "EUR,", "from", "2~3", "~", "4", "parts", "and", "`~~x~~`."]
