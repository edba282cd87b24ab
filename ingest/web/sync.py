"""Fetches a brand's web sources and keeps what came; nothing that is live changes by it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from brands import Group
from ingest.errors import FetchFailed, PageGone
from ingest.settings import IngestSettings
from ingest.web.address import AddressPolicy, Resolve, resolve_host
from ingest.web.content_kind import kind_of, text_as_utf8
from ingest.web.fetcher import FetchLimits, PageFetcher
from ingest.web.page_store import KeptPage, PageIndex, PageStore, is_wanted, web_document_id
from ingest.web.robots import Robots
from ingest.web.sitemap import read_sitemap
from ingest.web.sources import SOURCES_FILE, WebSource, WebSources, load_web_sources
from ingest.web.sync_report import PageOutcome, SourceReport, SyncedPage
from knowledge_base.release_files import plain_storage_errors

MEGABYTE = 1024 * 1024
# An index of sitemaps lists sitemaps, and no further indexes (sitemaps.org).
_MAX_SITEMAPS = 200

SameWords = Callable[[str, bytes, bytes], bool]
"""Told a suffix and two contents: whether both say the same, whatever their mark-up."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Listing:
    """Which pages a source has now.

    Args:
        pages: addresses in one spelling.
        problems: what went wrong; then pages that are known and not listed stay.
        notes: what a content editor should know.
    """

    pages: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class WebSync:
    """Fetches one brand's sources.

    Args:
        group: the group.
        brand_id: one of its brands.
        store: keeps the pages.
        settings: limits.
        same_words: compares two versions of a page.
        resolve: gives the addresses of a host.

    Raises:
        UnknownBrand: the group has no such brand.
        SourcesInvalid: its sources.yaml cannot be used.
    """

    def __init__(
        self,
        group: Group,
        brand_id: str,
        store: PageStore,
        settings: IngestSettings,
        same_words: SameWords,
        resolve: Resolve = resolve_host,
    ) -> None:
        self.sources: WebSources = load_web_sources(group.brand_folder(brand_id) / SOURCES_FILE)
        self._brand_id = brand_id
        self._store = store
        self._settings = settings
        self._same_words = same_words
        self._policy = AddressPolicy(self.sources.hosts, settings.dangerously_allow_loopback_sources, resolve)
        limits = FetchLimits(settings.web_page_mb * MEGABYTE, settings.web_seconds_per_page, settings.web_redirects)
        self._fetcher = PageFetcher(self._policy, limits)

    def due(self, now: datetime) -> tuple[WebSource, ...]:
        """The sources whose time has come since they were last fetched.

        Args:
            now: with time zone.
        """
        return tuple(one for one in self.sources.sources if self._due_at(one) <= now)

    def next_due(self) -> datetime | None:
        """When the next source is due; None without sources."""
        return min((self._due_at(one) for one in self.sources.sources), default=None)

    @property
    def pending(self) -> bool:
        """Whether something was fetched that no ingest has taken up yet."""
        return any(self._store.index(one.id).pending for one in self.sources.sources)

    def run(
        self, sources: Sequence[WebSource], now: datetime, progress: Progress | None = None
    ) -> tuple[SourceReport, ...]:
        """Fetch some of the sources, one page after the other.

        Args:
            sources: of this brand.
            now: with time zone.
            progress: told the source, how many of its pages are done and how many there are.

        Raises:
            ReleaseBusy: another sync of this brand is at work.
            StoreUnavailable: the data folder cannot be written.
        """
        doing = f"sync the sources of {self._brand_id}"
        with self._store.lock(doing), plain_storage_errors(doing, self._store.folder):
            self._store.keep_only(tuple(one.id for one in self.sources.sources))
            robots = Robots(self._fetcher) if self.sources.respect_robots else None
            return tuple(self._sync_source(one, now, robots, progress) for one in sources)

    def _due_at(self, source: WebSource) -> datetime:
        synced_at = self._store.index(source.id).synced_at
        if synced_at is None:
            return datetime.min.replace(tzinfo=UTC)
        return self.sources.next_due(source, datetime.fromisoformat(synced_at))

    def _sync_source(
        self, source: WebSource, now: datetime, robots: Robots | None, progress: Progress | None
    ) -> SourceReport:
        index = self._store.index(source.id)
        listing = self._list_pages(source, robots)
        known = [url for url in index.pages if url not in listing.pages and is_wanted(self.sources, source, url)]
        wanted = [*listing.pages, *(known if listing.problems else [])]
        found: list[SyncedPage] = []
        for number, url in enumerate(wanted, start=1):
            outcome, index.pages[url] = self._sync_page(source, url, index.pages.get(url), now, robots)
            found.append(_told(source, url, outcome, index.pages[url]))
            if progress is not None:
                progress(f"{self._brand_id}: {source.id}", number, len(wanted))
        for url in [one for one in index.pages if one not in wanted]:
            found += self._unlisted(source, index, url, now)
        report = SourceReport(
            source.id,
            tuple(found),
            listing.problems,
            listing.notes,
            self.sources.next_due(source, now).astimezone(UTC).isoformat(),
        )
        index.synced_at = now.isoformat()
        index.pending = index.pending or report.changed
        self._store.keep_index(source.id, index)
        return report

    def _unlisted(self, source: WebSource, index: PageIndex, url: str, now: datetime) -> list[SyncedPage]:
        """A page that is known and not listed any more: taken off by us, or vanished from its sitemap."""
        page = index.pages[url]
        if not is_wanted(self.sources, source, url):
            del index.pages[url]
            return [SyncedPage(url, web_document_id(source.id, url), "removed")]
        if page.state == "here":
            reason = "its sitemap does not list it any more"
            page = KeptPage("gone", checked_at=now.isoformat(), changed_at=page.changed_at, reason=reason)
            index.pages[url] = page
        if page.state == "missing":
            del index.pages[url]
            return []
        return [_told(source, url, "gone", page)]

    def _list_pages(self, source: WebSource, robots: Robots | None) -> _Listing:
        pages = dict.fromkeys(source.pages)
        problems: list[str] = []
        notes: list[str] = []
        waiting, asked = list(source.sitemaps), 0
        while waiting:
            url = waiting.pop(0)
            asked += 1
            if asked > _MAX_SITEMAPS:
                problems.append(f"more than {_MAX_SITEMAPS} sitemaps; the rest is left out")
                break
            try:
                if robots is not None:
                    robots.check(url)
                sitemap = read_sitemap(self._fetcher.fetch(url).content or b"", self._settings.web_page_mb * MEGABYTE)
            except FetchFailed as error:
                problems.append(f"{url}: {error}")
                continue
            if url in source.sitemaps:
                waiting += sitemap.sitemaps
            refused = [one for one in sitemap.pages if not self._add(source, one, pages)]
            if refused:
                told = f"{url}: {len(refused)} addresses are on no allowed host and left out, such as "
                notes.append(told + refused[0][:200])
        if len(pages) > source.max_pages:
            problems.append(f"{len(pages)} pages are listed; the first {source.max_pages} are taken (max_pages)")
        return _Listing(tuple(pages)[: source.max_pages], tuple(problems), tuple(notes))

    def _add(self, source: WebSource, url: str, pages: dict[str, None]) -> bool:
        try:
            spelled = str(self._policy.check_listed(url))
        except FetchFailed:
            return False
        if source.lists(spelled):
            pages[spelled] = None
        return True

    def _sync_page(
        self, source: WebSource, url: str, before: KeptPage | None, now: datetime, robots: Robots | None
    ) -> tuple[PageOutcome, KeptPage]:
        page = before or KeptPage("missing")
        copy = self._store.page(source.id, page) if page.state == "here" else None
        moment = now.isoformat()
        time.sleep(self._settings.web_pause_seconds)
        try:
            if robots is not None:
                robots.check(url)
            etag, last_modified = (page.etag, page.last_modified) if copy is not None else (None, None)
            fetched = self._fetcher.fetch(url, etag=etag, last_modified=last_modified)
            if fetched.content is None:
                return "same", replace(page, checked_at=moment, failing_since=None, reason=None)
            suffix = kind_of(fetched)
            content = text_as_utf8(fetched, suffix)
        except PageGone as error:
            return self._missing(page, copy, moment, str(error), gone=True)
        except FetchFailed as error:
            since = datetime.fromisoformat(page.failing_since) if page.failing_since else now
            too_long = now - since > timedelta(days=self._settings.web_stale_days)
            return self._missing(page, copy, moment, str(error), gone=too_long)
        digest = sha256(content).hexdigest()
        known = replace(
            page,
            state="here",
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            checked_at=moment,
            failing_since=None,
            reason=None,
        )
        if copy is not None and (digest == page.digest or self._says_the_same(page, suffix, copy, content)):
            return "same", known
        file = self._store.keep_page(source.id, content, suffix)
        return ("new" if copy is None else "changed"), replace(known, file=file, digest=digest, changed_at=moment)

    def _says_the_same(self, page: KeptPage, suffix: str, before: bytes, after: bytes) -> bool:
        return (page.file or "").endswith(suffix) and self._same_words(suffix, before, after)

    def _missing(
        self, page: KeptPage, copy: bytes | None, moment: str, reason: str, *, gone: bool
    ) -> tuple[PageOutcome, KeptPage]:
        since = page.failing_since or moment
        if page.state == "gone" or (gone and copy is not None):
            told = reason if page.state != "gone" else page.reason or reason
            return "gone", KeptPage("gone", changed_at=page.changed_at, checked_at=moment, reason=told)
        if copy is None:
            return "failed", KeptPage("missing", checked_at=moment, failing_since=since, reason=reason)
        return "failed", replace(page, checked_at=moment, failing_since=since, reason=reason)


def _told(source: WebSource, url: str, outcome: PageOutcome, page: KeptPage) -> SyncedPage:
    reason = page.reason
    if outcome == "failed" and page.state == "here":
        checked = datetime.fromisoformat(page.failing_since or page.checked_at or "").date()
        reason = f"{reason}; the last good copy stands in (failing since {checked})"
    return SyncedPage(url, web_document_id(source.id, url), outcome, reason)
