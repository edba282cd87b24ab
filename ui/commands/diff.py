"""`marque diff`: what differs between two releases of a brand."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import BrandOption, GroupArgument, open_group
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from knowledge_base.comparison import ReleaseComparison
    from knowledge_base.release_store import ReleaseStore

LIVE = "live"
NEWEST = "newest"
_SHOWN_CHARACTERS = 400


def diff(
    group_folder: GroupArgument,
    brand: BrandOption,
    before: Annotated[str, typer.Argument(help="Id of a release, `live` or `newest`.", metavar="A")] = LIVE,
    after: Annotated[str, typer.Argument(help="Id of a release, `live` or `newest`.", metavar="B")] = NEWEST,
    json_output: JsonOption = False,
) -> None:
    """Show what differs between two kept releases; by default between the live one and the newest."""
    with plain_errors(json_output):
        from knowledge_base.comparison import compare_releases

        group, knowledge_base = open_group(group_folder)
        brand_id = group.brand(brand).id
        first, second = (_release_id(knowledge_base.releases, brand_id, one) for one in (before, after))
        found = compare_releases(knowledge_base.releases, brand_id, first, second)
        if json_output:
            print_json(found.as_json())
        else:
            _print(found)


def _release_id(releases: "ReleaseStore", brand_id: str, named: str) -> str:
    if named == LIVE:
        return releases.open_live(brand_id).manifest.release_id
    if named == NEWEST:
        kept = releases.releases(brand_id)
        return kept[0].release_id if kept else releases.open_live(brand_id).manifest.release_id
    return named


def _print(found: "ReleaseComparison") -> None:
    document = None
    for one in found.differences:
        if one.document_id != document:
            document = one.document_id
            out.print(f"\n[bold]{escape(document)}[/bold]", soft_wrap=True)
        place = " > ".join(one.heading_path) or "beginning"
        page = f", page {one.page}" if one.page else ""
        out.print(f"  {one.state}: {escape(place)}{page}", soft_wrap=True)
        for sign, colour, text in (("-", "red", one.before), ("+", "green", one.after)):
            for line in _shown(text):
                out.print(f"    [{colour}]{sign} {escape(line)}[/]", soft_wrap=True)
    counted = ", ".join(f"{found.count(state)} {state}" for state in ("new", "changed", "removed"))
    out.print(f"\n{found.before} to {found.after}: {counted}, {found.same} same")


def _shown(text: str | None) -> list[str]:
    if text is None:
        return []
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + " ..."
    return [line for line in cut.splitlines() if line.strip()]
