"""Pages in the looks that readers need: forced colours, less motion, paper, no scripts, no photos; days with nothing or sixty events."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from helpers import pages
from helpers.pages import City

DESK: Any = {"width": 1280, "height": 900}
READ = ("/", "month", "day", "cancelled", "event with photos", "/subscribe", "results", "/announcements/", "/seasons")
# What is crossed out says so in words too. What is pressed has a border or a line under it when colours are the reader's.
CROSSED = """() => [...document.querySelectorAll('main *')].filter(one => one.checkVisibility()
  && getComputedStyle(one).textDecorationLine.includes('line-through') && one.tagName !== 'S'
  && !/中止|延期/.test((one.closest('a.slot, a.band, article, li') ?? one.parentElement.parentElement).textContent)).map(one => one.outerHTML.slice(0, 90))"""
BARE = """() => [...document.querySelectorAll('.button, button, .mark, .live, .month .today .date b, input:not([type=hidden])')]
  .filter(one => one.checkVisibility() && !one.closest('.find, .unseen') && !['checkbox', 'radio'].includes(one.type)
    && getComputedStyle(one).borderTopStyle === 'none').map(one => one.outerHTML.slice(0, 90))"""
MOVES = """() => [...document.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  return style.scrollBehavior === 'smooth' || /[1-9]/.test(style.transitionDuration) || style.animationName !== 'none';
}).map(one => one.outerHTML.slice(0, 90))"""
PRINTED = """() => ['.top nav', '.find', '.foot nav', '.buttons', '.no-print'].flatMap(name =>
  [...document.querySelectorAll(name)].filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 90)))"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with pages.demo(tmp_path_factory) as opened:
        yield opened


def opened(chromium: Browser, **look: Any) -> Page:
    return chromium.new_context(**{"viewport": DESK, "locale": "ja-JP", "service_workers": "block"} | look).new_page()


def told(page: Page, city: City, *questions: str) -> dict[str, list[str]]:
    """By page: what is wrong with it."""
    wrong: dict[str, list[str]] = {}
    for name, address in city.addresses(READ).items():
        page.goto(address, wait_until="domcontentloaded")
        wrong[name] = [one for question in questions for one in page.evaluate(question)]
    page.context.close()
    return {name: found for name, found in wrong.items() if found}


def test_in_the_colours_of_the_reader_nothing_is_said_by_colour_or_a_line_alone(chromium: Browser, city: City) -> None:
    page = opened(chromium, forced_colors="active", reduced_motion="reduce")
    assert told(page, city, CROSSED, BARE, MOVES) == {}


def test_on_paper_there_is_nothing_to_press(chromium: Browser, city: City) -> None:
    page = opened(chromium)
    page.emulate_media(media="print")
    assert told(page, city, PRINTED, CROSSED) == {}


def test_without_scripts_and_photos_a_reader_comes_to_an_event_and_a_subscription(
    chromium: Browser, city: City
) -> None:
    page = opened(chromium, java_script_enabled=False)
    page.route("**/photos/**", lambda route: route.abort())
    page.goto(city.url)
    page.fill(".find input", "祭")
    page.press(".find input", "Enter")
    page.locator("article h3 a").first.click()
    assert "/events/" in page.url
    page.goto(city.addresses(["event with photos"])["event with photos"])
    assert page.locator(".hero img").get_attribute("alt")
    assert page.locator("h1").is_visible()
    page.goto(f"{city.url}/subscribe")
    page.locator("[name=category]").first.check()
    page.click(".chooser .button")
    assert "category=" in page.url
    assert page.locator("[name=category]").first.is_checked()
    assert "category" in (page.get_attribute("#plain", "value") or "")
    page.context.close()


def test_a_day_of_sixty_events_shows_them_all_and_an_empty_one_leads_on(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = opened(chromium)
    with pages.crowded(tmp_path_factory) as full:
        page.goto(full.addresses(["month"])["month"])
        page.click("table.month .more >> nth=0")
        page.wait_for_url("**/calendar/2027/03/06*")
        assert page.locator("main article.row").count() >= 60
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator("main article.row").last.is_visible()
        page.goto(f"{full.url}/calendar/2027/02/25")  # a band alone
        assert page.locator("main article.row").count() == len(pages.TITLES)
        for nothing in ("2028/02/01", "2028/02"):
            page.goto(f"{full.url}/calendar/{nothing}")
            assert page.locator("main .empty a").first.is_visible()
    page.context.close()
