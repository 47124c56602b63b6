"""Build the absolute addresses of the site in one language."""

from dataclasses import dataclass
from urllib.parse import quote

from calendar_app.db.models import Entry

# The feeds of the whole town, in its own language: another hub is told of these, so only they name it.
TOLD_TO_HUB = (
    *(f"/{name}.{form}" for name in ("feed", "upcoming", "deadlines") for form in ("atom", "rss", "json")),
    "/calendar.ics",
    "/deadlines.ics",
    "/alerts.atom",
)


@dataclass(frozen=True, slots=True)
class SiteView:
    """The site in one language."""

    lang: str
    default_lang: str
    base_url: str
    name: str
    publisher: str
    timezone: str
    site_id: str
    licence: str = ""
    hub: str = ""

    def url(self, path: str, query: str = "") -> str:
        """Return an absolute address in this language. The default language is not named in the address."""
        if self.lang != self.default_lang and "lang=" not in query:
            query = f"{query}&lang={self.lang}" if query else f"lang={self.lang}"
        return f"{self.base_url}{path}" + (f"?{query}" if query else "")

    def hub_of(self, address: str) -> str:
        """Return the hub of a feed's address, "" without one: our own serves every feed, another one those that it is told of."""
        ours = self.hub.startswith(f"{self.base_url}/")
        return self.hub if ours or address.removeprefix(self.base_url) in TOLD_TO_HUB else ""

    def entry(self, entry: Entry) -> str:
        """Return the address of an entry's page."""
        return self.url(f"/{entry.kind}s/{entry.public_id}")

    def tag(self, name: str) -> str:
        """Return the address of a tag's page."""
        return self.url(f"/tags/{quote(name)}")
