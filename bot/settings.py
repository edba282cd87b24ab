"""Settings of the bot, read from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

# The languages whose small words, phrases and safety rules ship with the bot.
SUPPORTED_LANGUAGES = ("en", "de", "fr", "it", "es")


class BotSettings(BaseSettings):
    """Settings of the bot; each has a default that works."""

    model_config = SettingsConfigDict(env_prefix="MARQUE_BOT_", frozen=True, protected_namespaces=())

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
        default=90, ge=10, description="How long an extract of running text may be; procedures and FAQ answers stay whole."
    )
