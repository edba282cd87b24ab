"""Which language model is used, where, and within which limits."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model at one endpoint; printing it does not show the key.

    Args:
        model: its name, with its provider in front where there is no address: `openai:gpt-5-mini`.
        base_url: address of an Azure OpenAI resource or of a compatible server.
        api_key: key for the address.
        max_tokens: longest answer, in tokens.
        temperature: sampling temperature; None leaves it to the model.
        reports_usage: whether token counts are asked for.
        first_words_seconds: how long it may take to the first words.
        whole_seconds: how long it may take for the whole answer.
        retries: how often a failed request is tried again within the deadline.
        failures_to_pause: after so many failures in a row it is left alone.
        pause_seconds: how long it is left alone.
        input_price: price of 1,000,000 tokens read.
        output_price: price of 1,000,000 tokens written.
        setting: the setting that names the model; those of its address and key begin with it.
    """

    model: str
    base_url: str | None = None
    api_key: SecretStr | None = field(default=None, repr=False)
    max_tokens: int = 700
    temperature: float | None = None
    reports_usage: bool = True
    first_words_seconds: float = 3.0
    whole_seconds: float = 12.0
    retries: int = 1
    failures_to_pause: int = 3
    pause_seconds: float = 30.0
    input_price: float | None = None
    output_price: float | None = None
    setting: str = "MARQUE_BOT_MODEL"

    @property
    def name(self) -> str:
        """Which model at which endpoint, without any key."""
        if self.base_url is None:
            return self.model
        address = urlsplit(self.base_url)
        return f"{self.model} at {address.hostname}{f':{address.port}' if address.port else ''}"

    def cost(self, input_tokens: int, output_tokens: int) -> float | None:
        """Price of one answer; None where no price is configured."""
        if self.input_price is None and self.output_price is None:
            return None
        return (input_tokens * (self.input_price or 0) + output_tokens * (self.output_price or 0)) / 1_000_000
