"""What a release's words are worth is worked out once, however many ask at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from bot.lexicon import Lexicon, LexiconShelf
from knowledge_base.bootstrap import KnowledgeBase


def test_who_asks_at_the_same_time_is_given_the_same(knowledge_base: KnowledgeBase) -> None:
    shelf, at_once = LexiconShelf(knowledge_base.releases), Barrier(8)

    def ask(_: int) -> Lexicon:
        at_once.wait()
        return shelf.live("alder")

    with ThreadPoolExecutor(8) as askers:
        first, *others = askers.map(ask, range(8))
    assert all(one is first for one in others)
