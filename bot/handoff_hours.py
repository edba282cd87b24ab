"""When people answer: a contact's opening hours, read from the words that customers read too."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.language_data import plain

# How Monday to Sunday begin in the bot's languages, accents removed.
_DAY_NAMES: Mapping[str, str] = {
    "en": "mon monday|tue tues tuesday|wed wednesday|thu thur thurs thursday|fri friday|sat saturday|sun sunday",
    "de": "mo montag|di dienstag|mi mittwoch|do donnerstag|fr freitag|sa samstag sonnabend|so sonntag",
    "fr": "lun lundi|mar mardi|mer mercredi|jeu jeudi|ven vendredi|sam samedi|dim dimanche",
    "it": "lun lunedi|mar martedi|mer mercoledi|gio giovedi|ven venerdi|sab sabato|dom domenica",
    "es": "lun lunes|mar martes|mie miercoles|jue jueves|vie viernes|sab sabado|dom domingo",
}
# What else stands in opening hours.
_OTHER_WORDS: Mapping[str, str] = {
    "en": "to until and am pm h hr hrs hour hours a daily every day",
    "de": "bis und uhr h taglich rund um die",
    "fr": "a au et h tous les jours",
    "it": "a al alle e tutti i giorni",
    "es": "a al y h todos los dias",
}
_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(re.findall("[a-z]+", f"{names} {_OTHER_WORDS[language]}"))
    for language, names in _DAY_NAMES.items()
}
_DAYS: Mapping[str, int] = {
    name: day for names in _DAY_NAMES.values() for day, alike in enumerate(names.split("|")) for name in alike.split()
}
_DAILY = re.compile(r"\b(daily|every day|taglich|tous les jours|tutti i giorni|todos los dias)\b")
_ALWAYS = re.compile(r"\b24 ?(/|x) ?7\b|\b24 ?h(ours)?( a day)?\b|\brund um die uhr\b|\b24 ?h ?/ ?24\b")
_CLOCK = r"(?P<{0}h>\d{{1,2}})(?:[:.h]?(?P<{0}m>\d{{2}})|h)? ?(?P<{0}p>am|pm)?"
_TO = r" ?(?:-|to|bis|a|alle|until) ?"
_SPAN = re.compile(_CLOCK.format("a") + _TO + _CLOCK.format("b") + r"(?: ?(?:uhr|h|hrs?))?")
_DAY_SPAN = re.compile(r"\b([a-z]+)\.?(?: ?(?:-|to|bis|a|al|au) ?([a-z]+)\.?)?")
# So many days ahead the next opening is looked for: longer than any row of holidays.
_DAYS_AHEAD = 21


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether somebody is there now.

    Args:
        is_open: whether they are.
        until: when that changes, in the contact's time zone; None where it never does, or not soon.
    """

    is_open: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A week of opening hours.

    Args:
        spans: for Monday to Sunday, from and to; an end that is not after its beginning lies on the next day.
        zone: time zone of the hours.
        closed_on: days on which nobody is there.
    """

    spans: tuple[tuple[tuple[time, time], ...], ...]
    zone: ZoneInfo
    closed_on: frozenset[date] = frozenset()

    def state(self, now: datetime) -> OpenState:
        """Whether somebody is there at a moment, and until when that holds.

        Args:
            now: the moment, with time zone.
        """
        today = now.astimezone(self.zone).date()
        spans = [one for one in self._around(today) if one[1] > now]
        if not spans:
            return OpenState(is_open=False, until=None)
        begin, end = spans[0]
        if now < begin:
            return OpenState(is_open=False, until=begin.astimezone(self.zone))
        for later, its_end in spans[1:]:  # a night that goes on into the next day is one
            if later > end:
                break
            end = max(end, its_end)
        lasting = end - now > timedelta(days=7)
        return OpenState(is_open=True, until=None if lasting else end.astimezone(self.zone))

    def told(self, day_names: Sequence[str], daily: str) -> str:
        """The week in words, such as `Mon-Fri 08:00-19:00, Sat 09:00-14:00`.

        Args:
            day_names: of Monday to Sunday.
            daily: says that it is every day.
        """
        parts = []
        for spans, alike in groupby(range(7), key=self.spans.__getitem__):
            first, *others = alike
            days = f"{day_names[first]}-{day_names[others[-1]]}" if others else day_names[first]
            hours = (f"{begin:%H:%M}-{f'{end:%H:%M}' if end != time(0) else '24:00'}" for begin, end in spans)
            parts += [f"{days if len(others) < 6 else daily} {', '.join(hours)}"] if spans else []
        return ", ".join(parts)

    def _around(self, today: date) -> Iterator[tuple[datetime, datetime]]:
        for ahead in range(-1, _DAYS_AHEAD):
            day = today + timedelta(days=ahead)
            for begin, end in () if day in self.closed_on else self.spans[day.weekday()]:
                last = day + timedelta(days=1) if end <= begin else day
                # Compared in UTC: on the days when clocks change, a day has 23 or 25 hours.
                yield self._moment(day, begin), self._moment(last, end)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@lru_cache(maxsize=500)
def read_hours(words: str, zone_name: str, closed_on: Sequence[date] = ()) -> OpeningHours | None:
    """Read opening hours such as `Mon-Fri 08:00-19:00, Sat 09:00-14:00`, in any of the bot's languages.

    Args:
        words: as the profile tells them.
        zone_name: IANA name of the time zone.
        closed_on: days on which nobody is there.

    Returns:
        The hours; None where they are not understood, so that nothing wrong is told of them.
    """
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a part of a name, such as Europe, is a folder
        return None
    week: list[list[tuple[time, time]]] = [[] for _ in range(7)]
    days: tuple[int, ...] = ()
    folded = plain(words).replace("\u2013", "-").replace("\u2014", "-")
    if _ALWAYS.search(folded):
        return OpeningHours(((((time(0), time(0))),),) * 7, zone, frozenset(closed_on))
    for part in re.split(r"[,;|\n]|\band\b|\bund\b|\bet\b|\be\b|\by\b", folded):
        named = _SPAN.sub(" ", part).strip(" :.()")
        found = _days(named) if named else days
        spans = [_span(one) for one in _SPAN.finditer(part)]
        if found is None or not spans or None in spans or not found:
            return None
        days = found
        for day in days:
            week[day] += [one for one in spans if one is not None]
    return OpeningHours(tuple(tuple(sorted(one)) for one in week), zone, frozenset(closed_on))


def hours_in(words: str, language: str, day_names: Sequence[str], daily: str) -> str:
    """Opening hours with the days' names of a language.

    Args:
        words: as the profile tells them.
        language: ISO 639-1 code.
        day_names: of Monday to Sunday, in the language.
        daily: says that it is every day.

    Returns:
        The hours; as they are written where they are in the language already, or not understood.
    """
    hours, folded = read_hours(words, "UTC"), plain(words)
    foreign = set(re.findall(r"[^\W\d_]+", folded)) - _WORDS.get(language, frozenset())
    return words if hours is None or not foreign or _ALWAYS.search(folded) else hours.told(day_names, daily)


def _days(words: str) -> tuple[int, ...] | None:
    if _DAILY.search(words):
        return tuple(range(7))
    found = _DAY_SPAN.fullmatch(words)
    if found is None or found[1] not in _DAYS or (found[2] and found[2] not in _DAYS):
        return None
    first, last = _DAYS[found[1]], _DAYS[found[2] or found[1]]
    return tuple(day % 7 for day in range(first, last + (8 if last < first else 1)))


def _span(found: re.Match[str]) -> tuple[time, time] | None:
    ends = []
    for end in "ab":
        hour, minute = int(found[f"{end}h"]), int(found[f"{end}m"] or 0)
        half = found[f"{end}p"]
        if half and not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return None
        ends.append(time(hour % 24, minute))
    return ends[0], ends[1]
