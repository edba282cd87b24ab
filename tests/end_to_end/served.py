"""A real `marque serve` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_COMMAND = [sys.executable, "-c", "from ui.cli import main; main()"]


@dataclass
class Served:
    """A server that runs.

    Args:
        process: its process.
        folder: the group folder.
        told: what it printed.
    """

    process: subprocess.Popen[str]
    folder: Path
    told: dict[str, Any]

    @property
    def address(self) -> str:
        """Where it is served."""
        return str(self.told["address"])

    def cpu_seconds(self) -> float:
        """The work it has done so far, in seconds of processor time, its own only."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_warm(self, seconds: float = 240) -> None:
        """Wait until questions are answered at full speed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.address}/readyz", timeout=60).close()
            except urllib.error.HTTPError as error:
                told = error.read().decode()
                if "warming" not in told:
                    raise AssertionError(told) from None
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"not warm after {seconds} s")


@contextmanager
def start_server(folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """Start a server on a free port, with these settings in its environment, and end it again."""
    command = [*_COMMAND, "serve", str(folder), "--port", "0", "--json", *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**_environment(), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or lines[-1] != "}\n":
            line = process.stdout.readline()
            assert line, f"it ended: {process.stderr.read() if process.stderr else ''}"
            lines.append(line)
        yield Served(process, folder, json.loads("".join(lines)))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def marque(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `marque` that ends by itself."""
    return subprocess.run(
        [*_COMMAND, *arguments], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False, timeout=240
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MARQUE_")}
