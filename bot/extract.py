"""Which parts of a passage answer a question: sentences, a whole procedure, or a table's rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts import facts_of
from bot.language_data import content_stems, plain
from bot.lexicon import Lexicon, passage_stems
from bot.sentences import Part, has_steps, parts_of
from knowledge_base.passage import Passage

# A part is taken along when it matches the question at least so well compared with the best one.
NEARLY_AS_GOOD = 0.6
# A table of at most so many rows stays whole unless one row clearly answers.
SMALL_TABLE_ROWS = 8
# From this share of the question's topic words a row is said to answer it.
CLEAR_ROW = 0.3
# A short passage is quoted whole: nothing is won by cutting it.
SHORT_WORDS = 45

_WANTED_FACT = {
    "number": re.compile(
        r"\b(how (much|many|long|far|fast|high|deep|heavy|big|tall|wide|often|old|hot|cold|tight|large|strong)|what (pressure|size|speed|weight|torque|capacity|volume|distance|temperature|voltage|percentage)"
        r"|wie (viel\w*|lange?|hoch|weit|schnell|tief|schwer|gross|oft|alt|stark|fest)|wieviel\w*|combien|quell?e? (pression|poids|couple|vitesse|taille|capacite|hauteur|distance|quantite|duree)|quanto|quanta|quanti|quante|che (pressione|peso|coppia)|cuant[oa]s?|que (presion|peso|par))\b"
    ),
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a passage that is quoted letter for letter.

    Args:
        passage: where it stands.
        start: where it begins in the passage's text.
        end: where it ends.
        heading: header lines of its table, which are shown above it.
    """

    passage: Passage
    start: int
    end: int
    heading: str = ""

    @property
    def words(self) -> str:
        """The quoted words."""
        return self.passage.text[self.start : self.end]

    @property
    def shown(self) -> str:
        """What the customer reads."""
        return f"{self.heading}{self.words}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    stems: frozenset[str]
    lexicon: Lexicon
    number: bool

    def score(self, text: str, passage: Passage) -> float:
        found = frozenset(content_stems(text, passage.scope.language))
        score = self.lexicon.share(self.stems, found)
        if self.number and any(fact.kind in {"number", "price", "date"} for fact in facts_of(text)):
            score += 0.25
        return score


def extract(passage: Passage, question: str, code: str, lexicon: Lexicon, limit_words: int) -> tuple[Quote, ...]:
    """The parts of a passage that answer a question, in reading order.

    FAQ answers and procedures stay whole; of a table the rows that match are taken; of running text the best
    sentences, with what stands between them.

    Args:
        passage: where the answer stands.
        question: the question, with its topic.
        code: language of the question.
        lexicon: how rare words are.
        limit_words: how long an extract of running text may be.
    """
    text = passage.text
    parts = tuple(part for part in parts_of(text) if part.kind != "heading")
    body = tuple(part for part in parts if part.kind != "warning")
    if passage.kind == "faq" or not body or has_steps(parts) or passage.kind == "warning":
        return (Quote(passage, 0, len(text)),)
    stems = frozenset(content_stems(question, code))
    heading = frozenset(content_stems(" ".join(passage.heading_path), passage.scope.language))
    # What the heading says already tells nothing of where in the passage the answer stands.
    telling = stems - heading or stems
    wanted = _Wanted(telling, lexicon, bool(_WANTED_FACT["number"].search(plain(question))))
    rows = tuple(part for part in body if part.kind == "row")
    if not rows and len(text.split()) <= SHORT_WORDS:
        return (Quote(passage, body[0].start, body[-1].end),)
    scores = {part: wanted.score(part.of(text), passage) for part in body if part.kind != "table_head"}
    best = max(scores, key=lambda part: (scores[part], -part.start))
    sentences = tuple(part for part in body if part.kind in {"sentence", "bullet", "step"})
    if rows and (best.kind == "row" or max((scores[one] for one in sentences), default=0) < CLEAR_ROW):
        return _table_quotes(passage, body, rows, scores)
    return _sentence_quotes(passage, sentences, scores, best, limit_words)


def warnings_for(passage: Passage, quotes: Sequence[Quote]) -> tuple[str, ...]:
    """The warnings that go with an extract and do not stand in it yet.

    Those of a procedure always go along; those of other texts when they speak of what was quoted.
    """
    shown = "\n".join(quote.shown for quote in quotes)
    procedure = has_steps(parts_of(passage.text))
    quoted = set(content_stems(shown, passage.scope.language))
    found = []
    for warning in passage.warnings:
        if squeezed(warning) in squeezed(shown):
            continue
        about = set(content_stems(warning, passage.scope.language))
        if procedure or len(about & quoted) >= 2:
            found.append(warning)
    return tuple(found)


def squeezed(text: str) -> str:
    """A text with Markdown marks and repeated white space left out, to compare wordings."""
    return " ".join(re.sub(r"[*_>#|`]", " ", text).split())


def coverage(question: str, code: str, passage: Passage, lexicon: Lexicon) -> float:
    """Share of the question's topic words that a passage has, weighted by how rare they are."""
    return lexicon.share(content_stems(question, code), passage_stems(passage))


def _table_quotes(
    passage: Passage, body: Sequence[Part], rows: Sequence[Part], scores: dict[Part, float]
) -> tuple[Quote, ...]:
    text = passage.text
    best = max(scores[row] for row in rows)
    heads = [part for part in body if part.kind == "table_head" and part.start < rows[0].start]
    begin = heads[-1].start if heads else rows[0].start
    if best < CLEAR_ROW and len(rows) <= 3 * SMALL_TABLE_ROWS:
        return (Quote(passage, begin, rows[-1].end),)
    chosen = (
        [row for row in rows if scores[row] >= NEARLY_AS_GOOD * best] if best > 0 else list(rows[:SMALL_TABLE_ROWS])
    )
    if len(chosen) == len(rows):
        return (Quote(passage, begin, rows[-1].end),)
    heading = text[begin : rows[0].start] if heads else ""
    quotes: list[Quote] = []
    for row in chosen[:SMALL_TABLE_ROWS]:
        if quotes and not text[quotes[-1].end : row.start].strip():
            quotes[-1] = Quote(passage, quotes[-1].start, row.end, quotes[-1].heading)
        else:
            quotes.append(Quote(passage, row.start, row.end, heading if not quotes else ""))
    return tuple(quotes)


def _sentence_quotes(
    passage: Passage, sentences: Sequence[Part], scores: dict[Part, float], best: Part, limit_words: int
) -> tuple[Quote, ...]:
    text = passage.text
    if best not in sentences:
        best = max(sentences, key=lambda part: (scores[part], -part.start))
    chosen = {best}
    used = len(best.of(text).split())
    for part in sorted(sentences, key=lambda one: (-scores[one], abs(one.start - best.start))):
        length = len(part.of(text).split())
        if part not in chosen and scores[part] >= NEARLY_AS_GOOD * scores[best] > 0 and used + length <= limit_words:
            chosen.add(part)
            used += length
    places = sorted(sentences.index(part) for part in chosen)
    # One sentence left out between two that are quoted would only break the sense.
    filled = [
        place for place in range(places[0], places[-1] + 1) if place in places or {place - 1, place + 1} <= set(places)
    ]
    quotes: list[Quote] = []
    for place in filled:
        part = sentences[place]
        if quotes and place - 1 in filled:
            quotes[-1] = Quote(passage, quotes[-1].start, part.end)
        else:
            quotes.append(Quote(passage, part.start, part.end))
    return tuple(quotes)
