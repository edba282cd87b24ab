from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands import ProfileInvalid, VehicleContext
from brands.profile import contrast_ratio, load_profile
from tests.conftest import BRAND

ALDER = BRAND.format(id="alder", name="Alder", model="grove", model_name="Grove", assistant="Al")
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "alder" / "brand.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_names_models_and_contacts_of_a_brand(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, ALDER))
    assert profile.greeting("de") == "Hallo von Alder."
    assert profile.greeting("fr") == "Hello from Alder."
    assert profile.contact("gb").email == "care@alder.example"
    assert profile.vehicle("GROVE", 2025, "GB") == VehicleContext("grove", 2025, "gb")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("default_language: en", "default_language: fr"), "default_language 'fr'"),
        (("id: alder", "id: elder"), "its folder is called 'alder'"),
        (("id: alder", "id: ../alder"), "id"),
        (("languages: [en, de]", "languages: english"), "languages"),
        (('text: "#1a1a1a"', 'text: "#eeeeee"'), "contrast"),
        (("  default:", "  gb:"), "contacts has no entry 'default'"),
        (("markets: [gb, de]", "markets: [gb, de]\nspeed: 9"), "speed"),
        (("allowed_origins: [", 'allowed_origins: ["javascript:alert(1)", '), "allowed_origins"),
        (("theme:", "logo: ../../secret.svg\ntheme:"), "logo must be the name"),
        *(
            (("hours:", f'timezone: "{zone}", hours:'), f"contacts.default.timezone: {zone!r} is no time zone")
            for zone in ("Europe/Lundon", "Europe", "/etc/passwd", "../UTC", "London", "")
        ),
        (("id: alder", "id: [unclosed"), "cannot be read as YAML"),
        (("id: alder", "since: 2025-02-30\nid: alder"), "day is out of range for month"),
    ],
)
def test_refuses_a_profile_that_is_wrong(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        load_profile(write(tmp_path, ALDER.replace(*change)))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_a_missing_profile_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match="is missing"):
        load_profile(tmp_path / "alder" / "brand.yaml")
    with pytest.raises(ProfileInvalid, match="is empty"):
        load_profile(write(tmp_path, ""))


def test_norway_and_norwegian_are_no_truth_values(tmp_path: Path) -> None:
    told = ALDER.replace("markets: [gb, de]", "markets: [gb, de, no]").replace(
        "languages: [en, de]", "languages: [en, de, no]"
    )
    profile = load_profile(write(tmp_path, told))
    assert (profile.markets[-1], profile.languages[-1]) == ("no", "no")
    told = told.replace("greeting: {", "greeting: {no: Hei, ")
    (tmp_path / "norway").mkdir()
    assert load_profile(write(tmp_path / "norway", told)).greeting("no") == "Hei"
    (tmp_path / "other").mkdir()
    with pytest.raises(ProfileInvalid, match="markets"):
        load_profile(write(tmp_path / "other", ALDER.replace("markets: [gb, de]", "markets: [gb, yes]")))


def test_refuses_a_model_or_market_that_the_brand_does_not_have(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, ALDER))
    with pytest.raises(ProfileInvalid, match="its models are: grove"):
        profile.vehicle("copse")
    with pytest.raises(ProfileInvalid, match="its markets are: gb, de"):
        profile.vehicle(market="jp")


@given(COLOURS, COLOURS)
def test_contrast_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert contrast_ratio(one, other) == contrast_ratio(other, one)
    assert 1 <= contrast_ratio(one, other) <= 21.001


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)


def test_refuses_a_language_that_the_brand_does_not_speak(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, ALDER))
    profile.require_language("de")
    with pytest.raises(ProfileInvalid, match="its languages are: en, de"):
        profile.require_language("fr")
