"""A small group that is published, and the services that answer for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from brands import load_group
from tests.conftest import write_small_group, write_winter_tyres
from ui.bootstrap import Services, share
from ui.settings import UiSettings


@pytest.fixture(scope="session")
def published_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group folder whose two brands are published; tests work on copies of it."""
    folder = write_small_group(tmp_path_factory.mktemp("published") / "group")
    services = Services(load_group(folder), UiSettings())
    for brand_id in services.group.brands:
        services.pipeline.ingest(brand_id, publish=True, created_by="tests")
    services.pipeline.close()
    return folder


@pytest.fixture
def services(published_folder: Path, tmp_path: Path) -> Iterator[Services]:
    """The services of a published group, for one test."""
    folder = tmp_path / "group"
    shutil.copytree(published_folder, folder)
    found = Services(load_group(folder), UiSettings())
    yield found
    found.pipeline.close()


@pytest.fixture
def asked_back(services: Services) -> str:
    """A question that is asked back, because the answer differs between two model years."""
    write_winter_tyres(services.group.folder)
    services.pipeline.ingest("alder", publish=True, created_by="tests")
    return "What pressure do winter tyres need on the front axle?"


@pytest.fixture
def shared_services(services: Services) -> Iterator[Services]:
    """The same services, as the console's pages find them."""
    take_away = share(services)
    yield services
    take_away()
