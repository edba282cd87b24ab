"""What can be set of the knowledge base, by environment or `.env`."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KnowledgeBaseSettings(BaseSettings):
    """Settings of the knowledge base; each is read from `MARQUE_KNOWLEDGE_BASE_` and its name."""

    model_config = SettingsConfigDict(
        env_prefix="MARQUE_KNOWLEDGE_BASE_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_folder: Path | None = Field(
        default=None, description="Where releases and caches are kept; if empty, `.marque` in the group folder."
    )
    cache_folder: Path | None = Field(
        default=None,
        description="Where model graphs built on this machine are kept; if empty, the user's cache folder.",
    )
    embedder: str = Field(
        default="bundled",
        min_length=1,
        description="`bundled`, or the folder of a sentence-transformers model, or its name after `hf download NAME`.",
    )
    embedder_precision: Literal["int8", "fp32"] = Field(
        default="int8", description="Arithmetic of BERT and XLM-RoBERTa models: `int8` is twice as fast, `fp32` exact."
    )
    embedder_window_tokens: int = Field(
        default=512,
        ge=32,
        description="At most so many tokens of a text another model reads; passages are split to fit.",
    )
    embedder_threads: int | None = Field(
        default=None, ge=1, le=256, description="Threads that embed passages; if empty, one for each processor core."
    )
    question_prefix: str | None = Field(
        default=None, description="Text put before a question for another model; if empty, what the model is known for."
    )
    passage_prefix: str | None = Field(
        default=None, description="Text put before a passage for another model; if empty, what the model is known for."
    )
    exact_search_limit_passages: int = Field(
        default=50_000, ge=0, description="Up to so many passages a release is searched exactly, above it by index."
    )
    retained_releases: int = Field(
        default=10, ge=2, description="How many releases of a brand are kept, the live one included."
    )
    open_releases: int = Field(
        default=32, ge=1, description="How many brands' releases one process keeps open for questions."
    )
    dense_weight: float = Field(
        default=0.6, ge=0, le=1, description="Share of meaning in a hit's score, 0 to 1; the rest is shared words."
    )
