"""RFC 5005: who walks the archive has every public notice once, and an archive document never changes."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from calendar_app.listings import queries
from helpers.town import STOPPED as LATER
from helpers.town import published

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
SITE = "https://calendar.example.jp"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LOG_ITEMS", 3)
    monkeypatch.setattr(queries, "LOG_MOST", 3)


def links(root: etree._Element) -> dict[str, str]:
    return {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}


def ids(root: etree._Element) -> list[str]:
    return [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]


def walk(client: FlaskClient, address: str) -> Iterator[tuple[bytes, etree._Element]]:
    """The feed, then its archive documents, newest first."""
    while address:
        answer = client.get(address.removeprefix(SITE), base_url=SITE)
        assert answer.status_code == 200, address
        root = etree.fromstring(answer.data)
        assert links(root)["self"] == address
        yield answer.data, root
        address = links(root).get("prev-archive", "")


def test_a_feed_without_an_archive_is_as_it_was(client: FlaskClient, write: Session) -> None:
    for _ in range(2):
        published(write)
    write.commit()
    assert "prev-archive" not in client.get("/feed.atom").text
    assert client.get("/feed/archive/1.atom").status_code == 404


@pytest.mark.parametrize("query", ["", "?tag=%E9%9B%AA", "?lang=en"])
def test_who_walks_the_archive_gets_every_notice_once(client: FlaskClient, write: Session, query: str) -> None:
    events = [published(write, title=f"催し{number}", tags=["雪"] if number % 3 else []) for number in range(8)]
    publishing.cancel(write, events[1], "", actor=None, at=LATER)
    withdrawn = events.pop(4)
    publishing.withdraw(write, withdrawn, "", actor=None, at=LATER)
    write.commit()
    feed, *archive = [root for _, root in walk(client, f"{SITE}/feed.atom{query}")]
    assert len(archive) == 3
    kept = [guid for root in archive for guid in ids(root)]
    assert len(kept) == len(set(kept))
    titles = {entry.findtext(f"{ATOM}title") for root in (feed, *archive) for entry in root.findall(f"{ATOM}entry")}
    shown = [number for number in (0, 1, 2, 3, 5, 6, 7) if number % 3 or "tag" not in query]
    assert len(set(kept + ids(feed))) == len(shown) + 1, "and one cancellation"
    for number in shown:
        assert any(f"催し{number}" in str(title) for title in titles)
    for root in archive:
        assert root.find(ARCHIVE) is not None
        assert links(root)["current"] == f"{SITE}/feed.atom{query}"
        assert root.findtext(f"{ATOM}id") == feed.findtext(f"{ATOM}id")


def test_an_archive_document_stays_as_it_is(client: FlaskClient, write: Session) -> None:
    for number in range(7):
        published(write, title=f"催し{number}")
    write.commit()
    _, *before = [body for body, _ in walk(client, f"{SITE}/feed.atom")]
    for number in range(7, 10):
        published(write, title=f"催し{number}", at=LATER)
    write.commit()
    _, new, *after = [body for body, _ in walk(client, f"{SITE}/feed.atom")]
    assert after == before
    assert new not in before
