"""The console: navigation between its pages."""

import streamlit as st

from ui.console.choices import keep_brand
from ui.console.theme import WORDMARK, show_style

st.set_page_config(page_title="Marque", page_icon=WORDMARK, layout="wide", initial_sidebar_state="auto")
st.logo(WORDMARK, size="large")
show_style()
keep_brand()
st.navigation(
    [
        st.Page("chat.py", title="Chat", default=True),
        st.Page("agent_desk.py", title="Agent assist", url_path="agent"),
        st.Page("content_studio.py", title="Content", url_path="content"),
    ],
    position="top",
).run()
