"""What can go wrong with a group folder.

BrandsError
├── GroupFolderInvalid   the folder or its group.yaml cannot be used
├── ProfileInvalid       a brand.yaml is missing or wrong
└── UnknownBrand         the group has no brand of that name
"""


class BrandsError(Exception):
    """Base of every error of this package; its text says what to do."""


class GroupFolderInvalid(BrandsError):
    """The group folder or its group.yaml cannot be used."""


class ProfileInvalid(BrandsError):
    """A brand's profile is missing or wrong."""


class UnknownBrand(BrandsError):
    """The group has no brand of that name."""
