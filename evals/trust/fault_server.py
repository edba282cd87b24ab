"""An OpenAI-compatible server that answers well, or fails in any way that real ones were seen to fail."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

GOOD_WORDS = ("The tyres ", "need 2.3 bar ", "in front [1].")


class FaultServer:
    """Listens on this machine; what it does next is set by `behaviour`, and every request is counted.

    Args:
        behaviour: name of one of `BEHAVIOURS`.
    """

    def __init__(self, behaviour: str = "good") -> None:
        self.behaviour = behaviour
        self.words: tuple[str, ...] = GOOD_WORDS
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.open_requests = 0
        self.stopping = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens, up to `/v1`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def stop(self) -> None:
        """Stop listening and end every open answer."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


def free_address() -> str:
    """An address on this machine where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fault_server: FaultServer

    def do_POST(self) -> None:
        server = self.fault_server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.requests.append(body)
        server.keys.append(self.headers.get("Authorization", ""))
        server.open_requests += 1
        try:
            BEHAVIOURS[server.behaviour](self)
        except OSError:
            self.close_connection = True
        finally:
            server.open_requests -= 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
        """Say nothing."""

    def answer(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status: int, message: str, code: str = "", **headers: str) -> None:
        content = json.dumps({"error": {"message": message, "type": code, "code": code}}).encode()
        self.answer(status, content, **headers)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def send(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()

    def wait(self, seconds: float) -> None:
        self.fault_server.stopping.wait(seconds)


def _handler_of(server: FaultServer) -> type[_Handler]:
    return type("Handler", (_Handler,), {"fault_server": server})


def _event(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    content = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices} | more
    return b"data: " + json.dumps(content).encode() + b"\n\n"


def _words(server: FaultServer) -> Iterator[bytes]:
    yield _event({"role": "assistant", "content": ""})
    for word in server.words:
        yield _event({"content": word})


def _good(handler: _Handler, finish: str = "stop") -> None:
    handler.begin_stream()
    for one in _words(handler.fault_server):
        handler.send(one)
    handler.send(_event({}, finish))
    handler.send(_event(None, usage={"prompt_tokens": 120, "completion_tokens": 9, "total_tokens": 129}))
    handler.send(b"data: [DONE]\n\n")


def _good_then(*rest: bytes) -> Callable[[_Handler], None]:
    def behave(handler: _Handler) -> None:
        handler.begin_stream()
        for one in (*_words(handler.fault_server), *rest):
            handler.send(one)

    return behave


def _refusing(status: int, message: str = "no", code: str = "", **headers: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.refuse(status, message, code, **headers)


def _first_fails(status: int) -> Callable[[_Handler], None]:
    def behave(handler: _Handler) -> None:
        if len(handler.fault_server.requests) == 1:
            handler.refuse(status, "once")
        else:
            _good(handler)

    return behave


def _silent(handler: _Handler) -> None:
    handler.wait(60)


def _silent_after_headers(handler: _Handler) -> None:
    handler.begin_stream()
    handler.wait(60)


def _silent_after_words(handler: _Handler) -> None:
    _good_then()(handler)
    handler.wait(60)


def _byte_by_byte(handler: _Handler) -> None:
    handler.begin_stream()
    for one in b"".join(_words(handler.fault_server)):
        if handler.fault_server.stopping.is_set():
            return
        handler.send(bytes([one]))
        handler.wait(0.2)


def _headers_byte_by_byte(handler: _Handler) -> None:
    handler.close_connection = True
    for one in b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Filler: " + b"x" * 500:
        if handler.fault_server.stopping.is_set():
            return
        handler.send(bytes([one]))
        handler.wait(0.2)


def _endless(handler: _Handler) -> None:
    handler.begin_stream()
    while not handler.fault_server.stopping.is_set():
        handler.send(_event({"content": "The braked trailer weight is 2,000 kg [1]. "}))
        time.sleep(0.02)


def _hang_up(handler: _Handler) -> None:
    handler.close_connection = True


BEHAVIOURS: dict[str, Callable[[_Handler], None]] = {
    "good": _good,
    "wrong key": _refusing(401, "Incorrect API key provided: sk-secret-part", "invalid_api_key"),
    "forbidden": _refusing(403),
    "unknown model": _refusing(404, "The model does not exist", "model_not_found"),
    "busy": _refusing(429),
    "busy, wait 0": _refusing(429, Retry_After="0"),
    "busy, wait 60": _refusing(429, Retry_After="60"),
    "no credit": _refusing(429, "You exceeded your current quota", "insufficient_quota"),
    "internal error": _refusing(500),
    "unavailable": _refusing(503),
    "unavailable once": _first_fails(503),
    "bad request": _refusing(400, "Unsupported parameter: 'x'"),
    "context overflow": _refusing(400, "maximum context length is 10", "context_length_exceeded"),
    "content filter on the question": _refusing(400, "filtered", "content_filter"),
    "content filter on the answer": lambda handler: _good(handler, "content_filter"),
    "cut by length": lambda handler: _good(handler, "length"),
    "clean end without finish reason": _good_then(b"data: [DONE]\n\n"),
    "cut mid-chunk": _good_then(b'data: {"id": "c1", "choi'),
    "garbage JSON": _good_then(b"data: {]]\n\n"),
    "error event": _good_then(b'data: {"error": {"message": "engine died", "type": "server_error"}}\n\n'),
    "empty choices": _good_then(_event(None), b"data: [DONE]\n\n"),
    "null choices": _good_then(b'data: {"id": "c1", "choices": null}\n\n', b"data: [DONE]\n\n"),
    "HTML page": lambda handler: handler.answer(200, b"<html><body>Welcome</body></html>", "text/html"),
    "JSON that is no completion": lambda handler: handler.answer(200, b'{"status": "ok"}'),
    "empty answer": lambda handler: handler.answer(200, b"", "text/event-stream"),
    "silent": _silent,
    "silent after headers": _silent_after_headers,
    "silent after words": _silent_after_words,
    "byte by byte": _byte_by_byte,
    "headers byte by byte": _headers_byte_by_byte,
    "endless": _endless,
    "hangs up": _hang_up,
}
