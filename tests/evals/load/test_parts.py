"""What the suites of load rest on: that they see what is lost, and measure what they say."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.errors import MeasurementFailed, PeerUnavailable
from evals.faults.suite_result import SuiteResult
from evals.load.chat_load import _goals
from evals.load.chats import Chatted, asked_model
from evals.load.customer import Told
from evals.load.flood import without_replies
from evals.load.model_stub import pieces_of, quote_of, whole_passage_of
from evals.load.peer_chat import check_peer_server
from evals.load.processes import ServerProcess
from evals.load.restarts import complaints
from evals.load.soak import _ask, slope_of
from evals.load.workplace import Workplace
from evals.trust.fault_server import free_address

PROMPT = """\
<passage 1 ab12>
Manual > Wheels
Set the pressures when the tyres are cold. The front tyres need 2.3 bar.
</passage 1 ab12>

<question ab12>
How much air?
</question ab12>"""


def told(turn: str, seconds: float = 1.0, composed_ms: float = 550.0) -> Told:
    times = {"find": 20.0, "decide": 10.0, "compose": composed_ms, "total": 30.0 + composed_ms}
    return Told(seconds, seconds, {"turn": turn, "timings_ms": times}, 0.0)


def turn(role: str, text: str, turn_id: str) -> dict[str, Any]:
    return {"role": role, "text": text, "turn": turn_id}


WHOLE = [turn("customer", "one", "c1"), turn("bot", "1", "b1"), turn("customer", "two", "c2"), turn("bot", "2", "b2")]
SAID = [("one", told("b1")), ("two", told("b2"))]


def test_a_whole_conversation_has_no_complaint() -> None:
    assert complaints(SAID, WHOLE) == []


@pytest.mark.parametrize(
    ("turns", "complaint"),
    [
        (WHOLE[2:], "lost: one"),
        ([*WHOLE, WHOLE[0]], "2 times: one"),
        ([WHOLE[0], WHOLE[2], WHOLE[3]], "its reply stands there 0 times: one"),
        ([*WHOLE, turn("bot", "3", "b3")], "3 replies to 2 messages: one"),
        ([*WHOLE[2:], *WHOLE[:2]], "another order: one"),
    ],
)
def test_what_is_lost_doubled_or_moved_is_told(turns: list[dict[str, Any]], complaint: str) -> None:
    assert complaint in complaints(SAID, turns)


def test_the_slope_is_that_of_most_points() -> None:
    points = [(at, 100 + at / 10_000) for at in range(0, 100_000, 1000)]
    assert slope_of(points) * 10_000 == pytest.approx(1.0)
    points[40] = (points[40][0], 900.0)
    assert slope_of(points) * 10_000 == pytest.approx(1.0, rel=0.05)


def test_the_models_time_is_taken_off_only_where_it_was_asked() -> None:
    found = Chatted(10.0, [told("a", 0.6), told("b", 0.1, 5.0)])
    assert found.own_ms(0.5, 0.0) == pytest.approx(100)
    assert found.own_ms(0.5, 1.0) == pytest.approx(100)
    assert (found.by_model(0.5), found.per_second) == (1, 0.2)


def test_a_peer_tells_itself_whether_it_asked_the_model() -> None:
    for by_model in (True, False):
        assert asked_model(Told(1.0, 1.0, {"text": "x", "by_model": by_model}, 0.0), 0.5) is by_model


def test_the_stub_quotes_what_it_was_given() -> None:
    assert quote_of(PROMPT).startswith("Set the pressures when the tyres are cold [1].")
    assert whole_passage_of("nothing") == quote_of("nothing") == "It is so [1]."
    assert "".join(pieces_of("a b c " * 50)) == "a b c " * 50
    assert len(pieces_of("a b c " * 50)) <= 20


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    server = ServerProcess((sys.executable, "-c", "import sys; print('no address'); sys.exit('no room')"), {}, tmp_path)
    with pytest.raises(MeasurementFailed, match="did not start: no room"):
        server.start()


def test_a_peer_that_lacks_something_is_told_before_anything_is_measured() -> None:
    with pytest.raises(PeerUnavailable, match="pip install"):
        check_peer_server(Path(sys.executable))


def test_where_nobody_has_a_reply_no_goal_is_met() -> None:
    stage = {"chats": 50, "replies": 0, "own_p95_ms": 0.0}
    assert [one["met"] for one in _goals({"stages": [stage]})] == [False]
    assert [one["met"] for one in _goals({"stages": [stage | {"replies": 1, "own_p95_ms": 20.0}]})] == [True]
    answered, starved = Chatted(1.0, [told("b1")]), Chatted(1.0)
    assert without_replies(answered, starved) == ["the other brands had no reply in the flood"]
    assert without_replies(answered, answered) == []


def test_a_long_run_ends_when_the_server_is_gone(tmp_path: Path) -> None:
    class Gone:
        address = free_address().removesuffix("/v1")

        def usage(self) -> tuple[float, int, float]:
            return 1.0, 1, 1.0

    place = Workplace(tmp_path, tmp_path, {"alder": ("How much air?",)}, "")
    result = SuiteResult("soak")
    run = _ask(Gone(), place, 10, 2, result, lambda _: None)  # type: ignore[arg-type]
    asyncio.run(asyncio.wait_for(run, 60))
    assert result.trials == 0
    assert "ClientConnectorError" in result.failures[0]
