"""*Content*: a brand's documents, what they became, and which release is live."""

from collections.abc import Callable

import streamlit as st

from brands import BrandProfile
from ingest.errors import IngestError
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest
from ui.bootstrap import Services, shared
from ui.console.blocks import empty_block, head_block
from ui.console.choices import chosen_brand
from ui.console.content_blocks import figures_block, report_block
from ui.console.content_studio_actions import publish, say, show_message
from ui.console.content_studio_documents import show_documents, show_upload
from ui.console.content_studio_erasure import show_erasure
from ui.console.content_studio_releases import show_releases
from ui.console.passages import live_passages
from ui.console.roles import Action
from ui.console.safe_text import widget_text
from ui.console.sign_in import may, require
from ui.console.theme import show_brand_style
from ui.errors import DoorError

LEAD = (
    "Bring documents in, see what would change, publish, and go back when you must. "
    "Nothing changes for customers before you publish."
)
STAGES = {"read": "Reading documents", "embed": "Embedding passages", "build": "Building the candidate"}


def show_page() -> None:
    """Show the page."""
    services = shared()
    profile = chosen_brand(services.group)
    show_brand_style(profile, "content")
    live = services.knowledge_base.releases.live(profile.id)
    passages = live_passages(services, profile.id)
    st.html(head_block("Content", f"What {profile.name} knows", LEAD))
    with st.container():  # whatever comes and goes in it, the tabs below stay in place, and so the one that is open
        show_message()
        _show_figures(live, passages)
        _show_candidate(services, profile, live)
    shown: dict[str, Callable[[], None]] = {
        "Documents": lambda: show_documents(services, profile, live, passages),
        "Add a document": lambda: show_upload(services, profile),
        "Releases": lambda: show_releases(services, profile, live),
        "Erase": lambda: show_erasure(services, profile),
    }
    needed: dict[str, Action] = {"Add a document": "bring_in", "Erase": "erase"}
    names = [name for name in shown if may(profile.id, needed.get(name, "read"))]
    for name, tab in zip(names, st.tabs(names), strict=True):
        with tab:
            shown[name]()


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
    waiting = _candidate(services, profile.id, live)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="candidate"):
        check = may(profile.id, "bring_in") and st.button(
            "Check what would change", type="secondary" if waiting else "primary", key="check", width="content"
        )
        if waiting is not None and may(profile.id, "publish"):
            st.button(
                f"Publish the candidate of {waiting.created_at.astimezone():%H:%M}",
                type="primary",
                key="publish",
                on_click=publish,
                args=(services, profile.id, waiting.release_id),
                width="content",
            )
    _show_held(services, profile.id)
    if check:
        _build_candidate(services, profile)
    report = st.session_state.get(f"report-{profile.id}")
    if report is not None and waiting is not None and report["release"] == waiting.release_id:
        with st.container(border=True):
            st.html('<div class="mq mq-section">What would change</div>' + report_block(report))


def _candidate(services: Services, brand_id: str, live: Manifest | None) -> Manifest | None:
    """The newest release where it waits to be published; one that was live and was rolled back is none."""
    releases = services.knowledge_base.releases
    newest = next(iter(releases.releases(brand_id)), None)
    if newest is None or (live is not None and newest.release_id <= live.release_id):
        return None
    was_live = any(one.release_id == newest.release_id for one in releases.publishes(brand_id))
    return None if was_live else newest


def _build_candidate(services: Services, profile: BrandProfile) -> None:
    bar = st.progress(0.0, "Reading documents")
    st.session_state.pop("held", None)

    def tell(stage: str, done: int, total: int) -> None:
        bar.progress(done / total if total else 1.0, f"{STAGES.get(stage, 'Working')}: {done} of {total}")

    try:
        editor = require(profile.id, "bring_in").recorded_as
        report = services.pipeline.ingest(profile.id, publish=False, created_by=editor, progress=tell)
    except (IngestError, KnowledgeBaseError, DoorError) as error:
        bar.empty()
        st.error(widget_text(str(error)))
        return
    st.session_state[f"report-{profile.id}"] = report.as_json()
    if report.nothing_changed:
        say("The documents say what is published already.")
    st.rerun()


def _show_held(services: Services, brand_id: str) -> None:
    """What the release that was to go live would lose, and the button that accepts it."""
    held = st.session_state.get("held")
    if held is None or held[0] != brand_id:
        return
    st.warning(widget_text(held[2].replace("publish it with --accept-loss", "accept the loss here")))

    def accept() -> None:
        publish(services, brand_id, held[1], accept_loss=True)

    st.button("Accept the loss and publish", key="accept-loss", on_click=accept)


show_page()
