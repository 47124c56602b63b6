"""What search engines ask for first."""

import urllib.robotparser
from typing import Any

from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from helpers.town import NOW

BASE = "https://calendar.example.jp"


def listed(client: FlaskClient) -> dict[str, str]:
    """The pages of the sitemap with the time of their last change."""
    root = etree.fromstring(client.get("/sitemap.xml").data)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert root.tag == f"{space}urlset"
    return {one.findtext(f"{space}loc"): one.findtext(f"{space}lastmod") or "" for one in root}


def test_robots_may_read_the_feeds_and_not_the_desk(client: FlaskClient) -> None:
    robots = urllib.robotparser.RobotFileParser()
    robots.parse(client.get("/robots.txt").text.splitlines())
    assert robots.can_fetch("Google-Calendar-Importer", f"{BASE}/calendar.ics")
    assert not robots.can_fetch("Googlebot", f"{BASE}/staff/")
    assert robots.site_maps() == [f"{BASE}/sitemap.xml"]


def test_every_page_of_the_sitemap_is_there(client: FlaskClient, write: Session, post: Any) -> None:
    event = post(write, tags=["桜&梅", "仙北市"])
    gone = post(write, title="間違い")
    publishing.withdraw(write, gone, "", actor=None, at=NOW)
    write.commit()
    pages = listed(client)
    assert pages[f"{BASE}/events/{event.public_id}"] == event.changed_at.isoformat()
    assert f"{BASE}/venues/1" in pages
    assert f"{BASE}/events/{gone.public_id}" not in pages
    for address in pages:
        assert client.get(address.removeprefix(BASE)).status_code == 200, address
