"""What every embedder must keep; run on each of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.bundled_model import BundledModel
from knowledge_base.embedder import Embedder
from knowledge_base.embedder_by_language import EmbedderByLanguage
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.sentence_transformer_embedder import SentenceTransformerEmbedder
from tests.random_sentence_model import write_random_model

TEXTS = (
    "The tyre pressure of the Ridge is 2.4 bar in front and 2.6 bar behind.",
    "Warranty: 5 years.",
    "",
    "Der Reifendruck beträgt 2,4 bar. 車のタイヤ空気圧 🚗",
    "Charge the battery to 80 % before a long trip. " * 12,
    "{brace} <tag> ' OR 1=1 --",
)

Make = Callable[[], Embedder]


@pytest.fixture(
    scope="module", params=["fake", "onnx int8", "onnx fp32", "named", "by language", "sentence-transformers"]
)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Make:
    folder: Path = tmp_path_factory.mktemp("embedder")
    match request.param:
        case "fake":
            return FakeEmbedder
        case "by language":
            return lambda: EmbedderByLanguage(FakeEmbedder(64), {"de": FakeEmbedder(window_tokens=128)})
        case "onnx int8":
            return lambda: OnnxEmbedder(BundledModel(), folder, threads=2)
        case "onnx fp32":
            return lambda: OnnxEmbedder(BundledModel(), folder, precision="fp32", threads=2)
        case "named":
            multilingual = write_random_model(folder / "model", architecture="xlm-roberta", pooling="cls")
            return lambda: NamedEmbedder(str(multilingual), folder, window_tokens=512, threads=2)
    model = write_random_model(folder / "model")
    return lambda: SentenceTransformerEmbedder(model)


@pytest.fixture(scope="module")
def embedder(make: Make) -> Embedder:
    return make()


def test_vectors_are_unit_rows_in_the_order_of_the_texts(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert embedder.embed_passages([text])[0] @ vector == pytest.approx(1, abs=1e-4)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_a_question_has_one_unit_vector(embedder: Embedder) -> None:
    vector = embedder.embed_question("What is the tyre pressure?")
    assert vector.shape == (embedder.dimension,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_text_is_nearest_to_itself(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    cosines = vectors @ embedder.embed_question(TEXTS[0])
    assert int(np.argmax(cosines)) == 0


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    alone = embedder.embed_passages([TEXTS[0]])[0]
    among = embedder.embed_passages([TEXTS[4], TEXTS[0], *TEXTS])[1]
    assert alone @ among == pytest.approx(1, abs=1e-4)


def test_the_same_files_have_the_same_fingerprint_and_vectors(make: Make, embedder: Embedder) -> None:
    other = make()
    assert other.fingerprint == embedder.fingerprint
    assert other.embed_question(TEXTS[0]) @ embedder.embed_question(TEXTS[0]) == pytest.approx(1, abs=1e-5)


def test_tokens_are_counted_past_the_window(embedder: Embedder) -> None:
    long = "brake " * (2 * embedder.window_tokens)
    assert embedder.count_tokens(long) > embedder.window_tokens
    assert embedder.count_tokens("") <= embedder.count_tokens("brake") < embedder.count_tokens("brake brake")


def test_what_is_past_the_window_is_not_seen(embedder: Embedder) -> None:
    long = "brake " * (embedder.window_tokens + 20)
    longer = f"{long} warranty battery charge"
    first, second = embedder.embed_passages([long, longer])
    assert first @ second == pytest.approx(1, abs=1e-4)


def test_threads_share_an_embedder_from_its_first_use(make: Make) -> None:
    fresh = make()
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(lambda _: fresh.embed_question(TEXTS[0]), range(24)))
        counts = set(pool.map(lambda _: fresh.count_tokens(TEXTS[0]), range(24)))
        blocks = list(pool.map(lambda _: fresh.embed_passages(TEXTS), range(3)))
    assert all(vector @ vectors[0] == pytest.approx(1, abs=1e-5) for vector in vectors)
    assert len(counts) == 1
    assert all(np.allclose(block, blocks[0], atol=1e-4) for block in blocks)
