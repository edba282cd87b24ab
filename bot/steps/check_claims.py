"""Sixth step: what is not in a cited passage does not go out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from bot.extract import squeezed
from bot.facts import Fact, facts_of
from bot.language_data import content_stems, plain
from bot.personal_data import PLACEHOLDER
from bot.phrases import phrase
from bot.reply import Citation, Reply, ReplyKind
from bot.sentence_support import never_said, stands_whole
from bot.sentences import has_steps, parts_of
from bot.turn_state import Block, Spoken, TurnState
from brands import BrandProfile
from knowledge_base.passage import Passage

_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\((\S+?)(?:\s+\"[^\"]*\")?\)")
# A link's target on a line of its own, `[name]: address`, which Markdown readers put in elsewhere.
_REFERENCE = re.compile(r"^[ \t]*\[[^\]]+\]:[ \t]*\S+.*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|(?<![\w/])//(?=[\w-]+\.)|\b(?:javascript|data|vbscript|mailto):(?=\S))"
    r"[^\s<>()\[\]\"'“”»]*[^\s<>()\[\]\"'“”».,;:!?]",
    re.IGNORECASE,
)
_LINK_LEFT_OUT = "…"
# A question of so many words, said again with at most so many others, is no answer.
_LEAST_REPEATED, _MOST_AROUND = 4, 3
# What every answer goes through, by the name under which its record tells it.
_CHECKS = ("quotes", "facts", "commitments", "links", "forbidden", "warnings")
# A sentence's end, with closing quotes, brackets or emphasis.
_ENDED = re.compile(r"[.!?…][\"'”’»)\]*_]*\s*$")
_HTML_TAG = re.compile(r"</?[a-zA-Z][^>]*>|<!--.*?-->", re.DOTALL)
# What binds the brand: said only in the words of an approved document.
_COMMITMENT = re.compile(
    r"\b(refunds?|refunded|discount(s|ed)?|free of charge|at no (cost|charge)"
    r"|we (will|shall) (pay|cover|replace|repair|reimburse)|guaranteed?|legally binding|binding offer"
    r"|compensat\w+|entitled|goodwill|promise[sd]?|in stock|available (now|immediately)"
    r"|erstatt\w+|rabatt\w*|kostenlos|kostenfrei|garantier\w+|verbindlich\w*|entschadig\w+|kulanz|anspruch|versprech\w+"
    r"|rembours\w+|remise\w*|gratuit\w*|sans frais|garanti\w*|indemnis\w+|promett\w+|engage\w*"
    r"|rimbors\w+|sconto|sconti|garantit\w*|indennizz\w+|vincolant\w*"
    r"|reembols\w+|descuento\w*|gratis|garantizad\w*|indemniz\w+|prometemos|vinculante\w*)\b"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may go out.

    Args:
        text: the sentence as it may be shown; empty when it may not.
        reason: why it was taken out, in plain words; empty when it was not.
        passages: the passages that support it, best first.
    """

    text: str
    reason: str = ""
    passages: tuple[Passage, ...] = ()


def check_sentence(sentence: str, passages: Sequence[Passage], profile: BrandProfile) -> Verdict:
    """Check one sentence against the passages that an answer may rest on.

    Every number with its unit, date, price, part code, phone number and link must stand in one of the passages or,
    for ways to reach the brand, in its profile. What binds the brand is said only in a passage's own words.

    Args:
        sentence: in Markdown.
        passages: what the answer may rest on, best first.
        profile: the brand that speaks.
    """
    text = _plain_markup(sentence, profile)
    if not text.strip():
        return Verdict("", "an image or nothing but markup")
    forbidden = never_said(text)
    if forbidden:
        return Verdict("", forbidden)
    # The customer's own data stands in no passage.
    facts = facts_of(PLACEHOLDER.sub("", text))
    reason = _unsupported(facts, passages, profile)
    if reason:
        return Verdict("", reason)
    supporting = _by_support(text, passages)
    whole = tuple(one for one in supporting if stands_whole(text, one))
    if whole:
        return Verdict(text, "", whole)
    if _COMMITMENT.search(plain(text)) or any(fact.kind == "price" for fact in facts):
        return Verdict("", "a commitment that is not in a document's own words")
    return Verdict(text, "", supporting)


def _unsupported(facts: Sequence[Fact], passages: Sequence[Passage], profile: BrandProfile) -> str:
    known = frozenset[tuple[str, str]]().union(*(_fact_keys(passage) for passage in passages)) if facts else frozenset()
    bare = {value for value, _ in known}
    for fact in facts:
        stands = _key(fact) in known
        if fact.kind == "link":
            if not link_is_allowed(fact.words, profile):
                return f"the link {fact.words} is not one of the brand's"
        elif fact.kind in {"phone", "email"}:
            if not stands and not _is_contact(fact, profile):
                return f"{fact.words} stands in no passage and is no contact of the brand"
        elif not stands and not (fact.unit == "" and fact.value in bare):
            return f"{fact.words} stands in no passage"
    return ""


def check_claims(pieces: Iterable[Block | TurnState]) -> Iterator[Spoken | TurnState]:
    """Check a reply piece by piece, and let through what holds.

    Args:
        pieces: the blocks of a reply as they are written, then the state.

    Yields:
        Pieces of text that may be shown, then the state with its reply.
    """
    kept: list[Block] = []
    removed: list[str] = []
    state: TurnState | None = None

    def let_through(block: Block, state: TurnState) -> Iterator[Spoken]:
        checked = check_block(block, state)
        removed.extend(checked.removed)
        if checked.block is not None:
            shown = _parted(checked.block, kept[-1] if kept else None)
            yield Spoken((shown.joint if kept else "") + shown.text)
            kept.append(shown)

    for piece in pieces:
        if isinstance(piece, TurnState):
            yield from _caution(piece, begun=state is not None)
            state = piece
        elif state is not None:
            yield from let_through(piece, state)
    if state is None:
        return
    if state.reply is not None:
        yield Spoken(state.reply.text)
        yield state
        return
    if not kept:
        # The blocks came with the state, as they do when the chain is invoked as a whole.
        for block in state.blocks:
            yield from let_through(block, state)
    for block in _missing_warnings(kept, state):
        yield Spoken(block.joint + block.text)
        kept.append(block)
    final = _replied(state, kept, removed)
    if final.reply is not None and final.reply.kind != _decided(state):
        yield Spoken(("\n\n" if kept else "") + final.reply.text)
    yield _with_caution(final)


def _caution(state: TurnState, *, begun: bool) -> Iterator[Spoken]:
    if state.caution and state.reply is None and not begun:
        yield Spoken(f"{state.caution}\n\n")


def _with_caution(state: TurnState) -> TurnState:
    if state.reply is None or not state.caution:
        return state
    return replace(state, reply=replace(state.reply, text=f"{state.caution}\n\n{state.reply.text}"))


def _parted(block: Block, before: Block | None) -> Block:
    """A block that no reader takes for the end of an unfinished sentence before it: together they would say more."""
    run_on = before is not None and before.origin == "model" and not _ENDED.search(before.text)
    return replace(block, joint="\n\n") if run_on and "\n" not in block.joint else block


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A block after its check.

    Args:
        block: what may be shown; None when nothing may.
        removed: sentences that were taken out, with the reason.
    """

    block: Block | None
    removed: tuple[str, ...] = ()


def check_block(block: Block, state: TurnState) -> CheckedBlock:
    """Check one block of a reply.

    Args:
        block: our own words, a quotation, or a model's sentence.
        state: with the passages that the answer may rest on.
    """
    passages = _allowed(state, block.passage)
    refused = block.refused or _said_again(block, state.text, passages)
    if refused:
        return CheckedBlock(None, (f"{block.text}: {refused}",))
    if block.origin == "ours":
        return CheckedBlock(replace(block, text=_safe_text(block.text, state.profile)))
    if block.origin == "quote":
        wrong = [one for one in block.citations if not _quote_stands(one, passages)]
        if wrong:
            return CheckedBlock(None, (f"{block.text}: the quotation does not stand in its passage",))
        return CheckedBlock(replace(block, text=_safe_text(block.text, state.profile)))
    verdict = check_sentence(block.text, passages, state.profile)
    if not verdict.text:
        return CheckedBlock(None, (f"{block.text}: {verdict.reason}",))
    citations = block.citations or tuple(best_quote(verdict.text, one) for one in verdict.passages[:1])
    return CheckedBlock(replace(block, text=verdict.text, citations=citations))


def _said_again(block: Block, question: str, passages: Sequence[Passage]) -> str:
    """Why a model's sentence is no answer: it is the customer's own, with a few words around it that tell no figure."""
    asked = squeezed(plain(question)).strip(" ?!.")
    said = squeezed(plain(block.text))
    if block.origin != "model" or len(asked.split()) < _LEAST_REPEATED or asked not in said:
        return ""
    around = said.replace(asked, " ")
    if len(around.split()) > _MOST_AROUND or any(sign.isdigit() for sign in around):
        return ""
    return "" if any(stands_whole(block.text, one) for one in passages) else "it says the question again"


def link_is_allowed(link: str, profile: BrandProfile) -> bool:
    """Whether a link leads to one of the brand's own addresses or below it, by scheme, host and path."""
    wanted = _address(link if "//" in link else f"https://{link}")
    own = (*profile.allowed_links, *(contact.url for contact in profile.contacts.values()))
    return wanted is not None and any(
        (wanted.scheme, wanted.netloc) == (known.scheme, known.netloc) and lies_within(wanted.path, known.path)
        for known in map(_address, own)
        if known is not None
    )


def _address(link: str) -> SplitResult | None:
    """The parts of an address; None where it is none, such as `http://[`."""
    try:
        return urlsplit(link)
    except ValueError:
        return None


def lies_within(path: str, folder: str) -> bool:
    """Whether the path of an address is another one or lies below it; one that goes up with `..` lies nowhere.

    Args:
        path: of a link.
        folder: of an allowed address; `/help` holds `/help/tyres`, and not `/helpless`.
    """
    steps = unquote(path).replace("\\", "/").split("/")
    return ".." not in steps and (path == folder or path.startswith(f"{folder.removesuffix('/')}/"))


def leads_elsewhere(text: str, profile: BrandProfile) -> bool:
    """Whether a text holds an image, HTML, or an address that is not the brand's.

    Args:
        text: in Markdown.
        profile: the brand.
    """
    links = [found[2] for found in _MARKDOWN_LINK.finditer(text)] + _ADDRESS.findall(text)
    return bool(_IMAGE.search(text) or _HTML_TAG.search(text)) or not all(
        link_is_allowed(link, profile) for link in links
    )


def best_quote(sentence: str, passage: Passage) -> Citation:
    """The citation of the passage's part that says most of what a sentence says."""
    parts = parts_of(passage.text)
    stems = set(content_stems(sentence, passage.scope.language))
    facts = {_key(fact) for fact in facts_of(sentence)}

    def worth(words: str) -> float:
        shared = len(stems & set(content_stems(words, passage.scope.language)))
        return shared + 2 * len(facts & {_key(fact) for fact in facts_of(words)})

    quote = max((part.of(passage.text) for part in parts), key=worth, default=passage.text)
    heading, page = " > ".join(passage.heading_path), passage.page_of(quote)
    return Citation(passage.document_id, passage.title, heading, page, quote, passage.passage_id)


def _decided(state: TurnState) -> ReplyKind:
    return state.decision.kind if state.decision else "decline"


def _allowed(state: TurnState, quoted: Passage | None = None) -> tuple[Passage, ...]:
    decided = state.decision.passages if state.decision else ()
    found = tuple(hit.passage for hit in state.evidence.hits) if state.evidence else ()
    known = (*decided, *found, *((quoted,) if quoted else ()))
    return tuple({passage.passage_id: passage for passage in known}.values())


@lru_cache(maxsize=2_000)
def _facts(passage: Passage) -> tuple[Fact, ...]:
    return facts_of(
        "\n".join((passage.title, *passage.heading_path, passage.question or "", passage.text, *passage.warnings))
    )


def _key(fact: Fact) -> tuple[str, str]:
    return (fact.value, fact.unit)


def _is_contact(fact: Fact, profile: BrandProfile) -> bool:
    if fact.kind == "email":
        return fact.value in {contact.email.casefold() for contact in profile.contacts.values()}
    return fact.value in {re.sub(r"\D", "", contact.phone) for contact in profile.contacts.values()}


def _quote_stands(citation: Citation, passages: Sequence[Passage]) -> bool:
    return any(citation.quote in one.text and one.passage_id == citation.passage for one in passages)


def _plain_markup(text: str, profile: BrandProfile) -> str:
    """A text without images, HTML and links to other places; of the brand's own links the query is dropped."""

    def link(found: re.Match[str]) -> str:
        return f"[{found[1]}]({_without_query(found[2])})" if link_is_allowed(found[2], profile) else found[1]

    previous = ""
    # What is left of "<im<img>g>" may be a tag of its own, and what is left of "[[a](b)](c)" a link: what is checked
    # must be what is shown, so nothing may be left to take out later.
    while previous != text:
        previous = text
        text = _REFERENCE.sub("", _MARKDOWN_LINK.sub(link, _HTML_TAG.sub("", _IMAGE.sub("", text))))
    return text


def _safe_text(text: str, profile: BrandProfile) -> str:
    """A text that is shown: markup made plain, and addresses of other places taken out."""

    def address(found: re.Match[str]) -> str:
        return _without_query(found[0]) if link_is_allowed(found[0], profile) else _LINK_LEFT_OUT

    return _ADDRESS.sub(address, _plain_markup(text, profile))


def _without_query(link: str) -> str:
    return link.split("?", 1)[0].split("#", 1)[0]


def _by_support(text: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    facts = {_key(fact) for fact in facts_of(text)}
    stems = {code: set(content_stems(text, code)) for code in {one.scope.language for one in passages}}

    def shared(passage: Passage) -> int:
        return len(stems[passage.scope.language] & _stems(passage)) + 3 * len(facts & _fact_keys(passage))

    return tuple(sorted(passages, key=shared, reverse=True))


@lru_cache(maxsize=2_000)
def _stems(passage: Passage) -> frozenset[str]:
    return frozenset(content_stems(passage.text, passage.scope.language))


@lru_cache(maxsize=2_000)
def _fact_keys(passage: Passage) -> frozenset[tuple[str, str]]:
    return frozenset(_key(fact) for fact in _facts(passage))


def _missing_warnings(kept: Sequence[Block], state: TurnState) -> Iterator[Block]:
    shown = squeezed("\n".join(block.text for block in kept))
    cited = {citation.passage for block in kept for citation in block.citations}
    for passage in _allowed(state):
        if passage.passage_id in cited and has_steps(parts_of(passage.text)):
            for warning in passage.warnings:
                if squeezed(warning) not in shown:
                    shown += " " + squeezed(warning)
                    text = _safe_text(warning, state.profile)
                    yield Block(text if text.lstrip().startswith(">") else f"> {text}", "quote")


def _replied(state: TurnState, kept: Sequence[Block], removed: Sequence[str]) -> TurnState:
    decision = state.decision
    kind = _decided(state)
    release = state.evidence.release_id if state.evidence else None
    citations = tuple(dict.fromkeys(citation for block in kept for citation in block.citations))
    text = "".join((block.joint if place else "") + block.text for place, block in enumerate(kept)).strip()
    if kind == "answer" and not citations:
        kind = "decline"
        text = phrase("decline_empty_check", state.language, state.profile, state.vehicle.market)
    reply = Reply(
        kind=kind,
        text=text,
        language=state.language,
        citations=citations,
        release=release,
        brand=state.profile.id,
        choices=decision.choices if decision else (),
        removed=tuple(removed),
        composer=state.composer,
        usage=state.usage,
        checks=_CHECKS if kind == "answer" else ("own_words",),
    )
    return replace(state, reply=reply, removed=tuple(removed))
