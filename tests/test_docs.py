"""The documents stay true: every setting, command, address and filter is in them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib.metadata import version
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from lxml import etree

from calendar_app.config import Config
from calendar_app.db.models import STATUSES
from calendar_app.listings.filters import OPTIONS, keys
from helpers import ROOT, cities
from helpers.documents import undocumented_addresses

ROUTES = ROOT / "tests/data/routes.json"
# Of an address below it, answered without a page, or asked for a password.
NO_PAGE = re.compile(
    r"<|\.|/(many|look|read|new|preview|quick|password|sign-(in|out|ins)|end-others|second-factor|forgotten|code|passkeys?|add|"
    r"single|back|logout|single-sign-on|(un)?block)$"
)
OPERATING = (ROOT / "docs/operating.md").read_text()
FEEDS = (ROOT / "docs/feeds.md").read_text()


@pytest.mark.parametrize("setting", fields(Config), ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_meaning(setting: object) -> None:
    assert f"| `CALENDAR_{setting.name.upper()}` |" in OPERATING  # type: ignore[attr-defined]
    assert setting.metadata["meaning"] in OPERATING  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", [*keys(), *(name for names in OPTIONS.values() for name in names), *STATUSES])
def test_every_filter_is_documented(value: str) -> None:
    assert f"`{value}`" in FEEDS + (ROOT / "docs/api.md").read_text()


def test_every_feed_and_table_is_documented(app: Flask) -> None:
    assert undocumented_addresses(app) == []


def test_every_page_of_the_desk_has_its_picture() -> None:
    shown = set(re.findall(r"\(pictures/([^)]+)\)", (ROOT / "docs/screens.md").read_text()))
    assert shown == {path.name for path in (ROOT / "docs/pictures").iterdir()}
    taken = (ROOT / "tests/helpers/pictures.py").read_text()
    pages = [rule for rule in json.loads(ROUTES.read_text()) if rule.startswith("/staff/") and not NO_PAGE.search(rule)]
    assert len(pages) > 15
    assert [page for page in pages if f'"{page}"' not in taken and f'"{page}?' not in taken] == []


# Fields: whatever the demo city's feeds hold stands in the tables.


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with cities.looked_at(cities.demo(tmp_path_factory)) as app:
        yield app.test_client()


def section(heading: str) -> str:
    return FEEDS.split(f"\n### {heading}\n")[1].split("\n##")[0]


def undocumented(names: Iterable[str], heading: str) -> set[str]:
    return {name for name in names if f"`{name}`" not in section(heading)}


def test_every_property_of_a_calendar_is_documented(demo: FlaskClient) -> None:
    calendars = [Calendar.from_ical(demo.get(path).data) for path in ("/calendar.ics", "/deadlines.ics")]
    names = {str(name) for calendar in calendars for part in calendar.walk() for name in part}
    assert len(names) > 30
    assert not undocumented(names, "iCalendar")


@pytest.mark.parametrize(("form", "heading"), [("rss", "RSS"), ("atom", "Atom")])
def test_every_element_of_a_feed_is_documented(demo: FlaskClient, form: str, heading: str) -> None:
    document = etree.fromstring(demo.get(f"/feed.{form}").data)
    names = {
        f"{one.prefix}:{etree.QName(one).localname}" if one.prefix else etree.QName(one).localname
        for one in document.iter()
    }
    assert len(names) >= 25
    assert not undocumented(names, heading)


def test_every_key_of_a_json_feed_is_documented(demo: FlaskClient) -> None:
    names = set(keys(json.loads(demo.get("/feed.json").data)))
    assert len(names) > 30
    assert not undocumented(names, "JSON Feed")


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(inner)


def test_the_versions_of_the_programs_asked_are_those_that_are_installed() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([\d., ]+) \|", FEEDS.split("\n## Which programs")[1], re.MULTILINE)
    named = {
        name.strip("` "): said.strip()
        for names, versions in rows
        for name, said in zip(re.split(r",| \+ ", names), versions.split(","), strict=True)
    }
    packages = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    for name, said in named.items():
        if name not in ("libical", "newsboat"):  # Debian's
            assert said == (packages.get(name) or version(name)), name


def test_all_conformance_assertions_are_there_and_stand_in_one_place() -> None:
    places: dict[int, set[str]] = {}
    for path in (ROOT / "tests/end_to_end").glob("test_con*.py"):
        for number in re.findall(r"^def test_([0-3]\d)_(?!\d)", path.read_text(), re.MULTILINE):
            places.setdefault(int(number), set()).add(path.name)
    assert sorted(places) == list(range(1, 33))
    assert all(len(files) == 1 for files in places.values())
