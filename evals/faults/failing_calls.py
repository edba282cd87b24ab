"""Lets the operating system refuse the Nth write, fsync or rename of this process."""

import builtins
import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

Call = Literal["write", "fsync", "rename", "open", "unlink"]
CALLS: tuple[Call, ...] = ("write", "fsync", "rename", "open", "unlink")

_ERRORS: dict[Call, int] = {
    "write": errno.ENOSPC,
    "fsync": errno.EIO,
    "rename": errno.EIO,
    "open": errno.ENOSPC,
    "unlink": errno.EIO,
}


class FailingCalls:
    """Counts calls of one kind and refuses one of them.

    Args:
        call: which kind; `open` means opening a file to write it.
        number: which one, from 1.
    """

    def __init__(self, call: Call, number: int) -> None:
        self._call = call
        self._left = number
        self.refused = False

    def count(self, call: Call) -> None:
        """Note a call, and refuse it when it is the one.

        Raises:
            OSError: it is.
        """
        if call != self._call or self.refused:
            return
        self._left -= 1
        if self._left == 0:
            self.refused = True
            code = _ERRORS[call]
            raise OSError(code, os.strerror(code))


class _File:
    """A file whose writes are counted; NumPy and `json` use it as any other."""

    def __init__(self, file: Any, calls: FailingCalls) -> None:
        self._file = file
        self._calls = calls

    def write(self, content: Any) -> Any:
        self._calls.count("write")
        return self._file.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        self._file.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._file.__exit__(*error)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)


@contextmanager
def refusing(calls: FailingCalls) -> Iterator[None]:
    """Count this process's calls while the block runs; for a process that ends soon after.

    What SQLite and Chroma write is not seen here; a small disk refuses that (see `storage`).

    Args:
        calls: what to refuse.
    """
    plain_open, plain_fsync = io.open, os.fsync
    plain_rename, plain_replace, plain_unlink = os.rename, os.replace, os.unlink

    def open_counted(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if not set(mode) & set("wax+"):
            return plain_open(file, mode, *arguments, **options)
        calls.count("open")
        return _File(plain_open(file, mode, *arguments, **options), calls)

    def counted(call: Call, plain: Any) -> Any:
        def run(*arguments: Any, **options: Any) -> Any:
            calls.count(call)
            return plain(*arguments, **options)

        return run

    try:
        builtins.open = io.open = open_counted
        os.fsync = counted("fsync", plain_fsync)
        os.rename, os.replace = counted("rename", plain_rename), counted("rename", plain_replace)
        os.unlink = os.remove = counted("unlink", plain_unlink)
        yield
    finally:
        builtins.open = io.open = plain_open
        os.fsync, os.rename, os.replace = plain_fsync, plain_rename, plain_replace
        os.unlink = os.remove = plain_unlink
