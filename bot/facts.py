"""The facts that can be wrong by a digit: numbers with units, prices, dates, codes, phone numbers, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

FactKind = Literal["number", "price", "date", "code", "phone", "link", "email"]

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"'“”»]+[^\s<>()\[\]\"'“”».,;:!?]", re.IGNORECASE)
# Before its sign an address has at most 64 characters (RFC 5321, section 4.5.3.1.1).
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00|0|\()\d[\d\s()./-]{5,18}\d(?![\w])")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOTTED_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier gennaio enero jan",
            "february februar fevrier février febbraio febrero feb",
            "march märz maerz mars marzo mar",
            "april avril aprile abril apr",
            "may mai maggio mayo",
            "june juni juin giugno junio jun",
            "july juli juillet luglio julio jul",
            "august août aout agosto aug",
            "september septembre settembre septiembre sep sept",
            "october oktober octobre ottobre octubre oct okt",
            "november novembre noviembre nov",
            "december dezember décembre decembre dicembre diciembre dec dez",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WORDED_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+)?(?P<month>{_MONTH})|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?)"
    rf"\s+(?:de\s+)?(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
# A row of numbers may look like one of many groups; its end is not looked for from each of them.
_NUMBER = r"\d{1,3}(?:[.,\u00a0\u202f ']\d{3}){1,20}(?:[.,]\d+)?(?!\d)|\d++(?:[.,]\d++)?"
# Amid a run of digits only the last three may begin a number, a grouped one.
_NUMBER_BEGINS = r"(?:(?<!\d)|(?=\d{1,3}(?!\d)))"
_CURRENCY = r"€|£|\$|EUR|GBP|USD|CHF|euros?|pounds?|dollars?|francs?|livres?|sterline|libras?|dollari|dólares"
_PRICE = re.compile(
    rf"(?:(?P<before>{_CURRENCY})\s?(?P<amount>{_NUMBER}))|(?:{_NUMBER_BEGINS}(?P<amount2>{_NUMBER})[\s\u00a0\u202f]?(?P<after>{_CURRENCY})(?!\w))",
    re.IGNORECASE,
)
# The mark of a footnote, which is no part of the number, code or word that it stands at; `cm²` has none.
_FOOTNOTE_MARK = re.compile(r"(?:(?<=\d)|(?<=[^\W\d_]{3}))[⁰¹²³⁴-⁹⁽⁾]+")
_CODE = re.compile(
    r"(?<![\w@/])(?=[A-Za-z0-9])(?=[A-Za-z0-9./-]{0,200}\d)(?=[A-Za-z0-9./-]{0,200}[A-Z])[A-Za-z0-9]+(?:[-./][A-Za-z0-9]+)*(?![\w@])"
)
_UNITS: dict[str, str] = {
    spelling: unit
    for unit, spellings in {
        "bar": "bar bars",
        "psi": "psi",
        "kpa": "kpa",
        "l": "l litre litres liter liters litro litri litros",
        "ml": "ml",
        "qt": "qt quart quarts",
        "gal": "gal gallon gallons",
        "km": (
            "km kilometre kilometres kilometer kilometers kilometern kilomètre kilomètres"
            " chilometro chilometri kilómetro kilómetros"
        ),
        "mi": "mi mile miles meilen milles miglia millas",
        "km/h": "km/h kmh kph",
        "mph": "mph",
        "m": "m metre metres meter meters mètre mètres metro metri metros metern",
        "cm": "cm",
        "mm": "mm",
        "in": "inch inches zoll pouces pollici pulgadas",
        "ft": "ft feet",
        "m²": "m² qm sqm",
        "kg": "kg kilo kilos",
        "t": "t tonne tonnes tonnen tonnellate toneladas",
        "g": "g",
        "lb": "lb lbs pfund",
        "nm": "nm",
        "lb-ft": "lb-ft lbft",
        "kw": "kw",
        "kwh": "kwh",
        "wh": "wh",
        "mah": "mah",
        "db": "db",
        "lux": "lux",
        "lm": "lm lumen lumens",
        "hp": "hp ps ch cv bhp horsepower",
        "v": "v volt volts",
        "a": "a amp amps ampere",
        "ah": "ah",
        "w": "w watt watts",
        "%": "% percent prozent pour-cent percento",
        "°c": "°c",
        "°f": "°f",
        "°": "°",
        "s": "s sec second seconds sekunde sekunden seconde secondes secondo secondi segundo segundos",
        "min": "min minute minutes minuten minuto minuti minutos",
        "h": "h hour hours stunde stunden heure heures ora ore hora horas std",
        "day": "day days tag tage tagen jour jours giorno giorni día días dia dias",
        "working day": "werktag werktage werktagen",
        "week": "week weeks woche wochen semaine semaines settimana settimane semana semanas",
        "month": "month months monat monate monaten mois mese mesi mes meses",
        "year": "year years jahr jahre jahren an ans année années anno anni año años",
        "rpm": "rpm",
        "hz": "hz",
        "mb": "mb",
        "gb": "gb",
    }.items()
    for spelling in spellings.split()
}
_VALUE = re.compile(
    rf"(?<![\w.,])(?P<number>{_NUMBER})(?:[\s\u00a0\u202f-]?(?P<unit>km/h|lb-ft|°[CF]?|%|[^\W\d_]+)(?!\w))?", re.UNICODE
)
# "5 to 15 mm", "820 × 560 mm": the first number has the unit of the last.
_UP_TO = re.compile(rf"\s?(?:to|bis|à|[–—-]|[×x])\s?(?={_VALUE.pattern})")
# "820 × 560 × 400 mm" has three numbers; a row of many more is no range.
_MOST_IN_RANGE = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, written the same way in every language.

    Args:
        kind: what it is.
        value: its normal form, such as `2.4`, `2025-03-01` or `CR2032`.
        unit: normal form of the unit, or of the currency; empty where there is none.
        words: the words themselves.
    """

    kind: FactKind
    value: str
    unit: str
    words: str


def facts_of(text: str) -> tuple[Fact, ...]:
    """The facts of a text, in no particular order.

    Args:
        text: a sentence or a passage.
    """
    text = _FOOTNOTE_MARK.sub("", text)
    taken = bytearray(len(text))
    found: list[Fact] = []
    for find in (_links, _emails, _dates, _prices, _phones, _codes, _values):
        for start, end, fact in find(text):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(fact)
    return tuple(found)


def normal_number(words: str) -> str:
    """Write a number without grouping and with a point: `15.000`, `15,000` and `15 000` become `15000`."""
    bare = words.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if re.fullmatch(r"\d{1,3}(?:[.,' ]\d{3})+", bare):
        return re.sub(r"\D", "", bare)
    if re.fullmatch(r"\d{1,3}(?:[.,' ]\d{3})+[.,]\d+", bare):
        whole, part = bare[: bare.rindex(bare[-1 - len(re.split(r"[.,]", bare)[-1])])], re.split(r"[.,]", bare)[-1]
        return f"{re.sub(r'[^0-9]', '', whole)}.{part}"
    plain = bare.replace(",", ".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def unit_of(words: str) -> str:
    """Normal form of the unit that words are, such as `bar` of "bars"; empty where they are none."""
    return _UNITS.get(words.casefold(), "")


_Found = Iterator[tuple[int, int, Fact]]


def _links(text: str) -> _Found:
    for one in _LINK.finditer(text):
        yield one.start(), one.end(), Fact("link", one.group(), "", one.group())


def _emails(text: str) -> _Found:
    for one in _EMAIL.finditer(text):
        yield one.start(), one.end(), Fact("email", one.group().casefold(), "", one.group())


def _phones(text: str) -> _Found:
    for one in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", one.group())
        if 7 <= len(digits) <= 15:
            yield one.start(), one.end(), Fact("phone", digits, "", one.group())


def _dates(text: str) -> _Found:
    for one in _ISO_DATE.finditer(text):
        yield one.start(), one.end(), Fact("date", one.group(), "", one.group())
    for one in _DOTTED_DATE.finditer(text):
        yield one.start(), one.end(), Fact("date", f"{one[3]}-{int(one[2]):02}-{int(one[1]):02}", "", one.group())
    for one in _WORDED_DATE.finditer(text):
        month = _MONTHS[(one["month"] or one["month2"]).casefold()]
        day = int(one["day"] or one["day2"])
        yield one.start(), one.end(), Fact("date", f"{one['year']}-{month:02}-{day:02}", "", one.group())


def _prices(text: str) -> _Found:
    for one in _PRICE.finditer(text):
        amount = normal_number(one["amount"] or one["amount2"])
        currency = (one["before"] or one["after"]).casefold()
        yield one.start(), one.end(), Fact("price", amount, _currency(currency), one.group())


def _currency(words: str) -> str:
    for sign, names in {
        "eur": ("€", "eur"),
        "gbp": ("£", "gbp", "pound", "livre", "sterlin", "libra"),
        "usd": ("$", "usd", "dollar", "dólar", "dolar"),
        "chf": ("chf", "franc"),
    }.items():
        if words.startswith(names):
            return sign
    return words


def _codes(text: str) -> _Found:
    for one in _CODE.finditer(text):
        words = one.group()
        bare = re.fullmatch(r"(\d+(?:[.,]\d+)?)([A-Za-z]+)", words)
        if bare and bare[2].casefold() in _UNITS:
            continue
        if len(words) >= 2:
            yield one.start(), one.end(), Fact("code", words.upper(), "", words)


def _values(text: str) -> _Found:
    for one in _VALUE.finditer(text):
        own = _UNITS.get((one["unit"] or "").casefold(), "")
        unit = own or _unit_behind(text, one.end("number"))
        yield (
            one.start(),
            one.end("unit") if own else one.end("number"),
            Fact("number", normal_number(one["number"]), unit, one.group() if own else one["number"]),
        )


def _unit_behind(text: str, end: int) -> str:
    """The unit of the range that begins with a number that ends here; empty where none does."""
    for _ in range(_MOST_IN_RANGE):
        joined = _UP_TO.match(text, end)
        further = _VALUE.match(text, joined.end()) if joined else None
        if further is None:
            break
        if unit := _UNITS.get((further["unit"] or "").casefold(), ""):
            return unit
        end = further.end("number")
    return ""
