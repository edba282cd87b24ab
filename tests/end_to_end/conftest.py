"""One server for all end-to-end tests, and patience: the machine may be busy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.conftest import write_small_group
from tests.end_to_end.served import Served, start_server
from tests.end_to_end.widget_site import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the small group that is warm; it brought the brands in when it started."""
    folder = write_small_group(tmp_path_factory.mktemp("served") / "group")
    with start_server(folder, "--ingest-missing") as found:
        found.wait_until_warm()
        yield found
