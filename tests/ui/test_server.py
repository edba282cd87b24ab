"""The server: its port, its start and its console."""

import socket
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.fake_embedder import FakeEmbedder
from ui.bootstrap import Services, share, shared
from ui.console_door import CONSOLE_SCRIPT
from ui.errors import ServerError
from ui.server import address_of, bind_port, build_app


def test_a_port_in_use_is_refused_with_what_to_do() -> None:
    with bind_port("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"port {port} is in use.*--port"):
            bind_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::", "example.com", ""])
def test_a_host_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(ServerError, match=r"no login: use --host 127\.0\.0\.1"):
        bind_port(host, 0)


def test_loopback_hosts_are_taken() -> None:
    with bind_port("localhost", 0) as bound:
        assert address_of(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"
    if socket.has_ipv6:
        with bind_port("::1", 0) as bound:
            assert address_of(bound).startswith("http://[::1]:")


def test_the_console_is_configured_by_the_file_beside_its_script() -> None:
    content = (CONSOLE_SCRIPT.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert 'baseUrlPath = "console"' in content
    assert "gatherUsageStats = false" in content
    assert CONSOLE_SCRIPT.is_file()


def test_the_server_leads_to_the_console_and_tells_when_it_is_warm(services: Services) -> None:
    app = build_app(services, console=False)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        assert client.get("/healthz").status_code == 200
        end = time.monotonic() + 60
        while client.get("/readyz").status_code != 200 and time.monotonic() < end:
            time.sleep(0.05)
        assert client.get("/readyz").json() == {"status": "ready", "silent": {}}


def test_a_brand_that_cannot_answer_does_not_stop_the_others(services: Services) -> None:
    (services.group.folder / ".marque" / "birch" / "live").unlink()
    assert services.brands_to_bring_in() == ("birch",)
    assert list(services.warm()) == ["birch"]


def test_a_release_of_another_embedder_is_to_be_brought_in_again(services: Services) -> None:
    knowledge_base = build_knowledge_base(services.group.folder / ".marque", embedder=FakeEmbedder())
    other = Services(services.group, services.settings, knowledge_base=knowledge_base)
    assert other.brands_to_bring_in() == ("alder", "birch")
    assert services.brands_to_bring_in() == ()


def test_services_are_shared_until_they_are_taken_away(services: Services) -> None:
    take_away = share(services)
    assert shared() is services
    take_away()
    with pytest.raises(ServerError, match="marque serve"):
        shared()


def test_the_newest_conversations_of_a_brand_can_be_followed(services: Services) -> None:
    for number in range(60):
        services.running.add("alder", f"c{number}", "api")
    services.running.remove("alder", "c58")
    ids = [one.conversation_id for one in services.running.of("alder")]
    assert ids[:2] == ["c59", "c57"]
    assert len(ids) == 49
    assert services.running.of("birch") == ()


def test_the_data_folder_may_lie_elsewhere(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_DATA_FOLDER", str(tmp_path / "elsewhere"))
    assert Services(services.group, services.settings).brands_to_bring_in() == ("alder", "birch")
