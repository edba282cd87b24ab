"""Personal data in a customer's message, replaced by typed placeholders before anything else sees it.

Found are e-mail addresses, phone numbers, IBANs, payment cards, vehicle identification numbers, licence plates, social
security and driving licence numbers, IP addresses and postal addresses. Names of persons are not found;
`docs/privacy.md` says so.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.personal_address import find_addresses

PLACEHOLDER = re.compile(r"\[(?:e-mail|phone|IBAN|card|VIN|plate|national id|licence|IP|address) \d+\]")

# Begins where a word does: looked for at each letter, a long word would take the square of its length.
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+'-])[A-Za-z0-9._%+'-]+\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_DIGITS = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){11,18}(?![\d])")
_VIN = re.compile(r"(?<![A-Za-z0-9])[A-HJ-NPR-Za-hj-npr-z0-9]{17}(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_UK_PLATE = re.compile(r"\b[A-Z]{2}[0-9]{2} [A-HJ-PR-Z]{3}\b")
_PLATE_CUE = re.compile(
    r"(?i:\b(?:(?:number|licen[cs]e|registration|reg)[ .]?(?:plate|number|no\.?)?|plates?|kennzeichen"
    r"|plaque(?: d'immatriculation)?|immatriculation|immatricul[ée]e?|targa(?:ta)?|matr[ií]cula|placa)\b"
    r"(?:\s*(?:is|ist|lautet|est|[èe]|es|[:#=]))?\s*)"
    r"(?P<plate>(?=[A-ZÄÖÜ0-9 -]*\d)(?=[A-ZÄÖÜ0-9 -]*[A-ZÄÖÜ])[A-ZÄÖÜ0-9]{1,4}(?:[ -]?[A-ZÄÖÜ0-9]{1,4}){1,3})\b",
)
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d|\d)")
_LICENCE = re.compile(
    r"(?i:driv(?:er|ing)(?:'?s)? licen[cs]e(?: number| no\.?)?|f[üu]hrerschein(?:nummer)?|permis de conduire|patente"
    r"(?: di guida)?|carnet de conducir)(?: is| ist| est| è| es|:)? ?(?P<number>(?=[A-Z0-9-]*\d{4})[A-Z0-9-]{6,18})\b"
)
# Said before a number that no numbering plan knows, or that lacks its area code.
_PHONE_CUES = (
    r"call(?: me| us| back)?(?: on| at| under)?|(?:tele)?phone(?: number)?|cell(?:phone)?|mobile(?: number)?|tel\.?",
    r"sms|whatsapp|text me(?: at| on)?|reach (?:me|us) (?:at|on)|answering at|messages? to|registered(?: number)?",
    r"my number",
    r"telefon(?:nummer)?|handy(?:nummer)?|rufen sie (?:mich )?(?:unter|an)|t[ée]l[ée]phone|portable|rappelez-moi au",
    r"joindre au|telefono|cellulare|chiamatemi al|tel[ée]fono|m[óo]vil|ll[áa]menme al",
)
_PHONE_CUE = re.compile(
    rf"(?i:\b(?:{'|'.join(_PHONE_CUES)})(?: is| ist| est| è| es)?:? ?)"
    r"(?P<number>\+?\(?\d(?:[ ()./-]{0,2}\d){5,14})(?!\d)"
)

# ISO 3779 / 49 CFR 565.15: value of each letter and weight of each place for the check digit.
_VIN_VALUES = {letter: value for letters, value in (
    ("AJ", 1), ("BKS", 2), ("CLT", 3), ("DMU", 4), ("ENV", 5), ("FW", 6), ("GPX", 7), ("HY", 8), ("RZ", 9),
) for letter in letters}  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"


@dataclass(frozen=True, slots=True)
class Replaced:
    """One piece of personal data that was taken out; printing it does not show it.

    Args:
        placeholder: what stands in its place.
        kind: what it is.
        original: the words themselves.
    """

    placeholder: str
    kind: str
    original: str

    def __repr__(self) -> str:
        return f"Replaced({self.placeholder!r})"


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without the personal data that was found in it.

    Args:
        text: the text, with placeholders.
        replaced: what was taken out, in the order of the text.
    """

    text: str
    replaced: tuple[Replaced, ...]


def redact(text: str, regions: Sequence[str] = ()) -> Redacted:
    """Replace the personal data in a text by typed placeholders such as `[phone 1]`.

    Args:
        text: a customer's message.
        regions: markets whose national phone numbers are understood, as ISO 3166-1 alpha-2 codes.
    """
    taken: list[tuple[int, int, str]] = []
    for kind, find in _FINDERS:
        for start, found_end in find(text, regions):
            end = start + len(text[start:found_end].rstrip())
            if all(end <= other_start or start >= other_end for other_start, other_end, _ in taken):
                taken.append((start, end, kind))
    pieces: list[str] = []
    replaced: list[Replaced] = []
    numbers: dict[str, str] = {}
    at = 0
    for start, end, kind in sorted(taken):
        original = text[start:end]
        placeholder = numbers.setdefault(
            f"{kind}\x1f{original}", f"[{kind} {1 + sum(key.startswith(kind + chr(31)) for key in numbers)}]"
        )
        pieces += [text[at:start], placeholder]
        replaced.append(Replaced(placeholder, kind, original))
        at = end
    return Redacted("".join([*pieces, text[at:]]), tuple(replaced))


def vin_is_valid(vin: str) -> bool:
    """Whether a vehicle identification number has 17 allowed characters and the right check digit."""
    vin = vin.upper()
    if not _VIN.fullmatch(vin):
        return False
    total = sum(
        weight * (int(sign) if sign.isdigit() else _VIN_VALUES[sign])
        for sign, weight in zip(vin, _VIN_WEIGHTS, strict=True)
    )
    return vin[8] == "0123456789X"[total % 11]


def vin_model_year(vin: str) -> int | None:
    """The model year that the tenth place of a valid VIN tells, 2010 to 2039, or None."""
    code = vin.upper()[9:10]
    return 2010 + _VIN_YEARS.index(code) if vin_is_valid(vin) and code in _VIN_YEARS else None


def _matches(pattern: re.Pattern[str], accept: Callable[[str], bool] | None = None, group: str | int = 0) -> "_Finder":
    def find(text: str, _regions: Sequence[str]) -> Iterator[tuple[int, int]]:
        for found in pattern.finditer(text):
            if accept is None or accept(found.group(group)):
                yield found.span(group)

    return find


def _find_ibans(text: str, _regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    from stdnum import iban

    for found in _IBAN.finditer(text):
        piece = found.group()
        # The pattern may run on into the next words: cut from the end until the check digits hold.
        for end in range(len(piece), 14, -1):
            if end < len(piece) and piece[end].isalnum() and piece[end - 1].isalnum() and not piece[end].isspace():
                continue
            if iban.is_valid(piece[:end], check_country=False):
                yield found.start(), found.start() + end
                break


def _find_phones(text: str, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    if sum(letter.isdigit() for letter in text) < 7:
        return
    import phonenumbers

    for region in dict.fromkeys([one.upper() for one in regions] or ["GB", "US", "DE", "FR", "IT", "ES"]):
        for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            yield found.start, found.end


def _is_card(digits: str) -> bool:
    from stdnum import luhn

    bare = re.sub(r"\D", "", digits)
    return 12 <= len(bare) <= 19 and len(set(bare)) > 1 and luhn.is_valid(bare)


def _is_vin(text: str) -> bool:
    return sum(sign.isdigit() for sign in text) >= 3 and sum(sign.isalpha() for sign in text) >= 2


def _is_no_version(text: str) -> bool:
    # Software is numbered in the same way, with small figures.
    return any(int(part) > 31 for part in text.split("."))


_Finder = Callable[[str, Sequence[str]], Iterator[tuple[int, int]]]
# The surest first: what one has taken, the next leaves alone.
_FINDERS: tuple[tuple[str, _Finder], ...] = (
    ("e-mail", _matches(_EMAIL)),
    ("VIN", _matches(_VIN, _is_vin)),
    ("IBAN", _find_ibans),
    ("licence", _matches(_LICENCE, group="number")),
    ("card", _matches(_DIGITS, _is_card)),
    ("national id", _matches(_SSN)),
    ("plate", _matches(_PLATE_CUE, group="plate")),
    ("plate", _matches(_UK_PLATE)),
    ("IP", _matches(_IP, _is_no_version)),
    ("phone", _find_phones),
    ("phone", _matches(_PHONE_CUE, group="number")),
    ("address", find_addresses),
)
