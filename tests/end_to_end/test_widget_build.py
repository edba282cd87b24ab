"""The built widget is what the sources build, is small, and needs nothing."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[2] / "ui" / "widget"
SCRIPT = WIDGET / "dist" / "widget.js"
LIMIT_BYTES = 15_000


def sources_digest() -> str:
    """The digest of everything that the script is built from, as vite.config.ts computes it."""
    files = [path for path in (WIDGET / "src").rglob("*") if path.is_file()]
    files += [WIDGET / "package-lock.json", WIDGET / "vite.config.ts"]
    digest = hashlib.sha256()
    for name in sorted(path.relative_to(WIDGET).as_posix() for path in files):
        digest.update(f"{name}\0".encode() + hashlib.sha256((WIDGET / name).read_bytes()).digest())
    return digest.hexdigest()


def test_the_built_script_names_the_sources_that_stand_here() -> None:
    first_line = SCRIPT.read_text(encoding="utf-8").partition("\n")[0]
    assert sources_digest() in first_line, "run `npm ci && npm run build` in ui/widget and commit dist/widget.js"


def test_building_again_gives_the_same_script(tmp_path: Path) -> None:
    node = shutil.which("node")
    vite = WIDGET / "node_modules" / "vite" / "bin" / "vite.js"
    if node is None:
        pytest.skip("Node is not installed; the digest in the script's first line was compared all the same")
    if not vite.is_file():
        pytest.skip("Vite is not installed; run `npm ci` in ui/widget to build again and compare")
    command = [node, str(vite), "build", "--outDir", str(tmp_path), "--logLevel", "error"]
    subprocess.run(command, cwd=WIDGET, check=True, capture_output=True, timeout=100)
    assert (tmp_path / "widget.js").read_bytes() == SCRIPT.read_bytes()


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) <= LIMIT_BYTES


def test_the_script_needs_nothing_at_run_time_and_uses_no_way_to_make_markup_or_code_of_text() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|localStorage|cookie"
    assert re.findall(ways, script) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)[\w.]+", script) == []
    assert re.findall(r"\bimport\(|\brequire\(", script) == []


def test_the_lock_names_no_registry() -> None:
    package = json.loads((WIDGET / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((WIDGET / "package-lock.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    assert all("resolved" not in one for one in lock["packages"].values())
    assert all("integrity" in one for name, one in lock["packages"].items() if name)
