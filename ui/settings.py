"""What can be set of the doors, by environment or `.env`."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

Rate = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,8}/(second|minute|hour|day)$")]
KeyHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _networks(value: str) -> str:
    """Refuse what is no address: a proxy that everybody may pose as lets everybody pose as anyone."""
    for one in value.split(","):
        ip_network(one.strip())
    return value


Proxies = Annotated[str, AfterValidator(_networks)]


class UiSettings(BaseSettings):
    """Settings of the server, the HTTP interface and the console; each is read from `MARQUE_UI_` and its name."""

    model_config = SettingsConfigDict(
        env_prefix="MARQUE_UI_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on: this machine only.")
    port: int = Field(default=8501, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    public_hosts: str = Field(
        default="",
        description="Names under which a proxy offers the HTTP interface to brands' sites, parted by commas.",
    )
    trusted_proxies: Proxies = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks of proxies that are believed who asks (X-Forwarded-For), parted by commas.",
    )
    metrics_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Secret with which /metrics may be read from elsewhere; unset: from this machine only.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="How much is told on standard error: DEBUG, INFO, WARNING or ERROR."
    )
    session_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Secret of at least 32 characters that signs sessions; if empty, one in the data folder.",
    )
    api_keys: dict[KeyHash, str] = Field(
        default={},
        description='Secret keys of programs, as {"SHA-256 of the key": "brand"}; `python -m ui.api.api_keys BRAND`.',
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="Issuer of staff's logins by OpenID Connect; unset lets only this machine's own user in.",
    )
    oidc_audience: str | None = Field(
        default=None, min_length=1, description="Who the logins' tokens are for: this server's name at the issuer."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Secret by which the console's login asks the issuer; it is registered for the audience's name.",
    )
    oidc_roles_claim: str = Field(
        default="roles",
        min_length=1,
        description="Claim of a token with its roles, as `brand:agent`, `*:admin`, or `agent`.",
    )
    oidc_brands_claim: str = Field(
        default="brands", min_length=1, description="Claim with the brands for which roles hold that name none."
    )
    oidc_keys_minutes: int = Field(
        default=60,
        ge=1,
        le=1_440,
        description="How long the issuer's keys are kept, in minutes.",
    )
    sign_in_hours: int = Field(
        default=10, ge=1, le=168, description="How long somebody stays signed in at the console, in hours."
    )
    console_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.\-\[\]:]+/?$",
        description="Where staff open the console through a proxy, as `https://care.example`; unset: on this machine.",
    )
    session_minutes: int = Field(
        default=120, ge=1, le=43_200, description="How long a session of the HTTP interface lasts, in minutes."
    )
    body_limit_kb: int = Field(default=64, ge=1, le=10_240, description="Largest body of a request, in kB.")
    message_limit_characters: int = Field(
        default=2_000, ge=1, le=100_000, description="Longest message of a customer, in characters."
    )
    conversation_limit_turns: int = Field(
        default=200, ge=2, le=10_000, description="Longest conversation of the HTTP interface, in turns."
    )
    replies_at_once: int = Field(
        default=64, ge=1, le=1_000, description="How many questions are answered at once; more are refused with 503."
    )
    event_streams_at_once: int = Field(
        default=500, ge=1, le=10_000, description="How many conversations are followed live at once."
    )
    events_poll_seconds: float = Field(
        default=1.0, gt=0, le=60, description="How often a followed conversation is looked at, in seconds."
    )
    agent_silence_minutes: int = Field(
        default=30, ge=1, le=1_440, description="After so many minutes without a person's word, the bot answers again."
    )
    rate_session: Rate = Field(default="20/minute", description="How many messages a session may send.")
    rate_requests: Rate = Field(default="600/minute", description="How many requests of any kind a session may send.")
    rate_address: Rate = Field(
        default="120/minute", description="How many messages, and how many new sessions, an address may send."
    )
    rate_key: Rate = Field(default="3000/minute", description="How many messages and new sessions a key may send.")
    rate_brand: Rate = Field(default="6000/minute", description="How many messages a brand takes.")
    model_tokens_per_day: int | None = Field(
        default=None,
        ge=0,
        description="What a brand's language model may take in a day (UTC), in tokens; above it, extracts answer.",
    )
    upload_limit_mb: int = Field(
        default=50, ge=1, le=1_000, description="Largest document that the console takes, in MB."
    )
    drain_seconds: int = Field(
        default=20,
        ge=1,
        le=600,
        description="How long replies under way may take when the server stops, in seconds.",
    )
    shutdown_seconds: int = Field(
        default=5, ge=1, le=600, description="How long open requests may take to end when the server stops, in seconds."
    )
