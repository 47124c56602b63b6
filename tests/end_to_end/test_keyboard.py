"""Without a mouse, and without looking: the keys reach everything in the order in which it stands; a listener hears what it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from helpers import pages
from helpers.pages import City

PHONE: Any = {"width": 390, "height": 844}
DESK: Any = {"width": 1280, "height": 900}
WALKED = ("month", "/subscribe", "results", "event", "staff events/new")
CAN_STOP = """() => {
  const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  window.stops = stops.filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({visibilityProperty: true})
    && (one.type !== 'radio' || one.checked));
  return window.stops.length;
}"""
# What has the focus: which stop it is, and what is wrong with it.
STOPPED = """before => {
  const one = document.activeElement;
  const at = window.stops.indexOf(one);
  if (at < 0) return [at, []];
  const said = one.outerHTML.slice(0, 80), wrong = [];
  const ringed = a => { const style = getComputedStyle(a); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
  const near = [one, one.closest('article'), one.closest('p'), one.closest('label')].filter(Boolean);
  if (!near.some(ringed)) wrong.push('no ring: ' + said);
  const box = (getComputedStyle(one).opacity === '0' ? one.closest('p') : one).getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), y = box.top + Math.min(box.height / 2, 20);
  const top = document.elementFromPoint(x, y);
  if (!top || top.closest('.bar') && !one.closest('.bar')) wrong.push('hidden: ' + said);
  const last = window.stops[before]?.getBoundingClientRect();
  if (last && at > 0 && box.bottom <= last.top && !one.closest('.bar')) wrong.push('goes back up: ' + said);
  return [at, wrong];
}"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with pages.demo(tmp_path_factory) as opened:
        yield opened


@pytest.fixture(scope="module")
def context(chromium: Browser, city: City) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport=PHONE, locale="ja-JP", service_workers="block", reduced_motion="reduce")
    pages.sign_in(made, city)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    yield opened
    opened.close()


@pytest.mark.parametrize("name", WALKED)
def test_the_tab_key_goes_everywhere_and_is_seen(name: str, page: Page, city: City) -> None:
    """On a phone's one column, from the link that skips to the last of the foot: each once, none out of order, no trap."""
    page.goto(city.addresses([name])[name])
    stops, wrong = walked(page)
    assert wrong == []
    assert len(stops) == page.evaluate(CAN_STOP)
    assert stops == sorted(stops)


def test_the_grid_of_a_month_is_walked_day_by_day(page: Page, city: City) -> None:
    """On a desk: every day, band and event of the table, week after week, each with its ring."""
    page.set_viewport_size(DESK)
    page.goto(city.addresses(["month"])["month"])
    stops, wrong = walked(page)
    assert [
        one for one in wrong if not one.startswith("goes back up")
    ] == []  # the next day stands higher than the last event
    assert len(stops) == page.evaluate(CAN_STOP)
    assert stops == sorted(stops)
    in_grid = page.evaluate("() => window.stops.filter(one => one.closest('table.month')).length")
    assert in_grid > 35


def walked(page: Page) -> tuple[list[int], list[str]]:
    """The stops of the Tab key, by their places in the document, and what is wrong with them."""
    count = page.evaluate(CAN_STOP)
    page.evaluate("document.activeElement.blur()")
    stops: list[int] = []
    wrong: list[str] = []
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        at, told = page.evaluate(STOPPED, stops[-1] if stops else None)
        if at in stops or (at < 0 and len(stops) >= count):
            break
        wrong += told
        if at >= 0:
            stops.append(at)
    return stops, wrong


def test_the_first_link_leads_past_the_head(page: Page, city: City) -> None:
    for name in ("month", "staff events/new"):
        page.goto(city.addresses([name])[name])
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        assert page.locator(":focus").get_attribute("href") == "#main"
        assert page.locator(":focus").bounding_box()["height"] > 20  # type: ignore[index]
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_a_choice_by_space_goes_on_from_the_same_choice(page: Page, city: City) -> None:
    page.goto(city.addresses(["/subscribe"])["/subscribe"])
    page.locator("[name=category]").nth(1).focus()
    value = page.locator(":focus").get_attribute("value")
    with page.expect_navigation(url=f"**category={value}*"):
        page.keyboard.press("Space")
    page.wait_for_function(
        "value => document.activeElement.value === value && document.activeElement.checked", arg=value
    )
    with page.expect_navigation():
        page.keyboard.press("Space")
    page.wait_for_function(
        "value => document.activeElement.value === value && !document.activeElement.checked", arg=value
    )


def test_a_fold_opens_and_closes_and_keeps_the_focus(page: Page, city: City) -> None:
    page.goto(city.addresses(["event"])["event"])
    fold = page.locator("details.share").first
    fold.locator("summary").focus()
    for key, is_open in (("Enter", True), ("Space", False)):
        page.keyboard.press(key)
        assert (fold.get_attribute("open") is not None) == is_open
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_what_a_listener_hears_of_a_month(page: Page, city: City) -> None:
    """Every day with its whole date; a band once, however many weeks it has; cancelled in words, not by a line through it."""
    page.set_viewport_size(DESK)
    page.goto(city.addresses(["month"])["month"])
    heard = page.locator("table.month").aria_snapshot()
    days = [f"2027年3月{day}日" for day in range(1, 32)]
    places = [heard.index(f'link "{day}（') for day in days]
    assert places == sorted(places)
    assert "春分の日" in heard
    bands = {one.get_attribute("href"): one for one in page.locator("table.month .band").all()}
    assert page.locator("table.month .band").count() > len(bands)
    for address in bands:
        assert heard.count(f"/url: {address}\n") == 1, address
    for off in page.locator("table.month a.off").all():
        assert "中止" in (off.text_content() or "")


def test_what_a_listener_hears_of_a_search(page: Page, city: City) -> None:
    page.goto(city.addresses(["results"])["results"])
    heard = page.locator("main").aria_snapshot()
    order = [heard.index(part) for part in ("heading", "- combobox", "- status:", "- article")]
    assert order == sorted(order)
    assert "件" in heard[order[2] :].splitlines()[0] + heard[order[2] :].splitlines()[1]


def test_what_a_listener_hears_of_subscribing(page: Page, city: City) -> None:
    page.goto(city.addresses(["/subscribe"])["/subscribe"])
    heard = page.locator("main").aria_snapshot()
    # The whole calendar is one press away; who wants less of it chooses after that.
    parts = (
        "[level=1]",
        'heading "すべての催し"',
        "webcal:",
        "- textbox",
        'heading "ほしいものだけ選ぶ"',
        "- checkbox",
    )
    order = [heard.index(part) for part in parts]
    assert order == sorted(order)
    nameless = [
        line for line in heard.splitlines() if line.strip() in ("- checkbox", "- textbox", "- button", "- link")
    ]
    assert nameless == []
