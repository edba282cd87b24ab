"""Earlier words that a caller sends along."""

from collections.abc import Iterator
from types import SimpleNamespace

from bot.reply import Reply
from bot.turn_state import TurnState
from brands import Group
from ui.api.stateless_answer import Inquiry, answer_inquiry


class Listener:
    """An assistant that only keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[TurnState] = []

    def tell(self, state: TurnState) -> Iterator[str | Reply]:
        self.asked.append(state)
        return iter(())


def test_of_a_long_earlier_turn_only_the_begin_is_read(small_group: Group) -> None:
    listener = Listener()
    history = (("customer", "Which oil? " + "1." * 30_000), ("bot", "Which year?"))
    services = SimpleNamespace(group=small_group, assistant=listener)
    list(answer_inquiry(services, Inquiry("alder", "2024", history)))  # type: ignore[arg-type]
    long, short = (turn.text for turn in listener.asked[0].turns)
    assert long.startswith("Which oil? 1.")
    assert len(long) == 4000
    assert short == "Which year?"
