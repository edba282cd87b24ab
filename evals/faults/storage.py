"""A full disk, a folder that is read-only, a clock that jumps, and two publishers at once."""

import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from evals.faults.crash import EXPECTED
from evals.faults.forked import Forked, run_forked
from evals.faults.generations import (
    BRAND,
    build_generation,
    complaints_of,
    generation_of,
    open_knowledge_base,
    secret,
)
from evals.faults.suite_result import SuiteResult
from knowledge_base import release_store
from knowledge_base.erasure import ErasureTarget, erase
from knowledge_base.errors import ReleaseBusy

_DISK_BYTES = 24 << 20


def measure_storage(trials: int = 50, tell: Callable[[str], None] = lambda _: None) -> SuiteResult:
    """Try each of them so many times: a named error or success, and the live release whole.

    Args:
        trials: of each.
        tell: told how far it is.
    """
    result = SuiteResult("storage", details={})
    begun = time.perf_counter()
    for name, run in (
        ("full disk", _full_disk),
        ("read-only folder", _read_only),
        ("clock", _clock),
        ("two publishers", _two_publishers),
    ):
        before = result.trials
        with tempfile.TemporaryDirectory(prefix="marque-storage-") as place:
            told = run(result, Path(place), trials)
        result.details[name.replace(" ", "_").replace("-", "_")] = {"trials": result.trials - before, **told}
        tell(f"{name}: {result.trials - before} trials, {len(result.failures)} failures so far")
    result.seconds = time.perf_counter() - begun
    return result


def _full_disk(result: SuiteResult, place: Path, trials: int) -> dict[str, Any]:
    with _small_disk(place) as is_mounted:
        data = place / "data"
        _note(result, "preparing a full disk", run_forked(lambda: _prepare(data)))
        filler = place / "filler"
        refused = 0
        for trial in range(trials):
            name, step = _steps(data)[trial % 4]
            if is_mounted:
                free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
                filler.write_bytes(bytes(max(0, free - (trial * 7_919) % 400_000)))
                ended = run_forked(step, EXPECTED)
                filler.unlink()
            else:
                ended = run_forked(lambda step=step, trial=trial: _limited(step, trial * 1_009), EXPECTED)  # type: ignore[misc]
            refused += ended.expected
            _look(result, data, f"full disk, {name} {trial}", ended)
    return {"refused": refused, "by": "a small disk" if is_mounted else "a limit on the size of files"}


def _read_only(result: SuiteResult, place: Path, trials: int) -> dict[str, Any]:
    data = place / "data"
    with _small_disk(place) as is_mounted:
        _note(result, "preparing a read-only folder", run_forked(lambda: _prepare(data)))
        if os.getuid() == 0 and not is_mounted:
            return {"skipped": "nothing is read-only to root, and this one may not mount a disk"}
        with _written_by_nobody(place, is_mounted):
            for trial in range(trials):
                name, step = _steps(data)[trial % 4]
                ended = run_forked(lambda step=step: _refused(data, step), EXPECTED)  # type: ignore[misc]
                result.trials += 1
                told = (ended.error or "").lower()
                if not ended.expected or not ("permission" in told or "read-only" in told):
                    result.failures.append(f"read-only folder, {name}: {ended.error}")
        return {"by": "a disk that is read-only" if is_mounted else "the rights of the folder"}


def _refused(data: Path, step: Callable[[], Any]) -> None:
    before = _served(data)
    try:
        step()
    except EXPECTED:
        if _served(data) != before:
            raise AssertionError("another release answers") from None
        raise
    raise AssertionError("it was done in a folder that is read-only")


@contextmanager
def _written_by_nobody(place: Path, is_mounted: bool) -> Iterator[None]:
    paths = [place / "data", *(place / "data").rglob("*")]
    if is_mounted:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], capture_output=True, check=True)  # noqa: S603, S607
        yield
        return
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


def _clock(result: SuiteResult, place: Path, trials: int) -> dict[str, Any]:
    """Days forward and back between builds: ids still rise, and rolling back goes where it should."""
    data = place / "data"
    _note(result, "preparing a clock", run_forked(lambda: _prepare(data)))
    for trial in range(trials):
        days = (1, -1, -1, 1)[trial % 4]

        def run(days: int = days, trial: int = trial) -> list[str]:
            knowledge_base = open_knowledge_base(data)
            before = knowledge_base.releases.open_live(BRAND).manifest.release_id
            newest = knowledge_base.releases.kept_ids(BRAND)[0]
            with _shifted(days):
                built = build_generation(knowledge_base, 100 + trial).release_id
            found = [] if built > newest else [f"{built} is not newer than {newest}"]
            if trial % 3 == 0:
                back = knowledge_base.releases.rollback(BRAND).release_id
                found += [] if back == before else [f"rolled back to {back} instead of {before}"]
            return found

        ended = run_forked(run, EXPECTED)
        if ended.told:
            result.failures += [f"clock moved by {days} days: {one}" for one in ended.told]
        _look(result, data, f"clock moved by {days} days", ended, must_succeed=True)
    return {}


def _two_publishers(result: SuiteResult, place: Path, trials: int) -> dict[str, Any]:
    data = place / "data"
    _note(result, "preparing two publishers", run_forked(lambda: _prepare(data)))
    begin = multiprocessing.get_context("fork").Event()

    def publish(first: int) -> dict[str, int]:
        begin.wait()
        knowledge_base = open_knowledge_base(data)
        told = {"published": 0, "busy": 0}
        for number in range(trials // 2):
            try:
                build_generation(knowledge_base, first + number)
                told["published"] += 1
            except ReleaseBusy:
                told["busy"] += 1
                time.sleep(0.005 * (number % 7))
        return told

    both = [Forked(lambda first=first: publish(first), EXPECTED) for first in (1_000, 2_000)]  # type: ignore[misc]
    begin.set()
    counted = {"published": 0, "busy": 0}
    for one in both:
        ended = one.end(limit=900)
        if ended.error:
            result.failures.append(f"two publishers: {ended.error}")
        else:
            counted = {name: count + ended.told[name] for name, count in counted.items()}
    result.trials += sum(counted.values()) - 1
    _look(result, data, "two publishers", run_forked(lambda: None))
    entries = len(open_knowledge_base(data).releases.publishes(BRAND))
    if entries - 2 != counted["published"]:
        result.failures.append(f"two publishers: {entries - 2} recorded of {counted['published']}")
    return counted


def _prepare(data: Path) -> None:
    knowledge_base = open_knowledge_base(data)
    for generation in (0, 1):
        build_generation(knowledge_base, generation)


def _steps(data: Path) -> tuple[tuple[str, Callable[[], Any]], ...]:
    def take_out() -> None:
        target = ErasureTarget(text=secret(0))
        erase(open_knowledge_base(data), target, [BRAND], by="faults", remember_for=["*"])

    return (
        ("ingest", lambda: build_generation(open_knowledge_base(data), 1).release_id),
        ("publish", lambda: _publish_newest(data)),
        ("rollback", lambda: open_knowledge_base(data).releases.rollback(BRAND).release_id),
        ("erase", take_out),
    )


def _publish_newest(data: Path) -> None:
    releases = open_knowledge_base(data).releases
    releases.publish(BRAND, releases.kept_ids(BRAND)[0])


def _look(result: SuiteResult, data: Path, label: str, ended: Any, *, must_succeed: bool = False) -> None:
    result.trials += 1
    if ended.error and (must_succeed or not ended.expected):
        result.failures.append(f"{label}: {ended.error}")
    seen = run_forked(lambda: _complaints(data))
    if seen.error:
        result.failures.append(f"{label}: afterwards {seen.error}")
    else:
        result.failures += [f"{label}: {one}" for one in seen.told]


def _complaints(data: Path) -> list[str]:
    knowledge_base = open_knowledge_base(data)
    return complaints_of(knowledge_base, set(), {0}, {knowledge_base.releases.pointer(BRAND)})


def _served(data: Path) -> tuple[str, int | None, str | None]:
    opened = open_knowledge_base(data).releases.open_live(BRAND)
    passages = [opened.passages.passage(row) for row in range(len(opened.passages))]
    return (opened.manifest.release_id, *generation_of(passages))


def _note(result: SuiteResult, doing: str, ended: Any) -> None:
    if ended.error:
        result.failures.append(f"{doing}: {ended.error}")


def _limited(step: Callable[[], Any], size: int) -> Any:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        return step()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))  # the result has to be told


@contextmanager
def _small_disk(place: Path) -> Iterator[bool]:
    """A disk of a few MB at a folder, where this user may make one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(place)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        is_mounted = False
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", str(place)], capture_output=True, check=False)  # noqa: S603, S607


@contextmanager
def _shifted(days: int) -> Iterator[None]:
    """A clock that is wrong by so many days, where release ids are made."""
    names = vars(release_store)
    plain = names["datetime"]

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=days)

    names["datetime"] = Shifted
    try:
        yield
    finally:
        names["datetime"] = plain
