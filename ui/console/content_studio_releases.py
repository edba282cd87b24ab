"""The releases of a brand in the content studio: who published what, what differs, and the way back."""

import streamlit as st

from brands import BrandProfile
from knowledge_base.comparison import ReleaseComparison, compare_releases
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.release import Manifest
from ui.bootstrap import Services
from ui.console.blocks import empty_block
from ui.console.content_blocks import comparison_block, releases_block
from ui.console.content_studio_actions import publish, roll_back
from ui.console.safe_text import widget_text
from ui.console.sign_in import may

_KEPT_COMPARISONS = 16


def show_releases(services: Services, profile: BrandProfile, live: Manifest | None) -> None:
    """The kept releases, what differs between two of them, and the buttons that make one live."""
    releases = services.knowledge_base.releases
    kept = releases.releases(profile.id)
    if not kept:
        st.html(empty_block("No release yet", "The first one is built when you check what would change."))
        return
    st.html(releases_block(kept, live, releases.publishes(profile.id)))
    if live is not None and may(profile.id, "publish"):
        with st.container(horizontal=True, key="release-actions"), st.popover("Roll back"):
            st.write("Go back to the release that was live before this one? Customers get it with their next question.")
            st.button("Yes, roll back", type="primary", key="rollback", on_click=roll_back, args=(services, profile.id))
    if len(kept) > 1:
        _show_comparison(services, profile, kept, live)


def _show_comparison(
    services: Services, profile: BrandProfile, kept: tuple[Manifest, ...], live: Manifest | None
) -> None:
    names = {one.release_id: _name(one) for one in kept}
    ids = list(names)
    live_id = live.release_id if live else ids[-1]
    other = next(one for one in ids if one != live_id)
    st.html('<div class="mq mq-section">Compare two releases</div>')
    left, right = st.columns(2)
    before = left.selectbox("From", ids, ids.index(live_id), key=f"before-{profile.id}", format_func=names.__getitem__)
    after = right.selectbox("To", ids, ids.index(other), key=f"after-{profile.id}", format_func=names.__getitem__)
    try:
        found = _compare(services, profile.id, before, after)
    except KnowledgeBaseError as error:
        st.error(widget_text(str(error)))
        return
    st.html(comparison_block(found))
    if after != live_id and may(profile.id, "publish"):
        st.button(
            f"Make the release of {names[after]} live",
            key="make-live",
            on_click=publish,
            args=(services, profile.id, after),
        )


@st.cache_resource(max_entries=_KEPT_COMPARISONS, show_spinner=False)
def _compare(_services: Services, brand_id: str, before: str, after: str) -> ReleaseComparison:
    return compare_releases(_services.knowledge_base.releases, brand_id, before, after)


def _name(manifest: Manifest) -> str:
    return f"{manifest.created_at.astimezone():%d %b %Y, %H:%M:%S}"
