import gzip

import pytest

from ingest.errors import PageRefused
from ingest.web.sitemap import read_sitemap

LIMIT = 1024 * 1024
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def test_pages_are_listed_once_and_in_order() -> None:
    xml = (
        f"<urlset {NAMESPACE}><!-- c --><url><loc> https://a.example/1 </loc><lastmod>2026</lastmod></url>"
        "<url><loc>https://a.example/2</loc></url><url><loc>https://a.example/1</loc></url><url/></urlset>"
    )
    assert read_sitemap(xml.encode(), LIMIT).pages == ("https://a.example/1", "https://a.example/2")


def test_an_index_lists_sitemaps_packed_or_not() -> None:
    xml = f"<sitemapindex {NAMESPACE}><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>"
    for content in (xml.encode(), gzip.compress(xml.encode())):
        assert read_sitemap(content, LIMIT).sitemaps == ("https://a.example/s.xml",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<html><body/></html>",
        b"<urlset><url><loc>https://a.example/1</loc></url>",
        b'<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
        b'<!DOCTYPE u [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE u [<!ENTITY a "x">]><urlset/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE u [<!ENTITY a "x">]><urlset/>'.encode("utf-16-be"),
        gzip.compress(b"\0" * (LIMIT + 1), mtime=0),  # workers must name the test alike
        b"\x1f\x8bbroken",
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
)
def test_what_is_no_honest_sitemap_is_refused(content: bytes) -> None:
    with pytest.raises(PageRefused):
        read_sitemap(content, LIMIT)
