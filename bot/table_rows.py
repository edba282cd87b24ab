"""Which rows of a table answer a question."""

import re
from collections.abc import Mapping, Sequence

from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.passage_analysis import PassageAnalysis, analysis_of
from bot.ranking import Asked
from bot.sentences import Part
from bot.tables import cells_of, tables_of
from knowledge_base.passage import Passage

# A table of at most so many rows stays whole where none is called by its whole name,
SMALL_TABLE_ROWS = 6
# and one of so few in any case.
_TINY_TABLE_ROWS = 3
# Rows that are shown of a larger table.
MOST_ROWS = 8
# Rows with less of the question than so much of the best row's share answer something else.
_NEARLY_AS_GOOD = 0.6
# With a smaller share of the question in every row, only a name in its first cell tells which one is meant.
_NAMED = 0.1
_FEW_ROWS = 2
_CODE = re.compile(r"[a-z]{1,3}\d{1,4}")


def answering_rows(passage: Passage, rows: Sequence[Part], topics: Mapping[Part, float], asked: Asked) -> list[Part]:
    """The rows that are shown of a table: those that are called by a code or name, or all where none is.

    Args:
        passage: where the table stands.
        rows: its rows, the head left out.
        topics: share of the question that each row has, 0 to 1.
        asked: the question.
    """
    best = max(topics[row] for row in rows)
    if coded := [row for row in rows if not _codes(asked).isdisjoint(first_cell(passage, row))]:
        return coded
    if len(rows) <= SMALL_TABLE_ROWS or best <= 0:
        return _rows_named_in_full(passage, rows, asked) or list(rows)
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


def _rows_named_in_full(passage: Passage, rows: Sequence[Part], asked: Asked) -> list[Part]:
    """The rows that a question calls by their whole name, where it has no word of another row's name."""
    names = {row: frozenset(first_cell(passage, row)) for row in rows}
    # Of a follow-up the last line says what is asked.
    said = asked.topic.intersection(content_stems(asked.text.rsplit("\n", 1)[-1], asked.language))
    called = [row for row in rows if names[row] and names[row] <= said]
    told = frozenset[str]().union(*(names[row] for row in called))
    if len(rows) <= _TINY_TABLE_ROWS or any(not said.isdisjoint(names[row] - told) for row in rows):
        return []
    # "Front pads and discs" is not "Front pads".
    return [row for row in called if not any(names[row] < names[other] for other in called)]


def _codes(asked: Asked) -> frozenset[str]:
    """The topic words that are codes, such as "e07"; a row that is called so is the one that is asked for."""
    return frozenset(one for one in asked.topic if _CODE.fullmatch(one))


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
    """Where the cells of a row lie whose column a question names best, and none of another model.

    Args:
        known: the passage.
        row: a row of one of its tables; another part has no columns.
        asked: the question.
        lexicon: how rare words are.

    Returns:
        Beginning and end of each cell in the passage's text; none where its table's columns tell nothing.
    """
    text = known.passage.text
    head = next((one.head for one in tables_of(known.parts) if row in one.rows), None)
    if head is None:
        return ()
    code = known.passage.scope.language
    # The first column names the rows.
    names = [frozenset(content_stems(text[start:end], code)) for start, end in cells_of(text, head)[1:]]
    cells = list(zip(cells_of(text, row)[1:], names, strict=False))
    usable = [one for one in cells if not _is_of_another_model(one[1], asked, code)]
    # Of a follow-up the last line names the column anew.
    last = frozenset(content_stems(asked.text.rsplit("\n", 1)[-1], asked.language)) & asked.topic
    for stems in (last, asked.topic):
        shares = [lexicon.share(stems, name) for _, name in usable]
        if shares and max(shares) > min(shares):
            return tuple(cell for (cell, _), share in zip(usable, shares, strict=True) if share == max(shares))
    return tuple(cell for cell, _ in usable) if len(usable) < len(cells) else ()


def _is_of_another_model(name: frozenset[str], asked: Asked, code: str) -> bool:
    """Whether a column is called after a model that is not the customer's."""
    own = _likeness(name, asked.model, code)
    return any(_likeness(name, other, code) > own for other in asked.other_models)


def _likeness(name: frozenset[str], model: str, code: str) -> float:
    """How much of a model's name and of a column's are the same, which tells "Grove" from "Grove Sport"."""
    called = frozenset(content_stems(model, code))
    return len(called & name) / len(called | name) if called and called <= name else 0.0
