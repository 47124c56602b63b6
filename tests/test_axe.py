"""Nothing that axe-core can find (WCAG 2.2 AA and its own advice): no page of a usual, an empty or a crowded city, in any look."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Literal

import pages
import pytest
from pages import City
from playwright.sync_api import Browser, Page
from services import ROOT, browser

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
# Of each thing found: the rule, where, why. What a bar at the edge of the window hides can be scrolled out from under it.
LOOK = """() => axe.run(document, {
  runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']},
  resultTypes: ['violations'], preload: false, iframes: false,
}).then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(({target, any, all, none}) =>
  [id, target.join(' '), [...any, ...all, ...none].map(({message}) => message).join('; ')].join(': '))))"""
Scheme = Literal["light", "dark"]
USUAL: tuple[tuple[Scheme, Any], ...] = (("light", pages.PHONE), ("dark", pages.DESK))
OTHERS: tuple[tuple[Scheme, Any], ...] = (("dark", pages.PHONE), ("light", pages.DESK))
Town = Callable[[pytest.TempPathFactory], AbstractContextManager[City]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("town", [pages.demo, pages.empty, pages.crowded])
def test_every_page_in_the_usual_looks(town: Town, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory) as city:
        assert found(chromium, city, USUAL) == {}


@pytest.mark.soak
@pytest.mark.parametrize("town", [pages.demo, pages.empty, pages.crowded])
def test_every_page_in_the_other_looks(town: Town, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory) as city:
        assert found(chromium, city, OTHERS) == {}


def found(chromium: Browser, city: City, looks: tuple[tuple[Scheme, Any], ...]) -> dict[str, list[str]]:
    """By page, scheme and width: what is wrong."""
    context = chromium.new_context(locale="ja-JP", bypass_csp=True, service_workers="block")
    context.add_init_script(AXE)
    page = context.new_page()
    wrong = {"staff sign-in": seen(page, f"{city.url}/staff/sign-in", looks)}
    pages.sign_in(context, city)
    wrong |= {name: seen(page, address, looks) for name, address in city.addresses().items()}
    context.close()
    return {f"{name}, {look}": told for name, looked in wrong.items() for look, told in looked.items() if told}


def seen(page: Page, address: str, looks: tuple[tuple[Scheme, Any], ...]) -> dict[str, list[str]]:
    page.goto(address, wait_until="domcontentloaded")
    page.add_style_tag(content=".bar { position: static !important }")
    told = {}
    for scheme, size in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        told[f"{scheme} {size['width']}"] = page.evaluate(LOOK)
    return told
