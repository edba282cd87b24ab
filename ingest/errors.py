"""What can go wrong between a file and a candidate release.

IngestError
├── NoDocuments              the brand has no document at all
├── AllDocumentsFailed       not one document could be read
├── SourcesInvalid           a sources.yaml cannot be used
├── LossNotAccepted          the candidate is complete, and its going live would lose live content
├── FetchFailed              a page or sitemap could not be had; the last good copy stays
│   ├── AddressRefused       its address is not one that may be asked
│   ├── PageGone             the server says that it is there no more
│   └── PageRefused          what came is too large, too slow or not what it says it is
└── DocumentFailed           one document could not be used; the others go on
    ├── ScopeInvalid         its front matter, row or _scope.yaml has an unknown key or a wrong value
    ├── UnsupportedFormat    the file is of no format that is read, or not what its name says
    ├── DocumentEncrypted    it needs a password
    ├── DocumentEmpty        it holds no text
    ├── DocumentDamaged      its bytes do not follow its format
    ├── DocumentUnsafe       it holds what no honest document needs
    ├── DocumentTooLarge     it is larger than the limits, packed or unpacked
    ├── DocumentTimedOut     reading it took longer than the limit
    ├── DocumentOutOfMemory  reading it took more memory than the limit
    └── LoaderCrashed        the process that read it died
"""


class IngestError(Exception):
    """Base of every error of this package; its text says what to do."""


class NoDocuments(IngestError):
    """The brand has no document at all."""


class AllDocumentsFailed(IngestError):
    """Not one document could be read."""


class SourcesInvalid(IngestError):
    """A sources.yaml cannot be used."""


class LossNotAccepted(IngestError):
    """The candidate is complete, and its going live would lose live content."""


class FetchFailed(IngestError):
    """A page or sitemap could not be had; the last good copy stays.

    Args:
        message: why, in plain words.
        status: what the server answered, where that is the reason.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class AddressRefused(FetchFailed):
    """The address is not one that may be asked."""


class PageGone(FetchFailed):
    """The server says that the page is there no more."""


class PageRefused(FetchFailed):
    """What came is too large, too slow or not what it says it is."""


class DocumentFailed(IngestError):
    """One document could not be used; the others go on."""


class ScopeInvalid(DocumentFailed):
    """Front matter, a row or a _scope.yaml has an unknown key or a wrong value."""


class UnsupportedFormat(DocumentFailed):
    """The file is of no format that is read, or not what its name says."""


class DocumentEncrypted(DocumentFailed):
    """The document needs a password."""


class DocumentEmpty(DocumentFailed):
    """The document holds no text."""


class DocumentDamaged(DocumentFailed):
    """The bytes of the document do not follow its format."""


class DocumentUnsafe(DocumentFailed):
    """The document holds what no honest document needs."""


class DocumentTooLarge(DocumentFailed):
    """The document is larger than the limits, packed or unpacked."""


class DocumentTimedOut(DocumentFailed):
    """Reading the document took longer than the limit."""


class DocumentOutOfMemory(DocumentFailed):
    """Reading the document took more memory than the limit."""


class LoaderCrashed(DocumentFailed):
    """The process that read the document died."""


DOCUMENT_ERRORS: dict[str, type[DocumentFailed]] = {
    error.__name__: error
    for error in (
        DocumentFailed,
        ScopeInvalid,
        UnsupportedFormat,
        DocumentEncrypted,
        DocumentEmpty,
        DocumentDamaged,
        DocumentUnsafe,
        DocumentTooLarge,
        DocumentTimedOut,
        DocumentOutOfMemory,
        LoaderCrashed,
    )
}
