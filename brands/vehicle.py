"""What is known of a customer's vehicle."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VehicleContext:
    """What is known of a customer's vehicle; None means unknown.

    Args:
        model: a model id of the brand's profile.
        model_year: the model year.
        market: ISO 3166-1 alpha-2 code in lower case.
    """

    model: str | None = None
    model_year: int | None = None
    market: str | None = None
