"""One brand's knowledge for other assistants, by the Model Context Protocol: `ask`, `search` and `get_passage`."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, Field

from bot.errors import QuestionRefused
from bot.reply import Reply
from brands import BrandProfile
from knowledge_base.passage import Passage
from knowledge_base.retriever import Found
from ui.api.error_responses import problem_of, report_failure
from ui.api.errors import PassageUnknown
from ui.api.stateless_answer import Inquiry, answer_inquiry
from ui.bootstrap import Services

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

Answer = Callable[[Inquiry], Awaitable[Reply]]
Given = TypeVar("Given")

Question = Annotated[str, Field(min_length=1, description="A question, in the customer's words.")]
Model = Annotated[str | None, Field(max_length=100, description="Model of the vehicle, where it is known.")]
ModelYear = Annotated[int | None, Field(ge=1900, le=2100, description="Model year of the vehicle.")]
Market = Annotated[str | None, Field(max_length=2, description="Market of the vehicle: two letters such as gb.")]
Language = Annotated[
    str | None, Field(pattern=r"^[a-z]{2}$", description="ISO 639-1 code: two small letters such as en.")
]


class CitedPassage(BaseModel):
    """Where an answer's words stand."""

    passage: str = Field(description="Id for `get_passage`.")
    document: str
    title: str
    heading: str
    page: int | None
    quote: str


class AnswerGiven(BaseModel):
    """What the brand says."""

    kind: str = Field(description="answer, clarify, decline, safety or handoff.")
    text: str
    language: str
    citations: list[CitedPassage]
    choices: list[str] = Field(description="What a clarifying question offers.")
    release: str | None


class PassageGiven(BaseModel):
    """One passage of the brand's published documents."""

    passage: str
    document: str
    title: str
    heading: str
    page: int | None
    kind: str
    question: str | None = Field(description="The question that an FAQ passage answers.")
    text: str
    warnings: list[str] = Field(description="Warnings of the procedure; show them with its text.")
    score: float | None = Field(default=None, description="How well it fits, 0 to 1.")


class PassagesGiven(BaseModel):
    """What was found, best first."""

    release: str
    passages: list[PassageGiven]


def build_mcp_server(services: Services, brand_id: str, answer: Answer | None = None) -> "MCPServer[Any]":
    """Put the server of one brand together; nothing that it offers reaches another brand.

    Args:
        services: what answers.
        brand_id: the brand.
        answer: answers a question; by default in a thread, as often as it is asked.

    Raises:
        UnknownBrand: the group has no such brand.
    """
    from mcp.types import ToolAnnotations

    from ui.api.mcp_refusals import PlainMcpServer

    profile = services.group.brand(brand_id)
    tools = _Tools(services, profile, answer or partial(answer_in_thread, services))
    server = PlainMcpServer(
        name=f"marque-{brand_id}",
        title=f"{profile.name} customer care",
        instructions=f"Knows the approved documents of {profile.name}, and nothing of any other brand. Prefer `ask`, "
        "whose answers are checked against their sources; show its text as it is, with its citations.",
        log_level="WARNING",
    )
    harmless = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for name, call in (("ask", tools.ask), ("search", tools.search), ("get_passage", tools.get_passage)):
        server.tool(name=name, description=(call.__doc__ or "").strip(), annotations=harmless)(call)
    return server


async def answer_in_thread(services: Services, inquiry: Inquiry) -> Reply:
    """Answer a question outside the event loop.

    Args:
        services: what answers.
        inquiry: the question.
    """

    def last() -> Reply:
        return next(one for one in answer_inquiry(services, inquiry) if isinstance(one, Reply))

    return await asyncio.to_thread(last)


class _Tools:
    """The tools of one brand; their names, arguments and docstrings are what other assistants read."""

    def __init__(self, services: Services, profile: BrandProfile, answer: Answer) -> None:
        self._services = services
        self._profile = profile
        self._answer = answer

    async def ask(
        self,
        question: Question,
        model: Model = None,
        model_year: ModelYear = None,
        market: Market = None,
        language: Language = None,
    ) -> AnswerGiven:
        """Answer a customer's question from the brand's approved documents, with citations; nothing is kept."""
        return await _plainly(self._ask(question, model, model_year, market, language))

    async def search(
        self,
        query: Question,
        limit: Annotated[int, Field(ge=1, le=20, description="How many passages at most.")] = 8,
        model: Model = None,
        model_year: ModelYear = None,
        market: Market = None,
        language: Language = None,
    ) -> PassagesGiven:
        """Find the passages of the brand's approved documents that fit a question best."""
        return await _plainly(self._search(query, limit, model, model_year, market, language))

    async def get_passage(
        self,
        passage: Annotated[
            str,
            Field(
                pattern=r"^[0-9a-f]{16}$",
                description="Id of a passage, as `search` and the citations of `ask` give it: 16 of 0-9 and a-f.",
            ),
        ],
    ) -> PassageGiven:
        """Read one passage of the brand's approved documents by its id."""
        return await _plainly(self._get_passage(passage))

    async def _ask(
        self, question: str, model: str | None, model_year: int | None, market: str | None, language: str | None
    ) -> AnswerGiven:
        self._require_words(question)
        vehicle = self._profile.vehicle(model, model_year, market)
        reply = await self._answer(Inquiry(self._profile.id, question, (), vehicle, language))
        cited = [CitedPassage.model_validate(one) for one in reply.as_json()["citations"]]
        return AnswerGiven(
            kind=reply.kind,
            text=reply.text,
            language=reply.language,
            citations=cited,
            choices=list(reply.choices),
            release=reply.release,
        )

    async def _search(
        self,
        query: str,
        limit: int,
        model: str | None,
        model_year: int | None,
        market: str | None,
        language: str | None,
    ) -> PassagesGiven:
        self._require_words(query)
        vehicle = self._profile.vehicle(model, model_year, market)

        def find() -> Found:
            retriever = self._services.knowledge_base.retriever
            return retriever.find(self._profile.id, query, vehicle=vehicle, language=language, limit=limit)

        found = await asyncio.to_thread(find)
        given = [_given(hit.passage, min(1.0, max(0.0, hit.score))) for hit in found.hits]
        return PassagesGiven(release=found.release_id, passages=given)

    async def _get_passage(self, passage_id: str) -> PassageGiven:
        found = await asyncio.to_thread(self._read_passage, passage_id)
        if found is None:
            raise PassageUnknown(f"{self._profile.name} has no passage {passage_id!r} in what is live; search again")
        return _given(found)

    def _read_passage(self, passage_id: str) -> Passage | None:
        return self._services.knowledge_base.retriever.passage(self._profile.id, passage_id)

    def _require_words(self, text: str) -> None:
        if not text.strip():
            raise QuestionRefused("the message is empty; write a question")
        limit = self._services.settings.message_limit_characters
        if len(text) > limit:
            raise QuestionRefused(f"the message is longer than {limit} characters; send a shorter one")


async def _plainly(work: Awaitable[Given]) -> Given:
    """Tell what fails in the words that are for callers, and no others."""
    from mcp.server.mcpserver.exceptions import ToolError

    try:
        return await work
    except Exception as error:  # noqa: BLE001 - the boundary of one request
        report_failure(error)
        raise ToolError(problem_of(error)["detail"]) from None


def _given(passage: Passage, score: float | None = None) -> PassageGiven:
    return PassageGiven(
        passage=passage.passage_id,
        document=passage.document_id,
        title=passage.title,
        heading=" > ".join(passage.heading_path),
        page=passage.page,
        kind=passage.kind,
        question=passage.question,
        text=passage.text,
        warnings=list(passage.warnings),
        score=score,
    )
