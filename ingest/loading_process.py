"""The child process that reads documents: frames of JSON in, frames of JSON out."""

import json
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from ingest.errors import DocumentFailed
from ingest.loaders.limits import LoadLimits, TextRecognition
from ingest.loaders.registry import load_document

MEGABYTE = 1024 * 1024


def main() -> None:
    """Answer every document that comes in, until the input ends."""
    incoming = sys.stdin.buffer
    sys.modules["numpy"] = None  # type: ignore[assignment] # openpyxl would load it for 10 MB, and no file holds its numbers
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    first = _read_frame(incoming)
    if first is None:
        return
    given = json.loads(first)
    recognition = TextRecognition(**given["recognition"]) if given["recognition"] else None
    limits = LoadLimits(given["max_unpacked_mb"] * MEGABYTE, given["max_entries"], given["max_rows"], recognition)
    limit_process(given["memory_mb"], given["cpu_seconds"])
    _write_frame(outgoing, {"ready": True})
    while (head := _read_frame(incoming)) is not None:
        content = _read_frame(incoming)
        if content is None:
            return
        name = str(json.loads(head)["name"])
        _write_frame(outgoing, _answer(name, content, limits, outgoing))


def limit_process(memory_mb: int, cpu_seconds: int) -> None:
    """Set hard limits on this process where the operating system has them.

    Args:
        memory_mb: address space beyond what is in use now, in MB.
        cpu_seconds: processor time in all, in seconds.
    """
    try:
        import resource
    except ImportError:
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        with open("/proc/self/statm", encoding="ascii") as status:
            in_use = int(status.read().split()[0]) * resource.getpagesize()
        allowed = in_use + (memory_mb + LIBRARIES_MB) * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))


# Address space that the libraries map before the first document, in MB; measured with all of them loaded.
LIBRARIES_MB = 512


def _answer(name: str, content: bytes, limits: LoadLimits, outgoing: BinaryIO) -> dict[str, Any]:
    def announce(pages: int) -> None:
        _write_frame(outgoing, {"pages": pages})

    try:
        return {"document": load_document(name, content, limits, announce).as_json()}
    except DocumentFailed as error:
        return {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        message = "reading it takes more memory than allowed; split the document, or raise MARQUE_INGEST_MEMORY_MB"
        return {"error": "DocumentOutOfMemory", "message": message, "tired": True}
    except RecursionError:
        return {
            "error": "DocumentUnsafe",
            "message": "it is nested too deeply; save it again from its own program, in simpler form",
        }
    except Exception as error:  # noqa: BLE001 - the boundary of one document: any library may raise anything
        reason = " ".join(str(error).split())[:200]
        return {
            "error": "DocumentDamaged",
            "message": f"it cannot be read; save it again from its own program ({reason})",
        }


def _read_frame(pipe: BinaryIO) -> bytes | None:
    head = pipe.read(8)
    if len(head) < 8:
        return None
    length = int.from_bytes(head, "big")
    content = pipe.read(length)
    return content if len(content) == length else None


def _write_frame(pipe: BinaryIO, answer: dict[str, Any]) -> None:
    content = json.dumps(answer, default=str).encode("utf-8", "replace")
    pipe.write(len(content).to_bytes(8, "big") + content)
    pipe.flush()


if __name__ == "__main__":
    main()
