"""What the widget is told of a brand: its words, and colours that can be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands import Group
from brands.profile import MINIMUM_CONTRAST, Theme, contrast_ratio
from ui.widget.demo_page import CONTENT_SECURITY_POLICY, DemoChoice, demo_css, demo_html
from ui.widget.palette import PART_CONTRAST, palette, readable
from ui.widget.profile import STRINGS_FOLDER, widget_language, widget_languages, widget_profile

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
READ_ON = {
    "text": ("back", "surface", "danger-back"),
    "muted": ("back", "surface"),
    "link": ("back", "surface"),
    "danger": ("back", "surface", "danger-back"),
    "on-primary": ("primary",),
}
SEEN_ON = {"edge": ("back", "surface"), "accent": ("back", "surface"), "focus": ("back", "surface")}


@given(COLOURS, COLOURS, COLOURS, COLOURS, COLOURS, st.booleans())
def test_every_colour_can_be_read_whatever_the_brand_chose(
    primary: str, on_primary: str, background: str, text: str, accent: str, dark: bool
) -> None:
    theme = Theme(
        primary=primary,
        on_primary=readable(on_primary, (primary,), MINIMUM_CONTRAST),
        background=background,
        text=readable(text, (background,), MINIMUM_CONTRAST),
        accent=accent,
    )
    colours = palette(theme, dark=dark)
    for least, pairs in ((MINIMUM_CONTRAST, READ_ON), (PART_CONTRAST, SEEN_ON)):
        for front, backs in pairs.items():
            for back in backs:
                assert contrast_ratio(colours[front], colours[back]) >= least, (front, back, colours)


def test_the_brands_own_colours_are_kept_on_a_light_background() -> None:
    theme = Theme(primary="#2f4a36", on_primary="#ffffff", background="#f6f4ee", text="#1d241f", accent="#c4661f")
    colours = palette(theme, dark=False)
    assert colours["primary"] == theme.primary
    assert colours["back"] == theme.background
    assert colours["text"] == theme.text


def test_every_language_has_every_word_with_the_same_places_to_fill() -> None:
    assert widget_languages() == {"en", "de", "fr", "it", "es"}
    words = {
        one: json.loads((STRINGS_FOLDER / f"{one}.json").read_text(encoding="utf-8")) for one in widget_languages()
    }
    for language, told in words.items():
        assert list(told) == list(words["en"]), language
        for name, text in told.items():
            places = {piece.partition("}")[0] for piece in text.split("{")[1:]}
            assert places == {piece.partition("}")[0] for piece in words["en"][name].split("{")[1:]}, (language, name)


@pytest.mark.parametrize(("asked", "spoken"), [("de", "de"), ("fr", "en"), ("xx", "en"), (None, "en")])
def test_the_widget_speaks_the_pages_language_where_the_brand_does(
    small_group: Group, asked: str | None, spoken: str
) -> None:
    profile = small_group.brand("alder")
    assert widget_language(profile, asked) == spoken
    assert widget_profile(profile, asked, 2000).language == spoken


@pytest.mark.parametrize(("language", "hours"), [("en", "Mon-Fri 9-17"), ("de", "Mo-Fr 09:00-17:00")])
def test_opening_hours_name_the_days_in_the_pages_language(small_group: Group, language: str, hours: str) -> None:
    profile = small_group.brand("alder")
    assert widget_profile(profile, language, 2000).contacts["default"].hours == hours
    assert hours in demo_html(profile, DemoChoice(language=language))


def test_the_public_profile_tells_nothing_that_is_not_public(small_group: Group) -> None:
    told = widget_profile(small_group.brand("alder"), "en", 2000).model_dump()
    assert not {"allowed_origins", "vin_prefixes", "retention_days", "voice"} & set(told)


def test_a_demo_page_escapes_what_the_profile_says_and_has_no_inline_code(small_group: Group) -> None:
    brand = small_group.brand("alder")
    voice = brand.voice.model_copy(update={"greeting": {"en": '<script>alert("x")</script>'}})
    hostile = brand.model_copy(update={"name": '"><img src=x onerror=alert(1)>', "voice": voice})
    page = demo_html(hostile, DemoChoice(model='"><script>'))
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert page.count("<script ") == 1
    assert "style=" not in page
    assert "<" not in demo_css(hostile)
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_a_demo_page_speaks_the_language_of_its_widget(small_group: Group) -> None:
    page = demo_html(small_group.brand("alder"), DemoChoice(language="de"))
    assert "<h2>Modelle</h2>" in page
    assert "Beispielseite." in page
    assert "Models" not in page
