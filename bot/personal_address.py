"""Finds postal addresses in a message: by their street, by what leads up to them, and by their lines."""

import re
from collections.abc import Iterator, Sequence

_NAME = r"[^\W\d_][\w'’.-]*"
_STREETS = (
    # A number before an English street, as in 12 High Street, Flat 3.
    r"\b\d{1,5}[A-Za-z]?,? (?:[A-Z][\w'.-]+ ){1,3}(?<!Wheel )"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Square|Sq|Boulevard|Blvd|Terrace|Crescent|Gardens)"
    r"\b\.?",
    # A number after a street whose last part tells what it is: Hauptstraße 12, Magasinsgatan 7, Kiannonkatu 98.
    r"\b[^\W\d_]{3,}(?i:straße|strasse|str\.|straat|gatan|gata|gate|gade|vejen|vej|veien|vei|vägen|katu|kuja|utca|stræde"
    r"|braut|hove|laan|plein|kade|gracht|weg|gasse|allee|platz|damm|ufer|tie) \d{1,4} ?[a-z]?\b",
    rf"\b[A-ZÄÖÜ]{_NAME} (?:Stra(?:ß|ss)e|Str\.|Weg|Allee|Platz|utca|gate|tee|u\.) \d{{1,4}} ?[a-z]?\b",
    # A number before a French street.
    r"\b\d{1,4}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|[Aa]ll[ée]e|[Qq]uai) "
    r"(?:(?:de|du|des|la|le|les|l'|d')\s?)*[A-ZÀ-Ýa-z][\w'’-]+(?: (?:de |du |des |la )*[A-ZÀ-Ý][\w'’-]+)*",
    # A number after a street whose first word tells what it is: Via Roma 7, Calle Mayor 3, ul. Długa 5.
    r"\b(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Pp]iazzetta|[Cc]orso|[Vv]icolo|[Ss]trada|[Cc]alle|[Aa]venida|[Aa]vda\.?|[Pp]laza"
    r"|[Pp]aseo|[Rr]ua|ul\.|al\.|Postbox|Quadra) (?:[^\W\d_][\w'’.-]*,? ){0,4}?(?:n[.º°]? ?)?\d{1,5}\b",
)
_UNITS = (
    r"\b(?:[Aa]pt|[Ss]uite|[Ff]lat|[Ss]te)\b\.? ?#?\d+[A-Za-z]?\b",
    r"\b[Pp]\. ?[Oo]\. ?[Bb]ox \d+\b|\b(?:PSC|[Uu]nit) \d{3,5},? [Bb]ox \d+\b(?i:\s+[AFD]PO (?:AA|AE|AP) \d{5})?",
    r"\b(?i:[AFD]PO (?:AA|AE|AP) \d{5})\b",
    r"(?i:\b(?:zip|post(?:al)?[ -]?code|plz|code postal|cap|c[óo]digo postal)(?: code)?\b ?(?:is|ist|:)? ?)"
    r"(?P<code>(?=[A-Z0-9 -]*\d)[A-Z0-9]{2,6}(?:[ -][A-Z0-9]{2,4})?)\b",
)
_STREET = re.compile("|".join((*_STREETS, *_UNITS)))
# The words of a line of an address all begin large, but for small ones between them: nothing that asks or tells does.
_UPPER = "A-ZÀ-ÖØ-ÞĀĆČĎĐĒĘĚŁŃŇŌŘŚŠŞŤŪŮŹŻŽΑ-Ωά-ώΆ-Ώ"
_WORD = rf"(?:[{_UPPER}(][\w'’.)-]*|\d[\w-]*|de|del|la|di|da|do|nad|u|z|of|nan)"
_LINE = rf"\s*\n\s*,?[ \t]*{_WORD}(?:,? {_WORD}){{0,5}}(?![ \t]*[\w'’])"
_CUES = (
    r"lives? at|living at|address (?:of [^\n]{1,60}? )?is",
    r"(?:billing|shipping|home|delivery|postal|my|new) address(?: is|:)",
    r"return (?:it )?to|(?:ship|send|deliver)(?:ed)? (?:it )?to|residing at|drops? you off at|pick me up at|corner of",
    r"live in(?= \d)|wohne (?:in|an|am)|wohnhaft(?: in)?|(?:meine )?(?:adresse|anschrift)(?: ist|:)",
    r"j'habite(?: au| à)?",
    r"adresse est|abito (?:in|a)|indirizzo(?: è|:)|vivo en|direcci[óo]n(?: es|:)",
)
# What leads up to an address; what follows is one where a number stands early in it.
_CUE = re.compile(
    rf"(?i:\b(?:{'|'.join(_CUES)})\s+(?:the corner of )?)"
    rf"(?P<place>(?=[{_UPPER}\d])(?=(?:\S+\s+){{0,4}}\S*\d)[^\n?!;]{{3,90}}(?:{_LINE}){{0,5}})"
)
# Where the sentence goes on after an address.
_GOES_ON = re.compile(
    r"(?i)\s+(?:and (?:i|my|the|we)|but|in case|because|since|und (?:ich|mein)|et (?:je|ma|mon))\b|\. (?=I\b|My\b)"
)
_BLOCK = re.compile(
    rf"(?m)(?:^|(?<=: )|(?<=to ))[ \t]*(?P<place>\d{{1,5}} [{_UPPER}\d][^\n?!:]{{2,60}}(?:{_LINE}){{1,6}})"
)
_BEFORE = re.compile(r"(?<![\w.,])\d{3,5} \Z")
_AFTER = re.compile(
    rf"(?:,? ?\b(?:[Aa]pt|[Ss]uite|[Ff]lat)\b\.? ?\d+)+(?: {_WORD}){{0,3}}(?:{_LINE}){{0,5}}|(?:{_LINE}){{2,5}}"
)
_IS_BLOCK = re.compile(r"\b(?:[Aa]pt|[Ss]uite)\b|\d{4,}\s*\Z")


def find_addresses(text: str, _regions: Sequence[str] = ()) -> Iterator[tuple[int, int]]:
    """Where addresses stand in a text, the longest first.

    Args:
        text: a customer's message.
    """
    for found in _CUE.finditer(text):
        start, end = found.span("place")
        goes_on = _GOES_ON.search(text, start, end)
        yield start, _without_stop(text, start, goes_on.start() if goes_on else end)
    for found in _BLOCK.finditer(text):
        if _IS_BLOCK.search(found["place"]):
            yield found.span("place")
    for found in _STREET.finditer(text):
        yield found.span("code") if found["code"] else _whole(text, *found.span())


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """A street with the number before it, the flat, and the lines that follow."""
    before = _BEFORE.search(text, 0, start)
    after = _AFTER.match(text, end)
    return (before.start() if before else start), (after.end() if after else end)


def _without_stop(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in " \n.,":
        end -= 1
    return end
