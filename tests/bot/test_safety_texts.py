"""A company's own safety texts take the place of the bot's, once they are fit to be shown."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.language_data import read_data
from bot.safety import Hazard, safety_text
from bot.safety_texts import load_safety_texts
from brands import Group
from brands.errors import GroupFolderInvalid

FILE = """\
version: "3"
signed_off_by: Ada Example, Head of Product Safety
signed_off_on: 2026-11-02
texts:
  en:
    default:
      fire: ["Get out at once.", "Call {brand} at {phone} later."]
    de:
      fire: ["Leave the vehicle behind the barrier."]
"""


def written(folder: Path, content: str) -> Path:
    (folder / "safety.yaml").write_text(content, encoding="utf-8")
    return folder


def test_own_steps_follow_the_emergency_number(small_group: Group, tmp_path: Path) -> None:
    texts = load_safety_texts(written(tmp_path, FILE))
    profile = small_group.brand("alder")
    fire = Hazard("fire", "life")
    assert texts.signed_off_by.startswith("Ada Example")
    shown = safety_text(fire, profile, "en", "gb", texts).text.splitlines()
    assert "999" in shown[0]
    assert "1. Get out at once." in shown
    assert "2. Call Alder at +44 1632 960001 later." in shown
    assert "barrier" in safety_text(fire, profile, "en", "de", texts).text
    assert "Verkehr" in safety_text(Hazard("crash", "life"), profile, "de", "de", texts).text


def test_norway_and_norwegian_are_no_truth_values(tmp_path: Path) -> None:
    texts = load_safety_texts(written(tmp_path, FILE.replace("  en:", "  no:").replace("    de:", "    no:")))
    assert texts.steps("no", "no", ("fire",)) == ("Leave the vehicle behind the barrier.",)


def test_without_a_file_the_texts_of_the_bot_hold(tmp_path: Path) -> None:
    assert load_safety_texts(tmp_path).steps("en", "gb", ("fire", "life")) == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("signed_off_by: Ada Example, Head of Product Safety\n", "", "signed_off_by"),
        ("fire: [", "volcano: [", "volcano is no class"),
        ('"Get out at once."', '"a step", "b step", "c step", "d step"', "fire"),
        ("Get out at once.", "It is safe to drive.", "driving is safe"),
        ("Get out at once.", "See https://alder.example", "no link"),
        ("{brand}", "{brand.__class__}", "only {phone}"),
        ("    de:\n", "    Germany:\n", "two small letters"),
        (FILE, "- nothing", "version"),
        (FILE, "a: [", "cannot be read"),
        ("2026-11-02", "2026-02-30", "a value looks like a date or number and is none"),
    ],
)
def test_texts_that_must_not_be_shown_are_refused(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises(GroupFolderInvalid, match=r"safety\.yaml") as refused:
        load_safety_texts(written(tmp_path, FILE.replace(before, after)))
    assert told in str(refused.value)


def test_the_bots_own_texts_are_fit_to_be_shown(tmp_path: Path) -> None:
    """They pass the checks that a company's own do."""
    scripts = read_data("safety.yaml")["scripts"]
    steps = {
        code: {"default": {name: value for name, value in script.items() if not name.startswith("emergency")}}
        for code, script in scripts.items()
    }
    signed = {"version": "1", "signed_off_by": "Ada Example", "signed_off_on": date(2026, 11, 2)}
    file = yaml.safe_dump(signed | {"texts": steps}, allow_unicode=True)
    assert load_safety_texts(written(tmp_path, file)).steps("es", None, ("fuel", "life"))
