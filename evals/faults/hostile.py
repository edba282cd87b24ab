"""Brings hostile files in through the real pipeline, in a process that answers questions meanwhile."""

import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from brands import VehicleContext, load_group
from evals.faults.generations import BRAND, open_knowledge_base, write_generation, write_group
from evals.faults.hostile_files import ESCAPED, HOSTILE_NAMES, break_files, make_hostile_files, make_plain_files
from evals.faults.suite_result import SuiteResult
from ingest.bootstrap import build_pipeline
from ingest.errors import DOCUMENT_ERRORS, DocumentFailed
from ingest.loaders.registry import SUFFIXES
from ingest.pipeline import Pipeline
from ingest.settings import IngestSettings
from knowledge_base.bootstrap import KnowledgeBase

_MEGABYTE = 1024 * 1024
# Larger ones are tried as they are, and not broken: many copies of them would only take long.
_BROKEN_BYTES = 400_000
# A child is looked at every 50 ms and the libraries of all formats take about 150 MB before a document is read.
_MEMORY_ALLOWANCE_MB = 300
# Beyond the time limit: until a fresh child has started on a busy machine.
_SECONDS_ALLOWANCE = 60.0


def measure_hostile(
    folders: list[str] | None = None,
    mutations: int = 200,
    bombs: bool = True,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> SuiteResult:
    """Bring each file in: it ends as text or as one of the named errors, within the limits, and nothing live changes.

    Args:
        folders: of hostile files; those that are made are tried with or without them.
        mutations: broken copies of whole files, of theirs and of the made ones.
        bombs: also the files that are made to exhaust memory and time.
        seed: of the mutations.
        tell: told how far it is.
    """
    result = SuiteResult("hostile", details={})
    begun = time.perf_counter()
    settings = IngestSettings(workers=2)
    with tempfile.TemporaryDirectory(prefix="marque-hostile-") as place:
        group = write_group(Path(place) / "group")
        write_generation(group, 0)
        knowledge_base = open_knowledge_base(group / ".marque")
        pipeline = build_pipeline(load_group(group), knowledge_base, settings)
        try:
            pipeline.ingest(BRAND, publish=True, created_by="faults")
            before = _content(knowledge_base)
            documents = group / "brands" / BRAND / "documents"
            _lay_out(documents / "hostile", folders or [], mutations, bombs, seed)
            asking = _Asking(knowledge_base)
            found = _read_each(pipeline, sorted(_files(documents / "hostile")), settings, result, tell)
            found["ingest"] = _ingest_all(pipeline, found["outcomes"], result)
            found |= asking.end(result)
        finally:
            pipeline.close()
        after = _content(knowledge_base)
        if after != before:
            result.failures.append(f"the live release changed: {before} was, {after} is")
        strange = {one.name for one in group.iterdir()} - {"brands", "documents", ".marque", "group.yaml"}
        if strange or Path(tempfile.gettempdir(), ESCAPED).exists():
            result.failures.append(f"something was written outside: {sorted(strange) or ESCAPED}")
        result.details = {**found, "live_content_unchanged": after == before, "live_content": after[1]}
    result.seconds = time.perf_counter() - begun
    return result


def _lay_out(place: Path, folders: list[str], mutations: int, bombs: bool, seed: int) -> None:
    """All files below one folder, as an editor would have put them there."""
    chance = random.Random(seed)  # noqa: S311 - places to damage, no secrets
    plain = list(make_plain_files().items())
    whole = list(plain)
    for number, folder in enumerate(folders):
        for path in _files(Path(folder)):
            target = place / f"given-{number}" / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            if path.suffix.lower() in SUFFIXES and 0 < path.stat().st_size <= _BROKEN_BYTES:
                whole.append((path.name, path.read_bytes()))
    made = place / "made"
    made.mkdir(parents=True)
    for name, content in [*plain, *(make_hostile_files() if bombs else ())]:
        (made / name).write_bytes(content)
    for name in HOSTILE_NAMES:
        with suppress(OSError):  # a name that this file system refuses cannot harm
            (made / name).write_bytes(b"# Harmless\n\nOnly its name is strange.\n")
    (made / "passwd.md").symlink_to("/etc/passwd")
    (made / "loop").symlink_to(made)
    (place / "broken").mkdir()
    for name, content in break_files(whole, mutations, chance):
        (place / "broken" / name).write_bytes(content)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _read_each(
    pipeline: Pipeline,
    paths: list[Path],
    settings: IngestSettings,
    result: SuiteResult,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Read one file after the other in the sandbox, and sort how each ends."""
    outcomes: Counter[str] = Counter()
    longest = 0.0
    memory = _ChildMemory()

    def read(path: Path) -> tuple[str, float]:
        begun = time.perf_counter()
        try:
            passages = pipeline.preview(BRAND, path).passages
            return ("text" if passages else "nothing"), time.perf_counter() - begun
        except DocumentFailed as error:
            return type(error).__name__, time.perf_counter() - begun
        except Exception as error:  # noqa: BLE001 - the boundary of one document: what is not named is a finding
            return f"unnamed {type(error).__name__}: {error}", time.perf_counter() - begun

    allowed = settings.max_seconds + _SECONDS_ALLOWANCE
    with ThreadPoolExecutor(settings.workers) as threads:
        for path, (outcome, seconds) in zip(paths, threads.map(read, paths), strict=True):
            result.trials += 1
            outcomes[outcome] += 1
            longest = max(longest, seconds)
            if outcome not in {"text", *DOCUMENT_ERRORS} or outcome == "DocumentFailed":
                result.failures.append(f"{path.name!r}: {outcome}")
            if seconds > allowed:
                result.failures.append(f"{path.name!r}: {seconds:.1f} s")
            if result.trials % 50 == 0:
                tell(f"{result.trials} of {len(paths)} files, {len(result.failures)} failures")
    most = memory.end()
    if most > settings.memory_mb + _MEMORY_ALLOWANCE_MB:
        result.failures.append(f"a child took {most} MB")
    return {
        "outcomes": dict(sorted(outcomes.items())),
        "longest_s": round(longest, 2),
        "limit_s": settings.seconds_per_document,
        "child_memory_mb": most,
        "limit_memory_mb": settings.memory_mb,
    }


def _ingest_all(pipeline: Pipeline, outcomes: dict[str, int], result: SuiteResult) -> dict[str, int]:
    """One ingest of all of them as a candidate; documents that are left out by name never reach the sandbox."""
    report = pipeline.ingest(BRAND, publish=False, created_by="faults")
    read = sum(one.state != "failed" and name.startswith("hostile/") for name, one in report.documents.items())
    if read > outcomes.get("text", 0):
        result.failures.append(f"an ingest reads {read} files, one by one it was {outcomes.get('text', 0)}")
    return {"read": read, "failed": len(report.failures), "left_out": len(report.skipped)}


def _content(knowledge_base: KnowledgeBase) -> tuple[str, str]:
    manifest = knowledge_base.releases.live(BRAND)
    if manifest is None:
        return ("", "")
    checked = knowledge_base.releases.check(BRAND, manifest.release_id)
    return checked.release_id, checked.passages_hash


class _Asking:
    """A thread that asks the live release all the time, as customers do."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self._knowledge_base = knowledge_base
        self._ended = threading.Event()
        self._asked = 0
        self._complaints: list[str] = []
        self._live = knowledge_base.releases.pointer(BRAND)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        question = "How often is part 3 of the vehicle checked?"
        while not self._ended.wait(0.05):
            try:
                found = self._knowledge_base.retriever.find(BRAND, question, vehicle=VehicleContext())
            except Exception as error:  # noqa: BLE001 - a customer without an answer is a finding, whatever it was
                self._complaints.append(f"a question raised {type(error).__name__}: {error}")
                continue
            self._asked += 1
            if found.release_id != self._live or not found.hits:
                self._complaints.append(f"a question was answered from {found.release_id} with {len(found.hits)} hits")

    def end(self, result: SuiteResult) -> dict[str, int]:
        self._ended.set()
        self._thread.join()
        result.failures += self._complaints
        return {"questions_meanwhile": self._asked}


class _ChildMemory:
    """A thread that looks how much the reading processes take."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._most = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.1):
            for child in psutil.Process().children():
                with suppress(psutil.Error):
                    self._most = max(self._most, child.memory_info().rss)

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._most // _MEGABYTE
