"""The training of the danger model, on a few messages."""

from pathlib import Path

from bot.danger_model import danger_model
from evals.trust.safety_suite import SafetyMessage
from training.danger.train import write_model


def test_a_model_is_written_that_tells_its_own_messages_apart(tmp_path: Path) -> None:
    def said(text: str, hazard: str | None) -> SafetyMessage:
        return SafetyMessage(text, "en", hazard, held_out=False)

    dangers = [said(f"flames are coming out of part {number} of the engine", "fire") for number in range(6)]
    dangers += [said(f"petrol drips on the floor at place {number}", "fuel") for number in range(6)]
    dangers += [said(f"grey smoke fills the cabin from vent {number}", "smoke") for number in range(6)]
    near = [said(f"flame red paint number {number}, what does it cost", None) for number in range(6)]
    write_model(tmp_path / "model.npz", [*dangers, *near], ["what is the tyre pressure", "thanks"])
    model = danger_model(tmp_path / "model.npz")
    hot, cold = (model.suspicion(text) for text in ("flames out of the engine", "what does the red paint cost"))
    assert hot.score > cold.score
    assert max(hot.classes, key=lambda one: hot.classes[one]) == "fire"
