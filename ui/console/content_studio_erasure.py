"""Erasing in the content studio: look what holds it, erase, keep the receipt."""

import json
from typing import Any

import streamlit as st

from bot.errors import BotError
from brands import BrandProfile
from knowledge_base.erasure import ErasureTarget
from knowledge_base.errors import KnowledgeBaseError
from ui.bootstrap import Services
from ui.console.content_blocks import receipt_block
from ui.console.passages import live_passages
from ui.console.safe_text import widget_text
from ui.console.sign_in import require, require_everywhere
from ui.erasure import erase_for
from ui.errors import DoorError

LEAD = (
    "For what must be gone, not just hidden: a customer's name in a letter, a document you had no right to use. "
    "It goes from every kept release, cache, log and conversation of every brand, and cannot be brought back."
)
_WORDS, _DOCUMENT = "Words", "A document"


def show_erasure(services: Services, profile: BrandProfile) -> None:
    """What to erase, what would go, and the receipt."""
    st.html(f'<p class="mq mq-small">{LEAD}</p>')
    kind = st.radio("What is to be erased", [_WORDS, _DOCUMENT], horizontal=True, key=f"erase-kind-{profile.id}")
    target, brand = _ask_target(services, profile, kind)
    wanted = (profile.id, kind, target.text or target.document_id) if target else None
    if st.button("Look what holds it", key="erase-look", disabled=target is None) and target:
        _keep("erase-plan", wanted, services, target, brand, dry_run=True)
    plan = st.session_state.get("erase-plan")
    if plan is not None and target is not None and plan[0] == wanted:
        st.html(receipt_block(plan[1]))
        sure = st.checkbox("I have read what goes, and that it cannot be undone", key="erase-sure")
        if st.button("Erase it for good", type="primary", key="erase", disabled=not sure):
            with st.spinner("Building the releases anew and searching every byte"):
                _keep("erase-receipt", wanted, services, target, brand, dry_run=False)
            st.session_state.pop("erase-plan", None)
            st.cache_resource.clear()  # passages and comparisons at hand may hold what was erased
            st.rerun()
    _show_receipt(profile)


def _ask_target(services: Services, profile: BrandProfile, kind: str) -> tuple[ErasureTarget | None, str | None]:
    """What is named, and whose it is; None where nothing is, or not enough to be found by."""
    if kind == _DOCUMENT:
        known = sorted({one.document_id for one in live_passages(services, profile.id)})
        chosen = st.selectbox("Document", known, index=None, key=f"erase-document-{profile.id}", placeholder="Choose")
        if chosen is None:
            return None, None
        inherited = chosen.startswith(("group/", "region/"))
        if inherited:
            st.html('<p class="mq mq-small">Every brand inherits it; it goes from all of them.</p>')
        return ErasureTarget(document_id=chosen), None if inherited else profile.id
    words = st.text_input(
        "Words", key=f"erase-words-{profile.id}", placeholder="jane.doe@example.com", max_chars=500,
        help="Found in upper and lower case, in any spacing, inside longer words too.",
    )  # fmt: skip
    if not words.strip():
        return None, None
    try:
        return ErasureTarget(text=words), None
    except KnowledgeBaseError as error:
        st.error(widget_text(str(error)))
        return None, None


def _keep(
    name: str, wanted: Any, services: Services, target: ErasureTarget, brand: str | None, *, dry_run: bool
) -> None:
    try:
        admin = require(brand, "erase") if brand is not None else require_everywhere("erase")
        by = admin.recorded_as
        receipt = erase_for(services.group, services.knowledge_base, target, brand, by, dry_run=dry_run)
    except (BotError, KnowledgeBaseError, DoorError) as error:
        st.error(widget_text(str(error)))
        return
    st.session_state[name] = (wanted, receipt)


def _show_receipt(profile: BrandProfile) -> None:
    kept = st.session_state.get("erase-receipt")
    if kept is None or kept[0][0] != profile.id:
        return
    receipt: dict[str, Any] = kept[1]
    with st.container(border=True):
        st.html('<div class="mq mq-section">Receipt</div>' + receipt_block(receipt))
        st.download_button(
            "Keep the receipt",
            json.dumps(receipt, indent=1, ensure_ascii=False),
            f"erasure-{receipt['erasure'] or 'nothing'}.json",
            "application/json",
            key="erase-download",
        )
