"""What is searched for when a message continues a conversation, without a language model."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation import Turn
from bot.language_data import content_stems
from bot.personal_data import PLACEHOLDER
from bot.steps.understand_question import leans_on_earlier, tells_circumstance, vehicle_named, with_topic
from bot.vehicle_measures import in_measures
from brands import BrandProfile
from knowledge_base.earlier_talk import EarlierTalk

# Older messages are of other topics too often (docs/decisions/0018-evidence-and-follow-ups.md).
_MESSAGES = 3
# The topic of a reply stands at its begin, and every word costs time.
_REPLY_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is searched for.

    Args:
        text: the question.
        earlier: what was said before, where there was anything.
    """

    text: str
    earlier: EarlierTalk | None


def search_request(text: str, code: str, turns: Sequence[Turn], profile: BrandProfile) -> SearchRequest:
    """What is searched for when a message comes after others.

    A message with a topic of its own is searched as it is, and what was said before pulls passages of its topic up.
    "Yes please", "why?" and the answer to a question of ours have none: the question before is searched with them.

    Args:
        text: the message, personal data replaced.
        code: its language.
        turns: earlier turns, oldest first.
        profile: whose vehicles are no topic of their own.
    """
    said = [PLACEHOLDER.sub(" ", turn.text).strip() for turn in turns if turn.role == "customer"]
    asked = in_measures(PLACEHOLDER.sub(" ", text).strip(), code, profile, opening=not turns)
    if not said:
        return SearchRequest(asked, None)
    replies = [turn for turn in turns if turn.role != "customer"]
    named = vehicle_named(text, profile)
    leans = leans_on_earlier(text, code, tuple(turns), named)
    topics = set(content_stems(text, code)) - {named.model or "", str(named.model_year or "")}
    if leans and (not topics or turns[-1].kind == "clarify" or tells_circumstance(text, code)):
        asked = with_topic(asked, tuple(turns), code, profile)
    reply = PLACEHOLDER.sub(" ", replies[-1].text)[:_REPLY_CHARACTERS] if replies else ""
    return SearchRequest(asked, EarlierTalk(tuple(said[-_MESSAGES:]), reply, leans))
