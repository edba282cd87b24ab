"""The group: the parent company, and where its brands and documents lie."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brands.errors import GroupFolderInvalid, UnknownBrand
from brands.glossary import Glossary, load_glossary, merge_glossaries
from brands.profile import BrandProfile, Identifier, WrittenLanguage, load_profile, plain_words, yaml_words
from brands.region import Region
from brands.yaml_file import read_yaml


class GroupProfile(BaseModel):
    """What group.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    name: str
    default_language: WrittenLanguage = "en"
    languages: tuple[WrittenLanguage, ...] = ("en",)
    brands: tuple[Identifier, ...]
    regions: dict[Identifier, Region] = Field(default_factory=dict)
    two_person_publish: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group folder that was read and found valid.

    Args:
        folder: the group folder.
        profile: what its group.yaml says.
        brands: the profile of every brand, by id, in the order of group.yaml.
        glossaries: customers' words for what each brand's documents call otherwise, by brand id.
    """

    folder: Path
    profile: GroupProfile
    brands: dict[str, BrandProfile]
    glossaries: dict[str, Glossary] = field(default_factory=dict)

    def brand(self, brand_id: str) -> BrandProfile:
        """The profile of one brand.

        Raises:
            UnknownBrand: the group has no such brand.
        """
        try:
            return self.brands[brand_id]
        except KeyError:
            known = ", ".join(self.brands)
            raise UnknownBrand(f"{self.profile.name} has no brand {brand_id!r}; its brands are: {known}") from None

    @property
    def documents_folder(self) -> Path:
        """Where the documents lie that every brand inherits."""
        return self.folder / "documents"

    def region_documents_folder(self, region_id: str) -> Path:
        """Where the documents lie that hold for the markets of one region.

        Args:
            region_id: one of the regions of group.yaml.
        """
        return self.folder / "regions" / region_id / "documents"

    def brand_folder(self, brand_id: str) -> Path:
        """Where one brand's profile, logo, documents and golden questions lie.

        Raises:
            UnknownBrand: the group has no such brand.
        """
        return self.folder / "brands" / self.brand(brand_id).id


def load_group(folder: Path) -> Group:
    """Read a group folder: group.yaml and every brand's brand.yaml.

    Args:
        folder: the group folder.

    Raises:
        GroupFolderInvalid: the folder or its group.yaml cannot be used.
        ProfileInvalid: a brand's profile is missing or wrong.
    """
    path = folder / "group.yaml"
    if not folder.is_dir():
        raise GroupFolderInvalid(f"{folder} is no folder; `marque init {folder}` writes a small one to start from")
    try:
        content = read_yaml(path)
    except FileNotFoundError:
        raise GroupFolderInvalid(
            f"{folder} has no group.yaml, so it is no group folder; `marque init FOLDER` writes one"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GroupFolderInvalid(f"{path} cannot be read as YAML: {yaml_words(error)}") from None
    try:
        profile = GroupProfile.model_validate(content if isinstance(content, dict) else {})
    except ValidationError as error:
        raise GroupFolderInvalid(f"{path}: {plain_words(error)}") from None
    if not profile.brands:
        raise GroupFolderInvalid(f"{path} names no brand; add at least one under `brands:`")
    _check_regions(folder, profile)
    homes = {brand_id: folder / "brands" / brand_id for brand_id in profile.brands}
    brands = {brand_id: load_profile(home / "brand.yaml") for brand_id, home in homes.items()}
    shared = load_glossary(folder / "glossary.yaml")
    glossaries = {
        brand_id: merge_glossaries(shared, load_glossary(home / "glossary.yaml")) for brand_id, home in homes.items()
    }
    return Group(folder=folder, profile=profile, brands=brands, glossaries=glossaries)


def _check_regions(folder: Path, profile: GroupProfile) -> None:
    """Refuse a region's folder that group.yaml does not name: its documents would be left out unnoticed."""
    regions = folder / "regions"
    if not regions.is_dir():
        return
    for home in sorted(regions.iterdir()):
        if home.is_dir() and not home.name.startswith(".") and home.name not in profile.regions:
            raise GroupFolderInvalid(
                f"{home} is a region that {folder / 'group.yaml'} does not name; "
                f"add it, such as `regions: {{{home.name}: {{markets: [de, fr]}}}}`, or move the folder away"
            )
