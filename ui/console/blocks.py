"""Pieces of pages as HTML: replies, sources, passages. Whatever others wrote is escaped here."""

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.conversation import Turn
from bot.reply import Citation, Reply, ReplyKind
from bot.safety import emergency_number
from brands import BrandProfile
from knowledge_base.passage import Passage
from ui.console.safe_text import escape, highlight, markdown_html, reply_html, telephone

KIND_WORDS: Mapping[ReplyKind, str] = {
    "answer": "Answer from the documents",
    "clarify": "A question back",
    "decline": "Not in the documents",
    "safety": "Safety first",
    "handoff": "Handed over to a person",
}


def customer_block(text: str) -> str:
    """What a customer said."""
    return f'<div class="mq mq-turn customer"><div class="mq-said">{escape(text)}</div></div>'


def reply_block(reply: Reply, profile: BrandProfile, passages: Mapping[str, Passage], market: str | None = None) -> str:
    """A whole reply: its kind, its text, whom to call, and its sources.

    Args:
        reply: the reply.
        profile: the brand that speaks.
        passages: the cited passages that are at hand, by id.
        market: the customer's market.
    """
    told, known = emergency_number(profile, market)
    numbers = tuple(re.findall(r"\b\d{3}\b", told)) if reply.kind == "safety" else ()
    inner = f'<div class="mq-text">{reply_html(reply.text, profile, market, numbers)}</div>'
    if reply.kind == "safety":
        inner += _calls(reply.text, profile, market, numbers if known else ())
    return _bot_turn(profile, reply.kind, KIND_WORDS[reply.kind], inner + sources_block(reply.citations, passages))


def kind_block(kind: ReplyKind) -> str:
    """The kind of a reply alone."""
    return f'<div class="mq mq-reply mq-plain {kind}"><div class="mq-kind">{KIND_WORDS[kind]}</div></div>'


def writing_block(text: str, profile: BrandProfile) -> str:
    """A reply that is still being written.

    Args:
        text: what there is of it.
        profile: the brand that speaks.
    """
    words = "Writing" if text else "Looking in the documents"
    inner = f'<div class="mq-text mq-caret">{reply_html(text, profile)}</div>'
    return _bot_turn(profile, "writing", words, inner)


def agent_block(text: str, profile: BrandProfile) -> str:
    """What a person of the brand said."""
    inner = f'<div class="mq-text">{markdown_html(text, profile.allowed_links)}</div>'
    return _bot_turn(profile, "agent", f"A colleague of {profile.name}", inner)


def sources_block(citations: Sequence[Citation], passages: Mapping[str, Passage]) -> str:
    """The sources of a reply, one for each place, which opens to the quoted words.

    Args:
        citations: in the order of their use.
        passages: the cited passages that are at hand, by id.
    """
    if not citations:
        return ""
    places: dict[tuple[str, str, int | None], list[Citation]] = {}
    for one in citations:
        places.setdefault((one.document, one.heading, one.page), []).append(one)
    blocks = "".join(_source(number, quoted, passages) for number, quoted in enumerate(places.values(), start=1))
    word = "Source" if len(places) == 1 else "Sources"
    return f'<div class="mq-sources"><div class="mq-eyebrow">{word}</div>{blocks}</div>'


def passage_block(passage: Passage, *, found: str = "", is_open: bool = False) -> str:
    """One passage that opens to its text.

    Args:
        passage: the passage.
        found: how well it fits, in words.
        is_open: whether it stands open.
    """
    page = f" · page {passage.page}" if passage.page else ""
    heading = passage.heading_path[-1] if passage.heading_path else passage.title
    title = passage.question or heading
    where = f"{passage.title}{page}" + (f" · {found}" if found else "")
    inner = _path(passage.title, " › ".join(passage.heading_path), passage.page)
    if passage.question:
        inner += f"<p><b>{escape(passage.question)}</b></p>"
    warnings = "".join(_warning(one) for one in passage.warnings if one.strip() not in passage.text)
    inner += f'<div class="mq-text">{warnings}{markdown_html(passage.text)}</div>'
    return (
        f'<details class="mq-source"{" open" if is_open else ""}><summary>{pill(passage.kind)}'
        f'<span><span class="what">{escape(title)}</span> <span class="where">{escape(where)}</span></span></summary>'
        f'<div class="inside">{inner}{_scope(passage)}</div></details>'
    )


def passages_block(passages: Iterable[Passage]) -> str:
    """Several passages, one below the other."""
    return f'<div class="mq">{"".join(passage_block(one) for one in passages)}</div>'


def passages_found_block(found: Iterable[tuple[Passage, float]]) -> str:
    """Passages that a search found, each with its score of 0 to 1."""
    blocks = "".join(passage_block(passage, found=f"match {score:.0%}") for passage, score in found)
    return f'<div class="mq">{blocks}</div>'


def talk_block(turns: Iterable[Turn], profile: BrandProfile) -> str:
    """A conversation, as an agent reads it."""
    names = {"customer": "Customer", "bot": profile.voice.assistant_name, "agent": "Agent"}
    lines = []
    for one in turns:
        kind = f" · {KIND_WORDS[one.kind]}" if one.kind else ""
        words = escape(one.text) if one.role == "customer" else reply_html(one.text, profile)
        who = f"{names[one.role]}{kind} · {one.at.astimezone():%H:%M}"
        css_class = "" if one.role == "customer" else ' class="mq-text"'
        lines.append(
            f'<div class="mq-line {one.role}"><div class="who">{escape(who)}</div><div{css_class}>{words}</div></div>'
        )
    return f'<div class="mq mq-talk">{"".join(lines)}</div>'


def pill(word: str, css_class: str | None = None) -> str:
    """A small label.

    Args:
        word: what it says.
        css_class: how it looks; by default its own word.
    """
    return f'<span class="mq-pill {escape(css_class or word)}">{escape(word)}</span>'


def empty_block(title: str, text: str) -> str:
    """What stands where nothing is yet."""
    return f'<div class="mq mq-empty"><b>{escape(title)}</b>{escape(text)}</div>'


def head_block(eyebrow: str, title: str, lead: str) -> str:
    """The head of a work page."""
    return (
        f'<div class="mq mq-head"><div><div class="mq-eyebrow">{escape(eyebrow)}</div>'
        f'<div class="mq-title" role="heading" aria-level="1">{escape(title)}</div>'
        f'<p class="mq-lead">{escape(lead)}</p></div></div>'
    )


def _bot_turn(profile: BrandProfile, css_class: str, kind: str, inner: str) -> str:
    initial = escape(profile.voice.assistant_name[:1].upper())
    role = ' role="alert"' if css_class == "safety" else ""
    return (
        f'<div class="mq mq-turn"><div class="mq-mark" aria-hidden="true">{initial}</div>'
        f'<div class="mq-reply {css_class}"{role}><div class="mq-kind">{escape(kind)}</div>{inner}</div></div>'
    )


def _calls(text: str, profile: BrandProfile, market: str | None, numbers: Sequence[str]) -> str:
    emergency = [one for one in numbers if one in text]
    links = [f'<a href="{telephone(one)}">Call {escape(one)}</a>' for one in emergency]
    phone = profile.contact(market).phone
    css_class = ' class="second"' if emergency else ""
    links.append(f'<a{css_class} href="{telephone(phone)}">Call {escape(profile.name)}: {escape(phone)}</a>')
    return f'<div class="mq-call">{"".join(links)}</div>'


def _source(number: int, quoted: Sequence[Citation], passages: Mapping[str, Passage]) -> str:
    citation = quoted[0]
    heading = citation.heading.replace(" > ", " › ")
    last = heading.rpartition(" › ")[2] or citation.title
    page = f"page {citation.page}" if citation.page else ""
    where = " · ".join(escape(part) for part in (citation.title if citation.title != last else "", page) if part)
    quotes: dict[str, list[str]] = {}
    for one in quoted:
        quotes.setdefault(one.passage, []).append(one.quote)
    body = "<hr>".join(_quoted(passages.get(passage), words) for passage, words in quotes.items())
    return (
        f'<details class="mq-source"><summary><span class="number">{number}</span><span>'
        f'<span class="what">{escape(last)}</span> <span class="where">{where}</span></span></summary>'
        f'<div class="inside">{_path(citation.title, heading, citation.page)}<div class="mq-text">{body}</div>'
        f'<div class="mq-path" style="margin:.6rem 0 0">{escape(citation.document)}</div></div></details>'
    )


def _quoted(passage: Passage | None, quotes: Sequence[str]) -> str:
    body = highlight(passage.text, *quotes) if passage is not None else ""
    if "<mark>" in body:
        return body
    return f"<mark>{escape(' … '.join(quotes))}</mark>" + (f"<hr>{body}" if body else "")


def _path(title: str, heading: str, page: int | None) -> str:
    place = f" · page {page}" if page else ""
    tail = f" › {escape(heading)}" if heading else ""
    return f'<div class="mq-path"><b>{escape(title)}</b>{tail}{place}</div>'


def _warning(text: str) -> str:
    lines = text.strip().splitlines()
    return markdown_html("\n".join(line if line.startswith(">") else f"> {line}" for line in lines))


def _scope(passage: Passage) -> str:
    scope = passage.scope
    parts = [scope.language, *scope.markets, *scope.models, *map(str, scope.model_years)]
    if scope.level != "brand":
        parts.append(f"from the {scope.level}")
    labels = " ".join(pill(one, "scope") for one in parts)
    return f'<div style="margin-top:.6rem">{labels} <span class="mq-path">{escape(passage.document_id)}</span></div>'
