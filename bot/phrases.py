"""What the bot says in its own words, in the brand's languages."""

from functools import cache

from bot.handoff_words import told_hours
from bot.language_data import read_data
from brands import BrandProfile


def phrase(name: str, language: str, profile: BrandProfile, market: str | None = None, **fill: str) -> str:
    """One phrase, with the brand's name and contacts filled in.

    Args:
        name: its name in phrases.yaml.
        language: ISO 639-1 code; English where it has no phrases.
        profile: the brand that speaks.
        market: the customer's market, where it is known.
        fill: what else the phrase names.
    """
    table = _phrases()
    contact = profile.contact(market)
    known = {
        "brand": profile.name,
        "phone": contact.phone,
        "email": contact.email,
        "url": contact.url,
        "hours": told_hours(contact, language),
    }
    # Only the phrase, which ships with the bot, is a template; what is filled in is never read as one.
    return table.get(language, table["en"])[name].format(**(known | fill))


@cache
def _phrases() -> dict[str, dict[str, str]]:
    return read_data("phrases.yaml")  # type: ignore[no-any-return]
