from time import process_time

import pytest

from ingest.document import Block
from ingest.errors import DocumentEmpty
from ingest.loaders.html import html_blocks, load_html


def blocks(body: str) -> list[Block]:
    return list(load_html(f"<html><head><title>T</title></head><body>{body}</body></html>".encode()).blocks)


def test_navigation_scripts_and_forms_are_left_out() -> None:
    found = blocks(
        "<nav>Home | Models</nav><script>alert(1)</script><style>p{}</style><header><a href='/'>Logo</a></header>"
        "<div class='cookie-banner'>We use cookies</div><p style='display: none'>hidden</p>"
        "<h2>Tyres</h2><p>Inflate them.</p><div>Was this helpful? <form><button>Yes</button></form></div>"
        "<footer>Imprint</footer>"
    )
    assert [block.text for block in found] == ["Tyres", "Inflate them."]


def test_folded_answers_are_read_with_their_questions() -> None:
    found = blocks(
        "<h3><button aria-expanded='false' aria-controls='a1'>How long?</button></h3><div id='a1' hidden>5 years.</div>"
    )
    assert [block.text for block in found] == ["How long?", "5 years."]


def _headed(body: str) -> list[str]:
    return [f"{'#' * block.level} {block.text}".strip() for block in blocks(body)]


def test_what_names_a_folded_answer_is_its_heading() -> None:
    found = _headed(
        "<h1>Help</h1><h2>Delivery</h2><details><summary>How long?</summary><p>2 days.</p></details>"
        "<details><summary>My parcel is <b>lost</b></summary>Call us.</details><h2>Riding</h2>"
    )
    assert found == [
        *("# Help", "## Delivery", "### How long?", "2 days.", "### My parcel is lost", "Call us.", "## Riding")
    ]


def test_a_folded_part_in_a_folded_part_is_below_it() -> None:
    found = _headed(
        "<h1>Help</h1><details><summary>Delivery</summary><details><summary>How long?</summary>2 days.</details>"
        "</details><ul><li><details><summary>Returns</summary>Free.</details></li></ul>"
    )
    assert found == ["# Help", "## Delivery", "### How long?", "2 days.", "## Returns", "Free."]


@pytest.mark.parametrize(
    "last",
    [
        "<details><summary>Paid?</summary>Yes.</details> Ring us.",
        "<details><summary>Paid?</summary>Yes.</details><p>Ring us.</p>",
        "<ul><li><details><summary>Paid?</summary>Yes.</details></li></ul><p>Ring us.</p>",
    ],
)
def test_what_follows_folded_answers_is_no_part_of_the_last(last: str) -> None:
    assert _headed(f"<h2>Help</h2>{last}") == ["## Help", "### Paid?", "Yes.", "## Help", "Ring us."]


@pytest.mark.parametrize(
    "body",
    [
        "<p>Oil the chain.</p><details><summary>Read more</summary><p>Wipe it.</p></details>",
        "<details><summary>More</summary><p>One.</p></details><details><summary>More</summary><p>Two.</p></details>",
        "<details><summary>Guide</summary><h3>Oil</h3><p>Wipe.</p></details><details><summary></summary>x</details>",
    ],
)
def test_a_folded_part_that_has_no_name_of_its_own_gets_no_heading(body: str) -> None:
    assert not any(block.kind == "heading" and block.text != "Oil" for block in blocks(body))


def test_header_rows_with_merged_cells_are_one_header() -> None:
    [found] = blocks(
        "<table><thead><tr><th rowspan='2'>Load</th><th colspan='2'>Pressure (bar)</th></tr><tr><th>Front</th>"
        "<th>Rear</th></tr></thead><tr><td>Full</td><td>2.5</td><td>2.9</td></tr></table>"
    )
    assert found.text == "| Load | Pressure (bar) Front | Pressure (bar) Rear |\n|---|---|---|\n| Full | 2.5 | 2.9 |"


def test_table_of_header_cells_alone_keeps_its_rows() -> None:
    [found] = blocks("<table><tr><th>Load</th><th>Front</th></tr><tr><th>Full</th><th>2.5</th></tr></table>")
    assert found.parts == ("| Full | 2.5 |",)


def test_line_breaks_of_the_source_are_spaces() -> None:
    [found] = blocks("<p>\n See\n <a href='x.html'>\n  Tyres\n </a>\n .\n</p>")
    assert found.text == "See Tyres."


def test_french_space_before_a_colon_stays() -> None:
    [found] = blocks("<p><b>Huile</b> : 4 litres</p>")
    assert found.text == "Huile : 4 litres"


def test_outside_links_keep_their_address_and_inside_links_do_not() -> None:
    [found] = blocks("<p>Ask <a href='https://a.example/x'>us</a> or <a href='other.html'>read</a>.</p>")
    assert found.text == "Ask [us](https://a.example/x) or read."


def test_nested_list_is_one_block_with_its_steps() -> None:
    [found] = blocks("<ol><li>Open<ul><li>the lid</li></ul></li><li>Close</li></ol>")
    assert found.kind == "list"
    assert found.text == "1. Open\n   - the lid\n2. Close"
    assert len(found.parts) == 2


def test_merged_cells_are_repeated_downwards() -> None:
    [found] = blocks(
        "<table><tr><th>Load</th><th>Axle</th><th>bar</th></tr>"
        "<tr><td rowspan=2>Full</td><td>front</td><td>2.6</td></tr><tr><td>rear</td><td>2.9</td></tr></table>"
    )
    assert found.text.split("\n")[2:] == ["| Full | front | 2.6 |", "| Full | rear | 2.9 |"]


def test_layout_table_becomes_text() -> None:
    found = blocks("<table><tr><td><img src=a.png></td><td><h3>Camera</h3><p>Many lenses.</p></td></tr></table>")
    assert [(block.kind, block.text) for block in found] == [("heading", "Camera"), ("paragraph", "Many lenses.")]


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='warning'><p>Keep away.</p></div>",
        "<div class='admonition warning'><p class='title'>Warning</p><p>Keep away.</p></div>",
        "<p><strong>WARNING</strong> Keep away.</p>",
        "<p><strong>Warning:</strong> Keep away.</p>",
        "<blockquote><p><b>WARNING</b> Keep away.</p></blockquote>",
        "<table><tr><td><img src=w.png></td><td><b>WARNING</b> Keep away.</td></tr></table>",
    ],
)
def test_warning_boxes_have_one_form(markup: str) -> None:
    [found] = blocks(markup)
    assert found.kind == "warning"
    assert found.text.casefold() == "> **warning** keep away."


def test_a_warning_lamp_is_no_warning() -> None:
    assert [block.kind for block in blocks("<p>Warning lamps light up when you start.</p>")] == ["paragraph"]


def test_title_is_the_only_top_heading_else_the_page_title() -> None:
    assert load_html(b"<title>Page</title><h1>Manual</h1><h2>A</h2><p>x</p>").title == "Manual"
    assert load_html(b"<title>Page</title><h2>A</h2><h2>B</h2><p>x</p>").title == "Page"


def test_western_european_page_without_a_charset_is_read() -> None:
    assert load_html("<p>Größe der Räder</p>".encode("cp1252")).blocks[0].text == "Größe der Räder"


def test_page_without_anything_is_empty() -> None:
    with pytest.raises(DocumentEmpty):
        load_html(b"<!-- nothing -->")


def text_of(html: str) -> str:
    return "\n".join(block.text for block in load_html(html.encode()).blocks)


def test_what_surrounds_a_page_of_a_content_system_is_left_out() -> None:
    shown = text_of(
        '<div id="onetrust-consent-sdk"><h2>Your privacy</h2><p>We store cookies.</p></div>'
        '<div class="CybotCookiebotDialog"><p>We personalise advertisements.</p></div>'
        '<a class="skip-to-content" href="#m">Skip to content</a>'
        '<div class="sidebar"><h3>Related</h3><ul><li><a href="/a">Cleaning the seal</a></li></ul></div>'
        "<h1>Defrosting</h1><p>Defrost at 5 mm of ice.</p>"
        '<div class="sidebar"><p>The KS 60 has no fan. Wait for an hour longer.</p></div>'
        '<div class="card-footer">Valid for the KS 40.</div>'
        '<div class="feedback"><p>Was this helpful?</p></div><div class="newsletter-signup"><p>Get 10 % off.</p></div>'
        '<div class="footer"><p>Imprint</p></div>'
    )
    assert shown.split("\n") == [
        "Defrosting",
        "Defrost at 5 mm of ice.",
        "The KS 60 has no fan. Wait for an hour longer.",
        "Valid for the KS 40.",
    ]


def test_what_a_click_shows_is_read_with_its_name() -> None:
    shown = text_of(
        '<div><ul role="tablist"><li role="tab">KS 40</li><li role="tab">KS 60</li></ul>'
        '<div role="tabpanel">Press Defrost.</div><div role="tabpanel" hidden><p>Hold Eco.</p></div></div>'
        '<h3><button class="accordion-button" data-bs-target="#c">How long?</button></h3>'
        '<div id="c" style="display: none"><p>About 2 hours.</p></div>'
    )
    assert shown.split("\n") == ["KS 40", "Press Defrost.", "KS 60", "Hold Eco.", "How long?", "About 2 hours."]


def test_terms_stay_with_what_belongs_to_them() -> None:
    shown = text_of("<dl><dt>Volume</dt><dd>38 dB</dd><dt>Weight</dt><dd>62 kg</dd><dd>58 kg without door</dd></dl>")
    assert shown == "- Volume: 38 dB\n- Weight: 62 kg; 58 kg without door"


def test_export_of_word_keeps_its_title_and_lists() -> None:
    mark = "<span style='mso-list:Ignore'>{}.<span>&nbsp;&nbsp; </span></span>"
    loaded = load_html(
        (
            "<html><head><title>Microsoft Word - guide.docx</title></head><body><p class=MsoTitle>Fridge guide</p>"
            "<p class=MsoToc1>Setting up. . . . 2</p><h1>Setting up</h1>"
            f"<p class=MsoListParagraphCxSpFirst>{mark.format(1)}Remove the lock</p>"
            f"<p class=MsoListParagraphCxSpLast>{mark.format(2)}Open the door</p></body></html>"
        ).encode()
    )
    assert loaded.title == "Fridge guide"
    assert [(block.kind, block.text) for block in loaded.blocks] == [
        ("heading", "Fridge guide"),
        ("heading", "Setting up"),
        ("list", "1. Remove the lock\n2. Open the door"),
    ]


def test_table_in_a_cell_stays_in_its_row() -> None:
    inner = "<table><tr><td>Model</td><td>Limit</td></tr><tr><td>KS 40</td><td>3000 h</td></tr></table>"
    shown = text_of(
        f"<table><tr><td><h4>Part</h4></td><td>Time</td></tr><tr><td>Pump</td><td>5 years {inner}</td></tr>"
        "<tr><td>Motor</td><td>10 years</td></tr></table>"
    )
    assert shown == (
        "| Part | Time |\n|---|---|\n| Pump | 5 years; Model, Limit; KS 40, 3000 h |\n| Motor | 10 years |"
    )


def test_title_over_all_columns_is_no_header_of_a_table() -> None:
    shown = text_of(
        "<table><tr><th colspan=2>Call-out 2025</th></tr><tr><th>Country</th><th>Fee</th></tr>"
        "<tr><td>DE</td><td>49 €</td></tr></table>"
    )
    assert shown == "Call-out 2025\n| Country | Fee |\n|---|---|\n| DE | 49 € |"


def test_footnote_stands_behind_what_refers_to_it() -> None:
    blocks = html_blocks(
        '<p>24 months<sup><a href="#footnote-1" id="footnote-ref-1">[1]</a></sup>'
        ' or 3000 h<sup><a href="#footnote-2" id="footnote-ref-2">[2]</a></sup>.</p><p>Claims go to the dealer.</p>'
        '<ol><li id="footnote-1"><p>36 in Italy. <a href="#footnote-ref-1">↑</a></p></li>'
        '<li id="footnote-2"><p>If registered. <a href="#footnote-ref-2">↑</a></p></li></ol>'
    )
    assert [block.text for block in blocks] == [
        "24 months[1] or 3000 h[2].",
        "[1] 36 in Italy.",
        "[2] If registered.",
        "Claims go to the dealer.",
    ]


def test_short_bold_paragraph_of_a_document_is_a_heading() -> None:
    blocks = html_blocks(
        "<p><strong>Rinse aid</strong></p><p>Fill to <strong>MAX</strong>.</p>"
        "<p><strong>Never overfill it.</strong></p>"
        "<p><strong>WARNING: hot</strong></p><p>Wait.</p>"
    )
    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "Rinse aid"),
        ("paragraph", "Fill to MAX."),
        ("paragraph", "Never overfill it."),
        ("warning", "WARNING: hot"),
        ("paragraph", "Wait."),
    ]


@pytest.mark.parametrize("heading", ["Navigation system", "Menu", "Cookies", "Social media", "Newsletter"])
def test_chapter_whose_id_is_its_heading_is_no_boilerplate(heading: str) -> None:
    name = heading.lower().replace(" ", "-")
    found = blocks(f"<section id='sec-{name}-2'><h2>{heading}</h2><p>Press MAP, then say where.</p></section>")
    assert [block.text for block in found] == [heading, "Press MAP, then say where."]


def test_menu_with_a_heading_of_its_own_stays_out() -> None:
    found = blocks("<div id='menu'><h2>Menu</h2><ul><li><a href='a'>Cars</a></ul></div><p>Welcome.</p>")
    assert [block.text for block in found] == ["Welcome."]


def test_term_is_kept_whatever_its_id() -> None:
    [found] = blocks("<dl><dt id='term-navigation'>Navigation</dt><dd>Shows the way.</dd></dl>")
    assert found.text == "- Navigation: Shows the way."


def test_form_around_a_whole_page_is_the_page() -> None:
    words = "Check the oil with the engine cold and the car on level ground. " * 8
    found = blocks(f"<form action='page.aspx'><input type='hidden'><h1>Oil</h1><p>{words}</p></form>")
    assert [block.text for block in found] == ["Oil", words.strip()]


def test_form_to_fill_in_is_left_out_however_long_its_fields() -> None:
    options = "".join(f"<option>Country number {number}</option>" for number in range(50))
    found = blocks(f"<p>Call us.</p><form><h2>Write to us</h2><label>Country</label><select>{options}</select></form>")
    assert [block.text for block in found] == ["Call us."]


def test_what_opens_when_it_is_searched_for_is_read() -> None:
    assert [block.text for block in blocks("<div hidden='until-found'>5 years.</div>")] == ["5 years."]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>2.5<sup>1</sup> bar</p>", "2.5¹ bar"),
        ("<p>2.5<sup><a href='#n1'>1)</a></sup> bar</p>", "2.5¹⁾ bar"),
        ("<p>10<sup>-3</sup> m<sup>2</sup>, H<sub>2</sub>O, the 4<sup>th</sup></p>", "10⁻³ m², H2O, the 4th"),
    ],
)
def test_raised_number_is_no_digit_of_the_number_before_it(body: str, text: str) -> None:
    assert [block.text for block in blocks(body)] == [text]


def test_steps_keep_the_numbers_that_the_page_gives_them() -> None:
    [found] = blocks("<ol><li>Open</li><li value='4'>Close</li><li>Lock</li></ol>")
    assert found.parts == ("1. Open", "4. Close", "5. Lock")


def test_words_between_the_items_of_a_list_stay() -> None:
    [found] = blocks("<ul>Before you start:<li>Stop</li>Only then:<li>Open</li></ul>")
    assert found.text == "Before you start:\n- Stop\nOnly then:\n- Open"


def test_words_between_the_items_of_a_layout_list_stay() -> None:
    found = blocks("<ul>Before<li><h3>A</h3>one</li>between<li><h3>B</h3>two</li>after</ul>")
    assert [block.text for block in found] == ["Before", "A", "one", "between", "B", "two", "after"]


def test_list_right_inside_a_list_is_read_once() -> None:
    [found] = blocks("<ul><li>A<ul><ul><li>deep</li></ul></ul></li></ul>")
    assert found.text.count("deep") == 1


def test_words_behind_tabs_and_notes_stay() -> None:
    tabs = "<div role='tablist'><b role='tab'>Petrol</b></div>Choose first.<div role='tabpanel'>95 RON</div>"
    assert [block.text for block in blocks(f"<section>{tabs}</section>")] == ["Choose first.", "Petrol", "95 RON"]
    notes = "<p>5 years<a href='#ftn1'>1</a></p><div id='ftn1'>Or 100,000 km</div>Ask us."
    assert [block.text for block in blocks(notes)] == ["5 years1", "1 Or 100,000 km", "Ask us."]


def test_page_of_many_folded_answers_is_read_in_time_that_grows_with_it() -> None:
    page = "".join(
        f"<h3><button aria-controls='a{n}'>Q{n}?</button></h3><div id='a{n}' hidden>A{n}</div>" for n in range(6000)
    )
    begin = process_time()
    assert len(blocks(page)) == 12_000
    assert process_time() - begin < 10  # with a search of the page for each answer it was 25


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_struck_out_text_does_not_hold_any_more(tag: str) -> None:
    assert [block.text for block in blocks(f"<p>It costs <{tag}>500</{tag}> 450 EUR.</p>")] == ["It costs 450 EUR."]


def test_words_around_an_inner_list_or_table_do_not_run_together() -> None:
    [found] = blocks("<ol><li>Press OK<ul><li>twice</li></ul>then wait</li></ol>")
    assert found.text == "1. Press OK\n   then wait\n   - twice"
    [found] = blocks(
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1<table><tr><td>x</td></tr></table>2</td><td>3</td></table>"
    )
    assert found.text.endswith("| 1 2; x | 3 |")


def test_steps_with_a_table_among_them_keep_their_numbers() -> None:
    table = "<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>"
    found = blocks(
        f"<ol start='2'><li><p>Read it.</p>{table}</li><li>Set <b>it</b>.</li><li><h3>Test</h3>Drive.</li></ol>"
    )
    assert [block.text.partition("\n")[0] for block in found] == [
        "2. Read it.",
        "| x | y |",
        "3. Set it.",
        "Test",
        "Drive.",
    ]
