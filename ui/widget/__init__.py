"""The widget: the chat on a brand's own site, and what the server tells it."""
