"""`marque releases`, `publish` and `rollback`: the states of a brand's knowledge."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import BrandOption, GroupArgument, open_group
from ui.local_user import local_user_name
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from knowledge_base.publishes_log import PublishEntry
    from knowledge_base.release import Manifest

ByOption = Annotated[str | None, typer.Option(help="Who does it; the user's name if not given.", show_default=False)]


def releases(group_folder: GroupArgument, brand: BrandOption, json_output: JsonOption = False) -> None:
    """List the kept releases of a brand, newest first."""
    with plain_errors(json_output):
        group, knowledge_base = open_group(group_folder)
        brand_id = group.brand(brand).id
        live = knowledge_base.releases.live(brand_id)
        kept = knowledge_base.releases.releases(brand_id)
        published = {one.release_id: one for one in knowledge_base.releases.publishes(brand_id)}
        rows = [_as_json(one, live, published.get(one.release_id)) for one in kept]
        if json_output:
            print_json({"brand": brand_id, "live": live.release_id if live else None, "releases": rows})
            return
        if not rows:
            out.print(f"{brand_id} has no release yet; `marque ingest {group_folder} --brand {brand_id}` makes one")
        for row in rows:
            mark = "[green]live[/green]" if row["live"] else "    "
            by = f", made live by {row['published_by']}" if row["published_by"] else ""
            told = f"{row['release']}  {row['passages']} passages  brought in by {row['created_by']}{by}"
            out.print(f"{mark}  {escape(told)}", soft_wrap=True)


def publish(
    group_folder: GroupArgument,
    brand: BrandOption,
    release: Annotated[str, typer.Option(help="Id of the release to make live.", show_default=False)],
    by: ByOption = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Publish although live documents vanished, failed or shrank.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Make a kept release of a brand the live one."""
    with plain_errors(json_output):
        from ingest.publishing import publish_release

        group, knowledge_base = open_group(group_folder)
        brand_id = group.brand(brand).id
        publish_release(
            group,
            knowledge_base,
            brand_id,
            release,
            published_by=by or local_user_name(),
            accept_loss=accept_loss,
        )
        _tell(brand_id, release, json_output)


def rollback(
    group_folder: GroupArgument, brand: BrandOption, by: ByOption = None, json_output: JsonOption = False
) -> None:
    """Go back to the release that was live before."""
    with plain_errors(json_output):
        group, knowledge_base = open_group(group_folder)
        brand_id = group.brand(brand).id
        now_live = knowledge_base.releases.rollback(brand_id, by=by or local_user_name())
        _tell(brand_id, now_live.release_id, json_output)


def _tell(brand_id: str, release_id: str, json_output: bool) -> None:
    if json_output:
        print_json({"brand": brand_id, "live": release_id})
    else:
        out.print(f"{brand_id}: release {release_id} is live")


def _as_json(manifest: "Manifest", live: "Manifest | None", published: "PublishEntry | None") -> dict[str, Any]:
    return {
        "release": manifest.release_id,
        "live": live is not None and manifest.release_id == live.release_id,
        "created_at": manifest.created_at.isoformat(),
        "created_by": manifest.created_by,
        "published_by": published.by if published else None,
        "published_at": published.at.isoformat() if published else None,
        "parent": manifest.parent_id,
        "passages": manifest.passages,
        "documents": len(manifest.documents),
        "failures": manifest.failures,
    }
