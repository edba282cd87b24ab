"""The messages that a language model gets: rules, conversation, passages and question.

What customers and documents say is joined to them as it is and never read as a template, so that braces and quotes in
it mean nothing. Each passage stands between marks that hold a random word, which nobody who wrote it could know.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from math import ceil
from secrets import token_hex
from typing import TYPE_CHECKING

from bot.conversation import Turn
from bot.errors import ModelRefused
from bot.turn_state import TurnState
from brands import BrandProfile
from knowledge_base.passage import Passage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

# No tokenizer fits every model. Three bytes a token is more than English (4.2), German (3.6) or Chinese (3.3) take with
# the tokenizers of GPT, Llama and Qwen, so that the window is not overrun.
BYTES_A_TOKEN = 3
# What a chat template puts around a message.
TOKENS_A_MESSAGE = 8
# The conversation takes at most this share of what the rules and the question leave.
HISTORY_SHARE = 0.25


def build_messages(
    state: TurnState, passages: Sequence[Passage], budget_tokens: int
) -> tuple[list["BaseMessage"], tuple[Passage, ...]]:
    """Write the messages for a question.

    Args:
        state: with the question, the conversation and the brand.
        passages: what the answer may rest on, best first.
        budget_tokens: how long all messages may be together.

    Returns:
        The messages, and the passages that stand in them; the first is number 1.

    Raises:
        ModelRefused: not even the question with one passage fits.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    rules = _rules(state.profile)
    token = token_hex(4)
    question = _question_block(state, token)
    left = budget_tokens - count_tokens(rules) - count_tokens(question)
    history = _history(state.turns, int(left * HISTORY_SHARE))
    left -= sum(count_tokens(str(one.content)) for one in history)
    blocks: list[str] = []
    for passage in passages:
        block = _passage_block(len(blocks) + 1, passage, token)
        left -= count_tokens(block)
        if left < 0:
            break
        blocks.append(block)
    if not blocks:
        raise ModelRefused(
            "question and passage do not fit the model's window; raise MARQUE_BOT_MODEL_CONTEXT_TOKENS",
            took_tokens=False,
        )
    content = "\n\n".join((*blocks, question))
    return [SystemMessage(rules), *history, HumanMessage(content)], tuple(passages[: len(blocks)])


def count_tokens(text: str) -> int:
    """How many tokens a text takes in a message of its own, rather too many than too few."""
    return ceil(len(text.encode()) / BYTES_A_TOKEN) + TOKENS_A_MESSAGE


@cache
def _answer_rules() -> str:
    return files("bot.prompts").joinpath("answer.md").read_text(encoding="utf-8")


def _rules(profile: BrandProfile) -> str:
    voice = f"The brand is {profile.name}; you are {profile.voice.assistant_name}. Its tone: {profile.voice.tone}."
    return f"{_answer_rules()}\n{voice}"


def _passage_block(number: int, passage: Passage, token: str) -> str:
    head = " > ".join((passage.title, *passage.heading_path))
    page = f", page {passage.page}" if passage.page else ""
    parts = (f"<passage {number} {token}>", head + page, *passage.warnings, passage.question, passage.text)
    # A warning that stands in the text already is not told twice.
    told = [one for one in parts if one and (one == passage.text or one not in passage.text)]
    return "\n".join((*told, f"</passage {number} {token}>"))


def _question_block(state: TurnState, token: str) -> str:
    vehicle = state.vehicle
    known = [str(one) for one in (vehicle.model, vehicle.model_year, vehicle.market) if one]
    about = f"The customer's vehicle: {', '.join(known)}.\n" if known else ""
    return f"{about}Language of the answer: {state.language}.\n<question {token}>\n{state.text}\n</question {token}>"


def _history(turns: Sequence[Turn], budget_tokens: int) -> list["BaseMessage"]:
    from langchain_core.messages import AIMessage, HumanMessage

    kept: list[tuple[bool, str]] = []
    for turn in reversed(turns):
        budget_tokens -= count_tokens(turn.text)
        if budget_tokens < 0:
            break
        by_customer = turn.role == "customer"
        # Many chat templates want the two to take turns.
        if kept and kept[-1][0] == by_customer:
            kept[-1] = (by_customer, f"{turn.text}\n\n{kept[-1][1]}")
        else:
            kept.append((by_customer, turn.text))
    kept.reverse()
    if kept and not kept[0][0]:
        kept = kept[1:]
    if kept and kept[-1][0]:
        kept = kept[:-1]
    return [HumanMessage(text) if by_customer else AIMessage(text) for by_customer, text in kept]
