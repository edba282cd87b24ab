"""Who we speak for: the group, its brands, and what is known of a customer's vehicle."""

from brands.errors import BrandsError, GroupFolderInvalid, ProfileInvalid, UnknownBrand
from brands.glossary import Glossary, GlossaryEntry
from brands.group import Group, load_group
from brands.profile import BrandProfile, VehicleModel
from brands.region import Region
from brands.scope import Scope
from brands.vehicle import VehicleContext

__all__ = [
    "BrandProfile",
    "BrandsError",
    "Glossary",
    "GlossaryEntry",
    "Group",
    "GroupFolderInvalid",
    "ProfileInvalid",
    "Region",
    "Scope",
    "UnknownBrand",
    "VehicleContext",
    "VehicleModel",
    "load_group",
]
