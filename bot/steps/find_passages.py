"""Third step: what the brand's documents say."""

from dataclasses import replace
from functools import partial

from bot.follow_up import search_request
from bot.lexicon import LexiconShelf
from bot.search_text import is_word, of_any_vehicle, of_codes, of_warning_lamps, searched_text
from bot.turn_state import Evidence, TurnState
from knowledge_base.errors import NothingPublished
from knowledge_base.retriever import Found, Retriever

# A best cosine below it is no good find in the customer's own language (MiniLM, the sample group's golden questions).
GOOD_COSINE = 0.45
_CLEARLY_NEARER = 0.1


def find_passages(
    state: TurnState, *, retriever: Retriever, lexicons: LexiconShelf, limit: int, as_typed: bool = True
) -> TurnState:
    """Search the brand's live release, in the customer's language first, then in all.

    Args:
        state: with the text to search for.
        retriever: searches one brand.
        lexicons: how the brand's documents call things.
        limit: how many passages are looked at.
        as_typed: whether slips of the finger may stand in the text; not where it was put right or translated.
    """
    if state.wish is not None:
        return state
    brand_id = state.profile.id
    request = search_request(state.text, state.language, state.turns, state.profile)
    asked = request.text if request.earlier is not None else state.search_text
    try:
        if as_typed and request.earlier is None:
            asked = retriever.spelled(brand_id, asked, state.language, partial(is_word, code=state.language))
            asked = of_any_vehicle(asked, state.language, lexicons.live(brand_id))
            asked = of_codes(of_warning_lamps(asked, state.language), lexicons.live(brand_id))
            state = replace(state, search_text=asked)
        text = searched_text(asked, state.language, lexicons.live(brand_id))
    except NothingPublished:
        return state

    def find(language: str | None) -> Found:
        return retriever.find(
            brand_id,
            text,
            vehicle=state.vehicle,
            language=language,
            on=state.on,
            limit=limit,
            earlier=request.earlier,
        )

    try:
        found = find(state.language)
        if _is_good(found) or (
            found.hits
            and request.earlier is None
            # A search in all languages could find nothing nearer.
            and not _is_nearer(retriever.highest_cosine(brand_id, text, vehicle=state.vehicle, on=state.on), found)
        ):
            return replace(state, evidence=Evidence(found.release_id, found.hits, state.language))
        wider = find(None)
    except NothingPublished:
        return state
    # Both come from one release, or only the later one counts: a question never mixes two.
    if found.hits and found.release_id == wider.release_id and not _is_better(wider, found):
        return replace(state, evidence=Evidence(found.release_id, found.hits, state.language))
    return replace(state, evidence=Evidence(wider.release_id, wider.hits, None))


def _is_good(found: Found) -> bool:
    return any(hit.cosine >= GOOD_COSINE or hit.keyword >= 8 for hit in found.hits)


def _is_better(wider: Found, found: Found) -> bool:
    return _is_nearer(max((hit.cosine for hit in wider.hits), default=0), found)


def _is_nearer(cosine: float, found: Found) -> bool:
    return cosine > max((hit.cosine for hit in found.hits), default=0) + _CLEARLY_NEARER
