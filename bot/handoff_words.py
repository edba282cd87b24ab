"""What a customer is told when a person takes over: what happens next, and when."""

from datetime import datetime
from functools import cache
from typing import Any

from bot.handoff_hours import hours_in, read_hours
from bot.handoff_store import HandoffReason
from bot.language_data import read_data
from brands import BrandProfile
from brands.profile import Contact

_ENGLISH = "en"


def handoff_text(
    profile: BrandProfile, language: str, market: str | None, *, now: datetime, queued: bool, reason: HandoffReason
) -> str:
    """The whole text of a handoff.

    Args:
        profile: the brand.
        language: ISO 639-1 code; English where it has no words.
        market: the customer's market, where it is known.
        now: the moment, with time zone.
        queued: whether the conversation is kept, so that a person sees it.
        reason: why it is handed over.
    """
    words, contact = _words(language), profile.contact(market)
    away, when = _when(language, contact, now)
    sentences = [words["because"][reason], words["queued" if queued else "not_queued"], when]
    if queued:
        sentences.append(words["answer_closed" if away else "answer_open"])
    sentences.append(words["reach"])
    fill = {"brand": profile.name, "phone": contact.phone, "email": contact.email}
    return " ".join(one.format(**fill) if "{" in one else one for one in sentences if one)


def told_text(profile: BrandProfile, language: str, market: str | None, *, now: datetime, queued: bool) -> str:
    """The last line of a safety text: who has been told, when they are there, and their number.

    Args:
        profile: the brand.
        language: ISO 639-1 code; English where it has no words.
        market: the customer's market, where it is known.
        now: the moment, with time zone.
        queued: whether a person sees the conversation.
    """
    words, contact = _words(language), profile.contact(market)
    fill = {"brand": profile.name, "phone": contact.phone}
    first = words["told" if queued else "not_queued"].format(**fill)
    return " ".join((first, _when(language, contact, now)[1], words["reach_phone"].format(**fill)))


def told_hours(contact: Contact, language: str) -> str:
    """A contact's opening hours, with the days' names in the customer's language.

    Args:
        contact: tells its hours in the brand's words.
        language: ISO 639-1 code; English where it has no words.
    """
    known = language if language in _read() else _ENGLISH
    words = _words(known)
    return hours_in(contact.hours, known, words["weekdays_short"], words["daily"])


def _when(language: str, contact: Contact, now: datetime) -> tuple[bool, str]:
    """Whether nobody is there now, and the sentence that tells when somebody is."""
    words = _words(language)
    told = str(words["hours"]).replace("{hours}", told_hours(contact, language))
    hours = read_hours(contact.hours, contact.timezone, contact.closed_on)
    if hours is None:
        return False, told
    state = hours.state(now)
    if state.until is None:
        return not state.is_open, words["always"] if state.is_open else told
    fill = {"time": f"{state.until:%H:%M}", "city": contact.timezone.split("/")[-1].replace("_", " ")}
    if state.is_open:
        return False, words["open"].format(**fill)
    return True, words["closed"].format(day=_day(words, state.until, now.astimezone(state.until.tzinfo)), **fill)


def _day(words: dict[str, Any], day: datetime, today: datetime) -> str:
    ahead = (day.date() - today.date()).days
    if ahead < 2:
        return str(words[("today", "tomorrow")[ahead]])
    date = words["date"].format(day=day.day, month=words["months"][day.month - 1])
    return str(words["later"].format(weekday=words["weekdays"][day.weekday()], date=date))


def _words(language: str) -> dict[str, Any]:
    table = _read()
    return table.get(language, table[_ENGLISH])


@cache
def _read() -> dict[str, dict[str, Any]]:
    return read_data("handoff.yaml")  # type: ignore[no-any-return]
