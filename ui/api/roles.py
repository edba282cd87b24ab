"""Who may use which route. `python -m ui.api.roles` writes the table of docs/how-to/api.md."""

import sys
from dataclasses import dataclass
from typing import Literal

from ui.api.staff import STAFF_ROLES, StaffRole

Role = Literal["anonymous", "session", "secret key", "local user", "staff"]
Column = Role | StaffRole

MEANINGS: dict[Column, str] = {
    "anonymous": "anyone who can reach the server; a customer before the first message",
    "session": "a customer: who holds a session's token, for one brand, one conversation, from that brand's pages",
    "secret key": "a program with a secret key: one brand",
    "agent": "answers customers who asked for a person",
    "editor": "content editor: brings documents in",
    "publisher": "makes releases live",
    "auditor": "reads, and changes nothing",
    "admin": "all that staff may do",
    "local user": "the server's own machine, under its own name; without an issuer of logins, all that staff may do",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What a route is for, and for whom.

    Args:
        role: who may use it.
        words: what it is for.
        staff: for `staff`, which of its roles; an admin may use all of them.
    """

    role: Role
    words: str
    staff: tuple[StaffRole, ...] = ()

    @property
    def columns(self) -> frozenset[Column]:
        """The columns of the table that it stands in."""
        return frozenset({*self.staff, "admin"}) if self.role == "staff" else frozenset({self.role})


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
    ("GET", "/v1/staff/me"): Access("staff", "who is signed in, and their roles", STAFF_ROLES),
    ("GET", "/v1/staff/{brand_id}/handoffs"): Access("staff", "who asked for a person", ("agent",)),
    ("GET", "/v1/staff/{brand_id}/handoffs/{conversation}"): Access("staff", "the handoff packet", ("agent",)),
    ("POST", "/v1/staff/{brand_id}/handoffs/{conversation}/join"): Access("staff", "take it over", ("agent",)),
    ("POST", "/v1/staff/{brand_id}/handoffs/{conversation}/close"): Access("staff", "give it back", ("agent",)),
    ("POST", "/v1/staff/{brand_id}/handoffs/{conversation}/messages"): Access(
        "staff", "write to the customer", ("agent",)
    ),
    ("GET", "/v1/staff/{brand_id}/conversations/{conversation}"): Access(
        "staff", "what was said, and what it rests on", ("agent", "auditor")
    ),
    ("GET", "/v1/staff/{brand_id}/releases"): Access("staff", "the kept releases", ("editor", "publisher", "auditor")),
    ("POST", "/v1/staff/{brand_id}/releases/{release}/publish"): Access("staff", "make it live", ("publisher",)),
    ("POST", "/v1/staff/{brand_id}/rollback"): Access("staff", "go back to the release before", ("publisher",)),
    ("GET", "/v1/staff/{brand_id}/model-budget"): Access("staff", "what the model took today", ("auditor",)),
    ("GET", "/v1/openapi.json"): Access("anonymous", "description of the interface"),
    ("GET", "/widget.js"): Access("anonymous", "the widget's script"),
    ("GET", "/widget.json"): Access("anonymous", "the script's integrity and size"),
    ("GET", "/widget/profile"): Access("anonymous", "what the widget needs to look and speak like a brand"),
    ("GET", "/healthz"): Access("anonymous", "whether the process lives"),
    ("GET", "/readyz"): Access("anonymous", "whether questions are answered at full speed"),
    ("GET", "/metrics"): Access("local user", "figures for Prometheus; from elsewhere with their key"),
    ("GET", "/demo/demo.css"): Access("local user", "style of the demo pages"),
    ("GET", "/demo/{brand_id}"): Access("local user", "a demo page of a brand"),
    ("GET", "/demo/{brand_id}/brand.css"): Access("local user", "colours of the demo page"),
    ("GET", "/demo/{brand_id}/logo"): Access("local user", "logo of the demo page"),
    ("GET", "/"): Access("local user", "leads to the console"),
    ("GET", "/console"): Access("local user", "the console, with all below it"),
}


def access_table() -> str:
    """All routes by all roles as a table in Markdown."""
    columns = tuple(MEANINGS)
    rows = [f"| route | {' | '.join(columns)} | what for |", f"|---|{':-:|' * len(columns)}---|"]
    for (method, path), one in sorted(ACCESS.items(), key=_in_order):
        marks = " | ".join("●" if column in one.columns else "" for column in columns)
        rows.append(f"| `{method} {path}` | {marks} | {one.words} |")
    meanings = [f"- **{role}**: {words}" for role, words in MEANINGS.items()]
    return "\n".join([*rows, "", *meanings]) + "\n"


def _in_order(item: tuple[tuple[str, str], Access]) -> tuple[int, str, str]:
    (method, path), one = item
    first = min(tuple(MEANINGS).index(column) for column in one.columns)
    return (first if one.role != "staff" else tuple(MEANINGS).index("agent"), path, method)


if __name__ == "__main__":
    sys.stdout.write(access_table())
