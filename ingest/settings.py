"""Settings of the ingest, from the environment (MARQUE_INGEST_...) or an .env file."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.loaders.limits import TextRecognition


class IngestSettings(BaseSettings):
    """Limits under which documents are read."""

    model_config = SettingsConfigDict(
        env_prefix="MARQUE_INGEST_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    workers: int = Field(default=2, ge=1, le=64, description="Child processes that read documents at the same time.")
    seconds_per_document: float = Field(
        default=10.0, gt=0, description="Time that reading one document may take, in seconds, before pages are counted."
    )
    seconds_per_page: float = Field(
        default=0.2, ge=0, description="Time added for every page of a PDF, in seconds (250 pages/s were measured)."
    )
    max_seconds: float = Field(default=300.0, gt=0, description="Time that no document may exceed, in seconds.")
    memory_mb: int = Field(
        default=512, ge=64, description="Memory that reading one document may take, in MB, beyond the idle process."
    )
    max_file_mb: int = Field(default=100, ge=1, description="Size of the largest file that is read, in MB.")
    max_unpacked_mb: int = Field(default=200, ge=1, description="Size to which a DOCX or XLSX may unpack, in MB.")
    max_entries: int = Field(default=5000, ge=1, description="Files that a DOCX or XLSX may contain.")
    max_rows: int = Field(default=100_000, ge=1, description="Rows that a CSV or XLSX sheet may have.")
    documents_per_worker: int = Field(
        default=200, ge=1, description="Documents that one child process reads before a fresh one takes over."
    )
    ocr_data_folder: Path | None = Field(
        default=None,
        description="Folder with data for text recognition (tessdata, *.traineddata); scans are read when it is set.",
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^\w+(\+\w+)*$",
        description="Languages of scans, as the files in that folder are called, joined by +, such as eng+deu.",
    )
    web_page_mb: int = Field(default=20, ge=1, description="Size of the largest web page that is fetched, in MB.")
    web_seconds_per_page: float = Field(
        default=30.0, gt=0, description="Time that fetching one web page may take, redirects included, in seconds."
    )
    web_redirects: int = Field(default=5, ge=0, le=20, description="Redirects of a web page that are followed.")
    web_pause_seconds: float = Field(
        default=0.2, ge=0, description="Pause between two pages, so that a site is not pressed, in seconds."
    )
    web_stale_days: int = Field(
        default=7, ge=0, description="Days for which the last good copy stands in for a page that cannot be fetched."
    )
    dangerously_allow_loopback_sources: bool = Field(
        default=False, description="For tests only: lets sources.yaml name this machine itself; dangerous elsewhere."
    )

    @property
    def recognition(self) -> TextRecognition | None:
        """What scanned pages are read with; None when they are not read."""
        return TextRecognition(str(self.ocr_data_folder), self.ocr_languages) if self.ocr_data_folder else None

    @model_validator(mode="after")
    def _recognition_has_its_data(self) -> Self:
        if self.recognition is not None and (missing := self.recognition.missing):
            raise ValueError(
                f"{', '.join(missing)} is missing; install it (Debian: tesseract-ocr-eng), or set "
                "MARQUE_INGEST_OCR_DATA_FOLDER and MARQUE_INGEST_OCR_LANGUAGES to what is there"
            )
        return self
