"""Conformance, 25 to 32: what readers of RSS, Atom, JSON Feed and of the pages' metadata rely on."""

import json
import locale
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from lxml import etree
from sqlalchemy.orm import Session

from calendar_app import create_app
from calendar_app.config import Config
from calendar_app.dates.recurrence import Instance
from calendar_app.db.models import Department, Event
from calendar_app.entries import publishing
from calendar_app.formats import atom_rss, json_feed, json_ld
from helpers import cities
from helpers.feed_samples import CONCERT, LOGS, MODIFIED, SEASON, feed, item
from helpers.town import NOW, STOPPED

XML = ("rss", "atom")
FORMATS = {"atom": atom_rss.render_atom, "rss": atom_rss.render_rss}
LATER = NOW + timedelta(hours=1)
Post = Callable[..., Event]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """With its photos."""
    with cities.looked_at(cities.demo(tmp_path_factory)) as app:
        yield app.test_client()


def entries(client: FlaskClient, form: str, query: str = "") -> list[Any]:
    parsed = feedparser.parse(client.get(f"/feed.{form}{query}").data)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return list(parsed.entries)


def news(client: FlaskClient) -> list[Json]:
    listed: list[Json] = json.loads(client.get("/feed.json").data)["items"]
    return listed


def path_of(url: str) -> str:
    assert url.startswith("https://calendar.example.jp/")
    return url.removeprefix("https://calendar.example.jp")


def test_25_a_reader_finds_the_page_and_the_picture_at_its_true_size(demo_city: FlaskClient) -> None:
    for form in XML:
        found = entries(demo_city, form)
        assert len(found) >= 50
        pictures = [one for entry in found for one in entry.enclosures]
        assert len(pictures) >= 5
        for one in pictures[:5]:
            served = demo_city.get(path_of(one.href))
            assert (str(len(served.data)), served.mimetype) == (one.length, one.type)
        for entry in found:
            assert re.fullmatch(r"/(events|announcements)/\w+", path_of(entry.link))
        assert demo_city.get(path_of(found[0].link)).status_code == 200


def test_25_the_first_line_of_an_event_says_when_and_where(demo_city: FlaskClient) -> None:
    told = 0
    for one, entry in zip(news(demo_city), entries(demo_city, "rss"), strict=True):
        if event := one.get("_event"):
            first = entry.summary.split("\n")[0]
            assert re.match(r"(?:例年)?20\d\d年|\d+月", first), first
            assert event.get("location", {}).get("name", "") in first
            told += 1
    assert told >= 20


def test_26_only_what_the_public_must_notice_is_new_and_nothing_is_reordered(
    client: FlaskClient, write: Session, post: Post
) -> None:
    first = post(write, title="朝市")
    post(write, title="花火大会", at=NOW + timedelta(minutes=1))
    write.commit()
    before = news(client)
    assert [one["title"] for one in before] == ["花火大会", "朝市"]
    publishing.save(write, first, {"summary": "誤字を直しました。"}, actor=None, at=LATER)
    write.commit()
    typo = news(client)
    times = ("id", "date_published", "date_modified")
    assert [[one[name] for name in times] for one in typo] == [[one[name] for name in times] for one in before]
    assert "誤字を直しました" in typo[1]["content_text"]
    publishing.save(write, first, {"start": "2027-04-16T00:00:00"}, actor=None, at=LATER)
    write.commit()
    moved = news(client)
    assert [one["id"] for one in moved[1:]] == [one["id"] for one in before]
    assert moved[0]["title"] == "【日時変更】朝市"
    for form in XML:
        published = [one.published_parsed for one in entries(client, form)]
        assert published == sorted(published, reverse=True)


def test_27_ids_outlive_names_and_addresses(
    client: FlaskClient, config: Config, write: Session, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(write)
    write.commit()

    def ids(city: FlaskClient) -> list[Any]:
        uids = [str(one["UID"]) for one in Calendar.from_ical(city.get("/calendar.ics").data).walk("VEVENT")]
        return [[one.id for one in entries(city, form)] for form in XML] + [[one["id"] for one in news(city)], uids]

    before = ids(client)
    for url in ("http://calendar.example.jp", "https://events.example.org:8443"):
        assert ids(create_app(replace(config, base_url=url)).test_client()) == before
    department = write.get_one(Department, 1)
    publishing.save_reference(write, department, {"slug": "tourism", "name": "観光交流課"}, actor=None, at=LATER)
    write.commit()
    assert ids(client) == before


def test_28_a_feed_names_the_public_address_whatever_a_proxy_says(config: Config, write: Session, post: Post) -> None:
    post(write)
    write.commit()
    behind = create_app(replace(config, trusted_proxies=1)).test_client()
    said = {"Host": "10.0.0.7:8000", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    for form in XML:
        document = etree.fromstring(behind.get(f"/feed.{form}?tag=桜&x=1", headers=said).data)
        links = document.iter("{http://www.w3.org/2005/Atom}link")
        own = [link.get("href") for link in links if link.get("rel") == "self"]
        assert own == [f"https://calendar.example.jp/feed.{form}?tag=%E6%A1%9C"]
    document = json.loads(behind.get("/feed.json", headers=said).data)
    assert document["feed_url"] == "https://calendar.example.jp/feed.json"


@pytest.mark.parametrize("form", FORMATS)
def test_29_times_are_english_and_right_also_from_eight_threads(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No locale is switched: it is shared by all threads, and feedgen as it comes left a Japanese process in C."""

    def refused(*_: object) -> None:
        raise AssertionError("the locale was touched")

    monkeypatch.setattr(locale, "setlocale", refused)
    log = LOGS["event_with_picture_then_notice"]
    with ThreadPoolExecutor(8) as pool:
        (made,) = set(pool.map(lambda _: FORMATS[form](log), range(64)))
    if form == "rss":
        document = etree.fromstring(made)
        times = [document.findtext(".//lastBuildDate"), document.findtext(".//pubDate")]
        assert times == ["Sat, 20 Mar 2027 14:00:00 +0900"] * 2
        assert parsedate_to_datetime(str(times[0])) == MODIFIED


@pytest.mark.parametrize("name", LOGS)
def test_30_the_document_is_json_feed_1_1(name: str) -> None:
    document = json.loads(json_feed.render(LOGS[name]))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == "https://events.example.jp/feed.json"
    assert document["authors"] == [{"name": "仙北市"}]
    texts = {"version", "title", "home_page_url", "feed_url", "description", "icon", "favicon", "language"}
    assert document.keys() <= texts | {"authors", "items", "_licence"}
    for one in document["items"]:
        assert one.keys() <= ITEM | {"_event"}
        assert {"content_html", "content_text"} <= set(one)
        for moment in ("date_published", "date_modified"):
            assert datetime.fromisoformat(one[moment]).utcoffset() is not None
        assert all(isinstance(tag, str) for tag in one.get("tags", []))
        assert all(part["url"] and part["mime_type"] for part in one.get("attachments", []))
        assert all(isinstance(part.get("size_in_bytes", 0), int) for part in one.get("attachments", []))
    guids = {form: [one.id for one in feedparser.parse(FORMATS[form](LOGS[name])).entries] for form in XML}
    assert guids["rss"] == guids["atom"] == [one["id"] for one in document["items"]]


ITEM = {"id", "url", "title", "content_html", "content_text", "summary", "image", "date_published", "date_modified"}
ITEM |= {"authors", "tags", "language", "attachments"}


def test_31_json_ld_is_inclusive_of_the_last_day_and_ends_no_script() -> None:
    dates = [Instance(SEASON.repeat.start, SEASON.repeat.start, SEASON.repeat.end)]
    made = json_ld.render(replace(SEASON, summary="</script><b>", fee=0), dates, "仙北市", "https://events.example.jp")
    assert "<" not in made
    said = json.loads(made)
    assert (said["startDate"], said["endDate"]) == ("2027-04-15", "2027-05-05")
    assert said["description"] == "</script><b>"
    address = said["location"]["address"]
    parts = ("addressCountry", "addressRegion", "addressLocality", "streetAddress")
    assert [address[part] for part in parts] == ["JP", "秋田県", "仙北市", "角館町"]
    assert said["offers"]["price"] == "0"
    assert {"validFrom", "availability", "url", "priceCurrency"} <= said["offers"].keys()
    assert said["organizer"] == {
        "@type": "GovernmentOrganization",
        "name": "仙北市",
        "url": "https://events.example.jp",
    }
    assert len(said["image"]) == 2


def test_31_json_ld_keeps_the_date_of_what_is_off_and_the_one_before() -> None:
    moved = Instance(CONCERT.repeat.start, CONCERT.repeat.start, CONCERT.repeat.end)
    for status, said in (("cancelled", "EventCancelled"), ("postponed", "EventPostponed")):
        made = json.loads(json_ld.render(replace(CONCERT, status=status), [moved], "仙北市", "https://x.example"))
        assert made["eventStatus"] == f"https://schema.org/{said}"
        assert made["startDate"] == "2027-04-18T18:30:00+09:00"
    before = (datetime(2027, 4, 11, 18, 30), datetime(2027, 4, 12, 18, 30))
    again = replace(CONCERT, status="rescheduled", previous_starts=before)
    made = json.loads(json_ld.render(again, [moved], "仙北市", "https://x.example"))
    assert made["previousStartDate"] == ["2027-04-11T18:30:00+09:00", "2027-04-12T18:30:00+09:00"]


def test_32_every_format_lists_what_is_public_and_nothing_else(client: FlaskClient, write: Session, post: Post) -> None:
    public = {post(write, title=title).public_id for title in ("朝市", "花火大会")}
    taken_back = post(write, title="誤って")
    publishing.withdraw(write, taken_back, "", actor=None, at=NOW)
    values = {"title": "下書き", "start": "2027-04-15T00:00:00", "timezone": "Asia/Tokyo", "department_id": 1}
    publishing.create(write, "event", values, actor=None, at=NOW)
    later = publishing.create(write, "event", values | {"title": "解禁前"}, actor=None, at=NOW)
    publishing.schedule(write, later, STOPPED + timedelta(days=1), actor=None, at=NOW)
    write.commit()
    lists = {form: {entry.link.rpartition("/")[2] for entry in entries(client, form)} for form in XML}
    lists["json"] = {one["url"].rpartition("/")[2] for one in news(client)}
    made = Calendar.from_ical(client.get("/calendar.ics").data).walk("VEVENT")
    lists["ics"] = {str(one["URL"]).rpartition("/")[2] for one in made}
    lists["csv"] = set(re.findall(r"/events/(\w+)", client.get("/events.csv").text))
    assert lists == dict.fromkeys(lists, public)


@pytest.mark.parametrize("form", FORMATS)
def test_the_licence_stands_where_programs_look(form: str) -> None:
    document = etree.fromstring(FORMATS[form](feed(item(CONCERT))))
    atom = "{http://www.w3.org/2005/Atom}"
    if form == "rss":
        assert document.findtext("channel/copyright") == "© 仙北市 CC BY 4.0"
    else:
        links = {link.get("rel"): link.get("href") for link in document.findall(f"{atom}link")}
        assert links["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert document.findtext(f"{atom}rights") == "© 仙北市 CC BY 4.0"
    assert {one.get("domain") or one.get("scheme") for one in document.iter("category", f"{atom}category")} == {
        "https://events.example.jp/categories",
        "https://events.example.jp/tags",
    }


def test_a_link_has_its_picture_cut_to_what_social_networks_show(demo_city: FlaskClient) -> None:
    from io import BytesIO

    from PIL import Image

    page = next(one for one in news(demo_city) if one.get("image"))
    text = demo_city.get(path_of(page["url"])).text
    said = dict(re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)">', text))
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"]
    assert said["og:url"] == page["url"]
    assert (said["og:type"], said["og:locale"]) == ("article", "ja_JP")
    picture = demo_city.get(path_of(said["og:image"]))
    assert picture.mimetype == "image/jpeg"
    assert Image.open(BytesIO(picture.data)).size == (1200, 630)
    assert demo_city.get("/photos/000000000000000000000000-1200x630.jpg").status_code == 404
