"""Fifth step without a model: quote what answers, letter for letter, with its warnings."""

from collections.abc import Iterator

from bot.extract import extract, warnings_for
from bot.lexicon import LexiconShelf
from bot.overview import is_name
from bot.passage_analysis import analysis_of
from bot.passage_reading import PassageReader, reading_of
from bot.phrases import phrase
from bot.quote import Quote
from bot.ranking import asked_for_model, asked_question
from bot.reply import Citation
from bot.sentence_support import takes_back
from bot.turn_state import Block, TurnState
from knowledge_base.passage import Passage
from knowledge_base.retriever import Retriever


def compose_extract(
    state: TurnState,
    *,
    lexicons: LexiconShelf,
    retriever: Retriever,
    limit_words: int,
    reader: PassageReader | None = None,
) -> Iterator[Block]:
    """Write an answer of quotations only.

    Args:
        state: with a decision to answer.
        lexicons: how rare words are in the release that was searched.
        retriever: finds the rest of a procedure that was split.
        limit_words: how long an extract of running text may be.
        reader: sees where in a passage a fact stands; None leaves it to words.
    """
    if state.decision is None or state.evidence is None:
        return
    lexicon = lexicons.of(state.profile.id, state.evidence.release_id)
    asked = asked_question(state.search_text, state.search_language or state.language, state.profile)
    asked = asked_for_model(asked, state.profile, state.vehicle)
    told = ""
    if state.decision.passages[0].scope.language != state.language:
        yield Block(phrase("other_language", state.language, state.profile), "ours")
    for passage in state.decision.passages:
        source = _source(passage)
        if source != told:
            yield Block(phrase("lead_in", state.language, state.profile, title=source), "ours")
            told = source
        for whole in _whole_procedure(passage, state.profile.id, retriever):
            quotes = extract(whole, asked, lexicon, limit_words, reading_of(reader, asked, whole))
            yield from (_quote_block(quote) for quote in quotes)
            yield from (_warning_block(whole, warning) for warning in warnings_for(whole, quotes, asked))


def _source(passage: Passage) -> str:
    """The title of a passage's document, with its heading where what is quoted would say the opposite without it."""
    heading = passage.heading_path[-1] if passage.heading_path else ""
    is_told = is_name(heading) and takes_back(heading, passage.scope.language)
    return f"{passage.title}: {heading}" if is_told else passage.title


def _whole_procedure(passage: Passage, brand_id: str, retriever: Retriever) -> tuple[Passage, ...]:
    if passage.kind == "faq" or not analysis_of(passage).is_procedure:
        return (passage,)
    beside = [
        one
        for one in retriever.neighbours(brand_id, passage)
        if one.heading_path == passage.heading_path and analysis_of(one).is_procedure
    ]
    return tuple(sorted({passage, *beside}, key=lambda one: one.position))


def _quote_block(quote: Quote) -> Block:
    # Rows of one table stay together, also when others between them are left out.
    joint = "\n" if quote.goes_on else "\n\n"
    return Block(quote.shown, "quote", (cite(quote.passage, quote.words, quote.start),), joint, quote.passage)


def _warning_block(passage: Passage, warning: str) -> Block:
    text = warning if warning.lstrip().startswith(">") else "> " + warning.replace("\n", "\n> ")
    citations = (cite(passage, warning),) if warning in passage.text else ()
    return Block(text, "quote", citations, "\n\n", passage)


def cite(passage: Passage, quote: str, start: int = 0) -> Citation:
    """The citation of words that stand in a passage, at or after a place in it."""
    return Citation(
        document=passage.document_id,
        title=passage.title,
        heading=" > ".join(passage.heading_path),
        page=passage.page_of(quote, start),
        quote=quote,
        passage=passage.passage_id,
    )
