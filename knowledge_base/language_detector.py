"""Which language a text is in."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector


@cache
def detector_of(codes: tuple[str, ...]) -> "LanguageDetector | None":
    """What tells some languages apart; None where fewer than two of them are known.

    Args:
        codes: ISO 639-1 codes, sorted.
    """
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    known = [getattr(IsoCode639_1, code.upper(), None) for code in codes]
    found = [code for code in known if code is not None]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*found).build() if len(found) > 1 else None


def language_shares(text: str) -> dict[str, float]:
    """How likely a text of some length is in each language that is known, 0 to 1.

    Args:
        text: some sentences; of a few words little can be told.

    Returns:
        Share by ISO 639-1 code, the most likely first.
    """
    values = _every_language().compute_language_confidence_values(text)
    return {one.language.iso_code_639_1.name.lower(): one.value for one in values}


@cache
def _every_language() -> "LanguageDetector":
    from lingua import LanguageDetectorBuilder

    # Of a long text this mode tells as much, for 60 MB in place of a gigabyte.
    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()
