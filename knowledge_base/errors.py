"""What can go wrong with what a brand knows.

KnowledgeBaseError
├── NothingPublished      the brand has no live release
├── ReleaseNotFound       no release of that id is kept
├── ReleaseDamaged        a release is not what was written
├── ReleaseEmpty          a release without passages was about to go live
├── ReleaseBusy           another process is building or publishing for the brand
├── SecondPersonNeeded    who built a release may not publish it alone
├── ErasureRefused        what is to be erased is not said clearly enough, or is not there
├── BackupInvalid         a backup is damaged, or holds what does not belong into one
├── DataPresent           a restore would replace what is there
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


class SecondPersonNeeded(KnowledgeBaseError):
    """Who built a release may not publish it alone."""


class ErasureRefused(KnowledgeBaseError):
    """What is to be erased is not said clearly enough, or is not there."""


class BackupInvalid(KnowledgeBaseError):
    """A backup is damaged, or holds what does not belong into one."""


class DataPresent(KnowledgeBaseError):
    """A restore would replace what is there."""


class EmbedderMismatch(KnowledgeBaseError):
    """The release was built with another embedder."""


class EmbedderUnavailable(KnowledgeBaseError):
    """The model's files are missing or unusable."""


class StoreUnavailable(KnowledgeBaseError):
    """The data folder cannot be read or written."""
