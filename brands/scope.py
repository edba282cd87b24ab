"""Where a text holds: level, market, model, model years and language."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from brands.vehicle import VehicleContext

Level = Literal["group", "region", "brand"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when a text holds; an empty tuple or None means everywhere or always.

    Args:
        language: ISO 639-1 code of the text.
        level: who wrote it: the group, a region, or the brand itself.
        markets: ISO 3166-1 alpha-2 codes in lower case.
        models: model ids of the brand's profile.
        model_years: model years.
        valid_from: first day on which it holds.
        valid_to: last day on which it holds.
    """

    language: str
    level: Level = "brand"
    markets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    model_years: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def admits(self, vehicle: VehicleContext, on: date, language: str | None = None) -> bool:
        """Whether the text may be shown for this vehicle on this day.

        Args:
            vehicle: what is known of the customer's vehicle; unknown parts exclude nothing.
            on: the day of the question.
            language: when given, only texts in this language are admitted.

        Returns:
            False as soon as one known fact contradicts the scope.
        """
        return (
            (language is None or language == self.language)
            and (vehicle.market is None or not self.markets or vehicle.market in self.markets)
            and (vehicle.model is None or not self.models or vehicle.model in self.models)
            and (vehicle.model_year is None or not self.model_years or vehicle.model_year in self.model_years)
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )
