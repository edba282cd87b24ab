"""What the content studio does when a button is pressed, and how it tells the outcome."""

from collections.abc import Callable

import streamlit as st

from ingest.errors import IngestError, LossNotAccepted
from ingest.publishing import publish_release
from knowledge_base.errors import KnowledgeBaseError
from ui.bootstrap import Services
from ui.console.safe_text import widget_text
from ui.console.sign_in import require
from ui.errors import DoorError


def publish(services: Services, brand_id: str, release_id: str, accept_loss: bool = False) -> None:
    """Make a release live, or keep in mind what that would lose."""

    def act() -> str:
        publish_release(
            services.group,
            services.knowledge_base,
            brand_id,
            release_id,
            published_by=require(brand_id, "publish").recorded_as,
            accept_loss=accept_loss,
        )
        return "Published. Customers get answers from this release now."

    st.session_state.pop("held", None)
    try:
        do(act)
    except LossNotAccepted as held:
        st.session_state["held"] = (brand_id, release_id, str(held))


def roll_back(services: Services, brand_id: str) -> None:
    """Go back to the release that was live before."""

    def act() -> str:
        now = services.knowledge_base.releases.rollback(brand_id, by=require(brand_id, "publish").recorded_as)
        return f"Back to the release of {now.created_at.astimezone():%d %b %Y, %H:%M}."

    do(act)


def do(act: Callable[[], str]) -> None:
    """Do something and keep what is to be said of it for the top of the page."""
    try:
        say(act())
    except LossNotAccepted:
        raise
    except (KnowledgeBaseError, IngestError, DoorError) as error:
        st.session_state["content-error"] = str(error)


def say(text: str) -> None:
    """Keep a message for the top of the page."""
    st.session_state["content-message"] = text


def show_message() -> None:
    """Show what was kept."""
    said = st.session_state.pop("content-message", None)
    failed = st.session_state.pop("content-error", None)
    if said:
        st.success(widget_text(said))
    if failed:
        st.error(widget_text(failed))
