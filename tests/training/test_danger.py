"""The training of the danger model, on a few messages."""

import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.danger_model import open_danger_model
from bot.danger_words import PLACES, DangerWords, open_danger_words
from bot.errors import DangerModelUnavailable
from knowledge_base.bundled_model import BundledModel
from training.danger.export import THRESHOLDS, write_danger_model
from training.danger.messages import NONE, Example, disturbed
from training.danger.network import DangerNetwork, pad_texts
from training.danger.train import class_names, train
from training.danger.words import train_words

NO_WORDS = DangerWords(np.zeros(PLACES, np.float32), 0.0)


def shipped(network: DangerNetwork, thresholds: Mapping[str, float] = THRESHOLDS) -> bytes:
    return write_danger_model({name: value.numpy() for name, value in network.state_dict().items()}, thresholds)


def test_a_trained_network_ships_as_the_same_graph() -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    written = [Example("flames out", "fire", near=True), Example("petrol out", "fuel", near=True)]
    written.append(Example("red paint", NONE, near=True))
    tokenizer, ordinary = BundledModel().tokenizer(), [Example("price", NONE, near=False)]
    before = DangerNetwork(len(class_names()), layers=1)
    first = before.classes.weight.clone()
    trained = train(before, written, ordinary, tokenizer, epochs=2)
    assert not torch.equal(trained.classes.weight, first)
    model = open_danger_model(shipped(trained), NO_WORDS)
    for text in ("Flames OUT", "red", "petrol out at a red price"):
        scores = trained(*pad_texts([tokenizer.encode(text).ids]))[0].detach().numpy()
        assert model.suspicion(text).score == pytest.approx(np.log(np.exp(scores[1:]).sum()) - scores[0], abs=0.1)


def test_a_text_is_scored_the_same_beside_a_longer_one() -> None:
    torch.manual_seed(2)
    network = DangerNetwork(3, layers=1).eval()
    short, long = [101, 2543, 102], [101, *range(2000, 2020), 102]
    alone = network(*pad_texts([short]))[0]
    assert torch.allclose(network(*pad_texts([short, long]))[0], alone, atol=1e-4)


def test_a_disturbed_message_keeps_its_letters_or_loses_one() -> None:
    chance, example = random.Random(3), Example("Fumée épaisse sous le capot !", "smoke", near=True)
    calm = [Example("merci beaucoup", NONE, near=False)]
    found = {disturbed(example, calm, chance) for _ in range(60)}
    assert len(found) > 10
    assert any("merci" in one for one in found)
    assert any("Fumee" in one for one in found)
    assert all("capot" in one or "ous l" in one for one in found)


def test_a_graph_that_does_not_say_its_thresholds_is_refused() -> None:
    with pytest.raises(DangerModelUnavailable, match="thresholds"):
        open_danger_model(shipped(DangerNetwork(len(class_names()), layers=1), {}), NO_WORDS)
    with pytest.raises(DangerModelUnavailable, match="onnxruntime"):
        open_danger_model(b"no graph", NO_WORDS)


def test_words_of_danger_are_learned_and_ship_as_they_were_trained(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    written = [Example(text, "fire", near=True) for text in ("flames under the bonnet", "the bonnet is in flames")]
    written += [Example(text, NONE, near=True) for text in ("scratch on the bonnet", "flame red paint on the bonnet")]
    weights, offset = train_words(written, [Example("what does it cost", NONE, near=False)])
    with (tmp_path / "words.npz").open("wb") as file:
        np.savez_compressed(file, weights=weights, offset=np.float64(offset))
    words = open_danger_words(str(tmp_path / "words.npz"))
    assert words.score("FLAMES! in the bonnet") > 0 > words.score("scratch in the paint")
    assert words.score("") == pytest.approx(offset)
