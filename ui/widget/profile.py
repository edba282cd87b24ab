"""What the widget is told of a brand before a session begins; anyone may know it."""

import json
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field

from bot.handoff_words import told_hours
from brands import BrandProfile
from brands.profile import Contact, VehicleModel
from ui.notices import ai_notice
from ui.widget.palette import palette

STRINGS_FOLDER = Path(__file__).parent / "strings"
FALLBACK_LANGUAGE = "en"


class WidgetProfile(BaseModel):
    """What the widget needs to look and speak like its brand."""

    id: str
    name: str
    assistant_name: str
    language: str = Field(description="Language of `notice` and `words`.")
    notice: str = Field(description="What a customer must read before the first message.")
    words: dict[str, str] = Field(description="The widget's own words.")
    greeting: dict[str, str]
    default_language: str
    languages: tuple[str, ...]
    markets: tuple[str, ...]
    models: tuple[VehicleModel, ...]
    contacts: dict[str, Contact]
    allowed_links: tuple[str, ...] = Field(description="Where links in a reply may lead.")
    message_limit_characters: int
    light: dict[str, str] = Field(description="Colours on a light background, by name.")
    dark: dict[str, str] = Field(description="Colours on a dark background, by name.")


def widget_profile(profile: BrandProfile, language: str | None, message_limit_characters: int) -> WidgetProfile:
    """What the widget is told of a brand.

    Args:
        profile: the brand.
        language: ISO 639-1 code of the page; used where the brand speaks it.
        message_limit_characters: the longest message that is taken.
    """
    spoken = widget_language(profile, language)
    return WidgetProfile(
        id=profile.id,
        name=profile.name,
        assistant_name=profile.voice.assistant_name,
        language=spoken,
        notice=ai_notice(profile.name, spoken),
        words=read_words(spoken),
        greeting=dict(profile.voice.greeting),
        default_language=profile.default_language,
        languages=profile.languages,
        markets=profile.markets,
        models=profile.models,
        contacts={name: _contact_in(spoken, one) for name, one in profile.contacts.items()},
        allowed_links=profile.allowed_links,
        message_limit_characters=message_limit_characters,
        light=palette(profile.theme, dark=False),
        dark=palette(profile.theme, dark=True),
    )


def _contact_in(language: str, contact: Contact) -> Contact:
    return contact.model_copy(update={"hours": told_hours(contact, language)})


def widget_language(profile: BrandProfile, language: str | None) -> str:
    """The page's language where brand and widget speak it, else the brand's own, else English.

    Args:
        profile: the brand.
        language: ISO 639-1 code of the page.
    """
    wanted = (language if language in profile.languages else None, profile.default_language)
    return next((one for one in wanted if one in widget_languages()), FALLBACK_LANGUAGE)


@cache
def widget_languages() -> frozenset[str]:
    """The languages in which the widget has words."""
    return frozenset(path.stem for path in STRINGS_FOLDER.glob("*.json"))


@cache
def read_words(language: str) -> dict[str, str]:
    """The widget's words in one of `widget_languages`.

    Args:
        language: ISO 639-1 code.
    """
    words: dict[str, str] = json.loads((STRINGS_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return words
