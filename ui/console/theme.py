"""How the console looks: one stylesheet, and a brand's colours as CSS variables."""

from functools import cache
from pathlib import Path

import streamlit as st

from brands import BrandProfile
from brands.profile import Theme

STYLESHEET = Path(__file__).with_name("console.css")

WORDMARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="112" height="28" viewBox="0 0 112 28" role="img" '
    'aria-label="Marque">'
    '<rect x="1" y="3" width="22" height="22" rx="6" fill="#1f3a5f"/>'
    '<path d="M6.5 19.5v-11l5.5 6.5 5.5-6.5v11" fill="none" stroke="#fff" stroke-width="2.2" stroke-linejoin="round"/>'
    '<text x="32" y="20.5" font-family="Segoe UI,Inter,Helvetica Neue,Liberation Sans,Arial,sans-serif" font-size="18" '
    'font-weight="700" letter-spacing="-0.2" fill="#1c2430">Marque</text></svg>'
)


def show_style() -> None:
    """Put the console's stylesheet on the page."""
    st.html(f"<style>{_stylesheet()}</style>")


def show_brand_style(profile: BrandProfile, page: str) -> None:
    """Put a brand's colours on the page.

    Args:
        profile: its theme was validated: every colour is `#rrggbb`.
        page: name of the page: `chat` takes the brand's ground, the work pages only its accents.
    """
    st.html(f"<style>{brand_style(profile.theme, page)}</style>")


def brand_style(theme: Theme, page: str) -> str:
    """A brand's colours as CSS variables, and what the page does with its ground.

    Args:
        theme: validated colours.
        page: `chat`, `agent` or `content`.
    """
    own = {
        "primary": theme.primary,
        "on-primary": theme.on_primary,
        "accent": theme.accent,
        "background": theme.background if page == "chat" else "#ffffff",
        "text": theme.text if page == "chat" else "#1c2430",
    }
    variables = "".join(f"--mq-{name}:{value};" for name, value in own.items())
    width = "820px" if page == "chat" else "1240px"
    return f":root{{{variables}--mq-page-width:{width};}}"


@cache
def _stylesheet() -> str:
    return STYLESHEET.read_text(encoding="utf-8")
