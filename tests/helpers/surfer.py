"""A person with a browser, over real HTTP: cookies, redirects, forms. Without script."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

FIELD = re.compile(r"<input\b[^>]*>")
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)


@dataclass
class Surfer:
    """What the window shows: its address, the status, the page."""

    jar: CookieJar = field(default_factory=CookieJar)
    url: str = ""
    status: int = 0
    page: str = ""

    def go(self, url: str, form: dict[str, str] | None = None) -> "Surfer":
        address = urllib.parse.urljoin(self.url, url)
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        asked = urllib.request.Request(address, data, {"Referer": self.url or address})
        try:
            answer: Any = opener.open(asked, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.url, self.status, self.page = answer.geturl(), answer.status, answer.read().decode()
        return self

    def send(self, where: str = "", **typed: str) -> "Surfer":
        """Fill in and send the first form whose tag holds `where`."""
        tag, inner = next(form for form in FORM.findall(self.page) if where in form[0])
        fields = {name: value for name, value in map(_named, FIELD.findall(inner)) if name}
        return self.go(_attribute(tag, "action") or self.url, fields | typed)


def _named(tag: str) -> tuple[str, str]:
    return _attribute(tag, "name"), _attribute(tag, "value")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
