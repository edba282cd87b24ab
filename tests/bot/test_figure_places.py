"""A figure is believed of the thing that its passage says it of, and of no neighbour."""

import pytest

from bot.sentence_support import unsupported_because
from brands import Scope
from knowledge_base.passage import Passage

_TABLE = """Tyre pressure.

| Tyre | Partly loaded | Fully loaded |
|---|---|---|
| Front | 2.0 bar | 2.2 bar |
| Rear | 2.4 bar | 2.9 bar |
"""


def _passage(text: str) -> Passage:
    return Passage(
        document_id="manual.md",
        title="Alder manual",
        heading_path=("Wheels",),
        text=text,
        kind="text",
        scope=Scope("en"),
        position=0,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tyre pressure: front 2.0 bar, rear 2.9 bar.", "The tyre pressure is 2.0 bar at the front."),
        (
            "Tyre pressure: front 2.0 bar, rear 2.9 bar.",
            "The pressure is 2.9 bar rear and 2.0 bar front.",
        ),
        ("Fill 2.0 bar in the front tyres and 2.9 bar in the rear tyres.", "The rear tyres need 2.9 bar fill."),
        ("For the front tyres, use 2.0 bar; for the rear tyres, use 2.9 bar.", "Use 2.9 bar for the rear tyres."),
        ("Change the oil every 15,000 km. Change the filter every 30,000 km.", "Change the filter every 30,000 km."),
        (_TABLE, "The pressure of the front tyre is 2.2 bar fully loaded."),
        (_TABLE, "Front tyre: 2.0 bar partly loaded, 2.2 bar fully loaded."),
    ],
)
def test_a_figure_of_its_own_thing_is_borne(text: str, said: str) -> None:
    assert unsupported_because(said, _passage(text), "en") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tyre pressure: front 2.0 bar, rear 2.9 bar.", "The front tyre pressure is 2.9 bar."),
        ("Tyre pressure: front 2.00, rear 2.90.", "The tyre pressure is 2.90 at the front."),
        (
            "Tyre pressure: front 2.0 bar, rear 2.9 bar.",
            "The pressure is 2.0 bar rear and 2.9 bar front.",
        ),
        ("Fill 2.0 bar in the front tyres and 2.9 bar in the rear tyres.", "Fill the rear tyres to 2.0 bar."),
        ("For the front tyres, use 2.0 bar; for the rear tyres, use 2.9 bar.", "Use 2.9 bar for the front tyres."),
        ("Change the oil every 15,000 km. Change the filter every 30,000 km.", "Change the oil every 30,000 km."),
        (_TABLE, "The pressure of the front tyre is 2.9 bar fully loaded."),
        (_TABLE, "The pressure of the front tyre is 2.2 bar partly loaded."),
    ],
)
def test_a_figure_of_another_thing_is_not(text: str, said: str) -> None:
    assert unsupported_because(said, _passage(text), "en") != ""


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "Reifendruck: vorn 2,0 bar, hinten 2,9 bar.", "Der Reifendruck ist vorn 2,9 bar."),
        ("fr", "Pression : pneus avant 2,0 bars et pneus arrière 2,9 bars.", "Pression des pneus avant : 2,9 bars."),
        ("it", "Pressione: anteriore 2,0 bar e posteriore 2,9 bar.", "Pressione anteriore: 2,9 bar."),
        ("es", "Presión: delante 2,0 bar y detrás 2,9 bar.", "Presión delante: 2,9 bar."),
    ],
)
def test_other_languages_part_their_figures_too(language: str, text: str, said: str) -> None:
    passage = Passage(
        document_id="manual.md",
        title="Alder",
        heading_path=(),
        text=text,
        kind="text",
        scope=Scope(language),
        position=0,
    )
    assert unsupported_because(said, passage, language) != ""
    assert unsupported_because(said.replace("2,9", "2,0"), passage, language) == ""
