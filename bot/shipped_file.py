"""Trusts a file that ships with the bot by its SHA-256 alone."""

from hashlib import file_digest
from pathlib import Path

from bot.errors import BotError


def path_of_shipped(path: Path, sha256: str, called: str, unusable: type[BotError]) -> str:
    """The path of a file that comes with the bot, if it is the very one.

    Args:
        path: where it stands.
        sha256: of its bytes.
        called: what it is called where it cannot be used.
        unusable: raised where it cannot be read, or is another one.
    """
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unusable(f"{called} {path.name} cannot be read.") from error
    if digest != sha256:
        raise unusable(f"{called} {path.name} is not the one that ships; install Marque again.")
    # onnxruntime would keep bytes beside what it makes of them.
    return str(path)
