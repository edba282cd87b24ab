from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler

from bot.step_sequence import StepSequence


class Listener(BaseCallbackHandler):
    def __init__(self) -> None:
        self.names: list[str | None] = []

    def on_chain_start(self, serialized: Any, inputs: Any, **about: Any) -> None:
        self.names.append(about.get("name"))


def spell(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        yield from word


def sequence() -> StepSequence:
    return StepSequence({"double": lambda word: word * 2, "shout": str.upper}, {"spell": spell}, name="whole")


def test_a_stream_is_the_same_whether_or_not_something_listens() -> None:
    listener = Listener()
    assert list(sequence().stream("ab")) == list("ABAB")
    assert list(sequence().stream("ab", {"callbacks": [listener]})) == list("ABAB")
    assert listener.names == ["whole", "double", "shout", "spell"]


def test_each_piece_comes_as_soon_as_it_is_made() -> None:
    made: list[str] = []

    def tell(words: Iterator[str]) -> Iterator[str]:
        for word in words:
            for letter in word:
                made.append(letter)
                yield letter

    pieces = StepSequence({}, {"tell": tell, "again": spell}, name="whole").stream("ab")
    assert next(pieces) == "a"
    assert made == ["a"]


def test_it_is_invoked_as_any_runnable() -> None:
    assert sequence().invoke("ab") == "ABAB"
