"""What can go wrong at the HTTP interface itself.

DoorError
└── ApiError
    ├── SessionMissing    the request carries no session token
    ├── SessionInvalid    the token was not made here, was changed, or has ended
    ├── ApiKeyMissing     the request carries no secret key
    ├── ApiKeyInvalid     the secret key is not known
    ├── ModelUnknown      the key may not ask this brand
    ├── PassageUnknown    the brand has no such passage
    ├── ReplyFailed       a question was taken and could not be answered
    ├── KeyUnknown        no brand has this publishable key
    ├── OriginRefused     the page may not speak for this brand
    ├── LocalOnly         it is for this machine's own user
    ├── KeyReused         an Idempotency-Key stands for another message
    ├── TurnInFlight      a message of this conversation is being answered
    ├── AboveCapacity     as many questions as the server takes are being answered
    ├── TooManyRequests   a brand, key, session or address asks too often
    ├── ConversationFull  the conversation is as long as it may become
    ├── BodyTooLarge      the body is larger than the limit
    ├── StaffTokenMissing the request carries no token of the staff's issuer
    ├── StaffTokenInvalid the token is not the issuer's, not for this server, was changed, or has ended
    ├── IssuerUnreachable the issuer's keys cannot be had
    ├── RoleMissing       the person has no role that may do this
    ├── HandoffNotTaken   who writes to a customer has not taken the conversation over
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


class ApiKeyMissing(ApiError):
    """The request carries no secret key."""


class ApiKeyInvalid(ApiError):
    """The secret key is not known."""


class ModelUnknown(ApiError):
    """The key may not ask this brand."""


class PassageUnknown(ApiError):
    """The brand has no such passage."""


class ReplyFailed(ApiError):
    """A question was taken and could not be answered; its text is for the caller, the log has the rest."""


class KeyUnknown(ApiError):
    """No brand has this publishable key."""


class OriginRefused(ApiError):
    """The page may not speak for this brand."""


class LocalOnly(ApiError):
    """It is for this machine's own user."""


class KeyReused(ApiError):
    """An Idempotency-Key stands for another message."""


class TurnInFlight(ApiError):
    """A message of this conversation is being answered."""


class AboveCapacity(ApiError):
    """As many questions as the server takes are being answered."""


class TooManyRequests(ApiError):
    """A brand, key, session or address asks too often.

    Args:
        words: what to do.
        retry_after_seconds: how long to wait.
    """

    def __init__(self, words: str, retry_after_seconds: int = 1) -> None:
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds


class ConversationFull(ApiError):
    """The conversation is as long as it may become."""


class BodyTooLarge(ApiError):
    """The body is larger than the limit."""


class StaffTokenMissing(ApiError):
    """The request carries no token of the staff's issuer."""


class StaffTokenInvalid(ApiError):
    """The token is not the issuer's, not for this server, was changed, or has ended."""


class IssuerUnreachable(ApiError):
    """The issuer's keys cannot be had; its text is for the log."""


class RoleMissing(ApiError):
    """The person has no role that may do this."""


class HandoffNotTaken(ApiError):
    """Who writes to a customer has not taken the conversation over."""


class HostRefused(ApiError):
    """The request names a host that is not served here."""


class NotReady(ApiError):
    """The server still warms up."""
