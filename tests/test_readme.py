"""The README's commands exist, and its links lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = [line for language, block in blocks if not language for line in block.splitlines() if line.strip()]
    return [line.split("#")[0].strip() for line in lines]


@pytest.mark.parametrize("target", [one.split()[1] for one in commands() if one.startswith("make ")])
def test_make_knows_each_target_of_the_readme(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readmes_own_brand_commands_work_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = [one for one in commands() if one.startswith("marque ") and not one.startswith("marque serve")]
    assert [one.split()[1] for one in ran] == ["init", "ingest", "ask", "eval", "doctor"]
    for command in ran:
        words = re.findall(r'"([^"]+)"|(\S+)', command)
        result = CliRunner().invoke(app, [quoted or plain for quoted, plain in words][1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
