"""The user of this machine who runs the command or the server."""

import getpass
import os


def local_user_name() -> str:
    """Their name; the number where the system knows none, as in a container that is run by any user id."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
