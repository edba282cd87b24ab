"""*Content*: a brand's documents, what they became, and which release is live."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import streamlit as st

from brands import BrandProfile
from ingest.errors import IngestError, LossNotAccepted
from ingest.publishing import publish_release
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest
from ui.bootstrap import Services, shared
from ui.console.blocks import empty_block, head_block, passages_block
from ui.console.choices import LANGUAGE_NAMES, chosen_brand
from ui.console.content_blocks import documents_block, figures_block, releases_block, report_block
from ui.console.document_list import list_documents
from ui.console.passages import live_passages
from ui.console.safe_text import widget_text
from ui.console.theme import show_brand_style
from ui.console.uploads import (
    UploadRefused,
    UploadScope,
    accepted_suffixes,
    check_upload,
    count_kinds,
    keep_upload,
    preview_upload,
)
from ui.errors import DoorError

LEAD = (
    "Bring documents in, see what would change, publish, and go back when you must. "
    "Nothing changes for customers before you publish."
)
STAGES = {"read": "Reading documents", "embed": "Embedding passages", "build": "Building the candidate"}
_SHOWN_PASSAGES = 200


def show_page() -> None:
    """Show the page."""
    services = shared()
    profile = chosen_brand(services.group)
    show_brand_style(profile, "content")
    live = services.knowledge_base.releases.live(profile.id)
    passages = live_passages(services, profile.id)
    st.html(head_block("Content", f"What {profile.name} knows", LEAD))
    _show_message()
    _show_figures(live, passages)
    _show_candidate(services, profile, live)
    documents, add, releases = st.tabs(["Documents", "Add a document", "Releases"])
    with documents:
        _show_documents(services, profile, live, passages)
    with add:
        _show_upload(services, profile)
    with releases:
        _show_releases(services, profile, live)


def _show_figures(live: Manifest | None, passages: tuple[Passage, ...]) -> None:
    if live is None:
        st.html(empty_block("Nothing is published yet", "Check the documents below, then publish the candidate."))
        return
    figures = {
        "Live since": f"{live.created_at.astimezone():%d %b %Y, %H:%M}",
        "Passages": str(live.passages),
        "Documents": str(sum(one.passages > 0 for one in live.documents)),
        "Languages": ", ".join(sorted({one.scope.language for one in passages})) or "none",
        "Not read": str(len(live.failures)),
    }
    st.html(figures_block(figures))


def _show_candidate(services: Services, profile: BrandProfile, live: Manifest | None) -> None:
    kept = services.knowledge_base.releases.releases(profile.id)
    waiting = kept[0] if kept and (live is None or kept[0].release_id > live.release_id) else None
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="candidate"):
        check = st.button(
            "Check what would change", type="secondary" if waiting else "primary", key="check", width="content"
        )
        if waiting is not None:
            st.button(
                f"Publish the candidate of {waiting.created_at.astimezone():%H:%M}",
                type="primary",
                key="publish",
                on_click=_publish,
                args=(services, profile.id, waiting.release_id),
                width="content",
            )
    if waiting is not None:
        _show_held(services, profile.id, waiting.release_id)
    if check:
        _build_candidate(services, profile)
    report = st.session_state.get(f"report-{profile.id}")
    if report is not None and waiting is not None and report["release"] == waiting.release_id:
        with st.container(border=True):
            st.html('<div class="mq mq-section">What would change</div>' + report_block(report))


def _build_candidate(services: Services, profile: BrandProfile) -> None:
    bar = st.progress(0.0, "Reading documents")

    def tell(stage: str, done: int, total: int) -> None:
        bar.progress(done / total if total else 1.0, f"{STAGES.get(stage, 'Working')}: {done} of {total}")

    try:
        report = services.pipeline.ingest(profile.id, publish=False, created_by=getpass.getuser(), progress=tell)
    except (IngestError, KnowledgeBaseError) as error:
        bar.empty()
        st.error(widget_text(str(error)))
        return
    st.session_state[f"report-{profile.id}"] = report.as_json()
    if report.nothing_changed:
        services.checked_at[profile.id] = datetime.now(UTC)
        _say("The documents say what is published already.")
    st.rerun()


def _publish(services: Services, brand_id: str, release_id: str, accept_loss: bool = False) -> None:
    def act() -> str:
        publish_release(
            services.group,
            services.knowledge_base,
            brand_id,
            release_id,
            published_by=getpass.getuser(),
            accept_loss=accept_loss,
        )
        return "Published. Customers get answers from this release now."

    try:
        _do(act)
    except LossNotAccepted as held:
        st.session_state["held"] = (brand_id, release_id, str(held))


def _show_held(services: Services, brand_id: str, release_id: str) -> None:
    """What publishing this candidate would lose, and the button that accepts it."""
    held = st.session_state.get("held")
    if held is None or held[:2] != (brand_id, release_id):
        return
    st.warning(widget_text(held[2].replace("publish it with --accept-loss", "accept the loss here")))

    def accept() -> None:
        del st.session_state["held"]
        _publish(services, brand_id, release_id, accept_loss=True)

    st.button("Accept the loss and publish", key="accept-loss", on_click=accept)


def _roll_back(services: Services, brand_id: str) -> None:
    def act() -> str:
        now = services.knowledge_base.releases.rollback(brand_id)
        return f"Back to the release of {now.created_at.astimezone():%d %b %Y, %H:%M}."

    _do(act)


def _show_documents(
    services: Services, profile: BrandProfile, live: Manifest | None, passages: tuple[Passage, ...]
) -> None:
    rows = list_documents(services.group, profile.id, live, passages, services.checked_at.get(profile.id))
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


def _show_upload(services: Services, profile: BrandProfile) -> None:
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
        passages = _preview(services, profile.id, name, content)
    except (UploadRefused, IngestError) as error:
        st.error(widget_text(f"{given.name}: {error}"))
        return
    scope = _ask_scope(profile, passages)
    if st.button("Add to the documents", type="primary", key="keep"):
        _do(lambda: _keep(services, profile, name, content, scope))
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
        st.rerun()
    st.html('<div class="mq mq-section">What it becomes</div>')
    _show_passages(passages)


def _preview(services: Services, brand_id: str, name: str, content: bytes) -> tuple[Passage, ...]:
    key = (brand_id, name, sha256(content).hexdigest())
    kept = st.session_state.get("preview")
    if kept is None or kept[0] != key:
        with st.spinner("Reading the document"):
            kept = (key, preview_upload(services.pipeline, brand_id, name, content))
        st.session_state["preview"] = kept
    passages: tuple[Passage, ...] = kept[1]
    return passages


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
    path = keep_upload(services.group, profile.id, name, content, scope)
    return f"{path.name} is with the documents now. Check what would change, then publish."


def _show_releases(services: Services, profile: BrandProfile, live: Manifest | None) -> None:
    kept = services.knowledge_base.releases.releases(profile.id)
    if not kept:
        st.html(empty_block("No release yet", "The first one is built when you check what would change."))
        return
    st.html(releases_block(kept, live))
    others = [one for one in kept if live is None or one.release_id != live.release_id]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="release-actions"):
        if others:
            names = {one.release_id: f"{one.created_at.astimezone():%d %b, %H:%M:%S}" for one in others}
            chosen = st.selectbox(
                "Another release", list(names), key=f"other-{profile.id}", format_func=names.__getitem__
            )
            st.button("Make it live", key="make-live", on_click=_publish, args=(services, profile.id, chosen))
        if live is not None:
            with st.popover("Roll back"):
                st.write("Go back to the release that was live before this one?")
                st.button(
                    "Yes, roll back", type="primary", key="rollback", on_click=_roll_back, args=(services, profile.id)
                )


def _do(act: Callable[[], str]) -> None:
    try:
        _say(act())
    except LossNotAccepted:
        raise
    except (KnowledgeBaseError, IngestError, DoorError) as error:
        st.session_state["content-error"] = str(error)


def _say(text: str) -> None:
    st.session_state["content-message"] = text


def _show_message() -> None:
    said = st.session_state.pop("content-message", None)
    failed = st.session_state.pop("content-error", None)
    if said:
        st.success(widget_text(said))
    if failed:
        st.error(widget_text(failed))


show_page()
