"""The console: navigation between its pages."""

import streamlit as st

from ui.bootstrap import shared
from ui.console.choices import choose_brand
from ui.console.theme import WORDMARK, show_style

st.set_page_config(page_title="Marque", page_icon=WORDMARK, layout="wide", initial_sidebar_state="auto")
st.logo(WORDMARK, size="large")
show_style()
page = st.navigation(
    [
        st.Page("chat.py", title="Chat", default=True),
        st.Page("agent_desk.py", title="Agent assist", url_path="agent"),
        st.Page("content_studio.py", title="Content", url_path="content"),
    ],
    position="top",
)
with st.sidebar:
    choose_brand(shared().group)
page.run()
