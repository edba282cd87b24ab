"""Tables and figures of the content studio as HTML. Whatever others wrote is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from knowledge_base.release import Manifest
from ui.console.blocks import pill
from ui.console.document_list import STATES, DocumentRow
from ui.console.safe_text import escape


def figures_block(figures: Mapping[str, str]) -> str:
    """A row of figures with their names."""
    cells = "".join(
        f'<div class="mq-figure"><div class="mq-eyebrow">{escape(name)}</div>'
        f'<div class="value{"" if value[:1].isdigit() and len(value) < 7 else " words"}">{escape(value)}</div></div>'
        for name, value in figures.items()
    )
    return f'<div class="mq mq-figures">{cells}</div>'


def documents_block(rows: Iterable[DocumentRow]) -> str:
    """The documents of a brand as a table."""
    cells = []
    for one in rows:
        word, css_class = STATES[one.state]
        scope = " ".join(pill(part, "scope") for part in one.scope) or '<span class="mq-small">all</span>'
        title = f"<div>{escape(one.title)}</div>" if one.title else ""
        reason = f'<div class="mq-small">{escape(one.reason)}</div>' if one.reason else ""
        cells.append(
            f'<tr><td>{title}<div class="path">{escape(one.document_id)}</div>{reason}</td>'
            f"<td>{pill(word, css_class)}</td><td>{escape(one.language)}</td><td>{scope}</td>"
            f'<td class="number">{one.passages or ""}</td></tr>'
        )
    head = '<tr><th>Document</th><th>State</th><th>Language</th><th>Holds for</th><th class="number">Passages</th></tr>'
    return _table(head, cells)


def report_block(report: Mapping[str, Any]) -> str:
    """What an ingest would change, document by document; what stays the same is only counted."""
    changed = [one for one in report["documents"] if one["state"] != "same"]
    cells = [
        f'<tr><td><div class="path">{escape(one["document"])}</div>'
        f'<div class="mq-small">{escape(one["reason"] or "")}</div></td><td>{pill(one["state"])}</td>'
        f'<td class="number">{_change(one["changes"])}</td><td class="number">{one["passages"]}</td></tr>'
        for one in changed
    ]
    same = len(report["documents"]) - len(changed)
    head = (
        '<tr><th>Document</th><th>State</th><th class="number">Passages that change</th>'
        '<th class="number">After</th></tr>'
    )
    return _table(head, cells) + f'<p class="mq mq-small">{same} documents stay as they are.</p>'


def releases_block(releases: Sequence[Manifest], live: Manifest | None) -> str:
    """The kept releases, newest first."""
    cells = [
        f"<tr><td>{one.created_at.astimezone():%d %b %Y, %H:%M}"
        f'<div class="path">{escape(one.release_id)}</div></td>'
        f"<td>{pill('live', 'live') if live and one.release_id == live.release_id else ''}</td>"
        f'<td>{escape(one.created_by)}</td><td class="number">{len(one.documents)}</td>'
        f'<td class="number">{one.passages}</td><td class="number">{len(one.failures) or ""}</td></tr>'
        for one in releases
    ]
    head = (
        '<tr><th>Release</th><th></th><th>By</th><th class="number">Documents</th><th class="number">Passages</th>'
        '<th class="number">Not read</th></tr>'
    )
    return _table(head, cells)


def _change(changes: Mapping[str, int]) -> str:
    signs = (("+", "new"), ("~", "changed"), ("\u2212", "removed"))
    return " ".join(f"{sign}{changes[name]}" for sign, name in signs if changes[name]) or "0"


def _table(head: str, rows: Iterable[str]) -> str:
    body = f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="mq mq-scroll"><table class="mq-table">{body}</table></div>'
