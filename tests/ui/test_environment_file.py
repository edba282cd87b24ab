from pathlib import Path

import pytest

from ui.environment_file import SETTINGS, environment_example

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_example_tells_every_setting_with_its_default() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == environment_example(), (
        "run `python -m ui.environment_file > .env.example`"
    )


def test_example_with_every_line_taken_is_valid_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = environment_example().splitlines()
    taken = "\n".join(line[1:] if line.startswith("#MARQUE_") else line for line in lines)
    (tmp_path / ".env").write_text(taken, encoding="utf-8")
    defaults = [one(_env_file=None) for one in SETTINGS]
    monkeypatch.chdir(tmp_path)
    assert [one() for one in SETTINGS] == defaults


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_described(settings: type) -> None:
    for name, field in settings.model_fields.items():  # type: ignore[attr-defined]
        assert field.description, name
        assert field.description.endswith("."), name
