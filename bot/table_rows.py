"""Which rows of a table answer a question."""

from collections.abc import Mapping, Sequence

from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.passage_analysis import PassageAnalysis, analysis_of
from bot.ranking import Asked
from bot.sentences import Part
from bot.tables import cells_of, tables_of
from knowledge_base.passage import Passage

# A table of at most so many rows stays whole.
SMALL_TABLE_ROWS = 6
# Rows that are shown of a larger table.
MOST_ROWS = 8
# Rows with less of the question than so much of the best row's share answer something else.
_NEARLY_AS_GOOD = 0.6
# With a smaller share of the question in every row, only a name in its first cell tells which one is meant.
_NAMED = 0.1
_FEW_ROWS = 2


def answering_rows(passage: Passage, rows: Sequence[Part], topics: Mapping[Part, float], asked: Asked) -> list[Part]:
    """The rows that are shown of a table: all of a small one and of one in which no row is named.

    Args:
        passage: where the table stands.
        rows: its rows, the head left out.
        topics: share of the question that each row has, 0 to 1.
        asked: the question.
    """
    best = max(topics[row] for row in rows)
    if len(rows) <= SMALL_TABLE_ROWS or best <= 0:
        return list(rows)
    chosen = [
        row
        for row in rows
        if (topics[row] >= _NEARLY_AS_GOOD * best if best >= _NAMED else asked.topic & set(first_cell(passage, row)))
    ]
    # What names a row tells more than what else stands in one.
    sought = _sought_in_rows(passage, asked)
    chosen = [row for row in chosen if sought.intersection(first_cell(passage, row))] or chosen
    # "Oil and oil filter" is a row about oil, "automatic gearbox oil" one about the gearbox.
    chosen = [row for row in chosen if asked.topic.intersection(first_cell(passage, row)[:1])] or chosen
    is_told = best >= _NAMED or 0 < len(chosen) <= _FEW_ROWS
    return chosen[:MOST_ROWS] if is_told else list(rows)


def first_cell(passage: Passage, row: Part) -> tuple[str, ...]:
    """The stems of the first cell of a row, which names it; of another part, those of all of it."""
    return content_stems(row.of(passage.text).strip().strip("|").split("|")[0], passage.scope.language)


def names_row(passage: Passage, asked: Asked) -> bool:
    """Whether the first cell of a row has a topic word of the question that no heading and no head of a table has.

    Args:
        passage: where tables may stand.
        asked: the question.
    """
    sought = _sought_in_rows(passage, asked)
    rows = (part for part in analysis_of(passage).parts if part.kind == "row")
    return any(sought.intersection(first_cell(passage, row)) for row in rows)


def _sought_in_rows(passage: Passage, asked: Asked) -> frozenset[str]:
    """The topic words that neither the headings nor the head of a table have."""
    known = analysis_of(passage)
    return asked.topic - known.head_stems - known.column_stems


def named_columns(known: PassageAnalysis, row: Part, asked: Asked, lexicon: Lexicon) -> tuple[tuple[int, int], ...]:
    """Where the cells of a row lie whose column a question names best; none where its table's columns tell nothing.

    Args:
        known: the passage.
        row: a row of one of its tables; another part has no columns.
        asked: the question.
        lexicon: how rare words are.

    Returns:
        Beginning and end of each cell in the passage's text.
    """
    text = known.passage.text
    head = next((one.head for one in tables_of(known.parts) if row in one.rows), None)
    if head is None:
        return ()
    # The first column names the rows.
    names = [content_stems(text[start:end], known.passage.scope.language) for start, end in cells_of(text, head)[1:]]
    # Of a follow-up the last line names the column anew.
    last = frozenset(content_stems(asked.text.rsplit("\n", 1)[-1], asked.language)) & asked.topic
    for stems in (last, asked.topic):
        shares = [lexicon.share(stems, frozenset(name)) for name in names]
        if shares and max(shares) > min(shares):
            cells = cells_of(text, row)[1:]
            return tuple(cell for cell, share in zip(cells, shares, strict=False) if share == max(shares))
    return ()
