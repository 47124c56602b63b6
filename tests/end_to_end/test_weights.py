"""What a page costs a phone: bytes, not milliseconds. And it asks nobody but us for anything."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, Route
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Occurrence
from calendar_app.web import PACKAGE
from end_to_end.test_axe import ALIKE
from helpers import pages
from helpers.pages import City
from helpers.services import browser

MONTH, SCRIPT = 50_000, 15_000  # bytes on the wire
ENTRIES = 300
# Each of what loads scripts in another way.
FRAMES = ("/", "month", "/map", "event", "/subscribe", "frame list", "sheet", "404")
SCRIPTS = """() => performance.getEntriesByType('resource').filter(({name}) => new URL(name).pathname.endsWith('.js'))
  .map(({name, encodedBodySize}) => [name, encodedBodySize])"""
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
PLACES = ("桧木内川堤", "武家屋敷通り", "田沢湖畔", "学習資料館", "西木公民館", "神代小学校 体育館", "角館樺細工伝承館")
THINGS = (
    "朝市",
    "おはなし会",
    "健康相談",
    "太極拳の会",
    "写真展",
    "子育てひろば",
    "そば打ち体験",
    "歴史講座",
    "演奏会",
)
WORDS = (
    "春の山里で親子がともに学ぶ楽しい一日です雨のときは中で行い受付は入口で飲み物を持って参加費は無料申込みは電話かな"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with pages.demo(tmp_path_factory) as city:
        yield city


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as chromium:
        yield chromium.new_context(locale="ja-JP", viewport=pages.PHONE).new_page()


def test_a_month_of_300_entries_is_light(client: FlaskClient, write: Session, post: Callable[..., Event]) -> None:
    """Each with a title and a summary of its own, as a city types them."""
    dice = random.Random(3)
    sample = post(write, start="2027-03-01T10:00:00", end="2027-03-01T12:00:00", all_day=False, title="初めの部")
    for number in range(1, ENTRIES):
        write.add(like(sample, dice, number))
    write.commit()
    shown = client.get("/calendar/2027/03").text
    further = sum(map(int, re.findall(r'class="more"[^>]*>[^<0-9]*([0-9]+)', shown)))
    assert len(re.findall("の部</(?:a|span)>", shown)) + further == ENTRIES, "each is shown or counted"
    for coding in ("gzip", "br"):
        sent = client.get("/calendar/2027/03", headers={"Accept-Encoding": coding})
        assert sent.headers["Content-Encoding"] == coding
        assert len(sent.data) < MONTH, coding


def like(sample: Event, dice: random.Random, number: int) -> Event:
    """A row like it: publishing three hundred takes a minute of everybody's."""
    event, date = (
        Event(**copied(sample, "id")),
        Occurrence(**copied(sample.occurrences[0], "id", "event_id")),
    )
    name = f"{dice.choice(PLACES)}の{dice.choice(THINGS)} 第{dice.randint(1, 90)}回"
    event.public_id = event.uid = f"{dice.getrandbits(60):015x}"
    event.title = f"{name} {''.join(dice.sample(WORDS, 6))}の部"
    event.summary = "".join(dice.choices(WORDS, k=dice.randint(20, 60)))
    day = timedelta(days=number % 31, minutes=15 * dice.randint(-8, 32))
    for field in ("original", "wall_start", "wall_end", "start", "end"):
        setattr(date, field, getattr(date, field) + day)
    date.first_day = date.last_day = date.wall_start.date()
    event.occurrences = [date]
    return event


def copied(row: Event | Occurrence, *but: str) -> dict[str, Any]:
    columns = (column.key for column in inspect(type(row)).column_attrs)
    return {key: getattr(row, key) for key in columns if key not in but}


def test_no_page_asks_anybody_else_or_loads_much_script(demo: City, page: Page) -> None:
    asked: set[str] = set()
    page.context.on("request", lambda request: asked.add(request.url))
    heavy = {}
    for name, address in demo.addresses(demo.public.keys() - ALIKE).items():
        page.goto(address)
        loaded = dict(page.evaluate(SCRIPTS))
        if name != "404":
            assert loaded, name
        if (total := sum(loaded.values())) > SCRIPT:
            heavy[name] = total
    assert heavy == {}
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(demo.url).netloc}


def test_all_scripts_that_the_public_pages_know_are_light_together(client: FlaskClient) -> None:
    """With the map, which is fetched when it is asked for, and what keeps pages for days without a network."""
    names = [path.name for path in (PACKAGE / "static").glob("*.js")]
    public = [name for name in names if name in ("page.js", "map.js", "embed.js", "framed.js")]
    sizes = [len(client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}).data) for name in public]
    sizes.append(len(client.get("/sw.js", headers={"Accept-Encoding": "gzip"}).data))
    assert sum(sizes) < SCRIPT


def test_pages_are_painted_before_any_script_has_come(demo: City, page: Page) -> None:
    """Every script is kept waiting for ever."""
    waiting: list[Route] = []
    page.route("**/*.js*", lambda route: waiting.append(route))
    for name, address in demo.addresses(FRAMES).items():
        page.goto(address, wait_until="commit")
        page.wait_for_function(PAINTED, timeout=60_000)
        assert page.locator("h1").count(), name
    assert waiting
