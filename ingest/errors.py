"""What can go wrong between a file and a candidate release.

IngestError
├── NoDocuments              the brand has no document at all
├── AllDocumentsFailed       not one document could be read
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
