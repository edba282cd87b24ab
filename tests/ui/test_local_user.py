"""Who is said to have done what a command does."""

import pwd

import pytest

from ui.local_user import local_user_name


@pytest.fixture(autouse=True)
def nameless_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_tells_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "anna")
    assert local_user_name() == "anna"


def test_a_user_that_the_system_does_not_know_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr("os.getuid", lambda: 10_077)
    assert local_user_name() == "user 10077"
