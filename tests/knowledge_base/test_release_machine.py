"""Any order of ingest, publish, rollback, retire, erase and reopening, against a plain model."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.byte_search import find_bytes
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.erased_texts import ErasedTexts, leave_out_erased
from knowledge_base.erasure import ErasureTarget, erase, known_brands
from knowledge_base.errors import NothingPublished, ReleaseEmpty, ReleaseNotFound
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.passage import Passage
from knowledge_base.passage_store import PassageStore
from knowledge_base.release_store import ReleaseStore
from knowledge_base.settings import KnowledgeBaseSettings
from tests.knowledge_base.samples import EMBEDDER, build, make_passages

RETAINED = 3


class ReleasesAgainstModel(RuleBasedStateMachine):
    """The model: what each kept release holds, which was published, each one's parent, and which is live."""

    new_store: Callable[[], PassageStore]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.passages = type(self).new_store()
        self.start_again()
        self.kept: dict[str, list[Passage]] = {}
        self.parents: dict[str, str | None] = {}
        self.published: set[str] = set()
        self.live: str | None = None
        self.built = 0
        self.erased: list[str] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def _back(self) -> str | None:
        if self.live is None:
            return None
        usable = [one for one in sorted(self.kept, reverse=True) if one in self.published]
        parent = self.parents[self.live]
        if parent in usable and parent != self.live:
            return parent
        return next((one for one in usable if one < (self.live or "")), None)

    def _retire(self) -> None:
        needed = {*sorted(self.kept)[-RETAINED:], self.live, self._back()}
        self.kept = {one: passages for one, passages in self.kept.items() if one in needed}

    @rule(count=st.integers(min_value=0, max_value=4), publish=st.booleans())
    def ingest(self, count: int, publish: bool) -> None:
        self.built += 1
        # As ingest does: what was erased is left out.
        erasures = ErasedTexts(self.folder).of("alder")
        passages = list(leave_out_erased(erasures, make_passages(count, f"build{self.built}"))[0])
        manifest = build(self.releases, passages, publish=False)
        assert not self.kept or manifest.release_id > max(self.kept)
        self.kept[manifest.release_id] = passages
        self.parents[manifest.release_id] = self.live
        self._retire()
        if publish and passages:
            self.releases.publish("alder", manifest.release_id)
            self.live = manifest.release_id
            self.published.add(manifest.release_id)
            self._retire()

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        release_id = data.draw(st.sampled_from(sorted(self.kept)))
        if not self.kept[release_id]:
            with pytest.raises(ReleaseEmpty):
                self.releases.publish("alder", release_id)
            return
        self.releases.publish("alder", release_id)
        self.live = release_id
        self.published.add(release_id)
        self._retire()

    @rule()
    def roll_back(self) -> None:
        back = self._back()
        if back is None:
            with pytest.raises((NothingPublished, ReleaseNotFound)):
                self.releases.rollback("alder")
            return
        assert self.releases.rollback("alder").release_id == back
        self.live = back

    @rule()
    def retire(self) -> None:
        self.releases.retire("alder")
        self._retire()

    @rule()
    def start_again(self) -> None:
        self.knowledge_base = build_knowledge_base(
            self.folder, KnowledgeBaseSettings(retained_releases=RETAINED), embedder=EMBEDDER, passages=self.passages
        )
        self.releases: ReleaseStore = self.knowledge_base.releases

    @precondition(lambda self: self.built)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        # A word of every build, of one build, or of one item in all builds.
        words = ["item1", "number 2 about", *(f"build{number} number" for number in range(1, self.built + 1))]
        word = data.draw(st.sampled_from(words))
        brands = known_brands(self.folder)
        done = erase(self.knowledge_base, ErasureTarget(text=word), brands, by="test", remember_for=["*"])
        self.erased.append(word)
        holding = [one for one in sorted(self.kept) if any(word in passage.text for passage in self.kept[one])]
        assert [one.before for one in done.releases] == holding
        for old, after in [(one.before, one.after) for one in done.releases]:
            assert after is not None
            self.kept[after] = [one for one in self.kept.pop(old) if word not in one.text]
            self.parents[after] = self.parents.pop(old)
            self.parents = {one: after if parent == old else parent for one, parent in self.parents.items()}
            self.published = {after if one == old else one for one in self.published}
            self.live = after if self.live == old else self.live
        self._retire()

    @invariant()
    def nothing_that_was_erased_is_found(self) -> None:
        assert find_bytes(self.folder, self.erased) == ()

    @invariant()
    def readers_see_exactly_the_live_release(self) -> None:
        if self.live is None:
            with pytest.raises(NothingPublished):
                self.releases.open_live("alder")
            return
        opened = self.releases.open_live("alder")
        assert opened.manifest.release_id == self.live
        found = [opened.passages.passage(row) for row in range(len(opened.passages))]
        assert found == self.kept[self.live]

    @invariant()
    def kept_releases_are_those_of_the_model(self) -> None:
        assert [one.release_id for one in self.releases.releases("alder")] == sorted(self.kept, reverse=True)


@pytest.mark.parametrize(("store", "examples"), [(MemoryPassageStore, 25), (ChromaPassageStore, 5)])
def test_any_order_of_steps_keeps_to_the_model(store: Callable[[], PassageStore], examples: int) -> None:
    machine = type("Machine", (ReleasesAgainstModel,), {"new_store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=12, suppress_health_check=list(HealthCheck)),
    )
