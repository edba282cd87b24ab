"""Other models than the bundled one: on our graph where it can compute them, the same vectors as their own library."""

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from knowledge_base.bundled_model import BundledModel, installed_folder
from knowledge_base.embedding_prefixes import known_prefixes
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.sentence_model import Prefixes
from knowledge_base.sentence_transformer_embedder import SentenceTransformerEmbedder
from tests.random_sentence_model import Architecture, Pooling, write_random_model

TEXTS = (
    "Check the tyre pressure when the tyres are cold.",
    "battery",
    "",
    "Der Reifendruck beträgt 2,4 bar. 車の空気圧 <s> </s> [SEP] 🚗",
    "charge the battery of the car " * 20,
    "a\tb\n\nc  d",
)


def _embedder(model: str | Path, cache: Path, **options: object) -> NamedEmbedder:
    return NamedEmbedder(str(model), cache, **({"window_tokens": 512, "threads": 2} | options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("models") / "small", architecture="xlm-roberta")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta"])
def test_vectors_are_those_of_sentence_transformers(
    tmp_path: Path, architecture: Architecture, pooling: Pooling
) -> None:
    folder = write_random_model(tmp_path / "tiny-e5", architecture=architecture, pooling=pooling)
    published = SentenceTransformerEmbedder(folder)
    passages = published.embed_passages(TEXTS)
    for precision, least in (("fp32", 0.99999), ("int8", 0.99)):
        ours = _embedder(folder, tmp_path / "cache", precision=precision)

        assert isinstance(ours.opened(), OnnxEmbedder)
        assert (ours.dimension, ours.window_tokens) == (published.dimension, published.window_tokens) == (32, 64)
        assert [ours.count_tokens(text) for text in TEXTS] == [published.count_tokens(text) for text in TEXTS]
        cosines = (ours.embed_passages(TEXTS) * passages).sum(axis=1)
        asked = ours.embed_question(TEXTS[0]) @ published.embed_question(TEXTS[0])
        assert least < min(*cosines, asked) <= max(*cosines, asked) < 1.00001


def test_published_weights_in_either_layout_give_the_same_vectors(tmp_path: Path) -> None:
    """MiniLM's own weights, as a BERT and under the names and places of an XLM-RoBERTa."""
    from safetensors.numpy import load_file, save_file

    copytree(installed_folder(), tmp_path / "bert")
    other = Path(copytree(installed_folder(), tmp_path / "other"))
    weights = load_file(other / "model.safetensors")
    places = weights["embeddings.position_embeddings.weight"]
    weights["embeddings.position_embeddings.weight"] = np.concatenate([np.zeros_like(places[:2]), places])
    weights["embeddings.token_type_embeddings.weight"] = weights["embeddings.token_type_embeddings.weight"][:1].copy()
    save_file({f"roberta.{name}": value for name, value in weights.items()}, other / "model.safetensors")
    config = json.loads((other / "config.json").read_text())
    config |= {"model_type": "xlm-roberta", "max_position_embeddings": 514, "type_vocab_size": 1, "pad_token_id": 1}
    (other / "config.json").write_text(json.dumps(config))

    bundled = OnnxEmbedder(BundledModel(), tmp_path / "cache")
    for name in ("bert", "other"):
        embedder = _embedder(tmp_path / name, tmp_path / "cache")
        assert embedder.window_tokens == bundled.window_tokens
        assert np.array_equal(embedder.embed_passages(TEXTS), bundled.embed_passages(TEXTS))


def test_weights_of_16_bits_are_read(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "half", half=True)
    ours = _embedder(folder, tmp_path / "cache", precision="fp32")
    whole = _embedder(write_random_model(tmp_path / "whole"), tmp_path / "cache", precision="fp32")
    assert isinstance(ours.opened(), OnnxEmbedder)
    assert ours.embed_question("brake") @ whole.embed_question("brake") > 0.999


def test_prefixes_are_set_or_the_models_own_or_known_by_its_name(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "tiny-e5")
    cache = tmp_path / "cache"
    plain = _embedder(folder, cache, prefixes=Prefixes("", ""))
    known = _embedder(folder, cache)
    assert np.array_equal(known.embed_question("brake"), plain.embed_question("query: brake"))
    assert np.array_equal(known.embed_passages(["brake"]), plain.embed_passages(["passage: brake"]))
    (folder / "config_sentence_transformers.json").write_text('{"prompts": {"query": "the ", "document": null}}')
    own = _embedder(folder, cache)
    assert np.array_equal(own.embed_question("brake"), plain.embed_question("the brake"))
    assert np.array_equal(own.embed_passages(["brake"]), plain.embed_passages(["passage: brake"]))
    assert len({plain.fingerprint, known.fingerprint, own.fingerprint}) == 3
    assert len(list(cache.glob("*.onnx"))) == 1, "prefixes need no graph of their own"


def test_a_smaller_window_cuts_texts(model: Path, tmp_path: Path) -> None:
    short = _embedder(model, tmp_path, window_tokens=40)
    long = "brake " * 38
    assert short.window_tokens == 40
    assert short.embed_question(long) @ short.embed_question(f"{long} warranty") == pytest.approx(1, abs=1e-5)
    assert short.fingerprint != _embedder(model, tmp_path).fingerprint


def test_the_folder_does_not_change_the_fingerprint_but_weights_and_tokenizer_do(model: Path, tmp_path: Path) -> None:
    first = _embedder(model, tmp_path / "cache").fingerprint
    moved = write_random_model(tmp_path / "moved", architecture="xlm-roberta")
    assert _embedder(moved, tmp_path / "cache").fingerprint == first
    with (moved / "tokenizer.json").open("a") as file:
        file.write("\n")
    retold = _embedder(moved, tmp_path / "cache").fingerprint
    other = write_random_model(tmp_path / "other", architecture="xlm-roberta", seed=1)
    assert len({first, retold, _embedder(other, tmp_path / "cache").fingerprint}) == 3


def test_weights_that_are_replaced_are_noticed(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "model")
    first = _embedder(folder, tmp_path / "cache").fingerprint
    other = write_random_model(tmp_path / "other", seed=1)
    (other / "model.safetensors").replace(folder / "model.safetensors")
    assert _embedder(folder, tmp_path / "cache").fingerprint != first


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("config.json", {"hidden_act": "relu"}),
        ("sentence_bert_config.json", {"do_lower_case": True}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": False}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
    ],
)
def test_what_the_graph_cannot_compute_goes_to_sentence_transformers(
    tmp_path: Path, name: str, change: dict[str, object]
) -> None:
    folder = write_random_model(tmp_path / "model")
    (folder / name).write_text(json.dumps(json.loads((folder / name).read_text()) | change))
    embedder = _embedder(folder, tmp_path / "cache", window_tokens=20)
    assert isinstance(embedder.opened(), SentenceTransformerEmbedder)
    assert embedder.window_tokens == 20
    assert np.linalg.norm(embedder.embed_question("brake")) == pytest.approx(1, abs=1e-5)


def test_a_warm_start_needs_no_torch(model: Path, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    expected = _embedder(model, tmp_path).embed_question("brake")
    script = (
        "import sys; from pathlib import Path; from knowledge_base.named_embedder import NamedEmbedder\n"
        "vector = NamedEmbedder(sys.argv[1], Path(sys.argv[2]), window_tokens=512).embed_question('brake')\n"
        "print([name for name in ('torch', 'transformers', 'onnx', 'safetensors') if name in sys.modules], vector[0])"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", script, str(model), str(tmp_path)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("[] ")
    assert float(run.stdout.split()[1]) == pytest.approx(float(expected[0]), abs=1e-6)


def test_a_name_is_found_in_the_hubs_cache(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    place = tmp_path / "hub" / "models--somebody--tiny-e5"
    copytree(model, place / "snapshots" / "abc")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    named = _embedder("somebody/tiny-e5", tmp_path / "cache")
    told = _embedder(model, tmp_path / "cache", prefixes=Prefixes("query: ", "passage: "))
    assert named.fingerprint == told.fingerprint


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no such model", "a/b/c"])
def test_a_name_that_is_not_on_this_machine_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match=f"The model {name} is not on this machine.*hf download") as refusal:
        _embedder(name, tmp_path).embed_question("brake")
    assert "\n" not in str(refusal.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="no folder"):
        _embedder(tmp_path / "nowhere", tmp_path).embed_question("brake")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"\x10\x00\x00\x00\x00\x00\x00\x00not a safetensors"),
        ("model.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"),
        ("tokenizer.json", b"{}"),
        ("config.json", b"[]"),
        ("config.json", b'{"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": "many"}'),
        ("config.json", b'{"model_type": "bert", "hidden_act": "gelu", "hidden_size": 31, "num_hidden_layers": 2}'),
        ("modules.json", b"{}"),
        ("modules.json", b'["Transformer", "Pooling"]'),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    folder = write_random_model(tmp_path / "damaged")
    (folder / name).write_bytes(content)
    with pytest.raises(EmbedderUnavailable, match=r"cannot be (opened|read)"):
        _embedder(folder, tmp_path / "cache").embed_question("brake")


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(EmbedderUnavailable, match="cannot be"):
        _embedder(folder, tmp_path / "cache").embed_question("brake")


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EmbedderUnavailable, match="safetensors"):
        _embedder(folder, tmp_path / "cache").embed_question("brake")


@pytest.mark.parametrize("named_in", ["config.json", "modules.json"])
def test_code_that_a_model_brings_is_not_run(tmp_path: Path, named_in: str) -> None:
    folder = write_random_model(tmp_path / "hostile")
    trace = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Evil: pass\n")
    content = json.loads((folder / named_in).read_text())
    if named_in == "config.json":
        content |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    else:
        content[0]["type"] = "evil.Evil"
    (folder / named_in).write_text(json.dumps(content))
    with pytest.raises(EmbedderUnavailable, match="cannot be opened"):
        _embedder(folder, tmp_path / "cache").embed_question("brake")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("name", "question", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("/models/e5-base-v2", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-m3", "", ""),
        ("sentence-transformers/all-mpnet-base-v2", "", ""),
    ],
)
def test_families_are_known_by_name(name: str, question: str, passage: str) -> None:
    assert known_prefixes(name) == (question, passage)


def test_instruction_models_ask_with_a_task() -> None:
    question, passage = known_prefixes("intfloat/multilingual-e5-large-instruct")
    assert question.endswith("\nQuery: ")
    assert passage == ""
