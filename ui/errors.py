"""What can go wrong at the doors.

DoorError
├── ServerError        the server cannot start
└── FolderNotEmpty     `marque init` was given a folder that holds something
"""


class DoorError(Exception):
    """Base of every error of this package; its text says what to do."""


class ServerError(DoorError):
    """The server cannot start."""


class FolderNotEmpty(DoorError):
    """`marque init` was given a folder that holds something."""
