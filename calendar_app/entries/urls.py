"""Build the absolute addresses of the site in one language."""

from dataclasses import dataclass
from urllib.parse import quote

from calendar_app.db.models import Entry


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

    def entry(self, entry: Entry) -> str:
        """Return the address of an entry's page."""
        return self.url(f"/{entry.kind}s/{entry.public_id}")

    def tag(self, name: str) -> str:
        """Return the address of a tag's page."""
        return self.url(f"/tags/{quote(name)}")
