"""A real web site on this machine, whose pages a test can change."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def page(title: str, *paragraphs: str) -> bytes:
    """An HTML page with a section for every paragraph."""
    body = "".join(f"<h2>Part {number}</h2><p>{text}</p>" for number, text in enumerate(paragraphs, start=1))
    return PAGE.format(title=title, body=body).encode()


@dataclass
class Answer:
    """What the site answers for one path."""

    content: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    write: Callable[[BaseHTTPRequestHandler], None] | None = None


class Site:
    """The site: its answers by path, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.address = f"http://{self.host}"
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str) -> str:
        return self.address + path

    def sitemap(self, *paths: str) -> None:
        listed = "".join(f"<url><loc>{self.url(path)}</loc></url>" for path in paths)
        xml = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'
        self.answers["/sitemap.xml"] = Answer(xml.encode(), "application/xml")

    def paths_asked(self) -> list[str]:
        return [path for path, _ in self.asked if path != "/robots.txt"]


@contextmanager
def running_site() -> Iterator[Site]:
    """Serve a site on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = site.answers.get(self.path) or Answer(b"not here", "text/plain", 404)
            if answer.write is not None:
                self.close_connection = True
                answer.write(self)
                return
            if answer.etag and self.headers.get("If-None-Match") == answer.etag:
                answer = Answer(status=304)
            self.send_response(answer.status)
            if answer.content_type:
                self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.content)))
            if answer.etag:
                self.send_header("ETag", answer.etag)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            return  # a client that hangs up is what some tests are about

    assert issubclass(Server, socketserver.TCPServer)
    with Server(("127.0.0.1", 0), Handler) as server:
        site = Site(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
