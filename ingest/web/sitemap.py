"""Which pages a sitemap lists (sitemaps.org), read without entities."""

import zlib
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from ingest.errors import PageRefused

# The protocol's own limit (sitemaps.org, "Sitemap file requirements").
MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists.

    Args:
        pages: addresses of pages.
        sitemaps: addresses of further sitemaps.
    """

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(content: bytes, max_bytes: int) -> Sitemap:
    """Read a sitemap or an index of sitemaps.

    Args:
        content: its bytes, XML or XML packed with gzip.
        max_bytes: to how many bytes it may unpack.

    Raises:
        PageRefused: it is no sitemap, too large, or declares entities.
    """
    if content.startswith(b"\x1f\x8b"):
        content = _unpacked(content, max_bytes)
    # Without a document type there are no entities, and so none that grow or read files.
    if any(mark in content for mark in (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), b"\0<\0!\0D")):
        raise PageRefused("the sitemap declares a document type, which no sitemap needs")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(content, parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        raise PageRefused("the sitemap is no XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise PageRefused("the sitemap declares a document type, which no sitemap needs")
    name = etree.QName(root).localname
    if name not in {"urlset", "sitemapindex"}:
        raise PageRefused(f"it is no sitemap but <{name[:40]}>")
    found: list[str] = []
    for entry in root:
        if isinstance(entry.tag, str):
            found += [
                " ".join((place.text or "").split())
                for place in entry
                if isinstance(place.tag, str) and etree.QName(place).localname == "loc" and (place.text or "").strip()
            ]
    if len(found) > MAX_ENTRIES:
        raise PageRefused(f"the sitemap has more than {MAX_ENTRIES} entries")
    listed = tuple(dict.fromkeys(found))
    return Sitemap(pages=listed) if name == "urlset" else Sitemap(sitemaps=listed)


def _unpacked(content: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, max_bytes + 1)
    except zlib.error:
        raise PageRefused("the sitemap is packed with gzip and damaged") from None
    if len(unpacked) > max_bytes:
        raise PageRefused(f"the sitemap unpacks to more than {max_bytes // (1024 * 1024)} MB")
    return unpacked
