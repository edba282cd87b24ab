"""Several processes that serve the HTTP interface on one port; uvicorn keeps them alive."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from bot.errors import BotError
from brands import BrandsError, load_group
from knowledge_base.errors import KnowledgeBaseError
from ui.api.metrics import FIGURES_FOLDER, forget_process
from ui.bootstrap import Services
from ui.errors import DoorError, ServerError
from ui.log import begin_log
from ui.server import build_app, server_config
from ui.settings import UiSettings

# A worker that does not answer its parent for so long is replaced; a busy machine takes a while to import everything.
_HEALTH_SECONDS = 60
_log = logging.getLogger(__name__)


class _Workers(Multiprocess):
    """Tells when all workers listen, and forgets the figures of the moment of those that ended."""

    def __init__(self, config: uvicorn.Config, bound: socket.socket, on_listening: Callable[[], None]) -> None:
        super().__init__(config, [bound])
        self._on_listening = on_listening
        self._told = False

    def keep_subprocess_alive(self) -> None:
        before = {one.pid for one in self.processes}
        super().keep_subprocess_alive()
        for number in before - {one.pid for one in self.processes}:
            _log.warning("worker %s ended and was replaced", number)
            forget_process(number or 0)
        if not self._told and not self.should_exit.is_set():
            self._told = all(one.is_ready() for one in self.processes)
            if self._told:
                self._on_listening()

    @property
    def failed(self) -> bool:
        """Whether a worker could not start."""
        return any(one.exitcode == STARTUP_FAILURE for one in self.processes)


def run_workers(services: Services, bound: socket.socket, workers: int, on_listening: Callable[[], None]) -> None:
    """Serve the HTTP interface by several processes until this one is told to stop (SIGINT or SIGTERM).

    Args:
        services: of the group; each worker builds its own.
        bound: from `bind_port`.
        workers: how many.
        on_listening: called once, when all of them answer requests.

    Raises:
        ServerError: a worker could not start.
    """
    services.database.close()  # made once, before the workers ask for it
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with TemporaryDirectory(prefix="marque-figures-") as figures:
        os.environ[FIGURES_FOLDER] = figures
        make = partial(build_worker, services.group.folder.absolute(), services.settings)
        config = server_config(make, services.settings, workers=workers)
        config.timeout_worker_healthcheck = _HEALTH_SECONDS
        pool = _Workers(config, bound, on_listening)
        try:
            pool.run()
        finally:
            bound.close()
            del os.environ[FIGURES_FOLDER]
            for number, handler in before.items():
                signal.signal(number, handler)
    if pool.failed:
        raise ServerError("a worker could not start; the lines above tell why")


def build_worker(group_folder: Path, settings: UiSettings) -> FastAPI:
    """Build what one worker serves.

    Args:
        group_folder: the group folder.
        settings: of the doors.
    """
    try:
        begin_log(settings.log_level)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        return build_app(Services(load_group(group_folder), settings), console=False)
    except (BrandsError, BotError, KnowledgeBaseError, DoorError, OSError):
        # Another exit code would have it started again and again.
        _log.exception("a worker could not start")
        sys.exit(STARTUP_FAILURE)


def _end_with_parent() -> None:
    """Stop when the process that started this one was killed: the port must be free for the next one."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
