"""What OpenAI's chat completions take and give, as far as it has a meaning here."""

from collections.abc import Iterator, Sequence
from secrets import token_hex
from time import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot.conversation import Role
from bot.errors import QuestionRefused
from bot.reply import Reply
from brands.profile import LanguageCode
from ui.api.schemas import VehicleHint


class ContentPart(BaseModel):
    """One part of a message."""

    type: str
    text: str | None = None


class ChatMessage(BaseModel):
    """One message."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    def words(self) -> str:
        """Its text.

        Raises:
            QuestionRefused: it holds something else.
        """
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        if any(one.type != "text" for one in self.content):
            raise QuestionRefused("only text can be read here; send no pictures, sounds or files")
        return "\n".join(one.text or "" for one in self.content)


class StreamOptions(BaseModel):
    """What a stream tells besides."""

    include_usage: StrictBool = False


class ChatCompletionRequest(BaseModel):
    """A question, with what was said before; what else OpenAI's clients send is taken and has no effect."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(max_length=100, description="Id of the brand, one of `GET /v1/models`.", examples=["karrow"])
    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=500,
        description="The last one is the question. Messages of `system` have no effect: the brand's voice is its own.",
    )
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    vehicle: VehicleHint = VehicleHint()
    language: LanguageCode | None = Field(default=None, description="Language of the page.")

    def question(self) -> str:
        """The text of the last message.

        Raises:
            QuestionRefused: it is not the user's, or no text.
        """
        if self.messages[-1].role != "user":
            raise QuestionRefused("the last message must be the user's")
        return self.messages[-1].words()

    def history(self) -> list[tuple[Role, str]]:
        """What was said before: who, and the words."""
        roles: dict[str, Role] = {"user": "customer", "assistant": "bot"}
        said = [(roles[one.role], one.words()) for one in self.messages[:-1] if one.role in roles]
        return [(role, words) for role, words in said if words.strip()]


class Completion:
    """Writes one answer in OpenAI's shape, whole or piece by piece.

    Args:
        model: id of the brand.
    """

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{token_hex(12)}", "created": int(time()), "model": model}

    def whole(self, reply: Reply) -> dict[str, Any]:
        """The answer in one piece."""
        message = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": annotations_of(reply)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": usage_of(reply),
            "marque": extension_of(reply),
        }

    def piece(self, text: str, *, first: bool) -> dict[str, Any]:
        """A piece of the text."""
        return self._chunk({"role": "assistant", "content": text} if first else {"content": text}, None)

    def end(self, reply: Reply, *, told_usage: bool) -> Iterator[dict[str, Any]]:
        """What comes after the text: why it ends, what it rests on, and what it took."""
        yield self._chunk({"annotations": annotations_of(reply)}, "stop") | {"marque": extension_of(reply)}
        if told_usage:
            yield {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": usage_of(reply)}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


def annotations_of(reply: Reply) -> list[dict[str, Any]]:
    """The citations as OpenAI's `url_citation`s.

    A passage has no web address, so `url` is its name here; place, page and quotation are further members.
    """
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": f"urn:marque:{reply.brand}:{one.passage}",
                "title": one.title,
                **_place_of(one.quote, reply.text),
                "heading": one.heading,
                "page": one.page,
                "quote": one.quote,
                "document": one.document,
            },
        }
        for one in reply.citations
    ]


def _place_of(quote: str, text: str) -> dict[str, int]:
    at = text.find(quote) if quote else -1
    return {"start_index": max(at, 0), "end_index": at + len(quote) if at >= 0 else len(text)}


def usage_of(reply: Reply) -> dict[str, int]:
    """The tokens of a language model; an answer without one took none."""
    taken = (reply.usage.input_tokens, reply.usage.output_tokens) if reply.usage else (0, 0)
    return {"prompt_tokens": taken[0], "completion_tokens": taken[1], "total_tokens": sum(taken)}


def extension_of(reply: Reply) -> dict[str, Any]:
    """What OpenAI's shape has no place for."""
    return {
        "kind": reply.kind,
        "language": reply.language,
        "release": reply.release,
        "choices": list(reply.choices),
        "composer": reply.composer,
    }


def model_list(brands: Sequence[str], owner: str) -> dict[str, Any]:
    """The brands as OpenAI's models.

    Args:
        brands: their ids.
        owner: id of the group.
    """
    return {"object": "list", "data": [model_of(one, owner) for one in brands]}


def model_of(brand_id: str, owner: str) -> dict[str, Any]:
    """A brand as one of OpenAI's models."""
    return {"id": brand_id, "object": "model", "created": 0, "owned_by": owner}
