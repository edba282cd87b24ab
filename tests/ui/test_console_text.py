"""Text that others wrote can do nothing in the console."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.reply import Citation
from brands import BrandProfile, Group
from brands.profile import Theme
from ui.console.blocks import agent_block, customer_block, empty_block, head_block, sources_block
from ui.console.safe_text import escape, highlight, markdown_html, reply_html, telephone, widget_text
from ui.console.theme import brand_style

SAFE_TAGS = {
    "p", "br", "strong", "em", "ol", "ul", "li", "blockquote", "code", "pre", "hr", "a", "mark",
    "table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/a.png)",
    "![x][1]\n\n[1]: https://evil.example/a.png",
    "[click](javascript:alert(1))",
    "[click](https://evil.example)",
    "[click](https://alder.example.evil.example/)",
    "[click](https://alder.example@evil.example/)",
    "[click](//evil.example)",
    "<https://evil.example>",
    "[click](data:text/html;base64,AAAA)",
    '"><svg onload=alert(1)>',
    "<style>body{display:none}</style>",
    "`</code><script>`",
)
MARKDOWN = st.text(alphabet=st.sampled_from("ab1 .:\n|*_`#>-[]()!<&\"'/\\⸨⸩"), max_size=120)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    parser.close()
    return parser.seen


def assert_harmless(html: str) -> None:
    for tag, attributes in tags_of(html):
        assert tag in SAFE_TAGS, html
        assert set(attributes) <= {"href", "start", "style", "class"}, html
        if tag == "a":
            address = attributes["href"] or ""
            assert address.startswith(("tel:", "mailto:", "https://alder.example/")) or address in {
                "https://alder.example"
            }, html
        if "style" in attributes:
            assert re.fullmatch(r"text-align:(left|right|center)", attributes["style"] or "")


@pytest.fixture
def alder(small_group: Group) -> BrandProfile:
    return small_group.brand("alder")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_letters(alder: BrandProfile, text: str) -> None:
    for html in (markdown_html(text, alder.allowed_links), reply_html(text, alder), highlight(text, text)):
        assert_harmless(html)
    assert "<script" not in customer_block(text) + agent_block(text, alder) + empty_block(text, text)
    assert "<svg" not in customer_block(text) + head_block(text, text, text)


@pytest.mark.parametrize(("path", "linked"), [("/tyres", True), ("less", False), ("/../birch", False)])
def test_a_link_leads_to_the_allowed_address_or_below_it(path: str, linked: bool) -> None:
    html = markdown_html(f"[there](https://orchard.example/alder{path})", ("https://orchard.example/alder",))
    assert ("href=" in html) is linked


def test_a_mistyped_allowed_address_links_nothing_and_ends_no_page() -> None:
    assert markdown_html("[there](https://alder.example/a)", ("https://[alder.example",)).count("href=") == 0


@given(text=MARKDOWN)
def test_any_text_is_harmless(text: str) -> None:
    assert_harmless(markdown_html(text, ("https://alder.example",)))
    assert_harmless(highlight(text, text[10:40]))


@given(text=MARKDOWN, begin=st.integers(0, 80), length=st.integers(1, 60))
def test_highlighting_changes_no_words(text: str, begin: int, length: int) -> None:
    quote = text[begin : begin + length]
    words = re.sub(r"<[^>]*>|\s", "", highlight(text, quote))
    plain = re.sub(r"<[^>]*>|\s", "", markdown_html(text.replace("⸨", "").replace("⸩", "")))
    if not set(text) & set("*_`#>-[]()!<|\\."):  # emphasis may end at another place where a quote cuts it in two
        assert words == plain


@given(text=st.text(max_size=80))
def test_a_label_is_read_as_its_own_letters(text: str) -> None:
    shown = MarkdownIt("commonmark").render(widget_text(text)).strip()
    words = " ".join(text.split())
    assert shown.removeprefix("<p>").removesuffix("</p>") == escape(words, quote=False).replace('"', "&quot;") or (
        not words.isprintable()
    )


def test_streamlit_directives_in_labels_are_taken_apart() -> None:
    assert widget_text(":red[x] :material/home: $x^2$") == "\\:red\\[x\\] \\:material\\/home\\: \\$x\\^2\\$"


def test_the_quoted_words_are_marked_line_by_line() -> None:
    text = "Before.\n\n1. Park on firm ground.\n2. Loosen the nuts.\n\nAfter."
    html = highlight(text, "1. Park on firm ground.\n2. Loosen the nuts.")
    assert html.count("<mark>") == 2
    assert "<li><mark>Park on firm ground.</mark></li>" in html
    assert "<mark>Before" not in html


def test_the_quoted_row_of_a_table_is_marked_cell_by_cell() -> None:
    text = "| Load | Front |\n|---|---|\n| Normal | 2.3 bar |\n| Full | 2.6 bar |"
    html = highlight(text, "| Load | Front |\n|---|---|\n| Full | 2.6 bar |")
    assert "<td><mark>Full</mark></td>" in html
    assert "<td><mark>2.6 bar</mark></td>" in html
    assert "<td>Normal</td>" in html


def test_a_word_of_warning_and_what_stands_below_it_are_set_apart_together() -> None:
    text = "Tighten.\n\n**WARNING**\n\nDo not grease.\n\nCheck again.\n\n**SUV**\n\nWith roof rails."
    block = "<blockquote><p><strong>WARNING</strong></p>\n<p>Do not grease.</p>\n</blockquote>"
    assert markdown_html(text).count("<blockquote>") == 1
    assert block in markdown_html(text)
    marked = re.sub("</?mark>", "", highlight(text, "**WARNING**\n\nDo not grease."))
    assert block in marked


def test_quotes_of_one_passage_are_marked_together() -> None:
    html = highlight("One. Two. Three.", "One.", "Three.", "One")
    assert html == "<p><mark>One.</mark> Two. <mark>Three.</mark></p>\n"


def test_citations_of_one_place_are_one_source(alder: BrandProfile) -> None:
    first = Citation("manual.pdf", "Manual", "Wheels", 7, "the front tyres", "p1")
    cited = (first, replace(first, quote="the rear tyres"), replace(first, page=8, quote="the spare wheel"))
    html = sources_block(cited, {})
    assert html.count("<details") == 2
    assert ">Sources<" in html
    assert "<mark>the front tyres … the rear tyres</mark>" in html


def test_a_quote_with_other_spaces_is_still_found() -> None:
    assert "<mark>two  lines\nhere</mark>" in highlight("on two  lines\nhere and", "two lines here").replace(
        "</mark><br />\n<mark>", "\n"
    ).replace("</mark>\n<mark>", "\n")


def test_the_brands_numbers_and_addresses_can_be_used(alder: BrandProfile) -> None:
    html = reply_html("Call +44 1632 960001 or write to care@alder.example. Not +44 1632 9600012.", alder)
    assert '<a href="tel:+441632960001">+44 1632 960001</a>' in html
    assert '<a href="mailto:care@alder.example">' in html
    assert html.count("<a ") == 2


def test_an_emergency_number_can_be_dialled_and_digits_beside_it_stay_digits(alder: BrandProfile) -> None:
    html = reply_html("Call 999 now. It is 1999 or 9990.", alder, "gb", ("999",))
    assert html.count("<a ") == 1
    assert telephone("0808 157 0311") == "tel:08081570311"


def test_links_lead_to_the_brands_own_pages_only(alder: BrandProfile) -> None:
    html = reply_html("[here](https://alder.example/care) [there](https://birch.example/)", alder)
    assert html.count("<a ") == 1
    assert "https://alder.example/care" in html


def test_a_style_holds_colours_only() -> None:
    style = brand_style(Theme(), "chat")
    assert re.fullmatch(r":root\{(--mq-[a-z-]+:(#[0-9a-fA-F]{6}|\d+px);)+\}", style)
    with pytest.raises(ValueError, match="pattern"):
        Theme(primary="red;}</style><script>")
