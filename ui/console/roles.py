"""Who may do what at the console. `python -m ui.console.roles` writes the table of docs/how-to/api.md."""

import sys
from collections.abc import Mapping
from typing import Literal

from ui.api.staff import STAFF_ROLES, StaffRole

Action = Literal["try", "assist", "read", "bring_in", "publish", "erase"]

# An admin may do all of it.
ROLES: Mapping[Action, tuple[StaffRole, ...]] = {
    "try": ("agent", "editor", "publisher"),
    "assist": ("agent",),
    "read": ("editor", "publisher", "auditor"),
    "bring_in": ("editor",),
    "publish": ("publisher",),
    "erase": (),
}
WORDS: Mapping[Action, str] = {
    "try": "*Chat*: ask as a customer would",
    "assist": "*Agent assist*: take over, answer, get suggestions, search",
    "read": "*Content*: documents, passages, releases, comparisons",
    "bring_in": "*Content*: add a document, check what would change",
    "publish": "*Content*: publish, roll back, make an older release live",
    "erase": "*Content*: erase; what other brands hold too needs an admin of all of them",
}


def action_table() -> str:
    """All that can be done at the console by all roles, as a table in Markdown."""
    rows = [f"| at the console | {' | '.join(STAFF_ROLES)} |", f"|---|{':-:|' * len(STAFF_ROLES)}"]
    for action, roles in ROLES.items():
        marks = " | ".join("●" if role in (*roles, "admin") else "" for role in STAFF_ROLES)
        rows.append(f"| {WORDS[action]} | {marks} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(action_table())
