"""The built widget, as it is served."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCRIPT_PATH = Path(__file__).parent / "dist" / "widget.js"


@dataclass(frozen=True, slots=True)
class WidgetScript:
    """The built widget.

    Args:
        content: the script.
        packed: the same, compressed with gzip.
        integrity: what `integrity=` of a script tag says (W3C Subresource Integrity).
        tag: its entity tag.
    """

    content: bytes
    packed: bytes
    integrity: str
    tag: str


@cache
def read_script() -> WidgetScript:
    """The built widget; read once."""
    content = SCRIPT_PATH.read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")
    return WidgetScript(
        content=content,
        packed=gzip.compress(content, 9, mtime=0),
        integrity=f"sha384-{digest}",
        tag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    )
