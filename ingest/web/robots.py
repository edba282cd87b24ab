"""What a site's robots.txt asks for (RFC 9309)."""

from urllib.robotparser import RobotFileParser

from ingest.errors import FetchFailed, PageGone
from ingest.web.address import parse_address
from ingest.web.fetcher import USER_AGENT, PageFetcher


class Robots:
    """Knows what each site asks for; each is asked once.

    Args:
        fetcher: fetches robots.txt within the same limits as pages.
    """

    def __init__(self, fetcher: PageFetcher) -> None:
        self._fetcher = fetcher
        self._sites: dict[str, RobotFileParser | FetchFailed] = {}

    def check(self, url: str) -> None:
        """Refuse a page that its site asks not to fetch.

        Args:
            url: its address.

        Raises:
            FetchFailed: the site asks not to fetch it, or does not tell now.
        """
        address = parse_address(url)
        site = f"{address.scheme}://{address.authority}"
        if site not in self._sites:
            self._sites[site] = self._read(site)
        found = self._sites[site]
        if isinstance(found, FetchFailed):
            raise FetchFailed(f"robots.txt of {address.authority} cannot be read: {found}")
        if not found.can_fetch(USER_AGENT, url):
            raise FetchFailed(
                f"robots.txt of {address.authority} asks not to fetch it; if the site is yours, write "
                "`respect_robots: false` into sources.yaml"
            )

    def _read(self, site: str) -> RobotFileParser | FetchFailed:
        rules = RobotFileParser()
        try:
            content = self._fetcher.fetch(f"{site}/robots.txt").content or b""
        except PageGone:
            content = b""
        except FetchFailed as error:
            if error.status is None or not 400 <= error.status < 500:
                return error
            content = b""  # RFC 9309, 2.3.1.3: a file that may not be read asks for nothing
        try:
            rules.parse(content.decode("utf-8", "replace").splitlines())
        except ValueError as error:  # the standard library's reader stumbles over addresses and numbers that are none
            return FetchFailed(f"it is damaged ({error})")
        return rules
