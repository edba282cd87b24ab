"""Limits that a loader keeps while it reads one document, and what it may read scans with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TextRecognition:
    """What scanned pages are read with.

    Args:
        data_folder: holds a file `<language>.traineddata` for each language.
        languages: as the files are called, joined by `+`.
    """

    data_folder: str
    languages: str

    @property
    def missing(self) -> list[str]:
        """The files that are not there."""
        files = [Path(self.data_folder) / f"{language}.traineddata" for language in self.languages.split("+")]
        return [str(file) for file in files if not file.is_file()]


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """How much of a document is read.

    Args:
        unpacked_bytes: size to which an archive may unpack.
        entries: files that an archive may contain.
        rows: rows that a sheet may have.
        recognition: what scanned pages are read with; None leaves them out.
    """

    unpacked_bytes: int = 200 * 1024 * 1024
    entries: int = 5000
    rows: int = 100_000
    recognition: TextRecognition | None = None
