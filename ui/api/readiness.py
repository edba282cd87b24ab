"""How far the start of the server is."""

from dataclasses import dataclass


@dataclass(slots=True)
class Readiness:
    """How far the start of the server is; written by the start, read by `/readyz`.

    Args:
        warm: whether everything is loaded.
        failure: why it will not be, in plain words.
        without_release: brands that have nothing published.
    """

    warm: bool = False
    failure: str | None = None
    without_release: tuple[str, ...] = ()
