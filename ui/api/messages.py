"""Takes each message of a customer once and answers it, whichever worker it comes to."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from starlette.concurrency import run_in_threadpool

from bot.errors import BotError, ConversationsUnavailable, QuestionRefused, UnknownConversation
from bot.handoff_store import HandoffReason
from bot.personal_data import redact
from bot.question import Question
from bot.reply import Reply
from bot.safety import find_hazard
from bot.steps.record_turn import turn_id_of
from knowledge_base.errors import KnowledgeBaseError
from ui.api.access import Session
from ui.api.attended import answer_attended, is_attended
from ui.api.errors import AboveCapacity, ApiError, ConversationFull, KeyReused, TurnInFlight
from ui.api.event_stream import reply_content, tell_reply
from ui.api.message_log import MessageLog, Place, TakenMessage, key_hash, unkept_message
from ui.api.metrics import Metrics
from ui.api.rates import Rates
from ui.api.reply_outcome import outcome_of, outcome_of_turn, told_again
from ui.api.reply_runs import Event, ReplyRun, ReplyRuns, Told
from ui.api.schemas import MessageRequest
from ui.api.shared_counts import forget_old_counts
from ui.bootstrap import Services

Events = AsyncIterator[Told]
_LOOK_SECONDS = 0.25
_WATCH_SECONDS = 1.0
_BEAT_EVERY = 2  # watches
_CLEAN_EVERY = 60  # watches
# Kinds of reply with which a person is asked for, and why.
_ASKING: dict[str, HandoffReason] = {"handoff": "person", "safety": "hazard"}
_log = logging.getLogger(__name__)


class Messages:
    """Answers messages; what was taken is answered although its worker was stopped or killed.

    Args:
        services: what answers.
        runs: the replies on their way in this process.
        rates: counts messages.
        metrics: counts replies.
    """

    def __init__(self, services: Services, runs: ReplyRuns, rates: Rates, metrics: Metrics) -> None:
        self._services = services
        self._runs = runs
        self._rates = rates
        self._metrics = metrics

    @property
    def _taken(self) -> MessageLog:
        return self._services.messages

    async def answer(
        self,
        session: Session,
        message: MessageRequest,
        *,
        address: str | None,
        key: str | None,
        last_event_id: str | None,
    ) -> Events:
        """Answer a message, or tell again how it was answered.

        Args:
            session: who speaks.
            message: what they say.
            address: where it comes from.
            key: `Idempotency-Key`.
            last_event_id: `Last-Event-ID`; with it a reply on its way may be joined again.

        Raises:
            KeyReused: the key stood for another message.
            TurnInFlight: this or another message of the conversation is being answered.
            AboveCapacity: too many are being answered.
            TooManyRequests: there were too many.
            ConversationFull: the conversation is as long as it may become.
            QuestionRefused: the message is too long.
            UnknownConversation: the brand has no such conversation.
        """
        place = (session.brand_id, session.conversation_id)
        fingerprint = sha256(message.model_dump_json().encode()).hexdigest()
        hashed = None if key is None else key_hash(key)
        named = (last_event_id or "").rpartition(".")[0]
        run = self._runs.at(place)
        if run is not None and (run.key == hashed if hashed else run.run_id == named):
            _require_same(run.fingerprint == fingerprint)
            if last_event_id is None and not run.is_over:
                raise TurnInFlight("this message is being answered; read on with Last-Event-ID, or ask again shortly")
            return run.follow(last_event_id)
        # Before anything is asked of the database: a flood must cost less than what it is refused.
        self._question(place, message, None)
        refuse = partial(self._rates.refuse_message, session.brand_id, session.key, address, session.conversation_id)
        if last_event_id is None:
            refuse()
        self._runs.take_room()
        try:
            try:
                known = await self._known(place, hashed, named)
                if known is None:
                    refuse()
                    taken, attended = await run_in_threadpool(
                        self._take, session, message, address, hashed, fingerprint
                    )
                    return self._begin(taken, message, attended).follow(last_event_id)
                await run_in_threadpool(self._rates.count_request, *place)
                _require_same(known.fingerprint == fingerprint)
                return await self._again(known, message, last_event_id)
            except ConversationsUnavailable:
                # Danger is answered even where nothing can be read or kept.
                if find_hazard(message.text, message.language or "") is None:
                    raise
                return self._begin(unkept_message(place, fingerprint), message, False).follow()
        except BaseException:
            self._runs.give_room()
            raise

    async def watch(self, stopping: asyncio.Event) -> None:
        """Tell other workers what this one answers, and answer what a worker that ended has left behind; for ever.

        Args:
            stopping: set once this worker stops: what others left is no longer its own to answer.
        """
        watches = 0
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            watches += 1
            self._metrics.look()
            try:
                ids = [one.rpartition("-")[0] for one in self._runs.run_ids() if "-" in one]
                if ids and watches % _BEAT_EVERY == 0:
                    await run_in_threadpool(self._taken.still_working, ids)
                if stopping.is_set():
                    continue
                for left in await run_in_threadpool(self._taken.left_behind):
                    await self._answer_left(left)
                if watches % _CLEAN_EVERY == 0:
                    await run_in_threadpool(self._clean)
            except Exception as error:  # noqa: BLE001 - without it no other worker would know that this one lives
                _log.warning("messages that a worker left behind cannot be looked for: %s", error)

    async def _known(self, place: Place, key: str | None, run_id: str) -> TakenMessage | None:
        message_id = run_id.rpartition("-")[0]
        if key is None and not message_id:
            return None
        return await run_in_threadpool(self._taken.find, place, key, message_id)

    async def _again(self, known: TakenMessage, message: MessageRequest, last_event_id: str | None) -> Events:
        """Tell again how a message was answered; begin again where nobody answers it. Gives the room back, or uses it.

        Raises:
            TurnInFlight: it is being answered, and nothing of it was read.
        """
        if known.is_left():
            taken = await run_in_threadpool(self._taken.take_over, known)
            if taken is not None:
                attended = await run_in_threadpool(self._is_attended, known.place)
                return self._begin(taken, message, attended).follow(last_event_id)
        if known.state == "working" and last_event_id is None:
            raise TurnInFlight("this message is being answered; read on with Last-Event-ID, or ask again shortly")
        self._runs.give_room()
        return self._elsewhere(known, last_event_id)

    async def _elsewhere(self, known: TakenMessage, last_event_id: str | None) -> Events:
        """Wait for a reply that another process writes, and tell it."""
        try:
            run = await self._ended_elsewhere(known)
        except (ApiError, BotError) as error:
            yield [(f"{known.run_id}.0", event) for event in tell_reply(_raising(error))]
            return
        async with aclosing(run.follow(last_event_id)) as events:
            async for one in events:
                yield one

    async def _ended_elsewhere(self, known: TakenMessage) -> ReplyRun:
        """Wait until another process has answered a message.

        Raises:
            TurnInFlight: it did not, and the client may send the message again.
        """
        found: TakenMessage | None = known
        while found is not None and found.state == "working":
            await asyncio.sleep(_LOOK_SECONDS)
            found = await run_in_threadpool(self._taken.find, known.place, known.key, None)
        if found is None or found.state == "failed":
            raise TurnInFlight("the reply broke off; send the message again")
        run = ReplyRun(found.run_id, found.key, found.fingerprint)
        for event in await run_in_threadpool(list, self._recorded_events(found)):
            run.add(event)
        run.end()
        return run

    async def _answer_left(self, left: TakenMessage) -> None:
        try:
            self._runs.take_room()
        except AboveCapacity:
            return
        taken = None
        try:
            taken = await run_in_threadpool(self._taken.take_over, left)
            if taken is None:
                self._runs.give_room()
                return
            message = MessageRequest.model_validate(left.content)
            attended = await run_in_threadpool(self._is_attended, left.place)
            self._begin(taken, message, attended)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next one is answered all the same
            self._runs.give_room()
            _log.warning("a message that a worker left behind cannot be answered: %s", error)
            await run_in_threadpool(self._taken.failed, taken or left)

    def _take(
        self, session: Session, message: MessageRequest, address: str | None, key: str | None, fingerprint: str
    ) -> tuple[TakenMessage, bool]:
        place = (session.brand_id, session.conversation_id)
        kept = redact(message.text, self._services.group.brand(session.brand_id).markets).text
        content = message.model_copy(update={"text": kept}).model_dump(mode="json")
        limit = self._services.settings.conversation_limit_turns
        with self._services.database.together():
            attended = self._is_attended(place)
            taken: TakenMessage | ApiError | BotError
            try:
                taken = self._taken.take(place, key, fingerprint, content, limit)
            except (TurnInFlight, ConversationFull, UnknownConversation) as error:
                taken = error  # raised below: what is refused is counted all the same
            # Last, since others wait for the counts of their brand while they are held.
            self._rates.count_message(session.brand_id, session.key, address, session.conversation_id)
        if isinstance(taken, Exception):
            raise taken
        return taken, attended

    def _is_attended(self, place: Place) -> bool:
        """Whether a person answers a conversation."""
        return is_attended(self._services, Session(*place))

    def _question(self, place: Place, message: MessageRequest, message_id: str | None) -> Question:
        limit = self._services.settings.message_limit_characters
        if len(message.text) > limit:
            raise QuestionRefused(f"the message is longer than {limit} characters; send a shorter one")
        hint = message.vehicle
        vehicle = self._services.group.brand(place[0]).vehicle(hint.model, hint.model_year, hint.market)
        return Question(place[0], message.text, vehicle, message.language, place[1], message_id)

    def _begin(self, taken: TakenMessage, message: MessageRequest, attended: bool) -> ReplyRun:
        question = self._question(taken.place, message, taken.message_id)
        run = ReplyRun(taken.run_id, taken.key, taken.fingerprint)
        return self._runs.begin(taken.place, run, partial(self._work, taken, question, attended))

    def _work(self, taken: TakenMessage, question: Question, attended: bool) -> Iterator[Event]:
        try:
            again = self._answered_before(taken) if taken.attempt > 1 else []
        except (BotError, KnowledgeBaseError) as error:
            again = list(tell_reply(_raising(error)))
        if again:
            yield from again
            return
        told: list[Event] = []
        question = replace(question, on_record=partial(self._keep, taken, told))
        for event in tell_reply(self._pieces(question, attended), partial(self._metrics.count_reply, "api")):
            told.append(event)
            if event.name == "error" or _is_unrecorded(event):
                self._failed(taken)
            yield event

    def _pieces(self, question: Question, attended: bool) -> Iterator[str | Reply]:
        if attended:
            yield from answer_attended(self._services, question)
        else:
            yield from self._services.assistant.stream(question)

    def _keep(self, taken: TakenMessage, told: Sequence[Event], reply: Reply) -> None:
        """Keep, with the turns of a reply, that its message is answered and how."""
        self._taken.answered(taken, outcome_of(told, reply_content(reply)))

    def _answered_before(self, taken: TakenMessage) -> list[Event]:
        """The events of a reply that was recorded just before its process ended, which left the rest to do."""
        again = list(self._recorded_events(taken))
        if again:
            reason = _ASKING.get(again[-1].content["kind"])
            if reason is not None:
                self._services.handoffs.ask(*taken.place, reason)
            self._taken.answered(taken, outcome_of(again, again[-1].content))
        return again

    def _failed(self, taken: TakenMessage) -> None:
        """Keep that a message was not answered, before its client hears of it."""
        try:
            self._taken.failed(taken)
        except BotError as error:
            _log.warning("that a message was not answered cannot be kept: %s", error)

    def _recorded_events(self, taken: TakenMessage) -> Iterator[Event]:
        """The events of a reply that was recorded; none where none was."""
        turn_id = turn_id_of(taken.message_id, "bot")
        turns = self._services.assistant.conversations.turns(*taken.place)
        turn = next((one for one in turns if one.turn_id == turn_id), None)
        if taken.outcome is not None:
            yield from told_again(taken.outcome, turn)
        elif turn is not None:
            yield from told_again(outcome_of_turn(turn, taken.place[0]), turn)

    def _clean(self) -> None:
        with self._services.database.writing() as connection:
            forget_old_counts(connection)


def _require_same(is_same: bool) -> None:
    if not is_same:
        raise KeyReused("this message differs from the one that its key, or its Last-Event-ID, stands for")


def _is_unrecorded(event: Event) -> bool:
    """Whether an event ends a reply to danger that could not be kept, and that a client may so ask for again."""
    return event.name == "reply" and event.content["kind"] == "safety" and event.content["turn"] is None


def _raising(error: Exception) -> Iterator[Any]:
    raise error
    yield
