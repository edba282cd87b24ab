"""Hostile text in the widget and in the console: nothing of it may run, load or lead elsewhere."""

import csv
import json
import sqlite3
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bot.bootstrap import build_conversation_store
from bot.conversation import Turn
from bot.reply import Citation
from evals.faults.suite_result import SuiteResult
from evals.load.model_stub import ModelStub, bind_loopback, whole_passage_of
from evals.load.page_watch import PageWatch, chromium, watched_page
from evals.load.processes import marque_server, model_settings, running
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BRAND = "shown"
_BATCH = 30
# What fits one answer of a sheet of questions, in characters.
_NOTE_CHARACTERS = 700
_WIDGET_TEXT = ".said, .quote, summary, figcaption, .who, .choices"
_CONSOLE_TEXT = ".mq-talk, .mq-reply, .mq-said, .mq-text, .mq-source"
_SAFE = ("https://shown.example", "tel:+441632960001", "mailto:care@shown.example", "tel:112")

Tell = Callable[[str], None]


def measure_rendering(payloads: Sequence[str], *, live: int | None = None, tell: Tell = lambda _: None) -> SuiteResult:
    """Show hostile texts in a browser, as the worst case and on the real way.

    The worst case puts each text into the record of a conversation as what the customer, the bot and an agent said and
    as a citation, past every check of the bot, and opens it in the widget, with and without the page's security
    policy, and on the agents' page of the console. The real way publishes the texts as documents and has a model say
    them: what the checks let through is streamed into the widget and the console's chat.

    Args:
        payloads: the texts.
        live: how many answers on the real way; None asks for every published text.
        tell: told how far it is.
    """
    result = SuiteResult("rendering", details={"shown_in_widget": 0, "shown_in_console": 0, "model_asked": 0})
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="marque-rendering-") as temporary, _stub() as (stub, model):
        group = Path(temporary) / "group"
        notes = write_shown_group(group, payloads)
        measure("ingest", group=str(group))
        settings = {"MARQUE_KNOWLEDGE_BASE_DATA_FOLDER": str(group / DATA_FOLDER), **model_settings(model)}
        with running(marque_server(group, settings)) as server, chromium() as browser:
            for at in range(0, len(payloads), _BATCH):
                _show_recorded(browser, server.address, group, payloads[at : at + _BATCH], result)
                tell(f"{min(at + _BATCH, len(payloads))} of {len(payloads)} texts, {len(result.failures)} failures")
            asked = range(notes if live is None else min(live, notes))
            tell(f"{len(asked)} answers that a model streams")
            _ask_widget(browser, server.address, asked, result)
            _ask_console(browser, server.address, asked, result)
        result.details["model_asked"] = stub.asked
    result.trials = len(payloads)
    result.seconds = time.perf_counter() - begun
    return result


def write_shown_group(folder: Path, payloads: Sequence[str]) -> int:
    """Write a group of one brand whose sheet of questions answers with the texts.

    Args:
        folder: made here.
        payloads: the texts; several short ones share an answer, and one that is too long for an answer stands in none.

    Returns:
        How many answers there are.
    """
    documents = folder / "brands" / BRAND / "documents"
    documents.mkdir(parents=True)
    (folder / "group.yaml").write_text(f"id: rendered\nname: Rendered\nlanguages: [en]\nbrands: [{BRAND}]\n", "utf-8")
    (folder / "brands" / BRAND / "brand.yaml").write_text(_BRAND_YAML, "utf-8")
    notes: list[str] = []
    for payload in payloads:
        if len(payload) > _NOTE_CHARACTERS:
            continue
        if notes and len(notes[-1]) + len(payload) < _NOTE_CHARACTERS:
            notes[-1] += f"\n\n{payload}"
        else:
            notes.append(payload)
    with (documents / "notes.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("question", "answer"))
        # A file with a zero byte is no text, and is refused.
        rows.writerows((_question(number), text.replace("\0", "")) for number, text in enumerate(notes))
    return len(notes)


def _question(number: int) -> str:
    return f"What does workshop note number {number} say?"


_BRAND_YAML = f"""\
id: {BRAND}
name: Shown
default_language: en
languages: [en]
voice: {{assistant_name: Sho, greeting: {{en: "Hello."}}}}
contacts:
  default: {{phone: "+44 1632 960001", email: care@shown.example, url: "https://shown.example", hours: "Mon-Fri"}}
allowed_links: ["https://shown.example"]
"""


@contextmanager
def _stub() -> Iterator[tuple[ModelStub, str]]:
    """A model that says the whole first passage, whatever stands there."""
    import uvicorn

    stub = ModelStub(0.0, 0.0, whole_passage_of)
    for bound in bind_loopback():
        config = uvicorn.Config(stub, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield stub, f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join(10)


def _show_recorded(browser: "Browser", address: str, group: Path, batch: Sequence[str], result: SuiteResult) -> None:
    token = _begin_session(address)
    _record(group / DATA_FOLDER, batch)
    for bypass_csp in (False, True):
        with watched_page(browser, address, bypass_csp=bypass_csp) as watch:
            kept = json.dumps({"token": token, "expires": (time.time() + 3600) * 1000, "open": True})
            watch.page.goto(f"{address}/healthz")
            key = json.dumps(f"marque {address}/ {BRAND}")
            watch.page.evaluate(f"sessionStorage.setItem({key}, {json.dumps(kept)})")
            watch.page.goto(f"{address}/demo/{BRAND}")
            watch.page.locator("marque-chat .turn.agent").nth(len(batch) - 1).wait_for()
            for one in watch.page.locator("marque-chat summary").all():
                one.click()
            shown = watch.page.locator("marque-chat .log").inner_text()
            _judge(watch, _WIDGET_TEXT, f"widget, policy {'off' if bypass_csp else 'on'}", result)
    result.details["shown_in_widget"] += _shown(batch, shown)
    with watched_page(browser, address) as watch:
        watch.page.goto(f"{address}/console/agent?brand={BRAND}")
        watch.page.get_by_text("Follow a conversation", exact=True).click()
        watch.page.locator(".mq-talk .agent").nth(len(batch) - 1).wait_for(state="attached")
        shown = watch.page.locator(".mq-talk").inner_text()
        _judge(watch, _CONSOLE_TEXT, "console, agents' page", result)
    result.details["shown_in_console"] += _shown(batch, shown)


def _begin_session(address: str) -> str:
    request = urllib.request.Request(  # noqa: S310 - this machine's
        f"{address}/v1/sessions", json.dumps({"brand": BRAND}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - this machine's
        return str(json.loads(answer.read())["token"])


def _record(data_folder: Path, batch: Sequence[str]) -> None:
    """Put the texts into the newest conversation, past every check."""
    with closing(sqlite3.connect(data_folder / "conversations.sqlite3")) as database:
        newest = database.execute("SELECT conversation_id FROM conversations ORDER BY opened_at DESC LIMIT 1")
        conversation_id = str(newest.fetchone()[0])
    store = build_conversation_store(data_folder)
    try:
        for text in batch:
            for turn in turns_of(text):
                store.record(BRAND, conversation_id, turn)
    finally:
        store.close()


def turns_of(text: str) -> tuple[Turn, ...]:
    """A hostile text as everything that may be said: by customer, bot and agent, and as a citation.

    Args:
        text: the text.
    """
    now = datetime.now(UTC)
    citation = Citation("notes.csv", text, text, 1, text, "p1")
    return (
        Turn(uuid4().hex, "customer", text, now, language="en"),
        Turn(uuid4().hex, "bot", text, now, kind="answer", citations=(citation,), language="en", composer="model"),
        Turn(uuid4().hex, "agent", text, now, language="en"),
    )


def _shown(batch: Sequence[str], text: str) -> int:
    """Of how many texts the customer's own turn, which is shown as it is, can be read."""
    flat = " ".join(text.split())
    return sum(" ".join(one.split())[:60].rstrip() in flat for one in batch)


def _judge(watch: PageWatch, roots: str, where: str, result: SuiteResult) -> None:
    watch.page.wait_for_timeout(200)  # for what a payload would do later
    found = [f"a script: {one}" for one in watch.scripts()]
    found += [f"a foreign request: {one}" for one in watch.foreign]
    found += [f"markup: {one}" for one in watch.markup(roots, (watch.address, *_SAFE))]
    result.failures += [f"{where}: {one}" for one in dict.fromkeys(found)]
    watch.foreign.clear()


def _ask_widget(browser: "Browser", address: str, asked: Sequence[int], result: SuiteResult) -> None:
    with watched_page(browser, address, bypass_csp=True) as watch:
        watch.page.goto(f"{address}/demo/{BRAND}")
        watch.page.locator("marque-chat .launcher").click()
        for number in asked:
            _send(watch.page.get_by_role("textbox"), _question(number))
            watch.page.locator("marque-chat .turn.bot:not(.welcome)").nth(number).wait_for()
            watch.page.locator("marque-chat .status").wait_for(state="hidden")
            _judge(watch, _WIDGET_TEXT, f"widget, streamed note {number}", result)


def _ask_console(browser: "Browser", address: str, asked: Sequence[int], result: SuiteResult) -> None:
    with watched_page(browser, address) as watch:
        watch.page.goto(f"{address}/console/?brand={BRAND}")
        for number in asked:
            _send(watch.page.get_by_test_id("stChatInputTextArea"), _question(number))
            watch.page.locator(".mq-source summary").nth(number).wait_for(state="attached")
            _judge(watch, _CONSOLE_TEXT, f"console, streamed note {number}", result)


def _send(box: Any, text: str) -> None:
    box.fill(text)
    box.press("Enter")
