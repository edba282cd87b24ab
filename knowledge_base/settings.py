"""What can be set of the knowledge base, by environment or `.env`."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# ISO 639-1.
_LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee "
    "el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io "
    "is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn "
    "mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se "
    "sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo "
    "wa wo xh yi yo za zh zu"
)


def _read_json(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise ValueError('write it as JSON: {"de": "/srv/models/german"}') from None


def _known_language(code: str) -> str:
    if code not in _LANGUAGES.split():
        raise ValueError(f"{code!r} is no language code; write two small letters of ISO 639-1, such as de or ja")
    return code


_Language = Annotated[str, AfterValidator(_known_language)]
_ModelName = Annotated[str, StringConstraints(min_length=1)]


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
    embedders_by_language: Annotated[dict[_Language, _ModelName], NoDecode, BeforeValidator(_read_json)] = Field(
        default={},
        description='Other embedders for passages of some languages, as JSON: {"de": "/srv/models/german"}.',
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
        default=25_000, ge=0, description="Up to so many passages a release is searched exactly, above it by index."
    )
    large_release_index: Literal["clusters", "chroma"] = Field(
        default="clusters",
        description="The index of releases above that which are built now: `clusters`, or a `chroma` collection.",
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
