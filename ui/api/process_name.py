"""Tells one process of the server from another, and whether it still runs."""

import os
import socket
from functools import cache


@cache
def own_name() -> str:
    """The name of this process: machine, number and start; none after it has the same."""
    return f"{_machine()}/{os.getpid()}/{_started_at(os.getpid())}"


def has_ended(name: str) -> bool:
    """Whether a process is known to have ended; of another machine's nothing is known.

    Args:
        name: what the process called itself.
    """
    machine, number, started = name.rsplit("/", 2)
    return machine == _machine() and _started_at(int(number)) != started


def _machine() -> str:
    """Name this machine, and where it holds containers, which of them: each counts its processes for itself."""
    try:
        counted_in = os.readlink("/proc/self/ns/pid")
    except OSError:  # no Linux
        counted_in = ""
    return f"{socket.gethostname()} {counted_in}"


def _started_at(number: int) -> str:
    import psutil

    try:
        process = psutil.Process(number)
        # A child that nobody waited for yet has ended all the same.
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return ""
