"""Tables and figures of the content studio as HTML. Whatever others wrote is escaped here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from knowledge_base.comparison import Difference, ReleaseComparison
from knowledge_base.publishes_log import PublishEntry
from knowledge_base.release import Manifest
from ui.agent_turn import plain_draft
from ui.console.blocks import pill
from ui.console.document_list import STATES, DocumentRow
from ui.console.safe_text import escape

DIFFERENCES: tuple[Difference, ...] = ("new", "changed", "removed")
SHOWN_DIFFERENCES = 100
# Longer passages are rare, and comparing words takes time that grows with the square of their number.
_COMPARED_CHARACTERS = 4_000
_SHOWN_AROUND = 120
_WORDS = re.compile(r"\S+\s*")


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


def releases_block(releases: Sequence[Manifest], live: Manifest | None, publishes: Sequence[PublishEntry]) -> str:
    """The kept releases, newest first, with who brought each in and who made it live last."""
    published = {one.release_id: one for one in publishes}
    cells = []
    for one in releases:
        entry = published.get(one.release_id)
        who = f'{escape(entry.by or "nobody named")}<div class="mq-small">{_moment(entry.at)}</div>' if entry else ""
        cells.append(
            f'<tr><td>{_moment(one.created_at)}<div class="path">{escape(one.release_id)}</div></td>'
            f"<td>{pill('live', 'live') if live and one.release_id == live.release_id else ''}</td>"
            f'<td>{escape(one.created_by)}</td><td>{who}</td><td class="number">{len(one.documents)}</td>'
            f'<td class="number">{one.passages}</td><td class="number">{len(one.failures) or ""}</td></tr>'
        )
    head = (
        '<tr><th>Release</th><th></th><th>Brought in by</th><th>Made live by</th><th class="number">Documents</th>'
        '<th class="number">Passages</th><th class="number">Not read</th></tr>'
    )
    return _table(head, cells)


def comparison_block(found: ReleaseComparison) -> str:
    """What differs between two releases, place by place, the words that changed marked."""
    counted = ", ".join(f"{found.count(state)} {state}" for state in DIFFERENCES)
    head = f'<p class="mq mq-small">Passages: {counted}, {found.same} the same.</p>'
    cells = []
    for one in found.differences[:SHOWN_DIFFERENCES]:
        place = " &gt; ".join(map(escape, one.heading_path)) + (f", page {one.page}" if one.page else "")
        words = _difference(one.before or "", one.after or "")
        cells.append(
            f'<tr><td><div class="path">{escape(one.document_id)}</div>{place}</td><td>{pill(one.state)}</td>'
            f'<td class="mq-difference">{words}</td></tr>'
        )
    if not cells:
        return head
    table = _table("<tr><th>Place</th><th></th><th>What it says</th></tr>", cells)
    more = len(found.differences) - SHOWN_DIFFERENCES
    told = (
        f"The first {SHOWN_DIFFERENCES} are shown; `marque diff` tells all {len(found.differences)}."
        if more > 0
        else ""
    )
    return head + table + (f'<p class="mq mq-small">{escape(told)}</p>' if told else "")


def _difference(before: str, after: str) -> str:
    """What changed as it is read; as it is written where only that changed."""
    read = plain_draft(before), plain_draft(after)
    return mark_words(*read) if read[0] != read[1] else mark_words(before, after)


def mark_words(before: str, after: str) -> str:
    """Two texts as one, what went struck out and what came underlined; long equal parts are cut."""
    old, new = _WORDS.findall(before[:_COMPARED_CHARACTERS]), _WORDS.findall(after[:_COMPARED_CHARACTERS])
    parts = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if kind == "equal":
            long = len(gone) > 2 * _SHOWN_AROUND
            parts.append(escape(f"{gone[:_SHOWN_AROUND]} \u2026 {gone[-_SHOWN_AROUND:]}" if long else gone))
            continue
        parts += [f"<del>{escape(gone)}</del>"] if gone.strip() else []
        parts += [f"<ins>{escape(come)}</ins>"] if come.strip() else []
    return " ".join(parts)


def receipt_block(receipt: Mapping[str, Any]) -> str:
    """What an erasure took, or would take, and whether anything was found afterwards."""
    talks = receipt["conversations"]
    figures = {
        "Passages": str(len(receipt["passages"])),
        "Releases": str(len(receipt["releases"])),
        "Cached or logged files": str(receipt["files"]),
        "Turns": str(talks["turns"]),
    }
    lines = [f"{brand}: {', '.join(found)}" for brand, found in receipt["documents"].items()]
    told = "".join(f'<div class="path">{escape(one)}</div>' for one in lines)
    if receipt["dry_run"]:
        state = "<p>Nothing was changed yet.</p>"
    elif receipt["clean"]:
        state = f"<p>{pill('nothing is left', 'good')} Every byte of the data folder was searched.</p>"
    else:
        found = ", ".join(map(escape, receipt["found_again_in"]))
        state = f"<p>{pill('still found', 'failed')} in {found}. Erase it again.</p>"
    sources = "".join(f'<div class="path">{escape(one)}</div>' for one in receipt["sources"])
    yours = f"<p>Delete it here too, where Marque changes nothing:</p>{sources}" if sources else ""
    number = f'<p class="mq-small">Receipt {escape(receipt["erasure"])}</p>' if receipt["erasure"] else ""
    return figures_block(figures) + f'<div class="mq">{told}{state}{yours}{number}</div>'


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%d %b %Y, %H:%M}"


def _change(changes: Mapping[str, int]) -> str:
    signs = (("+", "new"), ("~", "changed"), ("\u2212", "removed"))
    return " ".join(f"{sign}{changes[name]}" for sign, name in signs if changes[name]) or "0"


def _table(head: str, rows: Iterable[str]) -> str:
    body = f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="mq mq-scroll"><table class="mq-table">{body}</table></div>'
