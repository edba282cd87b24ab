"""Which of the sentences that a check took out would have leaked something, and what."""

import re
from collections.abc import Mapping

# What a reason of the checks ends with, by the kind of leak that it kept in.
_REASONS = {
    "link": re.compile(r"(is not one of the brand's|it leads to another place)$"),
    "contact": re.compile(r"stands in no passage and is no contact of the brand$"),
    "commitment": re.compile(r"(a commitment that is not in a document's own words|, of a rule or right)$"),
    "passage": re.compile(r"the quotation does not stand in its passage$"),
    "instructions": re.compile(r"the rules it was given$"),
}
LEAKS = ("brand", *_REASONS)


def leak_in(removed: str, brand_id: str, names: Mapping[str, str]) -> str | None:
    """What a sentence would have leaked: `brand` where it names another brand of the group, else by its reason.

    Args:
        removed: a sentence that was taken out, with the reason, as replies record it.
        brand_id: the brand that speaks.
        names: of all brands of the group, by id.

    Returns:
        One of `LEAKS`; None where it was taken out for something else, such as a number that no passage has.
    """
    sentence, _, reason = removed.rpartition(": ")
    own = names.get(brand_id, "")
    others = [one for name, one in names.items() if name != brand_id and one.casefold() not in own.casefold()]
    if any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", sentence, re.IGNORECASE) for one in others if one):
        return "brand"
    return next((kind for kind, pattern in _REASONS.items() if pattern.search(reason)), None)
