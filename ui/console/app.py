"""The console: who may enter, and navigation between the pages that they may see."""

import logging

import streamlit as st

from ui.bootstrap import shared
from ui.console.choices import choose_brand
from ui.console.roles import Action
from ui.console.sign_in import admitted, brands_for, show_signed_in
from ui.console.theme import WORDMARK, show_style
from ui.notices import PAGE_FAILED

PAGES: tuple[tuple[str, str, str, Action], ...] = (
    ("chat.py", "Chat", "chat", "try"),
    ("agent_desk.py", "Agent assist", "agent", "assist"),
    ("content_studio.py", "Content", "content", "read"),
)

st.set_page_config(page_title="Marque", page_icon=WORDMARK, layout="wide", initial_sidebar_state="auto")
st.logo(WORDMARK, size="large")
show_style()
services, who = shared(), admitted()
allowed = [(one, brands) for one in PAGES if (brands := brands_for(services, who, one[3]))]
pages = {
    title: st.Page(file, title=title, url_path=path, default=number == 0)
    for number, ((file, title, path, _action), _brands) in enumerate(allowed)
}
page = st.navigation(list(pages.values()), position="top")
with st.sidebar:
    choose_brand(services.group, next(brands for (_file, title, *_rest), brands in allowed if title == page.title))
try:
    page.run()
except Exception:  # the boundary of one request: Streamlit would tell of itself, not of what to do
    logging.getLogger(__name__).exception("the page %s could not be shown", page.title)
    st.error(PAGE_FAILED)
with st.sidebar:
    show_signed_in(who)
