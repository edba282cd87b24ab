"""Sessions: short-lived signed tokens that bind a caller to one brand and one conversation."""

from dataclasses import dataclass

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from ui.api.errors import SessionInvalid, SessionMissing
from ui.settings import UiSettings

_SALT = "marque-session-2"


@dataclass(frozen=True, slots=True)
class Session:
    """Who speaks through the HTTP interface.

    Args:
        brand_id: the brand, and the only place from which a request learns it.
        conversation_id: the conversation.
        key: the publishable key with which it began; None for a page of this machine, which needs none.
    """

    brand_id: str
    conversation_id: str
    key: str | None = None


class Sessions:
    """Makes session tokens and reads them.

    Args:
        settings: the lifetime.
        key: signs them; who has another one cannot read them.
    """

    def __init__(self, settings: UiSettings, key: str) -> None:
        self._serializer = URLSafeTimedSerializer(key, salt=_SALT)
        self.lifetime_seconds = settings.session_minutes * 60

    def token(self, session: Session) -> str:
        """The token of a session.

        Args:
            session: whom it binds to what.
        """
        return str(self._serializer.dumps([session.brand_id, session.conversation_id, session.key]))

    def read(self, authorization: str | None) -> Session:
        """The session of a request.

        Args:
            authorization: its `Authorization` header.

        Raises:
            SessionMissing: there is no bearer token.
            SessionInvalid: the token was not made with this key, was changed, or has ended.
        """
        token = bearer_of(authorization)
        if token is None:
            raise SessionMissing("begin a session with POST /v1/sessions and send its token as `Authorization: Bearer`")
        try:
            brand_id, conversation_id, key = self._serializer.loads(token, max_age=self.lifetime_seconds)
        except SignatureExpired:
            raise SessionInvalid("the session has ended; begin a new one with POST /v1/sessions") from None
        except (BadSignature, ValueError, TypeError):
            raise SessionInvalid("the session token is not valid; begin a new session with POST /v1/sessions") from None
        return Session(brand_id, conversation_id, key)


def bearer_of(authorization: str | None) -> str | None:
    """The bearer token of an `Authorization` header; None where there is none.

    Args:
        authorization: the header.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
