"""`marque view`: what a brand says in effect, and why."""

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import BrandOption, GroupArgument, open_group
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, fail, out, plain_errors, print_json

if TYPE_CHECKING:
    from brands import BrandProfile, Group
    from ingest.kept_view import ViewedPassage
    from knowledge_base.bootstrap import KnowledgeBase

COLOURS = {"in": "green", "shadowed": "yellow", "out": "dim"}
# Fewer digits of a passage id than this could mean many passages.
MINIMUM_DIGITS = 4


def view(
    group_folder: GroupArgument,
    brand: BrandOption,
    market: Annotated[str | None, typer.Option(help="Market of the vehicle, such as gb.")] = None,
    model: Annotated[str | None, typer.Option(help="Model of the vehicle.")] = None,
    model_year: Annotated[int | None, typer.Option(help="Model year of the vehicle.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the question, such as de.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the question; today.")] = None,
    document: Annotated[str | None, typer.Option(help="Show this document only.")] = None,
    why: Annotated[str | None, typer.Option(help="Tell all about one passage, by its id or its first digits.")] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="What an ingest would give now, instead of what is live.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Show the passages that a brand answers from, and why each is in, shadowed or out."""
    with plain_errors(json_output):
        from ingest.kept_view import for_vehicle

        group, knowledge_base = open_group(group_folder)
        profile = group.brand(brand)
        vehicle = profile.vehicle(model=model, model_year=model_year, market=market)
        if language is not None:
            profile.require_language(language)
        found = _from_sources(group, knowledge_base, profile) if sources else _from_live(knowledge_base, profile)
        day = on.date() if on else date.today()
        rows = for_vehicle(found["rows"], vehicle, day, language)
        head = {
            "brand": profile.id,
            "release": found["release"],
            "created_by": found["created_by"],
            "published_by": found["published_by"],
            "published_at": found["published_at"],
            "on": day.isoformat(),
            "vehicle": {"market": vehicle.market, "model": vehicle.model, "model_year": vehicle.model_year},
            "language": language,
        }
        if why is not None:
            row = _chosen(rows, why, sources, json_output)
            if json_output:
                print_json(head | {"counts": _counts([row]), "passages": [_as_json(row)], "notes": []})
            else:
                _print_why(row, found)
            return
        rows = [row for row in rows if document in {None, row.document_id}]
        if not rows:
            fail(f"no document {document!r}; look at the list without --document", ExitCode.USAGE, as_json=json_output)
        if json_output:
            told = [_as_json(row) for row in rows]
            print_json(head | {"counts": _counts(rows), "passages": told, "notes": list(found["notes"])})
        else:
            _print_rows(rows, found, day)


def _from_live(knowledge_base: "KnowledgeBase", brand: "BrandProfile") -> dict[str, Any]:
    from ingest.kept_view import kept_view, view_of_release
    from knowledge_base.errors import NothingPublished

    manifest = knowledge_base.releases.live(brand.id)
    if manifest is None:
        raise NothingPublished(
            f"{brand.name} has nothing live; `marque ingest` publishes, and --sources shows what it would give"
        )
    kept = kept_view(knowledge_base.data_folder, brand.id, manifest.release_id)
    notes = kept.notes if kept else ("this release does not tell what it left out; the next ingest will",)
    passages = knowledge_base.releases.passages_of(brand.id, manifest.release_id)
    moves = [one for one in knowledge_base.releases.publishes(brand.id) if one.release_id == manifest.release_id]
    return {
        "release": manifest.release_id,
        "created_by": manifest.created_by,
        "published_by": moves[-1].by if moves else None,
        "published_at": moves[-1].at.isoformat() if moves else None,
        "notes": notes,
        "rows": view_of_release(brand, passages, kept),
    }


def _from_sources(group: "Group", knowledge_base: "KnowledgeBase", brand: "BrandProfile") -> dict[str, Any]:
    from ingest.bootstrap import build_pipeline
    from ingest.kept_view import view_of_sources

    pipeline = build_pipeline(group, knowledge_base)
    try:
        found = pipeline.view(brand.id)
    finally:
        pipeline.close()
    nobody = dict.fromkeys(("release", "created_by", "published_by", "published_at"))
    return {**nobody, "notes": found.notes, "rows": view_of_sources(found)}


def _chosen(rows: list["ViewedPassage"], passage: str, sources: bool, as_json: bool) -> "ViewedPassage":
    wanted = passage.strip().lower()
    matching = [row for row in rows if row.passage_id.startswith(wanted)] if len(wanted) >= MINIMUM_DIGITS else []
    if len({row.passage_id for row in matching}) == 1:
        return matching[0]
    where = "the sources" if sources else "the live release; --sources looks at what an ingest would give"
    told = "several passages begin so; give more digits" if matching else f"no passage {passage!r} in {where}"
    return fail(told, ExitCode.FINDINGS, as_json=as_json, kind="UnknownPassage")


def _as_json(row: "ViewedPassage") -> dict[str, Any]:
    content = row.as_json()
    return {
        "passage": content.pop("passage_id"),
        "document": content.pop("document_id"),
        "heading": content.pop("heading_path"),
        **content,
    }


def _counts(rows: list["ViewedPassage"]) -> dict[str, int]:
    counted = Counter(row.standing for row in rows)
    return {"in": counted["in"], "shadowed": counted["shadowed"], "out": counted["out"]}


def _print_rows(rows: list["ViewedPassage"], found: dict[str, Any], day: date) -> None:
    by_document: dict[str, list[ViewedPassage]] = {}
    for row in rows:
        by_document.setdefault(row.document_id, []).append(row)
    for document_id, inside in by_document.items():
        out.print(f"\n[bold]{escape(document_id)}[/bold]  {escape(inside[0].title)}", soft_wrap=True)
        for row in inside:
            colour = COLOURS[row.standing]
            by = f" ({row.shadowed_by})" if row.shadowed_by else ""
            line = f"{row.passage_id}  [{colour}]{row.standing:<8}[/]  {escape(row.place)}"
            out.print(f"  {line}  [dim]{escape(row.reason + by)}[/dim]", soft_wrap=True)
    counts = _counts(rows)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    where = f"release {found['release']}, by {found['created_by']}" if found["release"] else "the sources as they are"
    out.print(f"\n{told} on {day} in {escape(where)}", soft_wrap=True)
    for note in found["notes"]:
        out.print(f"[yellow]note:[/yellow] {escape(note)}", soft_wrap=True)


def _print_why(row: "ViewedPassage", found: dict[str, Any]) -> None:
    from ingest.scope_difference import scope_words

    by = f"; replaced by {row.shadowed_by}" if row.shadowed_by else ""
    lines = {
        "passage": row.passage_id,
        "standing": f"{row.standing}: {row.reason}{by}",
        "document": f"{row.document_id} ({row.title})" + (f", page {row.page}" if row.page else ""),
        "heading": row.place,
        "holds for": ", ".join(part for part in (row.scope.language, scope_words(row.scope)) if part),
        "source": row.source + (f", version {row.version}" if row.version else ""),
        "release": found["release"] or "not ingested: the sources",
    }
    if found["release"]:
        lines["brought in"] = f"by {found['created_by']}"
        lines["published"] = f"by {found['published_by'] or 'somebody unnamed'} at {found['published_at']}"
    for name, value in lines.items():
        out.print(f"[dim]{name:<11}[/dim]{escape(value)}", soft_wrap=True)
    out.print()
    out.print(escape(row.text) if row.text else "[dim](a release does not keep the words of what it left out)[/dim]")
