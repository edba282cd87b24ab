"""A server that keeps the HTTP interface's contract to the letter and fails on demand.

It serves the real widget and the real profile; only `/v1` is played, because a real server does not drop a connection
after the third event when a test would like it to.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from brands import Group
from ui.api.routes import widget
from ui.bootstrap import Services
from ui.settings import UiSettings
from ui.widget.profile import widget_profile


@dataclass(slots=True)
class Played:
    """What the server does, and what it saw.

    Args:
        reply: content of the next `reply` events; `text` is streamed word by word.
        drop_after: cut the next streams after so many events, one number a stream.
        refuse: answer the next messages so: status, kind of problem, `Retry-After`.
        error: end the next replies with an `error` event.
        pause_seconds: between two events.
        handoff: who answers; None where nobody was asked, and `POST /v1/handoff` answers 404.
    """

    reply: dict[str, Any] = field(default_factory=lambda: answer("All is **well**."))
    drop_after: list[int] = field(default_factory=list)
    refuse: list[tuple[int, str, int | None]] = field(default_factory=list)
    error: int = 0
    pause_seconds: float = 0.0
    handoff: dict[str, Any] | None = None
    sessions: list[dict[str, Any]] = field(default_factory=list)
    messages: list[tuple[str, str, str | None]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    streams: dict[str, list[str]] = field(default_factory=dict)
    unrecorded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ended_tokens: set[str] = field(default_factory=set)

    def say_as_agent(self, text: str) -> None:
        """Let a person named Ann answer."""
        self.handoff = {"state": "joined", "agent": "Ann"}
        told = {"turn": f"a{len(self.turns)}", "role": "agent", "text": text, "agent": "Ann", "kind": None}
        self.turns.append({**told, "citations": [], "choices": [], "language": "en"})


def answer(text: str, kind: str = "answer", **more: Any) -> dict[str, Any]:
    """The content of a `reply` event."""
    return {"kind": kind, "text": text, "language": "en", "citations": [], "choices": [], "turn": None, **more}


def citation(quote: str, page: int | None = 12) -> dict[str, Any]:
    """One citation."""
    return {
        "document": "manual.pdf", "title": "Grove owner's manual", "heading": "Wheels > Pressures", "page": page,
        "quote": quote, "passage": "p1",
    }  # fmt: skip


def build_contract_server(group: Group, played: Played) -> FastAPI:
    """Put the server together.

    Args:
        group: whose profiles are served.
        played: what it does.
    """
    app = FastAPI()
    app.state.services = Services(group, UiSettings())

    @app.middleware("http")
    async def refuse_ended(request: Request, call_next: Any) -> Any:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in played.ended_tokens:
            return _problem(401, "session-invalid", None)
        return await call_next(request)

    _add_pages(app, group)
    _add_messages(app, played)

    @app.post("/v1/sessions", status_code=201)
    async def begin(request: Request) -> Any:
        played.sessions.append(await request.json())
        played.turns.clear()
        return {"token": f"t{len(played.sessions)}", "expires_in_seconds": 3600}

    @app.get("/v1/conversation")
    async def conversation() -> Any:
        return {"brand": "alder", "turns": played.turns, "handoff": played.handoff}

    @app.delete("/v1/conversation")
    async def erase() -> Any:
        played.turns.clear()
        return {"clean": True, "searched": ["conversations.sqlite3"]}

    @app.post("/v1/feedback", status_code=204)
    async def feedback(request: Request) -> None:
        played.feedback.append(await request.json())

    @app.post("/v1/handoff")
    async def handoff() -> Any:
        return _problem(404, "not-found", None) if played.handoff is None else played.handoff

    app.include_router(widget.router)
    return app


def _add_pages(app: FastAPI, group: Group) -> None:
    @app.get("/plain")
    async def plain(tag: str = "") -> HTMLResponse:
        script = f'<script src="/widget.js" data-key="pk_alder" {tag} async></script>'
        return HTMLResponse(f'<!doctype html><html lang="en"><title>Plain</title><main><h1>Plain</h1>{script}</main>')

    @app.get("/widget/profile")
    async def profile(request: Request) -> Any:
        brand = request.query_params.get("key", "").removeprefix("pk_") or request.query_params["brand"]
        return widget_profile(group.brand(brand), request.query_params.get("language"), 200)


def _add_messages(app: FastAPI, played: Played) -> None:
    @app.post("/v1/messages")
    async def message(request: Request) -> Response:
        body = await request.json()
        key = request.headers["idempotency-key"]
        last = request.headers.get("last-event-id")
        played.messages.append((body["text"], key, last))
        played.bodies.append(body)
        if played.refuse:
            return _problem(*played.refuse.pop(0))
        if key not in played.streams:
            played.streams[key] = _events(played, body["text"])
        events = played.streams[key]
        from_ = 0 if last is None else int(last)
        drop = played.drop_after.pop(0) if played.drop_after else None
        return StreamingResponse(_stream(played, events[from_:], drop), media_type="text/event-stream")


def _events(played: Played, text: str) -> list[str]:
    failed = played.error > 0
    played.error -= failed
    reply = {**played.reply, "turn": f"bot-{len(played.turns)}"}
    pieces = [word + " " for word in reply["text"].split(" ")]
    told: list[tuple[str, dict[str, Any]]] = [("status", {"state": "working"})]
    told += [("delta", {"text": one}) for one in pieces]
    if failed:
        told.append(("error", {"type": "urn:marque:problem:model-failed", "status": 502}))
    else:
        told.append(("reply", reply))
        customer = {"turn": f"me-{len(played.turns)}", "role": "customer", "text": text, "kind": None}
        empty = {"citations": [], "choices": [], "language": "en"}
        bot = {key: reply[key] for key in ("turn", "text", "kind", "citations", "choices", "language")}
        # Recorded when the last event was read, so that a stream that breaks off has to be resumed.
        played.unrecorded[reply["turn"]] = [{**customer, **empty}, {**bot, "role": "bot"}]
    return [
        f"id: {number}\nevent: {name}\ndata: {json.dumps(content)}\n\n"
        for number, (name, content) in enumerate(told, start=1)
    ]


async def _stream(played: Played, events: list[str], drop_after: int | None) -> AsyncIterator[str]:
    for number, event in enumerate(events):
        if number == drop_after:
            return
        if number == len(events) - 1:
            for turns in played.unrecorded.values():
                played.turns += turns
            played.unrecorded.clear()
        yield event
        await asyncio.sleep(played.pause_seconds)


def _problem(status: int, kind: str, retry_after: int | None) -> JSONResponse:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    content = {"type": f"urn:marque:problem:{kind}", "status": status, "detail": kind}
    return JSONResponse(content, status, headers=headers, media_type="application/problem+json")
