"""Settings of the bot, read from the environment."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# The languages whose small words, phrases and safety rules ship with the bot.
SUPPORTED_LANGUAGES = ("en", "de", "fr", "it", "es")

_PLACEHOLDER_SECRETS = frozenset(
    {
        "changeme",
        "change-me",
        "change_me",
        "secret",
        "password",
        "todo",
        "xxx",
        "your-api-key",
        "your_api_key",
        "sk-...",
    }
)


class BotSettings(BaseSettings):
    """Settings of the bot; each has a default that works."""

    model_config = SettingsConfigDict(
        env_prefix="MARQUE_BOT_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        frozen=True,
        protected_namespaces=(),
    )

    message_limit_characters: int = Field(default=2_000, ge=1, description="Longest message that is read.")
    history_turns: int = Field(default=12, ge=0, description="How many earlier turns a question may lean on.")
    passages_per_question: int = Field(default=16, ge=1, le=100, description="How many passages are looked at.")
    answer_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least probability of an answer; unset takes the calibrated one.",
    )
    answer_limit_words: int = Field(
        default=120,
        ge=10,
        description="How long an extract of running text may be; procedures and FAQ answers stay whole.",
    )

    reader: bool = Field(
        default=True,
        description="Let the span reader that ships help to decide and to find facts; off leaves both to words.",
    )

    conversations_url: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy address of the conversations' database; unset keeps them as SQLite in the data folder.",
    )

    model: str | None = Field(
        default=None,
        min_length=1,
        description="Language model, as `openai:gpt-5-mini` or `azure_openai:DEPLOYMENT`; unset answers by extracts.",
    )
    model_base_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Address of an Azure OpenAI resource or of a compatible server, up to `/v1`.",
    )
    model_api_key: SecretStr | None = Field(default=None, description="Key for the model's address.")
    model_first_words_seconds: float = Field(
        default=3.0, gt=0, le=120, description="How long the model may take to its first words, in seconds."
    )
    model_whole_seconds: float = Field(
        default=12.0, gt=0, le=600, description="How long the model may take for its whole answer, in seconds."
    )
    model_max_tokens: int = Field(default=700, ge=16, description="Longest answer of the model, in tokens.")
    model_context_tokens: int = Field(
        default=8_000, ge=1_024, description="Window of the model, question, passages and answer included, in tokens."
    )
    model_passages: int = Field(default=6, ge=1, le=50, description="How many passages the model is given at most.")
    model_temperature: float | None = Field(
        default=None, ge=0, le=2, description="Sampling temperature; unset leaves it to the model."
    )
    model_reports_usage: bool = Field(
        default=True, description="Ask for token counts; off for a server that refuses `stream_options`."
    )
    model_retries: int = Field(
        default=1, ge=0, le=5, description="How often a failed request is tried again within the deadline."
    )
    model_failures_to_pause: int = Field(
        default=3, ge=1, description="After so many failures in a row the model is left alone for a while."
    )
    model_pause_seconds: float = Field(
        default=30.0, gt=0, description="How long a failing model is left alone, in seconds."
    )
    model_input_price: float | None = Field(
        default=None, ge=0, description="Price of 1,000,000 tokens read, in your currency; records costs."
    )
    model_output_price: float | None = Field(
        default=None, ge=0, description="Price of 1,000,000 tokens written, in your currency; records costs."
    )

    fallback_model: str | None = Field(
        default=None, min_length=1, description="Language model that is asked where the first gives no answer."
    )
    fallback_model_base_url: str | None = Field(
        default=None, pattern=r"^https?://\S+$", description="Address of the second model, as for the first."
    )
    fallback_model_api_key: SecretStr | None = Field(default=None, description="Key for the second model's address.")
    fallback_model_input_price: float | None = Field(
        default=None, ge=0, description="Price of 1,000,000 tokens read by the second model, in your currency."
    )
    fallback_model_output_price: float | None = Field(
        default=None, ge=0, description="Price of 1,000,000 tokens written by the second model, in your currency."
    )

    @field_validator("model_api_key", "fallback_model_api_key")
    @classmethod
    def _is_no_placeholder(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and (
            key.get_secret_value().strip().casefold() in _PLACEHOLDER_SECRETS or key.get_secret_value().startswith("<")
        ):
            raise ValueError("this is a placeholder, not a key; put the real key there or leave it empty")
        return key

    @model_validator(mode="after")
    def _deadlines_agree(self) -> Self:
        if self.model_first_words_seconds > self.model_whole_seconds:
            raise ValueError("model_first_words_seconds is longer than model_whole_seconds, of which it is a part")
        if self.fallback_model is not None and self.model is None:
            raise ValueError("fallback_model takes the place of a model; set model too")
        return self
