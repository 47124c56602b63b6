"""Nothing that axe-core can find (WCAG 2.2 AA and its own advice): no page of a usual, an empty or a crowded city, in any look."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from helpers import pages
from helpers.pages import City
from helpers.services import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
# Of each thing found: the rule, where, why. What a bar at the edge of the window hides can be scrolled out from under it.
# What depends on the look is asked again in another.
LOOK = """rules => axe.run(document, {
  runOnly: rules.length ? rules : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'], preload: false, iframes: false,
}).then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(({target, any, all, none}) =>
  [id, target.join(' '), [...any, ...all, ...none].map(({message}) => message).join('; ')].join(': '))))"""
# Of entries of a list or rows of a table that are alike but for their words, two stay: axe-core's time grows with each.
THIN = """() => {
  const known = new Map();
  const without = html => html.replace(/>[^<]*/g, '>').replace(/ (?!class=|style=|role=|type=|lang=|hidden|aria-|alt=)[\\w-]+(="[^"]*")?/g, '')
    .replace(/ (aria-[\\w-]+|alt)="[^"]+"/g, ' $1');
  for (const one of document.querySelectorAll('article, li, tr, option, dl > div')) {
    const shape = one.parentElement?.className + without(one.outerHTML);
    known.set(shape, (known.get(shape) ?? 0) + 1);
    if (known.get(shape) > 2) one.remove();
  }
}"""
Scheme = Literal["light", "dark"]
Look = tuple[Scheme, Any]
USUAL: tuple[Look, ...] = (("light", pages.PHONE), ("dark", pages.DESK))
EVERY = (*USUAL, ("dark", pages.PHONE), ("light", pages.DESK))
FULL = ("/", "month", "day", "event 1", "/seasons", "/subscribe", "staff ", "staff events/new")
# Pages of a kind that is looked at anyway; `make soak` looks at them too.
ALIKE = {
    "month in English",
    "in English",
    "event in English",
    "month of one tag",
    "narrowed agenda",
    "results",
    "short",
}
ALIKE |= {"event", "event with photos", "event to apply for", "seasons of a year", "frame cards", "day without events"}
ALIKE |= {"/search?q=無い言葉", "staff password", "staff draft", "staff announcement", "staff handover", "staff act"}
Town = Callable[[pytest.TempPathFactory], AbstractContextManager[City]]


@pytest.mark.parametrize("look", USUAL)
def test_every_kind_of_page(look: Look, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every second one by day on a phone, the others by night on a desk: they are made of the same parts."""
    with pages.demo(tmp_path_factory) as city:
        kinds = [name for name in city.addresses() if name not in ALIKE]
        assert found(chromium, city, (look,), kinds[USUAL.index(look) :: 2]) == {}


def test_pages_with_much_on_them(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pages.crowded(tmp_path_factory) as city:
        for turn, look in enumerate(USUAL):
            assert found(chromium, city, (look,), FULL[turn::2]) == {}


@pytest.mark.soak
@pytest.mark.parametrize("town", [pages.demo, pages.empty, pages.crowded])
def test_every_page_in_every_look(town: Town, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory) as city:
        assert found(chromium, city, EVERY, whole=True) == {}


def found(
    chromium: Browser, city: City, looks: tuple[Look, ...], names: Sequence[str] | None = None, *, whole: bool = False
) -> dict[str, list[str]]:
    """By page, scheme and width: what is wrong. Unless the whole is looked at, of things alike on a page two are."""
    context = chromium.new_context(locale="ja-JP", bypass_csp=True, service_workers="block")
    context.add_init_script(AXE)
    page = context.new_page()
    wrong = {"staff sign-in": seen(page, f"{city.url}/staff/sign-in", looks, whole)}
    pages.sign_in(context, city)
    wrong |= {name: seen(page, address, looks, whole) for name, address in city.addresses(names).items()}
    context.close()
    return {f"{name}, {look}": told for name, looked in wrong.items() for look, told in looked.items() if told}


def seen(page: Page, address: str, looks: tuple[Look, ...], whole: bool = False) -> dict[str, list[str]]:
    page.goto(address, wait_until="domcontentloaded")
    if not whole:
        page.evaluate(THIN)
    return looked_at(page, looks)


def looked_at(page: Page, looks: tuple[Look, ...]) -> dict[str, list[str]]:
    page.add_style_tag(content=".bar { position: static !important }")
    told: dict[str, list[str]] = {}
    for scheme, size in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        told[f"{scheme} {size['width']}"] = page.evaluate(LOOK, ["color-contrast", "target-size"] if told else [])
    return told
