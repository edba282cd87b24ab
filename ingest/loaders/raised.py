"""Numbers that a document raises: an exponent, or the mark of a footnote."""

import re

_RAISED = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
_NUMBER = re.compile(r"[\s\d+\-−(),]*\d[\s\d+\-−(),]*", re.ASCII)


def raised(text: str) -> str:
    """A number in raised digits, so that `2.5` bar with the footnote 1 does not read `2.51`; any other text as it is.

    Args:
        text: what stands raised.
    """
    return text.translate(_RAISED) if _NUMBER.fullmatch(text) else text
