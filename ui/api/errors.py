"""What can go wrong at the HTTP interface itself.

DoorError
└── ApiError
    ├── SessionMissing    the request carries no session token
    ├── SessionInvalid    the token was not made here, was changed, or has ended
    ├── BodyTooLarge      the body is larger than the limit
    ├── HostRefused       the request names a host that is not served here
    └── NotReady          the server still warms up
"""

from ui.errors import DoorError


class ApiError(DoorError):
    """Base of the errors of the HTTP interface."""


class SessionMissing(ApiError):
    """The request carries no session token."""


class SessionInvalid(ApiError):
    """The token was not made here, was changed, or has ended."""


class BodyTooLarge(ApiError):
    """The body is larger than the limit."""


class HostRefused(ApiError):
    """The request names a host that is not served here."""


class NotReady(ApiError):
    """The server still warms up."""
