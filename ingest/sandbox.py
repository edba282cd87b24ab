"""Child processes that read documents, so that no file can harm the process that serves."""

import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from ingest.document import LoadedDocument
from ingest.errors import (
    DOCUMENT_ERRORS,
    DocumentFailed,
    DocumentOutOfMemory,
    DocumentTimedOut,
    DocumentTooLarge,
    LoaderCrashed,
)
from ingest.settings import IngestSettings

# How often the memory of a working child is looked at, in seconds.
WATCH_SECONDS = 0.05
# How long a child waits for the next document before it is ended, in seconds.
IDLE_SECONDS = 20.0
# How long a fresh child may take to start, in seconds; a busy machine needs several.
START_SECONDS = 60.0
# The largest answer that is taken from a child, in bytes.
MAX_ANSWER_BYTES = 256 * 1024 * 1024


class Sandbox:
    """A small pool of killable child processes; safe for use by several threads.

    The processes start with the first document and end when none came for a while, when the
    sandbox is closed or forgotten, and when this process ends, however it ends.

    Args:
        settings: how many there are, and the limits they read under.
    """

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._places = threading.BoundedSemaphore(settings.workers)
        self._idle = _IdleWorkers()
        weakref.finalize(self, self._idle.end_all)

    @property
    def workers(self) -> int:
        """How many documents are read at the same time."""
        return self._settings.workers

    def load(self, name: str, content: bytes) -> LoadedDocument:
        """Read a document in a child process, within the limits of time and memory.

        Args:
            name: file name; its suffix tells the format.
            content: the bytes of the file.

        Returns:
            Its blocks.

        Raises:
            DocumentFailed: one of its kinds, whatever the file does to the child.
        """
        if len(content) > self._settings.max_file_mb * 1024 * 1024:
            raise DocumentTooLarge(
                f"it is larger than {self._settings.max_file_mb} MB; split it, or raise MARQUE_INGEST_MAX_FILE_MB"
            )
        with self._places:
            worker = self._idle.take() or _Worker(self._settings)
            try:
                return worker.load(name, content)
            finally:
                self._idle.give_back(worker)

    def close(self) -> None:
        """End the child processes; fresh ones start when the sandbox is used again."""
        self._idle.end_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _IdleWorkers:
    """The child processes that wait for a document."""

    def __init__(self) -> None:
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def take(self) -> "_Worker | None":
        with self._lock:
            while self._workers:
                worker = self._workers.pop()
                if worker.is_fit:
                    return worker
                worker.end()
        return None

    def give_back(self, worker: "_Worker") -> None:
        if not worker.is_fit:
            worker.end()
            return
        with self._lock:
            self._workers.append(worker)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(IDLE_SECONDS, self.end_all)
            self._timer.daemon = True
            self._timer.start()

    def end_all(self) -> None:
        with self._lock:
            workers, self._workers = self._workers, []
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for worker in workers:
            worker.end()


class _Worker:
    """One child process and the conversation with it."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._documents = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.loading_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=tempfile.gettempdir(),
            bufsize=0,
            start_new_session=True,
        )
        self._idle_bytes = 0
        try:
            self._watched = psutil.Process(self._process.pid)
            self._send(json.dumps(self._limits()).encode(), time.monotonic() + START_SECONDS)
            self._receive(time.monotonic() + START_SECONDS)
            self._idle_bytes = self._watched.memory_info().rss
        except (DocumentFailed, psutil.Error) as error:
            self.end()
            raise LoaderCrashed(f"the process that reads documents does not start: {error}") from None

    @property
    def is_fit(self) -> bool:
        """Whether it lives and has not read its share of documents."""
        return self._process.poll() is None and self._documents < self._settings.documents_per_worker

    def load(self, name: str, content: bytes) -> LoadedDocument:
        """Send one document and wait for its blocks; kill the process when it breaks a limit."""
        self._documents += 1
        begin = time.monotonic()
        deadline = begin + self._settings.seconds_per_document
        try:
            self._send(json.dumps({"name": name, "bytes": len(content)}).encode(), deadline)
            self._send(content, deadline)
            answer = self._receive(deadline)
            while "pages" in answer:
                allowed = self._settings.seconds_per_document + answer["pages"] * self._settings.seconds_per_page
                answer = self._receive(begin + min(allowed, self._settings.max_seconds))
        except BaseException:
            self.end()
            raise
        if "document" in answer:
            return LoadedDocument.from_json(answer["document"])
        error = DOCUMENT_ERRORS.get(str(answer.get("error")), DocumentFailed)
        if answer.get("tired"):
            self.end()
        raise error(str(answer.get("message", "it could not be read"))[:500])

    def end(self) -> None:
        """Kill the process and wait for its end."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _limits(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "memory_mb": settings.memory_mb,
            "cpu_seconds": int(settings.max_seconds * settings.documents_per_worker) + 1,
            "max_unpacked_mb": settings.max_unpacked_mb,
            "max_entries": settings.max_entries,
            "max_rows": settings.max_rows,
            "recognition": asdict(settings.recognition) if settings.recognition else None,
        }

    def _send(self, content: bytes, deadline: float) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise LoaderCrashed("the process that reads documents has no input")
        os.set_blocking(pipe.fileno(), False)
        frame = memoryview(len(content).to_bytes(8, "big") + content)
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_WRITE)
            while frame:
                self._watch(deadline)
                if not ready.select(WATCH_SECONDS):
                    continue
                try:
                    frame = frame[os.write(pipe.fileno(), frame[: 1024 * 1024]) :]
                except BlockingIOError:
                    continue
                except OSError:
                    raise self._death() from None

    def _receive(self, deadline: float) -> dict[str, Any]:
        length = int.from_bytes(self._read(8, deadline), "big")
        if length > MAX_ANSWER_BYTES:
            raise DocumentTooLarge("its text is larger than 256 MB; split the document")
        answer = json.loads(self._read(length, deadline))
        if not isinstance(answer, dict):
            raise LoaderCrashed("the process that read it gave no answer")
        return answer

    def _read(self, length: int, deadline: float) -> bytes:
        pipe = self._process.stdout
        if pipe is None:
            raise LoaderCrashed("the process that reads documents has no output")
        found = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while len(found) < length:
                self._watch(deadline)
                if ready.select(WATCH_SECONDS):
                    piece = os.read(pipe.fileno(), min(length - len(found), 1024 * 1024))
                    if not piece:
                        raise self._death()
                    found += piece
        return bytes(found)

    def _watch(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise DocumentTimedOut(
                "reading it takes too long; split the document, or raise MARQUE_INGEST_SECONDS_PER_DOCUMENT"
            )
        with suppress(psutil.Error):
            used = self._watched.memory_info().rss - self._idle_bytes
            if used > self._settings.memory_mb * 1024 * 1024:
                raise DocumentOutOfMemory(
                    f"reading it takes more than {self._settings.memory_mb} MB; split the document, "
                    "or raise MARQUE_INGEST_MEMORY_MB"
                )

    def _death(self) -> DocumentFailed:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        return LoaderCrashed(
            f"the process that read it died (status {self._process.returncode}); the file is damaged or hostile: "
            "open it in its own program and save it again"
        )


def _environment() -> dict[str, str]:
    """What the child is told: where the code lies, and none of the parent's secrets."""
    root = str(Path(__file__).resolve().parent.parent)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": root,
        "PYTHONDONTWRITEBYTECODE": "1",
        "RAYON_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
