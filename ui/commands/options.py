"""Arguments that several commands share, and what they open."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brands import Group, load_group

if TYPE_CHECKING:
    from knowledge_base.bootstrap import KnowledgeBase

GroupArgument = Annotated[Path, typer.Argument(help="The group folder.", metavar="GROUP", show_default=False)]
BrandOption = Annotated[str, typer.Option("--brand", "-b", help="Id of the brand.", show_default=False)]
SomeBrandOption = Annotated[
    str | None, typer.Option("--brand", "-b", help="Id of one brand; without it, every brand.", show_default=False)
]


def chosen_brands(group: Group, brand_id: str | None) -> tuple[str, ...]:
    """The brands that a command is about.

    Raises:
        UnknownBrand: the group has no such brand.
    """
    if brand_id is None:
        return tuple(group.brands)
    return (group.brand(brand_id).id,)


def open_group(folder: Path) -> "tuple[Group, KnowledgeBase]":
    """Read a group folder and open what its brands know.

    Raises:
        BrandsError: the folder or a profile is wrong.
        KnowledgeBaseError: the data folder cannot be used.
    """
    from knowledge_base.bootstrap import build_knowledge_base
    from knowledge_base.settings import KnowledgeBaseSettings

    group = load_group(folder)
    settings = KnowledgeBaseSettings()
    return group, build_knowledge_base(
        settings.data_folder or folder / ".marque",
        settings,
        glossaries=group.glossaries,
        two_person_publish=group.profile.two_person_publish,
    )
