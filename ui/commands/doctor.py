"""`marque doctor`: is everything in order, and what to do where it is not."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer
from pydantic import ValidationError

from bot.errors import BotError
from brands import BrandsError, Group, load_group
from knowledge_base.errors import KnowledgeBaseError
from ui.commands.options import GroupArgument, open_group
from ui.errors import DoorError
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, out, plain_errors, print_json, setting_words

if TYPE_CHECKING:
    from knowledge_base.bootstrap import KnowledgeBase

State = Literal["good", "warning", "bad"]
MARKS: dict[State, str] = {
    "good": "[green]good   [/green]",
    "warning": "[yellow]warning[/yellow]",
    "bad": "[red]bad    [/red]",
}
# A release of 20,000 passages takes about 150 MB, and its successor is built beside it.
LITTLE_DISK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do.

    Args:
        check: what was looked at.
        state: how it is.
        text: what was found, and what to do where it is not good.
    """

    check: str
    state: State
    text: str


def doctor(group_folder: GroupArgument, json_output: JsonOption = False) -> None:
    """Check configuration, model endpoint, store and disk, and say what to do."""
    with plain_errors(json_output):
        findings = examine(group_folder)
        if json_output:
            print_json(as_json(findings))
        else:
            for one in findings:
                out.print(f"{MARKS[one.state]}  [bold]{one.check}[/bold]  {escape(one.text)}", soft_wrap=True)
        if not _healthy(findings):
            raise typer.Exit(int(ExitCode.FINDINGS))


def examine(group_folder: Path) -> list[Finding]:
    """Look at everything that a group needs.

    Args:
        group_folder: the group folder.
    """
    findings = [_guarded("group folder", lambda: _group(group_folder))]
    if findings[0].state == "bad":
        return findings
    findings.append(_guarded("language model", _language_model))
    try:
        group, knowledge_base = open_group(group_folder)
    except (KnowledgeBaseError, ValidationError) as error:
        return [*findings, _bad("knowledge base", error)]
    findings.append(_guarded("disk", lambda: _disk(knowledge_base.data_folder)))
    findings.append(_guarded("documents", _documents))
    findings.append(_guarded("embedder", lambda: _embedder(knowledge_base)))
    findings.append(_guarded("logins", lambda: _logins(group)))
    findings.append(_guarded("model budget", lambda: _model_budget(group, knowledge_base)))
    findings.extend(
        _guarded(f"brand {brand_id}", partial(_brand, group, knowledge_base, brand_id)) for brand_id in group.brands
    )
    return findings


def _healthy(findings: list[Finding]) -> bool:
    return all(one.state != "bad" for one in findings)


def _guarded(check: str, look: Callable[[], tuple[State, str]]) -> Finding:
    try:
        state, text = look()
    except (BrandsError, KnowledgeBaseError, BotError, DoorError, ValidationError, OSError) as error:
        return _bad(check, error)
    return Finding(check, state, text)


def _bad(check: str, error: Exception) -> Finding:
    text = setting_words(error) if isinstance(error, ValidationError) else " ".join(str(error).split())
    return Finding(check, "bad", text)


def _group(folder: Path) -> tuple[State, str]:
    group = load_group(folder)
    return "good", f"{group.profile.name}: {', '.join(one.name for one in group.brands.values())}"


def _language_model() -> tuple[State, str]:
    from bot.bootstrap import build_language_model
    from bot.settings import BotSettings

    settings = BotSettings()
    model = build_language_model(settings)
    if model is None:
        return "good", "none configured; answers are extracts (MARQUE_BOT_MODEL sets one)"
    model.check()
    return "good", f"{settings.model} answers"


def _disk(folder: Path) -> tuple[State, str]:
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < LITTLE_DISK_BYTES:
        return "warning", f"{free / 1e9:.1f} GB free at {folder}; make room before the next ingest"
    return "good", f"{free / 1e9:.0f} GB free at {folder}"


def _documents() -> tuple[State, str]:
    from ingest.settings import IngestSettings

    recognition = IngestSettings().recognition
    if recognition is None:
        return "good", "scanned pages are not read (MARQUE_INGEST_OCR_DATA_FOLDER sets text recognition up)"
    return "good", f"scanned pages are read in {recognition.languages}"


def _embedder(knowledge_base: "KnowledgeBase") -> tuple[State, str]:
    vector = knowledge_base.embedder.embed_question("Is everything in order?")
    return "good", f"{knowledge_base.embedder.fingerprint}, {vector.shape[0]} dimensions"


def _logins(group: Group) -> tuple[State, str]:
    from ui.api.staff import StaffTokens
    from ui.console_door import CONSOLE_PATH, console_origin
    from ui.settings import UiSettings

    settings = UiSettings()
    tokens = StaffTokens(settings, group)
    if not tokens.is_used:
        return "good", "no issuer; the server is for this machine's own user (MARQUE_UI_OIDC_ISSUER sets one)"
    found = f"{settings.oidc_issuer} has {tokens.check()} keys"
    if settings.oidc_client_secret is None:
        return "good", f"{found}; for a console, set MARQUE_UI_OIDC_CLIENT_SECRET too"
    back = f"{console_origin(settings, settings.port)}{CONSOLE_PATH}/oauth2callback"
    return "good", f"{found}; it must know {back} as where the console's logins come back"


def _model_budget(group: Group, knowledge_base: "KnowledgeBase") -> tuple[State, str]:
    from ui.bootstrap import Services
    from ui.settings import UiSettings

    services = Services(group, UiSettings(), knowledge_base=knowledge_base)
    limits = {name: services.model_spending.limit_of(profile) for name, profile in group.brands.items()}
    if not any(one is not None for one in limits.values()):
        return "good", "none (MARQUE_UI_MODEL_TOKENS_PER_DAY, or model_tokens_per_day in a brand.yaml, sets one)"
    try:
        used = {name: services.model_spending.tokens_today(name) for name in limits}
    finally:
        services.database.close()
    told = [f"{name} {used[name]:,} of {limit:,} tokens" for name, limit in limits.items() if limit is not None]
    spent = [name for name, limit in limits.items() if limit is not None and used[name] >= limit]
    text = f"today (UTC): {', '.join(told)}"
    return ("warning", f"{text}; extracts answer for {', '.join(spent)}") if spent else ("good", text)


def _brand(group: Group, knowledge_base: "KnowledgeBase", brand_id: str) -> tuple[State, str]:
    live = knowledge_base.releases.live(brand_id)
    if live is None:
        return "warning", f"nothing published; run `marque ingest {group.folder} --brand {brand_id}`"
    if live.embedder_fingerprint != knowledge_base.embedder.fingerprint:
        return "bad", f"built with another embedder; run `marque ingest {group.folder} --brand {brand_id}` again"
    with knowledge_base.releases.open_live(brand_id) as opened:
        documents = sum(one.passages > 0 for one in live.documents)  # as the content page counts
        told = f"release {live.release_id}, {live.passages} passages of {documents} documents"
        if opened.notice:
            return "bad", opened.notice
    if live.failures:
        return "warning", f"{told}; not read: {', '.join(live.failures)}"
    return "good", told


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """The content of docs/schemas/doctor.json."""
    return {"healthy": _healthy(findings), "findings": [asdict(one) for one in findings]}
