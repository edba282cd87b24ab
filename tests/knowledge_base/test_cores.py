from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from knowledge_base.cores import Turns


def test_no_more_threads_work_at_a_time_than_there_are_turns() -> None:
    turns, lock, both = Turns(2), Lock(), Barrier(2, timeout=30)
    working = most = 0

    def work(_: int) -> None:
        nonlocal working, most
        with turns.one():
            with lock:
                working += 1
                most = max(most, working)
            both.wait()
            with lock:
                working -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert most == 2


def test_a_turn_comes_back_from_work_that_failed() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="failed"), turns.one():
        raise ValueError("failed")
    with turns.one():
        pass
