"""Another embedder for passages of some languages."""

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from brands import Scope, VehicleContext
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.earlier_talk import EarlierTalk
from knowledge_base.embedder import Embedder, Vectors
from knowledge_base.embedder_by_language import EmbedderByLanguage
from knowledge_base.embedder_choice import embedder_from_settings
from knowledge_base.errors import EmbedderMismatch, EmbedderUnavailable
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.file_passage_store import FilePassageStore
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest
from knowledge_base.settings import KnowledgeBaseSettings
from tests.knowledge_base.samples import make_passage
from tests.random_sentence_model import write_random_model

ANY = VehicleContext()


class NarrowEmbedder(FakeEmbedder):
    """Finds all texts alike, as models of the e5 family do: its cosines lie between 0.8 and 1."""

    @property
    def fingerprint(self) -> str:
        """Another one than that of the plain fake."""
        return f"narrow {super().fingerprint}"

    def _embed(self, text: str) -> Vectors:
        vector = super()._embed(text) * np.float32(0.2**0.5)
        return np.append(vector[:-1], np.float32((1 - float(vector[:-1] @ vector[:-1])) ** 0.5))


def _passages() -> list[Passage]:
    english = ("warranty", "battery", "tyre pressure", "brake fluid", "heated seat", "roof rack", "key", "radio")
    german = ("Garantie", "Akku", "Reifendruck", "Bremse", "Sitzheizung", "Dachlast", "Schlüssel", "Lenkrad")
    return [
        make_passage(
            f"{word} {word[::-1]} {code}{row}", title="", heading_path=(word,), scope=Scope(code), position=row
        )
        for code, words in (("en", english), ("de", german))
        for row, word in enumerate(words)
    ]


def _knowledge_base(folder: Path, embedder: Embedder, *, exact_search_limit: int = 50_000) -> KnowledgeBase:
    return build_knowledge_base(
        folder, KnowledgeBaseSettings(), embedder=embedder, passages=FilePassageStore(exact_search_limit)
    )


def _publish(knowledge: KnowledgeBase, passages: list[Passage]) -> Manifest:
    manifest = knowledge.releases.build(
        "alder",
        passages,
        knowledge.embedding_cache.embed_passages(passages).vectors,
        documents=(),
        failures={},
        created_by="test",
        embedder_fingerprint=knowledge.embedder.fingerprint,
    )
    knowledge.releases.publish("alder", manifest.release_id)
    return manifest


def _both() -> EmbedderByLanguage:
    return EmbedderByLanguage(FakeEmbedder(128), {"de": NarrowEmbedder(96)})


@pytest.mark.parametrize("exact_search_limit", [50_000, 5])
def test_each_language_is_found_by_its_own_embedder(tmp_path: Path, exact_search_limit: int) -> None:
    knowledge = _knowledge_base(tmp_path, _both(), exact_search_limit=exact_search_limit)
    _publish(knowledge, _passages())
    for passage in _passages():
        for language in (None, passage.scope.language):
            hits = knowledge.retriever.find("alder", passage.heading_path[0], vehicle=ANY, language=language).hits
            assert hits[0].passage == passage
            assert language is None or {hit.passage.scope.language for hit in hits} == {language}


def test_an_embedder_of_high_cosines_does_not_come_first_for_that(tmp_path: Path) -> None:
    knowledge = _knowledge_base(tmp_path, _both())
    _publish(knowledge, _passages())
    hits = knowledge.retriever.find("alder", "warranty ytnarraw", vehicle=ANY, limit=16).hits
    cosines = {code: [hit.cosine for hit in hits if hit.passage.scope.language == code] for code in ("en", "de")}
    assert len(cosines["de"]) == 8
    assert max(cosines["de"]) < max(cosines["en"])


def test_earlier_talk_pulls_passages_of_both(tmp_path: Path) -> None:
    knowledge = _knowledge_base(tmp_path, _both())
    _publish(knowledge, _passages())
    for word in ("radio", "Lenkrad"):
        found = knowledge.retriever.find(
            "alder", "en7 de7", vehicle=ANY, earlier=EarlierTalk(customer=(word,), leans=True)
        )
        assert found.hits[0].passage.heading_path == (word,)


def test_a_release_of_one_language_needs_one_embedder(tmp_path: Path) -> None:
    knowledge = _knowledge_base(tmp_path, _both(), exact_search_limit=5)
    _publish(knowledge, [one for one in _passages() if one.scope.language == "de"])
    hits = knowledge.retriever.find("alder", "Reifendruck", vehicle=ANY).hits
    own = NarrowEmbedder(96)
    expected = own.embed_question("Reifendruck") @ own.embed_passages([hits[0].passage.embedded_text])[0]
    assert hits[0].cosine == pytest.approx(float(expected), abs=1e-5)


def test_a_release_tells_every_embedder_and_another_set_is_refused(tmp_path: Path) -> None:
    manifest = _publish(_knowledge_base(tmp_path, _both()), _passages())
    assert manifest.embedder_fingerprint == f"{FakeEmbedder(128).fingerprint} de={NarrowEmbedder(96).fingerprint}"
    for other in (FakeEmbedder(128), EmbedderByLanguage(FakeEmbedder(128), {"fr": NarrowEmbedder(96)})):
        with pytest.raises(EmbedderMismatch, match="ingest and publish again"):
            _knowledge_base(tmp_path, other).retriever.find("alder", "radio", vehicle=ANY)


def test_only_what_another_embedder_reads_is_embedded_again(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    alone = _knowledge_base(tmp_path, FakeEmbedder(128)).embedding_cache
    assert alone.embed_passages(_passages()).new == 16
    both = _knowledge_base(tmp_path, _both()).embedding_cache
    assert both.embed_passages(_passages(), lambda done, total: told.append((done, total))).new == 8
    assert told == sorted(told)
    assert told[-1] == (16, 16)
    assert both.embed_passages(_passages()).new == 0


def test_passages_fit_the_smallest_window() -> None:
    embedder = EmbedderByLanguage(FakeEmbedder(window_tokens=256), {"de": FakeEmbedder(window_tokens=128)})
    assert embedder.window_tokens == 128
    assert embedder.languages == ("de",)
    assert embedder.embed_passages(["one", "two"]).shape == (2, embedder.dimension)
    assert embedder.embed_question("one").shape == (embedder.dimension,)


def test_languages_of_one_model_share_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = str(write_random_model(tmp_path / "model"))
    own = json.dumps({"de": model, "fr": model, "en": "bundled"})
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EMBEDDERS_BY_LANGUAGE", own)
    embedder = embedder_from_settings(KnowledgeBaseSettings(cache_folder=tmp_path / "cache"))
    assert isinstance(embedder, EmbedderByLanguage)
    assert embedder.languages == ("de", "fr")
    assert embedder.of("de") is embedder.of("fr")
    assert embedder.of("de").embed_question("tyre pressure").shape == (32,)
    assert embedder.dimension == 384


def test_a_missing_model_is_told_by_name(tmp_path: Path) -> None:
    settings = KnowledgeBaseSettings(embedders_by_language={"de": "/no/such/model"}, cache_folder=tmp_path)
    with pytest.raises(EmbedderUnavailable, match="There is no folder /no/such/model"):
        _ = embedder_from_settings(settings).fingerprint


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"german": "m"}', "'german' is no language code"),
        ('{"xx": "m"}', "'xx' is no language code"),
        ('{"de": ""}', "at least 1 character"),
        ("de=m", "write it as JSON"),
        ('["de"]', "valid dictionary"),
    ],
)
def test_what_is_no_language_or_no_model_is_refused(monkeypatch: pytest.MonkeyPatch, given: str, told: str) -> None:
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EMBEDDERS_BY_LANGUAGE", given)
    with pytest.raises(ValidationError, match=told):
        KnowledgeBaseSettings()
