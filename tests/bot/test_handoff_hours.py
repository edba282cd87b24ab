"""The customer is told truthfully when somebody is there, with a fixed clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.handoff_hours import OpeningHours, read_hours
from bot.handoff_words import handoff_text, told_hours, told_text
from bot.phrases import phrase
from brands import BrandProfile, Group, load_group
from brands.profile import Contact
from tests.conftest import write_small_group

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
WEEK = "Mon-Fri 08:00-19:00, Sat 09:00-14:00"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def state(words: str, now: datetime, zone: str = "Europe/London", closed_on: tuple[date, ...] = ()) -> str:
    hours = read_hours(words, zone, closed_on)
    assert hours is not None
    found = hours.state(now)
    return f"{'open' if found.is_open else 'closed'} {found.until:%a %d %H:%M}" if found.until else str(found.is_open)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (datetime(2026, 11, 23, 8, 0, tzinfo=LONDON), "open Mon 23 19:00"),
        (datetime(2026, 11, 23, 7, 59, 59, tzinfo=LONDON), "closed Mon 23 08:00"),
        (datetime(2026, 11, 23, 19, 0, tzinfo=LONDON), "closed Tue 24 08:00"),
        (datetime(2026, 11, 28, 13, 59, tzinfo=LONDON), "open Sat 28 14:00"),
        (datetime(2026, 11, 28, 14, 0, tzinfo=LONDON), "closed Mon 30 08:00"),
        (datetime(2026, 11, 29, 12, 0, tzinfo=UTC), "closed Mon 30 08:00"),
    ],
)
def test_open_and_closed_change_at_the_hours_told(now: datetime, told: str) -> None:
    assert state(WEEK, now) == told


def test_summer_time_moves_the_hours_with_the_clock() -> None:
    # Clocks in London go forward on 29 March 2026 and back on 25 October 2026.
    assert state(WEEK, datetime(2026, 3, 27, 7, 30, tzinfo=UTC)) == "closed Fri 27 08:00"
    assert state(WEEK, datetime(2026, 3, 30, 7, 30, tzinfo=UTC)) == "open Mon 30 19:00"
    assert state(WEEK, datetime(2026, 10, 26, 7, 30, tzinfo=UTC)) == "closed Mon 26 08:00"
    assert state("Sun 00:30-03:30", datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) == "open Sun 25 03:30"


def test_on_a_holiday_nobody_is_there() -> None:
    holidays = (date(2026, 12, 25), date(2026, 12, 28))
    assert state(WEEK, datetime(2026, 12, 25, 10, 0, tzinfo=LONDON), closed_on=holidays) == "closed Sat 26 09:00"
    assert state(WEEK, datetime(2026, 12, 26, 15, 0, tzinfo=LONDON), closed_on=holidays) == "closed Tue 29 08:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Mo-Fr 8-12, 13-17 Uhr", "closed Mon 23 13:00"),
        ("lun-ven 9h-18h30", "open Mon 23 18:30"),
        ("Mon-Fri 9am-5pm", "open Mon 23 17:00"),
        ("Lun-Sab 09:00-19:00", "open Mon 23 19:00"),
        ("Sun-Mon 22:00-13:00", "open Mon 23 13:00"),
        ("daily 08:00-24:00", "open Tue 24 00:00"),
        ("24/7", "True"),
    ],
)
def test_hours_are_read_as_people_write_them(words: str, told: str) -> None:
    assert state(words, datetime(2026, 11, 23, 12, 30, tzinfo=BERLIN), "Europe/Berlin") == told


@pytest.mark.parametrize("words", ["by appointment", "", "Mon-Fri", "9-17", "Mon-Fri 25-30", "Mon-Fri 13pm-15pm"])
def test_hours_that_are_not_understood_are_told_as_they_are(words: str, small_group: Group) -> None:
    assert read_hours(words, "Europe/London") is None
    assert read_hours(WEEK, "Europe/Nowhere") is None
    assert read_hours(WEEK, "Europe") is None
    profile = with_hours(small_group.brand("alder"), words, "Europe/London")
    told = handoff_text(profile, "en", None, now=datetime.now(UTC), queued=True, reason="person")
    assert f"They are there {words}." in told


@pytest.mark.parametrize(
    ("words", "language", "told"),
    [
        (WEEK, "de", "Mo-Fr 08:00-19:00, Sa 09:00-14:00"),
        (WEEK, "fr", "lun-ven 08:00-19:00, sam 09:00-14:00"),
        (WEEK, "it", "lun-ven 08:00-19:00, sab 09:00-14:00"),
        (WEEK, "es", "lun-vie 08:00-19:00, sáb 09:00-14:00"),
        ("Mo-Fr 08:00-20:00, Sa 09:00-15:00", "en", "Mon-Fri 08:00-20:00, Sat 09:00-15:00"),
        ("Montag bis Freitag 8-12, 13-17 Uhr", "en", "Mon-Fri 08:00-12:00, 13:00-17:00"),
        ("Lun-Mié 09:00-19:00", "de", "Mo-Mi 09:00-19:00"),
        ("Sun-Mon 22:00-13:00", "fr", "lun 22:00-13:00, dim 22:00-13:00"),
        ("Mon, Wed 9am-5pm", "en", "Mon, Wed 9am-5pm"),
        ("Mon 9am-5pm, Wed 9am-5pm", "de", "Mo 09:00-17:00, Mi 09:00-17:00"),
        ("daily 08:00-24:00", "it", "tutti i giorni 08:00-24:00"),
        ("Sat-Sun 10-16", "nl", "Sat-Sun 10-16"),
        ("Sa-So 10-16", "nl", "Sat-Sun 10:00-16:00"),
    ],
)
def test_the_days_of_the_hours_are_told_in_the_customers_language(
    words: str, language: str, told: str, small_group: Group
) -> None:
    profile = with_hours(small_group.brand("alder"), words, "Europe/London")
    assert told_hours(profile.contact(None), language) == told
    assert f"({told})" in phrase("decline", language, profile)


@pytest.mark.parametrize(
    "words", ["Mon-Fri 9-17", "MON-FRI 9am to 5pm", "24/7", "Rund um die Uhr", "nach Vereinbarung"]
)
def test_hours_in_the_customers_language_and_those_that_name_no_days_stay_as_they_are(
    words: str, small_group: Group
) -> None:
    contact = with_hours(small_group.brand("alder"), words, "Europe/London").contact(None)
    assert told_hours(contact, "en") == words


@settings(max_examples=300)
@given(
    week=st.lists(st.lists(st.tuples(st.times(), st.times()), max_size=2), min_size=7, max_size=7),
    language=st.sampled_from(["en", "de", "fr", "it", "es"]),
    other=st.sampled_from(["en", "de", "fr", "it", "es"]),
)
def test_told_hours_are_the_same_hours(
    week: list[list[tuple[time, time]]], language: str, other: str, small_contact: Contact
) -> None:
    spans = tuple(tuple(sorted({(_minute(one), _minute(two)) for one, two in day})) for day in week)
    english = small_contact.model_copy(update={"hours": OpeningHours(spans, LONDON).told(DAYS, "daily")})
    told = told_hours(small_contact.model_copy(update={"hours": told_hours(english, language)}), other)
    assert (read_hours(told, "Europe/London") or OpeningHours(((),) * 7, LONDON)).spans == spans


def _minute(at: time) -> time:
    return at.replace(second=0, microsecond=0)


@pytest.fixture(scope="module")
def small_contact(tmp_path_factory: pytest.TempPathFactory) -> Contact:
    return load_group(write_small_group(tmp_path_factory.mktemp("hours") / "group")).brand("alder").contact(None)


def with_hours(profile: BrandProfile, words: str, zone: str) -> BrandProfile:
    contact = profile.contacts["default"].model_copy(update={"hours": words, "timezone": zone})
    return profile.model_copy(update={"contacts": {"default": contact}})


@pytest.mark.parametrize(
    ("language", "open_now", "away"),
    [
        ("en", "until 19:00 (London)", "back on Monday, 30 November at 08:00 (London)"),
        ("de", "bis 19:00 Uhr (London)", "am Montag, 30. November, um 08:00 Uhr (London) zurück"),
        ("fr", "jusqu'à 19:00 (London)", "de retour lundi 30 novembre à 08:00 (London)"),
        ("it", "fino alle 19:00 (London)", "torna lunedì 30 novembre alle 08:00 (London)"),
        ("es", "hasta las 19:00 (London)", "vuelve el lunes 30 de noviembre a las 08:00 (London)"),
    ],
)
def test_every_language_tells_what_happens_next(small_group: Group, language: str, open_now: str, away: str) -> None:
    profile = with_hours(small_group.brand("alder"), WEEK, "Europe/London")
    monday = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)
    saturday = datetime(2026, 11, 28, 15, 0, tzinfo=LONDON)
    assert open_now in handoff_text(profile, language, None, now=monday, queued=True, reason="anger")
    assert away in handoff_text(profile, language, None, now=saturday, queued=True, reason="declines")
    assert away in told_text(profile, language, None, now=saturday, queued=True)
    for text in (
        handoff_text(profile, language, None, now=saturday, queued=False, reason="person"),
        told_text(profile, language, None, now=monday, queued=False),
    ):
        assert "{" not in text
        assert "repeat" not in text


def test_tomorrow_is_called_tomorrow(small_group: Group) -> None:
    profile = with_hours(small_group.brand("alder"), WEEK, "Europe/London")
    evening = datetime(2026, 11, 23, 20, 0, tzinfo=LONDON)
    assert "back tomorrow at 08:00" in handoff_text(profile, "en", None, now=evening, queued=True, reason="person")
    early = datetime(2026, 11, 23, 6, 0, tzinfo=LONDON)
    assert "back today at 08:00" in handoff_text(profile, "en", None, now=early, queued=True, reason="person")
