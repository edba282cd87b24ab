"""Finds names as whole words."""

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def whole_words(names: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern of any of some names: of "ridge" and "ridge xl" the longer one is found.

    Args:
        names: as they stand in the texts that are searched.
    """
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
