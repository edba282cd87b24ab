"""What would be lost if a candidate went live, without anybody having asked for it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ingest.source import Discovery, source_of
from knowledge_base.passage import Passage

LossKind = Literal["failed", "vanished", "shrunk", "source_shrunk", "brand_shrunk"]

# Issue 3 of this project: a source that suddenly returns less than half of its passages blocks the publish.
KEPT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is live and would not be any more.

    Args:
        kind: failed: a live document cannot be read now; vanished: a web page is gone; shrunk: a document,
            source_shrunk: a source, brand_shrunk: the brand gives less than half of its live passages.
        subject: document, source or brand.
        live: passages that are live.
        now: passages that it gives now.
        reason: in plain words.
    """

    kind: LossKind
    subject: str
    live: int
    now: int
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The loss as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Amount:
    """How much text there is: passages, and their characters."""

    passages: int = 0
    characters: int = 0

    def __add__(self, other: "_Amount") -> "_Amount":
        return _Amount(self.passages + other.passages, self.characters + other.characters)


def find_losses(
    live: Iterable[Passage],
    found: Iterable[Passage],
    failures: Mapping[str, str],
    discovery: Discovery,
    *,
    same_embedder: bool = True,
) -> tuple[Loss, ...]:
    """Compare what is live with what the sources give now.

    A passage that the brand's own text newly shadows is not lost, so every passage that was found
    counts, not only those that are in. A file that somebody removed is a removal, not a loss.

    Args:
        live: passages of the live release.
        found: all passages that were found now, shadowed ones included.
        failures: reason by document id, of what could not be read.
        discovery: where documents were looked for.
        same_embedder: whether both were split for the same embedder; if not, characters are compared,
            because another window gives another number of passages for the same text.
    """
    live = list(live)
    addresses = {one.document_id: one.source for one in live}
    before, after = _amounts(live), _amounts(found)
    losses: list[Loss] = []
    for document_id, amount in before.items():
        now = after.get(document_id, _Amount())
        failed = failures.get(document_id) or (_folder_failure(document_id, failures) if not now.passages else None)
        if failed is not None:
            losses.append(
                Loss("failed", document_id, amount.passages, 0, f"it is live and cannot be read now: {failed}")
            )
        elif document_id in discovery.vanished:
            losses.append(Loss("vanished", document_id, amount.passages, 0, discovery.vanished[document_id]))
        elif not now.passages and discovery.still_listed(document_id, addresses[document_id]):
            losses.append(Loss("vanished", document_id, amount.passages, 0, _NO_COPY.format(addresses[document_id])))
        elif now.passages and _is_less(now, amount, same_embedder):
            losses.append(Loss("shrunk", document_id, amount.passages, now.passages, _SHRUNK.format("the document")))
    told = {source_of(one.subject) for one in losses}
    sources_before, sources_after = _by_source(before), _by_source(after)
    for source, amount in sources_before.items():
        now = sources_after.get(source, _Amount())
        given_up = source.startswith("web/") and source not in discovery.sources
        if source not in told and not given_up and _is_less(now, amount, same_embedder):
            losses.append(Loss("source_shrunk", source, amount.passages, now.passages, _source_reason(source)))
    whole, left = sum(before.values(), _Amount()), sum(after.values(), _Amount())
    if not losses and _is_less(left, whole, same_embedder):
        losses.append(Loss("brand_shrunk", "all documents", whole.passages, left.passages, _SHRUNK.format("the brand")))
    return tuple(losses)


def describe_losses(losses: Iterable[Loss]) -> str:
    """The losses in one line, the first three by name.

    Args:
        losses: at least one.
    """
    known = list(losses)
    told = "; ".join(f"{one.subject}: {one.reason} ({one.live} live, {one.now} now)" for one in known[:3])
    return told + (f"; and {len(known) - 3} more" if len(known) > 3 else "")


_NO_COPY = "there is no copy of {}; run `marque sync`, and accept the loss if its site has it no more"
_SHRUNK = "{} gives less than half of its live passages"


def _source_reason(source: str) -> str:
    names = {"documents": "the brand's documents folder", "group": "the group's documents folder"}
    kind, _, name = source.partition("/")
    place = names.get(source) or f"the {'region' if kind == 'region' else 'web source'} {name}"
    return _SHRUNK.format(place)


def _is_less(now: _Amount, before: _Amount, same_embedder: bool) -> bool:
    if same_embedder:
        return now.passages < KEPT_SHARE * before.passages
    return now.characters < KEPT_SHARE * before.characters


def _amounts(passages: Iterable[Passage]) -> dict[str, _Amount]:
    """Amount by document; a passage that is kept in several scopes counts once."""
    places: dict[str, dict[int, int]] = {}
    for passage in passages:
        places.setdefault(passage.document_id, {})[passage.position] = len(passage.text)
    return {name: _Amount(len(found), sum(found.values())) for name, found in places.items()}


def _by_source(amounts: Mapping[str, _Amount]) -> dict[str, _Amount]:
    found: dict[str, _Amount] = {}
    for document_id, amount in amounts.items():
        source = source_of(document_id)
        found[source] = found.get(source, _Amount()) + amount
    return found


def _folder_failure(document_id: str, failures: Mapping[str, str]) -> str | None:
    """Why the folder that a document lay in cannot be read, if that is so."""
    whole = "documents" if source_of(document_id) == "documents" else None
    for name, reason in failures.items():
        if document_id.startswith(f"{name}/") or name == whole:
            return reason
    return None
