"""The snippets of docs/how-to/api.md run as they stand, against a served process."""

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from brands.profile import BrandProfile
from tests.ui.api_client import serve
from ui.api.api_keys import hash_of, new_api_key
from ui.api.app import build_api
from ui.bootstrap import Services
from ui.settings import UiSettings

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "api.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    found = re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return [str(one) for one in found]


def of_small_group(text: str) -> str:
    """The guide speaks of a sample brand, the test has a smaller one."""
    return text.replace("www.karrow.example", "alder.example").replace("karrow", "alder")


def test_the_snippets_run_in_order(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = new_api_key()
    monkeypatch.setenv("MARQUE_KEY", key)
    services.settings = UiSettings(api_keys={hash_of(key): "alder"})
    told = yaml.safe_load(of_small_group(blocks("yaml")[0]))
    alder = services.group.brand("alder").model_dump() | told
    services.group.brands["alder"] = BrandProfile.model_validate(alder)
    names: dict[str, Any] = {}
    with serve(build_api(services)) as address, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for number, block in enumerate(blocks("python")):
            code = of_small_group(block).replace("http://localhost:8501", address)
            exec(compile(code, f"api.md, snippet {number}", "exec"), names)
        names["client"].close()
    printed = capsys.readouterr().out
    assert printed.count("5 years") >= 4
    assert "waiting" in printed
    services.assistant.conversations.close()


def test_the_settings_of_the_guide_exist_with_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, default in re.findall(r"`MARQUE_UI_(\w+)`(?: \(([^)]+)\))?", GUIDE):
        field = UiSettings.model_fields[name.lower()]
        assert not default or str(field.default) == default
    for block in blocks("sh"):
        for line in block.splitlines():
            if line.startswith("MARQUE_"):
                monkeypatch.setenv(*line.split("=", 1))
    assert UiSettings().public_hosts == "care.karrow.example"
