"""The secret that signs sessions where none is set: made once, kept for its owner's eyes only."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from ui.errors import ServerError

_NAME = "session.key"
_SHORTEST = 32


def kept_session_key(folder: Path) -> str:
    """The secret of a data folder, which is made where it is missing.

    Args:
        folder: the data folder; all workers of a server share it.

    Raises:
        ServerError: it can be neither read nor made.
    """
    path = folder / _NAME
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            mine = folder / f"{_NAME}.{secrets.token_hex(8)}"
            mine.touch(mode=0o600)
            mine.write_text(secrets.token_urlsafe(48), encoding="ascii")
            with suppress(FileExistsError):  # another worker was faster: its key holds
                os.link(mine, path)
            mine.unlink()
        key = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ServerError(f"{path} cannot be used: {reason}; or set MARQUE_UI_SESSION_KEY") from None
    if len(key) < _SHORTEST:
        raise ServerError(f"{path} holds no key; remove it, and the next start makes a new one")
    return key
