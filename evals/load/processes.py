"""Servers under test, each in a process of its own that ends with the suite."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil

from evals.errors import MeasurementFailed

_MARQUE = (sys.executable, "-c", "from ui.cli import main; main()")
_START_SECONDS = 180.0
_END_SECONDS = 60.0
# Where our own packages stand; a process in another folder does not find them by itself.
_ROOT = str(Path(__file__).parents[2])
# What a suite needs: it is one visitor who plays many, and it asks more than a customer may.
OPEN_LIMITS = {
    "MARQUE_UI_RATE_SESSION": "1000000/minute",
    "MARQUE_UI_RATE_REQUESTS": "1000000/minute",
    "MARQUE_UI_RATE_BRAND": "1000000/minute",
    "MARQUE_UI_CONVERSATION_LIMIT_TURNS": "10000",
}


class ServerProcess:
    """A server that prints its address as one JSON object when it listens.

    Args:
        command: what starts it.
        environment: its settings; no setting of ours comes from outside.
        folder: its working folder, where it finds no `.env`.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._command = list(command)
        self._environment = environment
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._complaints: IO[bytes] | None = None
        self.address = ""

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            MeasurementFailed: it ended instead.
        """
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process was stopped
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MARQUE_")}
        # The command is this interpreter, or one that the user named.
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            cwd=self._folder,
            env=inherited | dict(self._environment),
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
        )
        self.address = str(self._read_told()["address"])

    def _read_told(self) -> dict[str, Any]:
        assert self._process is not None  # noqa: S101 - it was just started
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        text = ""
        for line in self._process.stdout:
            text += line
            with suppress(ValueError):
                told = json.loads(text)
                if isinstance(told, dict) and "address" in told:
                    return told
                break
        assert self._complaints is not None  # noqa: S101 - it is a file
        self._process.wait(_END_SECONDS)
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip()[-500:] or text[-500:] or "it printed nothing"
        self.stop()
        raise MeasurementFailed(f"{' '.join(self._command[1:4])} did not start: {said}")

    @property
    def pid(self) -> int:
        """The process that listens."""
        assert self._process is not None  # noqa: S101 - it was started
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until `/readyz` says that questions are answered at full speed.

        Raises:
            MeasurementFailed: it does not within three minutes.
        """
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            with suppress(OSError, urllib.error.URLError):
                # The address is this machine's.
                urllib.request.urlopen(f"{self.address}/readyz", timeout=10).close()  # noqa: S310
                return
            time.sleep(0.02)
        raise MeasurementFailed(f"{self.address} was not ready within {_START_SECONDS:g} s")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._complaints is not None:
            self._complaints.close()
        self._process = None

    def usage(self) -> tuple[float, int, float]:
        """Memory in MB, open descriptors, and seconds of processor time; with the processes that it started."""
        family = [psutil.Process(self.pid)]
        family += family[0].children(recursive=True)
        memory, descriptors, cpu = 0.0, 0, 0.0
        for one in family:
            with suppress(psutil.NoSuchProcess):
                memory += one.memory_info().rss / 2**20
                descriptors += one.num_fds()
                spent = one.cpu_times()
                cpu += spent.user + spent.system
        return memory, descriptors, cpu


def marque_server(group: Path, settings: Mapping[str, str], *, port: int = 0, workers: int = 1) -> ServerProcess:
    """`marque serve` of a group; not started yet.

    Args:
        group: the group folder.
        settings: as environment variables; its rates are open unless they are set here.
        port: 0 takes a free one.
        workers: how many processes answer; more than one serve no console.
    """
    parts = ("--api-only", "--workers", str(workers)) if workers > 1 else ()
    command = (*_MARQUE, "serve", str(group), "--port", str(port), "--json", *parts)
    return ServerProcess(command, _own_packages() | OPEN_LIMITS | dict(settings), group)


def _own_packages() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))}


def model_settings(address: str) -> dict[str, str]:
    """Settings with which the bot asks a stub.

    Args:
        address: of the stub, up to `/v1`.
    """
    return {
        "MARQUE_BOT_MODEL": "openai:stub",
        "MARQUE_BOT_MODEL_BASE_URL": address,
        "MARQUE_BOT_MODEL_API_KEY": "of-the-stub",
        "MARQUE_BOT_MODEL_FIRST_WORDS_SECONDS": "10",
        "MARQUE_BOT_MODEL_WHOLE_SECONDS": "20",
    }


@contextmanager
def running(server: ServerProcess) -> Iterator[ServerProcess]:
    """Start a server, and end it with the block."""
    try:
        server.start()
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


@contextmanager
def model_stub(first_token_seconds: float, stream_seconds: float, folder: Path) -> Iterator[str]:
    """A stub of a language model; its address, up to `/v1`."""
    arguments = ("--first-token-seconds", str(first_token_seconds), "--stream-seconds", str(stream_seconds))
    stub = ServerProcess((sys.executable, "-m", "evals.load.model_stub", *arguments), _own_packages(), folder)
    try:
        stub.start()
        yield stub.address
    finally:
        stub.stop()
