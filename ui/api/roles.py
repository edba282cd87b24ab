"""Who may use which route. `python -m ui.api.roles` writes the table of docs/how-to/api.md."""

import sys
from dataclasses import dataclass
from typing import Literal

Role = Literal["anonymous", "session", "secret key", "local user"]

MEANINGS: dict[Role, str] = {
    "anonymous": "anyone who can reach the server",
    "session": "who holds a session's token: one brand, one conversation, that brand's pages",
    "secret key": "a program with a secret key: one brand",
    "local user": "the machine that the server runs on, under a name of its own; nobody else until there is a login",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What a route is for, and for whom.

    Args:
        role: who may use it.
        words: what it is for.
    """

    role: Role
    words: str


# Every route of the server stands here; tests/ui/test_api_roles.py fails for one that does not, or that lets others in.
ACCESS: dict[tuple[str, str], Access] = {
    ("POST", "/v1/sessions"): Access("anonymous", "begin a session: by publishable key from the brand's own pages"),
    ("POST", "/v1/messages"): Access("session", "say something and read the reply as it is written"),
    ("GET", "/v1/conversation"): Access("session", "read what was said"),
    ("DELETE", "/v1/conversation"): Access("session", "erase what was said"),
    ("POST", "/v1/feedback"): Access("session", "tell whether a reply helped"),
    ("POST", "/v1/handoff"): Access("session", "ask for a person"),
    ("GET", "/v1/handoff"): Access("session", "tell whether a person answers"),
    ("GET", "/v1/events"): Access("session", "hear what an agent writes, as it is written"),
    ("GET", "/v1/brand"): Access("session", "the brand's public profile"),
    ("GET", "/v1/brands"): Access("local user", "list the brands"),
    ("GET", "/v1/models"): Access("secret key", "OpenAI: the brands that the key may ask"),
    ("GET", "/v1/models/{model}"): Access("secret key", "OpenAI: one of them"),
    ("POST", "/v1/chat/completions"): Access("secret key", "OpenAI: answer a question"),
    ("POST", "/mcp"): Access("secret key", "MCP: ask, search, get_passage"),
    ("GET", "/v1/openapi.json"): Access("anonymous", "description of the interface"),
    ("GET", "/widget.js"): Access("anonymous", "the widget's script"),
    ("GET", "/widget.json"): Access("anonymous", "the script's integrity and size"),
    ("GET", "/widget/profile"): Access("anonymous", "what the widget needs to look and speak like a brand"),
    ("GET", "/healthz"): Access("anonymous", "whether the process lives"),
    ("GET", "/readyz"): Access("anonymous", "whether questions are answered at full speed"),
    ("GET", "/metrics"): Access("local user", "figures for Prometheus"),
    ("GET", "/demo/demo.css"): Access("local user", "style of the demo pages"),
    ("GET", "/demo/{brand_id}"): Access("local user", "a demo page of a brand"),
    ("GET", "/demo/{brand_id}/brand.css"): Access("local user", "colours of the demo page"),
    ("GET", "/demo/{brand_id}/logo"): Access("local user", "logo of the demo page"),
    ("GET", "/"): Access("local user", "leads to the console"),
    ("GET", "/console"): Access("local user", "the console, with all below it"),
}


def access_table() -> str:
    """All routes as a table in Markdown, the most open role first."""
    rows = ["| route | who | what for |", "|---|---|---|"]
    for role in MEANINGS:
        held = sorted((path, method, one.words) for (method, path), one in ACCESS.items() if one.role == role)
        rows += [f"| `{method} {path}` | {role} | {words} |" for path, method, words in held]
    meanings = [f"- **{role}**: {words}" for role, words in MEANINGS.items()]
    return "\n".join([*rows, "", *meanings]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(access_table())
