"""A region of the group: several markets that share documents."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from brands.profile import WrittenMarket


class Region(BaseModel):
    """One entry of `regions:` in group.yaml.

    Its documents lie in `regions/<id>/documents` and hold for its markets.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    markets: Annotated[tuple[WrittenMarket, ...], Field(min_length=1)]
