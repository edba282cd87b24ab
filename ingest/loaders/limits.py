"""Limits that a loader keeps while it reads one document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """How much of a document is read.

    Args:
        unpacked_bytes: size to which an archive may unpack.
        entries: files that an archive may contain.
        rows: rows that a sheet may have.
    """

    unpacked_bytes: int = 200 * 1024 * 1024
    entries: int = 5000
    rows: int = 100_000
