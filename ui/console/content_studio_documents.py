"""The documents of a brand in the content studio: what lies there, what it became, and adding one."""

from collections.abc import Collection, Sequence
from hashlib import sha256

import streamlit as st

from brands import BrandProfile
from ingest.errors import IngestError
from ingest.parsed_documents import ParsedDocument
from ingest.source import discover_documents
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest
from ui.bootstrap import Services
from ui.console.blocks import empty_block, passages_block
from ui.console.choices import LANGUAGE_NAMES
from ui.console.content_blocks import documents_block
from ui.console.content_studio_actions import do
from ui.console.document_list import list_documents
from ui.console.safe_text import widget_text
from ui.console.sign_in import require
from ui.console.uploads import (
    UploadRefused,
    UploadScope,
    accepted_suffixes,
    check_upload,
    count_kinds,
    is_kept,
    keep_upload,
    preview_upload,
)

_SHOWN_PASSAGES = 200
# Brands whose files were compared with what is live; each is a set of names.
_KEPT_COMPARISONS = 32


def show_documents(
    services: Services, profile: BrandProfile, live: Manifest | None, passages: tuple[Passage, ...]
) -> None:
    """The documents, and the passages of one that is chosen."""

    def edited_since(manifest: Manifest, of_release: Sequence[Passage]) -> Collection[str]:
        return _edited_since(services, profile.id, manifest, of_release, _stamps(services, profile.id))

    rows = list_documents(services.group, profile.id, live, passages, edited_since)
    if not rows:
        st.html(empty_block("No documents yet", "Add one, or put files into the brand's documents folder."))
        return
    chosen = st.selectbox(
        "Look inside a document",
        [one.document_id for one in rows if one.passages],
        index=None,
        key=f"inside-{profile.id}",
        placeholder="Choose a document to see what it became",
    )
    if chosen is None:
        st.html(documents_block(rows))
    else:
        _show_passages([one for one in passages if one.document_id == chosen])


def _show_passages(passages: list[Passage] | tuple[Passage, ...]) -> None:
    counts = ", ".join(f"{count} {kind}" for kind, count in count_kinds(passages).items())
    st.html(
        f'<p class="mq mq-small">{len(passages)} passages: {counts}</p>' + passages_block(passages[:_SHOWN_PASSAGES])
    )
    if len(passages) > _SHOWN_PASSAGES:
        st.html(f'<p class="mq mq-small">The first {_SHOWN_PASSAGES} are shown.</p>')


def show_upload(services: Services, profile: BrandProfile) -> None:
    """A file, what it would become, and the button that adds it."""
    given = st.file_uploader(
        "A document",
        type=accepted_suffixes(),
        key=f"upload-{profile.id}-{st.session_state.get('uploads', 0)}",
        max_upload_size=services.settings.upload_limit_mb,
    )
    if given is None:
        st.html('<p class="mq mq-small">You see what it becomes before anything is kept.</p>')
        return
    try:
        name = check_upload(given.name, given.size, services.settings.upload_limit_mb)
        content = given.getvalue()
        read = _preview(services, profile.id, name, content)
    except (UploadRefused, IngestError) as error:
        st.error(widget_text(f"{given.name}: {error}"))
        return
    if is_kept(services.group, profile.id, name):
        st.info(f"A document called {name} is there already; adding this one replaces it.")
    for note in read.notes:
        st.warning(widget_text(note))
    scope = _ask_scope(profile, read.passages)
    if st.button("Add to the documents", type="primary", key="keep"):
        do(lambda: _keep(services, profile, name, content, scope))
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
        st.rerun()
    st.html('<div class="mq mq-section">What it becomes</div>')
    _show_passages(read.passages)


def _preview(services: Services, brand_id: str, name: str, content: bytes) -> ParsedDocument:
    key = (brand_id, name, sha256(content).hexdigest())
    kept = st.session_state.get("preview")
    if kept is None or kept[0] != key:
        with st.spinner("Reading the document"):
            kept = (key, preview_upload(services.pipeline, brand_id, name, content))
        st.session_state["preview"] = kept
    read: ParsedDocument = kept[1]
    return read


def _ask_scope(profile: BrandProfile, passages: tuple[Passage, ...]) -> UploadScope:
    first = passages[0]
    languages = list(profile.languages)
    left, middle, right = st.columns(3)
    title = left.text_input("Title", first.title, key="upload-title", max_chars=200)
    language = left.selectbox(
        "Language",
        languages,
        index=languages.index(first.scope.language) if first.scope.language in languages else 0,
        key="upload-language",
        format_func=lambda code: LANGUAGE_NAMES.get(code, code.upper()),
    )
    models = middle.multiselect(
        "Models", [one.id for one in profile.models], list(first.scope.models), key="upload-models", placeholder="All"
    )
    known = sorted({year for one in profile.models for year in one.years} | set(first.scope.model_years))
    years = middle.multiselect(
        "Model years", known, list(first.scope.model_years), key="upload-years", placeholder="All"
    )
    markets = right.multiselect(
        "Markets",
        profile.markets,
        [one for one in first.scope.markets if one in profile.markets],
        key="upload-markets",
        placeholder="All",
        format_func=str.upper,
    )
    return UploadScope(title.strip() or first.title, language, tuple(models), tuple(years), tuple(markets))


def _keep(services: Services, profile: BrandProfile, name: str, content: bytes, scope: UploadScope) -> str:
    editor = require(profile.id, "bring_in").recorded_as
    path = keep_upload(services.group, profile.id, name, content, scope, editor)
    return f"{path.name} is with the documents now. Check what would change, then publish."


def _stamps(services: Services, brand_id: str) -> tuple[tuple[str, int, int, int], ...]:
    """Path, size and times of each file: only when one changes are the files read and hashed again."""
    found = []
    for one in discover_documents(services.group, brand_id).documents:
        try:
            status = one.path.stat()
        except OSError:
            continue
        found.append((str(one.path), status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return tuple(found)


@st.cache_resource(max_entries=_KEPT_COMPARISONS, show_spinner=False, hash_funcs={Manifest: lambda one: one.release_id})
def _edited_since(
    _services: Services,
    brand_id: str,
    manifest: Manifest,
    _passages: Sequence[Passage],
    stamps: tuple[tuple[str, int, int, int], ...],  # noqa: ARG001 - part of the cache's key
) -> frozenset[str]:
    return _services.pipeline.edited_since(brand_id, manifest, _passages)
