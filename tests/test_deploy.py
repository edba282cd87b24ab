"""What deploy/ names exists: settings, commands, paths, networks, and the files that the image is made of."""

import fnmatch
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from ui.api.app import CONSOLE_PATHS, PUBLIC_PATHS
from ui.cli import app
from ui.environment_file import environment_example
from ui.settings import UiSettings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
COMPOSE_FILES = ("compose.yaml", "compose.scale-out.yaml")
CADDYFILES = ("Caddyfile", "Caddyfile.scale-out")
GIVEN = {
    "PUBLIC_HOST": "care.example",
    "CONSOLE_HOST": "console.example",
    "GROUP_FOLDER": "/srv/group",
    "POSTGRES_PASSWORD": "secret",
}


def composed(name: str) -> dict[str, Any]:
    """A compose file with its variables filled in, as Docker does it."""

    def fill(found: re.Match[str]) -> str:
        default = (found["default"] or "").removeprefix(":-") if (found["default"] or "").startswith(":-") else None
        value = GIVEN.get(found["name"], default)
        assert value is not None, f"{name} wants {found['name']}, which nothing tells of"
        return value

    text = (DEPLOY / name).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(?P<name>\w+)(?P<default>:[-?][^}]*)?\}", fill, text))
    return content


def servers(name: str) -> dict[str, dict[str, Any]]:
    return {one: service for one, service in composed(name)["services"].items() if service["image"] == "marque"}


def known_settings() -> set[str]:
    return set(re.findall(r"^#(MARQUE_\w+)=", environment_example(), re.MULTILINE))


def run_of(command: list[str]) -> None:
    """Let the command line read a command, without running it."""
    group = get_command(app)
    name, *rest = command
    found = group.get_command(None, name)  # type: ignore[attr-defined]
    assert found is not None, f"there is no `marque {name}`"
    found.make_context(name, rest, resilient_parsing=False)


@pytest.mark.parametrize("name", ["Containerfile", "README.md", "marque.env.example", *COMPOSE_FILES])
def test_every_setting_exists(name: str) -> None:
    named = set(re.findall(r"MARQUE_[A-Z_]+", (DEPLOY / name).read_text(encoding="utf-8")))
    assert named <= known_settings()


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_every_variable_is_told_in_the_guide(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for variable in re.findall(r"\$\{(\w+):\?", text):
        assert f"{variable}=" in README, variable


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_the_servers_commands_exist(name: str) -> None:
    found = servers(name)
    assert found
    for service in found.values():
        run_of([str(one) for one in service["command"]])


def test_the_guides_commands_exist() -> None:
    commands = re.findall(r"^docker (?:compose )?run .*? marque (?!serve)(.*)$", README, re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        run_of(shlex.split(command.replace("$(date +%F)", "2026-11-30")))
    entry = re.search(r"^CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE)
    assert entry is not None
    run_of(yaml.safe_load(entry[1]))


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_servers_may_write_to_their_data_only_and_are_no_root(name: str) -> None:
    assert re.search(r"^USER 10001:10001$", CONTAINERFILE, re.MULTILINE)
    for one, service in servers(name).items():
        assert service["read_only"] is True, one
        assert service["cap_drop"] == ["ALL"], one
        assert "no-new-privileges:true" in service["security_opt"], one
        assert "data:/data" in service["volumes"], one
        assert "ports" not in service, f"{one} is reached through the proxy only"


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_the_proxys_network_is_the_one_that_is_believed(name: str) -> None:
    content = composed(name)
    subnet = content["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    for service in servers(name).values():
        assert service["environment"]["MARQUE_UI_TRUSTED_PROXIES"] == subnet
        assert UiSettings(trusted_proxies=subnet)
        assert service["networks"] == ["inside"]


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_servers_get_time_to_finish_their_replies(name: str) -> None:
    settings = UiSettings()
    for service in servers(name).values():
        seconds = int(service["stop_grace_period"].removesuffix("s"))
        assert seconds > settings.drain_seconds + settings.shutdown_seconds


def test_every_container_of_the_scale_out_keeps_conversations_in_postgres() -> None:
    found = servers("compose.scale-out.yaml")
    assert set(found) == {"api", "console"}
    urls = {service["environment"]["MARQUE_BOT_CONVERSATIONS_URL"] for service in found.values()}
    assert urls == {"postgresql+psycopg://marque:secret@postgres:5432/marque"}
    assert found["api"]["deploy"]["replicas"] > 1
    assert "psycopg-binary==" in (ROOT / "requirements" / "postgres.txt").read_text(encoding="utf-8")
    assert "requirements/postgres.txt" in CONTAINERFILE


@pytest.mark.parametrize("name", CADDYFILES)
def test_the_proxy_passes_what_the_server_offers_and_nothing_else(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    passed = {
        site: set(re.search(rf"{site}\}} \{{.*?@\w+ path ([^\n]+)", text, re.DOTALL)[1].split())  # type: ignore[index]
        for site in ("PUBLIC_HOST", "CONSOLE_HOST")
    }
    offered = {f"{one}*" if one.endswith("/") else one for one in PUBLIC_PATHS}
    assert passed["PUBLIC_HOST"] == offered
    assert all(path.rstrip("*").startswith(CONSOLE_PATHS) for path in passed["CONSOLE_HOST"])
    assert text.count("respond 404") == 2


def test_the_image_holds_every_package_and_the_build_gets_to_see_it() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", CONTAINERFILE, re.MULTILINE))
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {one.rstrip("*") for one in wanted["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert copied == packages
    shown = [one.removeprefix("!") for one in (ROOT / ".dockerignore").read_text().splitlines() if one.startswith("!")]
    for source in [*packages, *re.findall(r"requirements/\w+\.txt", CONTAINERFILE), "pyproject.toml", "README.md"]:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, pattern) for pattern in shown), source


def test_packages_are_installed_by_their_hashes() -> None:
    installs = re.findall(r"pip install ([^&\n\\]+)", CONTAINERFILE)
    assert installs
    for one in installs:
        assert "--require-hashes" in one or one.split()[-1] == ".", one
        assert "--no-deps" in one


def test_secrets_are_not_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "deploy"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert "deploy/marque.env\n" not in listed
    assert (DEPLOY / ".gitignore").read_text(encoding="utf-8").split() == ["marque.env", ".env"]
