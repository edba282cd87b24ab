"""Finds the passages that answer a question: by meaning and by words, inside one brand's live release and scope."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from brands import Glossary, VehicleContext
from knowledge_base.cores import Turns, usable_cores
from knowledge_base.customer_words import CustomerWords
from knowledge_base.earlier_talk import EarlierTalk, Pull
from knowledge_base.embedder import Embedder, Vectors
from knowledge_base.errors import EmbedderMismatch
from knowledge_base.exact_search import best_rows
from knowledge_base.fusion import DenseWeight, Signs, evidence_of_words, fixed_weight, fuse_scores
from knowledge_base.keyword_scores import SCORED_WHOLE, KeywordScores
from knowledge_base.meaning import Meaning
from knowledge_base.open_release import OpenRelease
from knowledge_base.passage import Passage
from knowledge_base.release_store import ReleaseStore

# How many rows each of the two searches contributes before they are fused.
_CANDIDATES = 100
# How many of the nearest passages tell whether a question meets questions; most of them are read for the hits anyway.
_NEAREST = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Args:
        passage: the passage.
        score: the fused score, 0 to 1 (see `fusion`).
        cosine: cosine similarity of question and passage; with what was said before, where the question leans on it.
        keyword: BM25 of the passage for the question; with what was said before, where the question leans on it.
    """

    passage: Passage
    score: float
    cosine: float
    keyword: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Args:
        release_id: the release that was searched.
        hits: best first.
    """

    release_id: str
    hits: tuple[Hit, ...]


class Retriever:
    """Searches the live releases.

    Args:
        releases: where the releases are.
        embedder: what made their vectors.
        dense_weight: the share of similarity of meaning, by the signs of a question and language.
        glossaries: customers' words for what the documents call otherwise, by brand id.
    """

    def __init__(
        self,
        releases: ReleaseStore,
        embedder: Embedder,
        dense_weight: DenseWeight | None = None,
        glossaries: Mapping[str, Glossary] | None = None,
    ) -> None:
        self._releases = releases
        self._embedder = embedder
        self._meaning = Meaning(embedder)
        self._turns = Turns(usable_cores() + 1)
        self._beside = ThreadPoolExecutor(usable_cores(), "words")
        self._dense_weight = dense_weight or fixed_weight()
        self._words = {brand_id: CustomerWords(glossary) for brand_id, glossary in (glossaries or {}).items()}

    def find(
        self,
        brand_id: str,
        question: str,
        *,
        vehicle: VehicleContext,
        language: str | None = None,
        on: date | None = None,
        limit: int = 8,
        earlier: EarlierTalk | None = None,
    ) -> Found:
        """The passages that fit a question best, among those that may be shown.

        Args:
            brand_id: whose knowledge is searched.
            question: the question.
            vehicle: what is known of the customer's vehicle; passages of another one are never found.
            language: when given, only passages in this language are found.
            on: the day of the question; today if not given.
            limit: at most so many hits.
            earlier: what was said before; passages of its topic are preferred.

        Raises:
            NothingPublished: the brand has no live release.
            EmbedderMismatch: the release was built with another embedder.
            ReleaseDamaged: no intact release is left.
        """
        release = self._open(brand_id)
        admitted = release.admitted(vehicle, on or date.today(), language)
        if limit <= 0 or len(release.passages) == 0 or (admitted is not None and not admitted.any()):
            return Found(release.manifest.release_id, ())
        languages = release.passages.rows.languages if language is None else (language,)
        with self._turns.one():
            hits = self._search(brand_id, release, question, languages, admitted, limit, earlier)
        return Found(release.manifest.release_id, hits)

    def highest_cosine(self, brand_id: str, question: str, *, vehicle: VehicleContext, on: date | None = None) -> float:
        """How near the nearest passage in any language is: no hit of a search in all languages is nearer.

        Args:
            brand_id: whose knowledge is searched.
            question: the question, without earlier talk.
            vehicle: what is known of the customer's vehicle.
            on: the day of the question; today if not given.

        Returns:
            Cosine similarity; -1 where nothing may be shown.

        Raises:
            NothingPublished: the brand has no live release.
            EmbedderMismatch: the release was built with another embedder.
            ReleaseDamaged: no intact release is left.
        """
        release = self._open(brand_id)
        admitted = release.admitted(vehicle, on or date.today(), None)
        if len(release.passages) == 0 or (admitted is not None and not admitted.any()):
            return -1.0
        languages = release.passages.rows.languages
        with self._turns.one():
            words = self._in_words_of_documents(brand_id, release, question, languages)
            vector = self._meaning.of(words, release, languages)
            nearest = self._meaning.nearest(release, vector, admitted, 1)
            return float(self._meaning.cosines(release, vector, nearest).max(initial=-1.0))

    def _search(
        self,
        brand_id: str,
        release: OpenRelease,
        question: str,
        languages: tuple[str, ...],
        admitted: NDArray[np.bool_] | None,
        limit: int,
        earlier: EarlierTalk | None,
    ) -> tuple[Hit, ...]:
        question = self._in_words_of_documents(brand_id, release, question, languages)
        if len(release.passages) > SCORED_WHOLE:
            # The embedder lets go of the interpreter's lock, and the words of a large release take as long as it.
            words = self._beside.submit(_search_words, release, question, languages, admitted)
            vector = self._meaning.of(question, release, languages)
            keywords = words.result()
        else:
            vector = self._meaning.of(question, release, languages)
            keywords = release.keywords.find(question, languages, admitted)
        pull = None if earlier is None else self._pull(release, earlier, languages, admitted)
        rows = self._candidates(release, vector, keywords, pull, admitted, max(_CANDIDATES, 2 * limit))
        cosines = self._meaning.cosines(release, vector, rows)
        best = keywords.highest
        signs = Signs(evidence_of_words(best, question, len(release.passages)), _questions(release, rows, cosines))
        weights = self._weights(release, signs, rows)
        matches = keywords.of(rows)
        scores = fuse_scores(cosines, matches, best, weights)
        if pull is not None:
            scores = pull.applied(scores, self._meaning.cosines(release, pull.vector, rows), rows)
            if pull.leans:
                cosines = self._meaning.cosines(release, pull.together(vector), rows)
                matches = matches + pull.words.of(rows)
        ranked = best_rows(np.arange(len(rows)), scores, len(rows))
        chosen = _without_twins(release, rows, ranked.rows, limit)
        return tuple(
            Hit(
                passage=release.passages.passage(int(rows[at])),
                score=float(scores[at]),
                cosine=float(cosines[at]),
                keyword=float(matches[at]),
            )
            for at in chosen
        )

    def spelled(self, brand_id: str, question: str, language: str, is_word: Callable[[str], bool]) -> str:
        """A question with its slips of the finger put right by the words of a brand's documents.

        A word that the embedder reads as one token is a word, and no slip of another ("crane" of "crank").

        Args:
            brand_id: whose documents.
            question: the question.
            language: its language.
            is_word: whether a word is none that could be mistyped, although no document uses it.

        Raises:
            NothingPublished: the brand has no live release.
            EmbedderMismatch: the release was built with another embedder.
            ReleaseDamaged: no intact release is left.
        """
        words = self._words.get(brand_id)
        if words is not None and words.terms(question, (language,)):
            return question
        one_token = self._embedder.count_tokens("a")

        def stays(word: str) -> bool:
            return is_word(word) or self._embedder.count_tokens(word) <= one_token

        return self._open(brand_id).keywords.repair(question, (language,), stays)

    def passage(self, brand_id: str, passage_id: str) -> Passage | None:
        """A passage of the live release, or None when it does not hold it.

        Raises:
            NothingPublished: the brand has no live release.
        """
        release = self._releases.open_live(brand_id)
        row = release.passages.rows.row_of(passage_id)
        return None if row is None else release.passages.passage(row)

    def neighbours(self, brand_id: str, passage: Passage) -> tuple[Passage, ...]:
        """What stands beside a passage: same document and scope, under the same heading or the ones next to it.

        FAQ passages stand for themselves and have none.

        Returns:
            In reading order, without the passage itself.

        Raises:
            NothingPublished: the brand has no live release.
        """
        release = self._releases.open_live(brand_id)
        row = release.passages.rows.row_of(passage.passage_id)
        if row is None or passage.kind == "faq":
            return ()
        found = (release.passages.passage(int(one)) for one in release.passages.rows.beside(row))
        return tuple(sorted(found, key=lambda one: one.position))

    def warm(self, brand_id: str) -> None:
        """Do now what the first question of a brand would wait for.

        Raises:
            NothingPublished: the brand has no live release.
            EmbedderMismatch: the release was built with another embedder.
        """
        self._open(brand_id).keywords.warm()
        self.find(brand_id, "warm", vehicle=VehicleContext())

    def _in_words_of_documents(
        self, brand_id: str, release: OpenRelease, question: str, languages: tuple[str, ...]
    ) -> str:
        words = self._words.get(brand_id)
        if words is not None and (terms := words.terms(question, languages)):
            # A customer's word that the glossary knows is no slip of the finger.
            return f"{question} ({', '.join(terms)})"
        repaired = release.keywords.repair(question, languages)
        terms = words.terms(repaired, languages) if words is not None and repaired != question else ()
        return f"{repaired} ({', '.join(terms)})" if terms else repaired

    def _pull(
        self, release: OpenRelease, earlier: EarlierTalk, languages: tuple[str, ...], admitted: NDArray[np.bool_] | None
    ) -> Pull:
        return Pull(
            [self._meaning.of(one, release, languages) for one in earlier.customer],
            release.keywords.find("\n".join(earlier.customer), languages, admitted),
            release.keywords.find(earlier.bot, languages, admitted),
            earlier.leans,
        )

    def _candidates(
        self,
        release: OpenRelease,
        vector: Vectors,
        keywords: KeywordScores,
        pull: Pull | None,
        admitted: NDArray[np.bool_] | None,
        limit: int,
    ) -> NDArray[np.int64]:
        """The rows that may come first: the nearest ones and those with the best words, of now and of before."""
        direction = vector if pull is None else pull.direction(vector)
        rows = np.union1d(self._meaning.nearest(release, direction, admitted, limit), keywords.best(limit))
        return rows if pull is None else np.union1d(rows, pull.from_words.best(limit))

    def _weights(self, release: OpenRelease, signs: Signs, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        known = release.passages.rows
        by_scope = np.array([self._dense_weight(signs, scope.language) for scope in known.scopes], np.float32)
        weights: NDArray[np.float32] = by_scope[known.columns["scope"][rows]]
        return weights

    def _open(self, brand_id: str) -> OpenRelease:
        release = self._releases.open_live(brand_id)
        built_with = release.manifest.embedder_fingerprint
        if built_with != self._embedder.fingerprint:
            raise EmbedderMismatch(
                f"The live release of {brand_id} was built with the embedder {built_with!r}, but "
                f"{self._embedder.fingerprint!r} is configured; set the embedder back, or ingest and publish again"
            )
        return release


def _search_words(
    release: OpenRelease, question: str, languages: tuple[str, ...], admitted: NDArray[np.bool_] | None
) -> KeywordScores:
    """What the words of a question find, with the best rows chosen already."""
    keywords = release.keywords.find(question, languages, admitted)
    _ = keywords.highest
    return keywords


def _questions(release: OpenRelease, rows: NDArray[np.int64], cosines: NDArray[np.float32]) -> float:
    """The share of the nearest passages that hold questions."""
    nearest = rows[np.argsort(-cosines, kind="stable")[:_NEAREST]]
    return sum(release.passages.passage(int(row)).holds_questions for row in nearest) / max(1, len(nearest))


def _without_twins(release: OpenRelease, rows: NDArray[np.int64], ranked: NDArray[np.int64], limit: int) -> list[int]:
    """The best ones of different words; equal words of another scope stay, since they tell that nothing differs."""
    columns = release.passages.rows.columns
    seen: set[tuple[int, int]] = set()
    chosen: list[int] = []
    for at in ranked:
        place = columns[rows[at]]
        key = (int(place["text"]), int(place["scope"]))
        if key not in seen:
            seen.add(key)
            chosen.append(int(at))
            if len(chosen) == limit:
                break
    return chosen
