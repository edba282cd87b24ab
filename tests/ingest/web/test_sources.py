from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import SourcesInvalid
from ingest.web.sources import WebSources, load_web_sources

GOOD = """\
hosts: [help.brand.example]
timezone: Europe/Berlin
sources:
  - id: help
    sitemaps: [https://help.brand.example/sitemap.xml]
    only: [https://help.brand.example/en/]
    skip: [https://help.brand.example/en/jobs/]
    schedule: "30 2 * * 1"
    scope: {language: en, markets: [gb]}
  - id: warranty
    pages: [HTTPS://help.brand.example/warranty#top]
"""


def read(tmp_path: Path, text: str) -> WebSources:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return load_web_sources(path)


def test_reads_sources_with_one_spelling_of_their_addresses(tmp_path: Path) -> None:
    sources = read(tmp_path, GOOD)
    assert [one.id for one in sources.sources] == ["help", "warranty"]
    assert sources.sources[1].pages == ("https://help.brand.example/warranty",)
    assert sources.sources[0].lists("https://help.brand.example/en/a")
    assert not sources.sources[0].lists("https://help.brand.example/en/jobs/a")
    assert not sources.sources[0].lists("https://help.brand.example/de/a")


def test_without_the_file_there_are_no_sources(tmp_path: Path) -> None:
    assert load_web_sources(tmp_path / "sources.yaml").sources == ()
    assert read(tmp_path, "").sources == ()


def test_schedules_are_in_the_time_zone_of_the_file(tmp_path: Path) -> None:
    sources = read(tmp_path, GOOD)
    sunday = datetime(2026, 7, 5, 12, tzinfo=UTC)
    assert sources.next_due(sources.sources[0], sunday) == datetime(2026, 7, 6, 0, 30, tzinfo=UTC)
    assert sources.next_due(sources.sources[1], sunday) == datetime(2026, 7, 6, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("30 2 * * 1", "every monday", "cron expression"),
        ("30 2 * * 1", "61 2 * * 1", "cron expression"),
        ("Europe/Berlin", "Europe/Nowhere", "time zone"),
        ("Europe/Berlin", "../../etc/passwd", "time zone"),
        ("hosts: [help.brand.example]", "hosts: [https://help.brand.example/]", "is no host"),
        ("hosts: [help.brand.example]", "hosts: [other.example]", "not on one of the hosts"),
        ("id: warranty", "id: help", "same id"),
        ("id: warranty", "id: ../help", "id"),
        ("pages: [HTTPS", "pages: [ftp", "only http and https"),
        ("language: en", "language: english", "language"),
        ("markets: [gb]", "colour: red", "colour"),
        ("    pages: [HTTPS://help.brand.example/warranty#top]\n", "", "neither pages nor sitemaps"),
        ("hosts:", "secret: 1\nhosts:", "secret"),
        ("hosts: [", "hosts: {", "YAML"),
        ("hosts:", "since: 2025-02-30\nhosts:", "YAML"),
    ],
)
def test_refuses_a_file_that_is_wrong(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    with pytest.raises(SourcesInvalid, match=complaint):
        read(tmp_path, GOOD.replace(before, after))
