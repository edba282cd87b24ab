"""Fixtures that every test may use: a small group, and no network beyond this machine."""

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from brands import Group, load_group

# A busy machine is no fault of what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["ANONYMIZED_TELEMETRY"] = "False"

_CONNECT = socket.socket.connect


def _connect_to_this_machine(self: socket.socket, address: Any) -> None:
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {address!r}; tests stay on this machine")
    _CONNECT(self, address)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _connect_to_this_machine)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MARQUE_") and name != "MARQUE_TEST_DATA":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public test data; tests that need it are skipped, and say so, without it."""
    named = os.environ.get("MARQUE_TEST_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("public test data absent: set MARQUE_TEST_DATA to its folder to run this test")
    return Path(named)


BRAND = """\
id: {id}
name: {name}
default_language: en
languages: [en, de]
markets: [gb, de]
models:
  - {{id: {model}, name: {model_name}, years: [2024, 2025]}}
voice:
  assistant_name: {assistant}
  greeting: {{en: "Hello from {name}.", de: "Hallo von {name}."}}
theme: {{primary: "#1f3a5f", on_primary: "#ffffff", background: "#ffffff", text: "#1a1a1a", accent: "#b8551b"}}
contacts:
  default: {{phone: "+44 1632 960001", email: care@{id}.example, url: "https://{id}.example", hours: "Mon-Fri 9-17"}}
allowed_origins: ["https://{id}.example"]
allowed_links: ["https://{id}.example"]
"""

MANUAL = """\
---
title: {name} {model_name} owner's manual
language: en
models: [{model}]
---
# {name} {model_name} owner's manual

## Wheels and tyres

### Tyre pressures

Check the pressures every month when the tyres are cold.

| Load | Front | Rear |
|---|---|---|
| Normal | {front} bar | {rear} bar |
| Full | {full_front} bar | {full_rear} bar |

### Changing a wheel

> **WARNING** Never crawl under a vehicle that stands on the jack.

1. Park on firm, level ground and apply the parking brake.
2. Loosen the wheel nuts by half a turn.
3. Raise the vehicle with the jack until the wheel is clear of the ground.
4. Change the wheel and tighten the nuts to {torque} Nm.

## Service

### Service intervals

Have the vehicle serviced every {interval} km or 12 months, whichever comes first.

### Towing

The maximum braked trailer weight is {tow} kg.
"""

FAQ = """\
question,answer
How long does the new vehicle warranty last?,The new vehicle warranty lasts {warranty} years from first registration.
How do I pair my phone?,Open Settings > Phone on the touchscreen and choose Add phone. Confirm the code on both screens.
What does the orange engine lamp mean?,"Reduce speed and visit a workshop soon. If the lamp flashes, stop the engine."
"""

TYRES_BY_YEAR = """\
---
title: Alder Grove {year} tyres
language: en
models: [grove]
model_years: [{year}]
---
# Tyres

## Winter tyres

### Pressure of winter tyres

With winter tyres the front axle needs {front} bar.
"""

GROUP_DOCUMENT = """\
---
title: Driving abroad
language: en
---
# Driving abroad

## Documents to carry

Carry your driving licence, the registration document and proof of insurance.

## Roadside help abroad

Roadside help is free of charge in 42 countries for the first 3 years.
"""


@pytest.fixture
def small_group(tmp_path: Path) -> Group:
    """A group of two brands, alder and birch, that differ in every figure, and one inherited document."""
    return load_group(write_small_group(tmp_path / "group"))


def write_winter_tyres(folder: Path) -> None:
    """Add a document for each of two model years of alder, so that a question about winter tyres is asked back.

    Args:
        folder: of the small group.
    """
    documents = folder / "brands" / "alder" / "documents"
    for year, front in ((2024, "2.4"), (2025, "2.7")):
        (documents / f"winter-{year}.md").write_text(TYRES_BY_YEAR.format(year=year, front=front), encoding="utf-8")


def write_small_group(folder: Path) -> Path:
    """Write the small group into a new folder.

    Args:
        folder: where to write it; must not exist.

    Returns:
        The same folder.
    """
    figures: dict[str, dict[str, str]] = {
        "alder": {
            "name": "Alder", "model": "grove", "model_name": "Grove", "assistant": "Al", "front": "2.3", "rear": "2.5",
            "full_front": "2.6", "full_rear": "2.9", "torque": "120", "interval": "15,000", "tow": "2,000",
            "warranty": "5",
        },
        "birch": {
            "name": "Birch", "model": "copse", "model_name": "Copse", "assistant": "Bea", "front": "2.7", "rear": "2.8",
            "full_front": "3.0", "full_rear": "3.3", "torque": "140", "interval": "30,000", "tow": "750",
            "warranty": "4",
        },
    }  # fmt: skip
    documents = folder / "documents"
    documents.mkdir(parents=True)
    (folder / "group.yaml").write_text(
        "id: orchard\nname: Orchard Group\nlanguages: [en, de]\nbrands: [alder, birch]\n", encoding="utf-8"
    )
    (documents / "driving-abroad.md").write_text(GROUP_DOCUMENT, encoding="utf-8")
    for brand_id, values in figures.items():
        home = folder / "brands" / brand_id
        (home / "documents").mkdir(parents=True)
        (home / "brand.yaml").write_text(BRAND.format(id=brand_id, **values), encoding="utf-8")
        (home / "documents" / f"{values['model']}-manual.md").write_text(MANUAL.format(**values), encoding="utf-8")
        (home / "documents" / "faq.csv").write_text(FAQ.format(**values), encoding="utf-8")
    return folder
