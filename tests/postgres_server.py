"""A Postgres server of one test session, where Postgres is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

# Read before the fixture that hides MARQUE_ settings from the tests.
_GIVEN_URL = os.environ.get("MARQUE_TEST_POSTGRES_URL")


@contextmanager
def postgres_url() -> Iterator[str]:
    """The address of an empty database; a test that needs one is skipped, and says so, where there is none."""
    if _GIVEN_URL:
        yield _GIVEN_URL
        return
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        pytest.skip("no Postgres: install it, or set MARQUE_TEST_POSTGRES_URL to an empty database, to run this test")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="marque-postgres-"))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        with _running(folder, user):
            yield f"postgresql://marque@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    """Postgres refuses to run as root: whom it runs as instead; None for whoever runs the tests."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("Postgres does not run as root and there is no user postgres or nobody; set MARQUE_TEST_POSTGRES_URL")


@contextmanager
def _running(folder: Path, user: pwd.struct_passwd | None) -> Iterator[None]:
    user_id, group_id = (None, None) if user is None else (user.pw_uid, user.pw_gid)
    data = folder / "data"
    subprocess.run(
        ["initdb", "-D", data, "-U", "marque", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"],
        check=True, capture_output=True, cwd=folder, user=user_id, group=group_id,
    )  # fmt: skip
    server = subprocess.Popen(
        ["postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, user=user_id, group=group_id,
    )  # fmt: skip
    try:
        _wait_until_it_answers(folder)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_it_answers(folder: Path) -> None:
    import psycopg

    until = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(host=str(folder), user="marque", dbname="postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
