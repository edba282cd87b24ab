"""What every page lets one choose: the brand, and what is known of the customer's vehicle."""

from collections.abc import Sequence

import streamlit as st

from brands import BrandProfile, Group, VehicleContext

BRAND_KEY = "brand"
_ANY = "Not known"


def choose_brand(group: Group, ids: Sequence[str]) -> None:
    """Let the user choose a brand; the address (`?brand=`) says which one is shown first.

    It stands in the console's first script, so that the choice outlives every change of page.

    Args:
        group: the group.
        ids: the brands for which they may see the page; at least one.
    """
    asked = st.query_params.get(BRAND_KEY)
    if asked is not None and asked not in ids:
        st.warning(f"{_plain(group.profile.name)} has no such brand; choose one of the list.")
    if st.session_state.get(BRAND_KEY) not in ids:
        st.session_state[BRAND_KEY] = asked if asked in ids else ids[0]
    st.query_params[BRAND_KEY] = st.selectbox(
        "Brand", ids, key=BRAND_KEY, format_func=lambda one: group.brands[one].name
    )


def chosen_brand(group: Group) -> BrandProfile:
    """The brand that the user chose.

    Args:
        group: the group.
    """
    return group.brand(str(st.session_state[BRAND_KEY]))


def choose_vehicle(profile: BrandProfile, place: str) -> VehicleContext:
    """Let the user say what is known of the vehicle.

    Args:
        profile: whose models and markets.
        place: name of the page, so that its choice is its own.
    """
    names = {one.id: one.name for one in profile.models}
    key = f"{place}-{profile.id}"

    model = st.selectbox(
        "Model", list(names), index=None, key=f"{key}-model", placeholder=_ANY, format_func=lambda one: names[one]
    )
    years = {year for one in profile.models if model in {None, one.id} for year in one.years}
    year = st.selectbox("Model year", sorted(years, reverse=True), index=None, key=f"{key}-year", placeholder=_ANY)
    market = st.selectbox(
        "Market", profile.markets, index=None, key=f"{key}-market", placeholder=_ANY, format_func=str.upper
    )
    return VehicleContext(model=model, model_year=year, market=market)


def choose_language(profile: BrandProfile, place: str) -> str:
    """Let the user say which language the page speaks.

    Args:
        profile: whose languages.
        place: name of the page, so that its choice is its own.
    """
    chosen = st.selectbox(
        "Language",
        profile.languages,
        index=profile.languages.index(profile.default_language),
        key=f"{place}-{profile.id}-language",
        format_func=lambda code: LANGUAGE_NAMES.get(code, code.upper()),
    )
    return str(chosen)


LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "it": "Italiano", "es": "Español"}


def _plain(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " .,'-" else " " for letter in text)
