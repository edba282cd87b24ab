"""What can go wrong with what a brand knows.

KnowledgeBaseError
├── NothingPublished      the brand has no live release
├── ReleaseNotFound       no release of that id is kept
├── ReleaseDamaged        a release is not what was written
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


class EmbedderMismatch(KnowledgeBaseError):
    """The release was built with another embedder."""


class EmbedderUnavailable(KnowledgeBaseError):
    """The model's files are missing or unusable."""


class StoreUnavailable(KnowledgeBaseError):
    """The data folder cannot be read or written."""
