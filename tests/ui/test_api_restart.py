"""A served process that is stopped or killed: nothing acknowledged is lost or doubled, and sessions go on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.ui.api_client import WARRANTY, begin, events_of

ROOT = Path(__file__).parents[2]


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A `marque serve` whose sessions outlive it, and its address."""
    command = [
        sys.executable,
        "-c",
        "from ui.cli import main; main()",
        "serve",
        str(folder),
        "--port",
        "0",
        "--json",
        *options,
    ]
    environment = {**os.environ, "MARQUE_UI_SESSION_KEY": "k" * 40}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        told = "".join(iter(process.stdout.readline, "}\n")) + "}"
        yield process, json.loads(told)["address"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_is_there_after_a_restart(
    published_folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "group"
    shutil.copytree(published_folder, folder)
    with served(folder) as (process, address), httpx.Client(base_url=address, timeout=60) as client:
        headers = begin(client, "alder")
        events = events_of(client.post("/v1/messages", json={"text": WARRANTY}, headers=headers).text)
        turn = events[-1][2]["turn"]
        with client.stream("GET", "/v1/events", headers=headers) as listening:
            next(listening.iter_lines())
            begun = time.monotonic()
            process.send_signal(number)
            code = process.wait(30)
        took = time.monotonic() - begun
    assert code == (0 if number is signal.SIGTERM else -signal.SIGKILL)
    assert took < 10, took
    with served(folder) as (_, address), httpx.Client(base_url=address, timeout=60) as client:
        turns = client.get("/v1/conversation", headers=headers).json()["turns"]
        assert [one["role"] for one in turns] == ["customer", "bot"]
        assert turns[1]["turn"] == turn
        again = events_of(client.post("/v1/messages", json={"text": "How do I pair my phone?"}, headers=headers).text)
        assert again[-1][1] == "reply"
        assert len(client.get("/v1/conversation", headers=headers).json()["turns"]) == 4
