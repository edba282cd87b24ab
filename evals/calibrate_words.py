"""Fit when words speak for an answer in another language than the embedder's; writes bot/calibration.yaml.

    python -m evals.calibrate_words GROUP --harmless MESSAGES [--write]

The embedder that ships knows English, and in other languages finds something near to every message. The golden
questions of a group, where the words are among the best passages, are told from what customers type about matters of
which its documents say little: MESSAGES, YAML with a list for each language, of which most have no answer there. So
many of the golden questions may be lost as `_LOST` says.
"""

import argparse
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from random import Random

import numpy as np
import yaml

from bot.answerability import LOOKED_AT, WORD_SIGN_NAMES, calibration, word_signs
from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.lexicon import LexiconShelf
from bot.ranking import asked_question, rank_hits
from bot.settings import BotSettings
from brands import VehicleContext, load_group
from evals.calibrate_ranking import Array, descend, holds, write_calibration
from evals.decided_state import decided_state
from evals.golden_file import load_golden
from evals.measuring_process import DATA_FOLDER
from knowledge_base.bootstrap import build_knowledge_base

_ENGLISH = "en"
_MESSAGES_A_LANGUAGE = 90
_LOST = 0.06
_PENALTY, _STEPS, _RATE = 0.02, 3000, 0.02


def read_signs(group_folder: Path, harmless: Path) -> tuple[Array, Array]:
    """The signs of every question and message that would be answered, and whether the answer is right.

    Args:
        group_folder: a group with golden questions, ingested.
        harmless: messages by language.

    Returns:
        Arrays of shape (examples, signs) and (examples,).
    """
    group = load_group(group_folder)
    knowledge_base = build_knowledge_base(group_folder / DATA_FOLDER, glossaries=group.glossaries)
    assistant = build_assistant(group, knowledge_base, BotSettings(model=None))
    lexicons, messages = LexiconShelf(knowledge_base.releases), yaml.safe_load(harmless.read_text(encoding="utf-8"))
    rows: list[tuple[float, ...]] = []
    right: list[float] = []
    for brand_id, profile in group.brands.items():
        golden = load_golden(group.brand_folder(brand_id) / "golden_questions.yaml")
        for one in golden.questions:
            vehicle = profile.vehicle(one.model, one.model_year, one.market)
            found = _signs(assistant, lexicons, brand_id, one.question, one.language, vehicle, one.words)
            if found is not None and found[1]:
                rows.append(found[0])
                right.append(1.0)
        for language in profile.languages:
            said = [str(text) for text in messages.get(language, ())]
            for text in Random(brand_id).sample(said, min(len(said), _MESSAGES_A_LANGUAGE)):  # noqa: S311 - no secret
                found = _signs(assistant, lexicons, brand_id, text, language, VehicleContext(), ())
                if found is not None:
                    rows.append(found[0])
                    right.append(0.0)
    return np.array(rows), np.array(right)


def _signs(
    assistant: Assistant,
    lexicons: LexiconShelf,
    brand_id: str,
    text: str,
    language: str | None,
    vehicle: VehicleContext,
    words: tuple[str, ...],
) -> tuple[tuple[float, ...], bool] | None:
    """What words say of an answer in another language than English, and whether it has some; None for any other."""
    state = decided_state(assistant, brand_id, text, vehicle=vehicle, language=language)
    decision, evidence = state.decision, state.evidence
    if decision is None or evidence is None or decision.kind != "answer" or not evidence.hits:
        return None
    if _ENGLISH in (state.search_language, state.language):
        return None
    lexicon = lexicons.of(brand_id, evidence.release_id)
    asked = asked_question(state.search_text, state.language, state.profile)
    ranked = rank_hits(asked, evidence.hits, lexicon, state.vehicle, calibration().passage_weights)
    has_words = any(holds(one.hit.passage, words) for one in ranked[:LOOKED_AT])
    return astuple(word_signs(asked, ranked, lexicon)), has_words


def fit(rows: Array, right: Array) -> dict[str, float]:
    """Logistic regression, both kinds weighing the same, with the constant that loses so many of the right ones.

    Args:
        rows: array of shape (examples, signs).
        right: array of shape (examples,).
    """
    weight = np.where(right > 0, 0.5 / right.sum(), 0.5 / (1 - right).sum())
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])

    def gradient(at: Array) -> Array:
        wrong = weight * (1 / (1 + np.exp(-scaled @ at)) - right)
        slope: Array = scaled.T @ wrong + _PENALTY * np.append(at[:-1], 0) / len(at)
        return slope

    weights = descend(gradient, np.zeros(scaled.shape[1]), _STEPS, _RATE)[:-1] / spread
    constant = -float(np.quantile((rows @ weights)[right > 0], _LOST))
    return {**dict(zip(WORD_SIGN_NAMES, map(float, weights), strict=True)), "constant": constant}


def main() -> None:
    """Fit, tell what it does, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", type=Path)
    parser.add_argument("--harmless", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    rows, right = read_signs(wanted.group, wanted.harmless)
    found = {name: round(value, 3) for name, value in fit(rows, right).items()}
    told = rows @ np.array([found[name] for name in WORD_SIGN_NAMES]) + found["constant"] >= 0
    for line in _report(told, right):
        print(line)  # noqa: T201
    print(found)  # noqa: T201
    if wanted.write:
        write_calibration({"word_weights": found})


def _report(told: Array, right: Array) -> Iterator[str]:
    yield f"golden questions answered: {told[right > 0].mean():.3f} of {int(right.sum())}"
    yield f"harmless messages answered all the same: {told[right == 0].mean():.3f} of {int((1 - right).sum())}"


if __name__ == "__main__":
    main()
