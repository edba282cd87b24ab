"""Whether a process that took a message still runs: known of this machine's and this container's only."""

import subprocess

from ui.api.process_name import has_ended, own_name


def test_a_process_that_runs_has_not_ended() -> None:
    assert not has_ended(own_name())


def test_a_process_that_is_gone_has_ended_although_its_number_may_come_again() -> None:
    machine, number, _started = own_name().rsplit("/", 2)
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert has_ended(f"{machine}/{gone.pid}/1.00")
    assert has_ended(f"{machine}/{number}/1.00")


def test_of_another_machine_or_container_nothing_is_known() -> None:
    machine, number, started = own_name().rsplit("/", 2)
    host, _, counted_in = machine.partition(" ")
    assert counted_in.startswith("pid:")
    for other in (f"elsewhere {counted_in}", f"{host} pid:[1]", host):
        assert not has_ended(f"{other}/{number}/1.00")
        assert not has_ended(f"{other}/{number}/{started}")
