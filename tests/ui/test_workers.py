"""`marque serve --api-only --workers 2`: processes that are killed are replaced, and nothing acknowledged is lost."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from jsonschema import validate
from typer.testing import CliRunner

from tests.ui.api_client import WARRANTY, begin, events_of, schema_of
from tests.ui.test_api_restart import served
from ui.bootstrap import Services
from ui.cli import app
from ui.commands.serve import as_json
from ui.errors import ServerError
from ui.exit_codes import ExitCode
from ui.server import bind_port, build_app
from ui.settings import UiSettings


def insist(call: Callable[[], Any]) -> Any:
    """What a call gives as soon as a process answers it: the one that was killed takes its connections with it."""
    end = time.monotonic() + 90
    while True:
        try:
            answer = call()
            if answer is not None and getattr(answer, "status_code", 200) < 500:
                return answer
        except httpx.TransportError:
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


class at:  # noqa: N801 - reads as a preposition
    """Requests of their own: a connection to a process that was killed is of no use."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Read something."""
        return httpx.get(self._address + path, timeout=60, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """Send something."""
        return httpx.post(self._address + path, timeout=60, **more)


def workers_of(number: int) -> list[psutil.Process]:
    children = [one for one in psutil.Process(number).children() if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in children if "spawn_main" in " ".join(one.cmdline())]


def test_workers_that_are_killed_are_replaced_and_lose_nothing(published_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "group"
    shutil.copytree(published_folder, folder)
    with served(folder, "--api-only", "--workers", "2") as (process, address):
        headers = insist(lambda: begin(at(address), "alder"))
        named = {**headers, "Idempotency-Key": "k1"}
        message = {"text": WARRANTY}
        told = events_of(insist(lambda: at(address).post("/v1/messages", json=message, headers=named)).text)
        assert told[-1][1] == "reply"
        first = workers_of(process.pid)
        assert len(first) == 2
        first[0].send_signal(signal.SIGKILL)
        again = insist(lambda: at(address).post("/v1/messages", json=message, headers=named))
        assert events_of(again.text) == told
        turns = insist(lambda: at(address).get("/v1/conversation", headers=headers)).json()["turns"]
        assert [one["role"] for one in turns] == ["customer", "bot"]
        figures = insist(lambda: at(address).get("/metrics")).text
        assert 'marque_turns_total{brand="alder",composer="extract",door="api",kind="answer"} 1.0' in figures
        workers = insist(lambda: found if len(found := workers_of(process.pid)) == 2 else None)
        assert first[0] not in workers
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
        assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_workers_end_with_the_process_that_started_them(published_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "group"
    shutil.copytree(published_folder, folder)
    with served(folder, "--api-only", "--workers", "2") as (process, address):
        workers = workers_of(process.pid)
        process.kill()
        process.wait(30)
        assert psutil.wait_procs(workers, timeout=60)[1] == []
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(address.rpartition(":")[2])))


def test_the_console_has_one_process(published_folder: Path) -> None:
    refused = CliRunner().invoke(app, ["serve", str(published_folder), "--workers", "2"])
    assert refused.exit_code == ExitCode.SERVER
    assert "--api-only" in refused.output


@pytest.mark.parametrize("workers", ["0", "-1", "many"])
def test_a_number_of_workers_that_is_none_is_refused(published_folder: Path, workers: str) -> None:
    assert CliRunner().invoke(app, ["serve", str(published_folder), "--workers", workers]).exit_code == ExitCode.USAGE


def test_others_reach_the_server_only_where_they_log_in(services: Services) -> None:
    with bind_port("0.0.0.0", 0, needs_login=None) as bound:
        assert bound.getsockname()[1]
    with pytest.raises(ServerError, match="MARQUE_UI_OIDC_ISSUER"):
        bind_port("0.0.0.0", 0)
    services.settings = UiSettings(oidc_issuer="https://login.example", oidc_audience="marque")
    assert build_app(services, console=False)
    with pytest.raises(ServerError, match="MARQUE_UI_OIDC_CLIENT_SECRET"):
        build_app(services)


@pytest.mark.parametrize("origin", ["http://care.example", "http://10.0.0.1:8501"])
def test_a_console_where_others_would_read_along_is_refused(services: Services, origin: str) -> None:
    services.settings = UiSettings(console_origin=origin)
    with pytest.raises(ServerError, match="https://"):
        build_app(services)


def test_what_serve_tells_has_a_schema(services: Services) -> None:
    for told in (
        as_json(services.group, "http://127.0.0.1:1", None, workers=2),
        as_json(services.group, "http://127.0.0.1:1", "https://care.example/console/", workers=1),
    ):
        validate(told, schema_of("serve"))
    assert os.environ.get("PROMETHEUS_MULTIPROC_DIR") is None
