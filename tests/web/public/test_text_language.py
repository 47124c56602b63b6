"""Each text of a page in English says in which language it is (WCAG 2.2, success criterion 3.1.2)."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask

from helpers import cities

JAPANESE = re.compile(r"[ぁ-ゖァ-ヺー㐀-䶿一-鿿々〆]")
VOID = {"meta", "link", "img", "input", "br", "hr", "source", "path", "wbr", "base", "col"}
# A title holds no elements; script and style are not read; an address is no words; a language is named in itself.
UNSPOKEN = {"title", "script", "style", "code", "noscript"}
PAGES = (
    "/",
    "/agenda",
    "/calendar/2027/03",
    "/calendar/2027/03/06",
    "/weekend",
    "/seasons",
    "/map",
    "/deadlines",
    "/subscribe",
    "/search?q=祭",
    "/announcements/",
    "/venues/1",
    "/tags/角館",
    "/departments/kanko",
    "/for/parents",
    "/archive/2026",
)


class Texts(HTMLParser):
    """Every text and described picture of a page, with the language in which it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        lang = values.get("lang") or (self.stack[-1][1] if self.stack else "")
        self.found += [(lang, values[name] or "") for name in ("alt", "aria-label", "placeholder") if name in values]
        if tag not in VOID:
            self.stack.append((tag, lang))

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.stack and not UNSPOKEN & {tag for tag, _lang in self.stack}:
            self.found.append((self.stack[-1][1], data.strip()))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with cities.looked_at(cities.demo(tmp_path_factory)) as app:
        yield app


@pytest.mark.parametrize("path", PAGES)
def test_every_japanese_text_on_an_english_page_is_marked_as_japanese(city: Flask, path: str) -> None:
    answer = city.test_client().get(path + ("&" if "?" in path else "?") + "lang=en")
    texts = Texts()
    texts.feed(answer.text)
    assert [text for lang, text in texts.found if JAPANESE.search(text) and not lang.startswith("ja")] == []


def test_events_and_announcements_mark_their_texts(city: Flask) -> None:
    client = city.test_client()
    addresses = re.findall(r'href="(/(?:events|announcements)/[a-z0-9]+)', client.get("/agenda?lang=en").text)
    assert len(addresses) > 15
    unmarked = set()
    for path in sorted(set(addresses))[:15]:
        texts = Texts()
        texts.feed(client.get(f"{path}?lang=en").text)
        unmarked |= {text for lang, text in texts.found if JAPANESE.search(text) and not lang.startswith("ja")}
    assert unmarked == set()
