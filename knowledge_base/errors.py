"""What can go wrong with what a brand knows.

KnowledgeBaseError
├── NothingPublished      the brand has no live release
├── ReleaseNotFound       no release of that id is kept
├── ReleaseDamaged        a release is not what was written
├── ReleaseEmpty          a release without passages was about to go live
├── ReleaseBusy           another process is building or publishing for the brand
├── EmbedderMismatch      the release was built with another embedder
├── EmbedderUnavailable   the model's files are missing or unusable
└── StoreUnavailable      the data folder cannot be read or written
"""


class KnowledgeBaseError(Exception):
    """Base of every error of this package; its text says what to do."""


class NothingPublished(KnowledgeBaseError):
    """The brand has no live release."""


class ReleaseNotFound(KnowledgeBaseError):
    """No release of that id is kept."""


class ReleaseDamaged(KnowledgeBaseError):
    """A release is not what was written."""


class ReleaseEmpty(KnowledgeBaseError):
    """A release without passages was about to go live."""


class ReleaseBusy(KnowledgeBaseError):
    """Another process is building or publishing for the brand."""


class EmbedderMismatch(KnowledgeBaseError):
    """The release was built with another embedder."""


class EmbedderUnavailable(KnowledgeBaseError):
    """The model's files are missing or unusable."""


class StoreUnavailable(KnowledgeBaseError):
    """The data folder cannot be read or written."""
