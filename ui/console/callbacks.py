"""What a button does when it cannot: callbacks run before the page, outside the boundary that tells a page's errors."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from bot.errors import BotError
from brands import BrandsError
from knowledge_base.errors import KnowledgeBaseError
from ui.console.safe_text import widget_text

Given = ParamSpec("Given")


def telling(callback: Callable[Given, None]) -> Callable[Given, None]:
    """A callback that tells what went wrong, such as a conversation that was erased meanwhile, and ends no page.

    Args:
        callback: what a widget calls.
    """

    @wraps(callback)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except (BotError, BrandsError, KnowledgeBaseError) as error:
            st.toast(widget_text(str(error)))

    return run
