"""How far the start of the server is."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Readiness:
    """How far the start of the server is; written by the start, read by `/readyz`.

    Args:
        warm: whether everything is loaded.
        failure: why it will not be, in plain words.
        silent: brands that cannot answer, each with the reason in plain words.
    """

    warm: bool = False
    failure: str | None = None
    silent: Mapping[str, str] = field(default_factory=dict)
