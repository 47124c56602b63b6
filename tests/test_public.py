from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from conftest import NOW, announce
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from calendar_app import publishing
from calendar_app.models import Event

Post = Callable[..., Event]
VOID = {"meta", "link", "img", "br", "source", "input", "hr"}


class Page(HTMLParser):
    """A page as parsed: its tags must close in order; keeps the elements' attributes and the text of some."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.words[tag] = self.words.get(tag, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def get(client: FlaskClient, path: str, status: int = 200) -> Page:
    answer = client.get(path)
    assert answer.status_code == status, path
    return Page(answer.text)


@pytest.fixture
def season(write: Session, post: Post) -> Event:
    event = post(write)
    write.commit()
    return event


def scripts(page: Any) -> list[Any]:
    """What a browser would run; data for search engines is not."""
    return [one for one in page.all("script") if one != {"type": "application/ld+json"}]


def test_every_page_is_whole_html_with_a_title_a_language_and_one_first_heading(
    client: FlaskClient, write: Session, season: Event
):
    news = announce(write, title="桜が満開です", headline="満開", about_id=season.id)
    write.commit()
    paths = ["/", "/calendar/", "/calendar/2027/04", "/calendar/2027/04/20", f"/events/{season.public_id}"]
    paths += [f"/announcements/{news.public_id}", "/announcements/", "/subscribe", "/tags/桜", "/departments/kanko"]
    for path in paths:
        page = get(client, path)
        assert len(page.all("h1")) == 1, path
        assert page.all("html") == [{"lang": "ja"}]
        assert page.words["title"].strip()
        assert not [element for element in page.found if "style" in element[1] or element[0] == "style"]
        assert not scripts(page), path
        identities = [attributes["id"] for _, attributes in page.found if "id" in attributes]
        assert len(identities) == len(set(identities)), path
        assert get(client, f"{path}?lang=en").all("html") == [{"lang": "en"}]


def test_a_cancelled_event_stays_everywhere_and_says_so_in_words(client: FlaskClient, write: Session, season: Event):
    publishing.cancel(write, season, "強風のため", actor=None, at=NOW)
    write.commit()
    page = get(client, f"/events/{season.public_id}")
    assert page.words["title"].startswith("【中止】")
    assert "中止" in page.words["main"]
    assert "強風のため" in page.words["main"]
    assert "中止" in get(client, "/calendar/2027/04").words["table"]
    assert "中止" in get(client, "/calendar/2027/04/20").words["article"]
    assert "Cancelled" in get(client, "/calendar/2027/04/20?lang=en").words["article"]


def test_withdrawn_answers_410_and_says_so(client: FlaskClient, write: Session, season: Event):
    publishing.withdraw(write, season, "まちがい", actor=None, at=NOW)
    write.commit()
    assert "取り下げ" in get(client, f"/events/{season.public_id}", 410).words["h1"]


def test_a_draft_is_not_there(client: FlaskClient, write: Session, season: Event):
    values = {"title": "下書き", "start": "2027-04-16T10:00:00", "department_id": 1}
    draft = publishing.create(write, "event", values, actor=None, at=NOW)
    write.commit()
    get(client, f"/events/{draft.public_id}", 404)
    assert "下書き" not in client.get("/calendar/2027/04").text


@pytest.mark.parametrize(
    "path", ["/calendar/2027/04/31", "/calendar/2027/13", "/calendar/0000/01", "/calendar/9999/12"]
)
def test_a_day_that_does_not_exist_is_404(client: FlaskClient, path: str):
    get(client, path, 404)


def test_the_month_shows_a_long_event_as_one_band_in_each_week(client: FlaskClient, season: Event):
    page = get(client, "/calendar/2027/04")
    bands = [cell for cell in page.all("td") if cell.get("class") == "has-band"]
    assert [cell["colspan"] for cell in bands] == ["3", "7", "7"]
    assert sum("row" in (one.get("class") or "") for one in page.all("article")) == 1


def test_months_far_away_are_not_for_search_engines(client: FlaskClient):
    assert {"name": "robots", "content": "noindex"} in get(client, "/calendar/2200/01").all("meta")
    assert {"name": "robots", "content": "noindex"} not in get(client, "/calendar/").all("meta")


def test_pages_link_the_feeds_of_what_they_show(client: FlaskClient, season: Event):
    links = [link["href"] for link in get(client, "/tags/桜").all("link") if link.get("rel") == "alternate"]
    site = "https://calendar.example.jp"
    for path in ("/feed.rss", "/feed.atom", "/feed.json", "/calendar.ics"):
        assert f"{site}{path}?tag=%E6%A1%9C" in links
        assert client.get(f"{path}?tag=桜").status_code == 200
    hrefs = [link["href"] for link in get(client, "/departments/kanko").all("a")]
    assert "webcal://calendar.example.jp/calendar.ics?department=kanko" in hrefs


def test_one_page_has_one_canonical_address_and_names_its_other_language(client: FlaskClient, season: Event):
    links = get(client, "/calendar/2027/04?tag=桜&utm=1&lang=en").all("link")
    address = "https://calendar.example.jp/calendar/2027/04?tag=%E6%A1%9C"
    assert {"rel": "canonical", "href": f"{address}&lang=en"} in links
    assert {"rel": "alternate", "hreflang": "ja", "href": address} in links


def test_turning_the_month_keeps_the_filter(client: FlaskClient, season: Event):
    hrefs = [link["href"] for link in get(client, "/calendar/2027/04?tag=桜").all("a")]
    assert "/calendar/2027/05?tag=%E6%A1%9C" in hrefs


def test_an_english_page_says_what_is_translated_in_english(client: FlaskClient, write: Session, post: Post):
    event = post(write, translations={"en": {"title": "Cherry Blossom Festival"}})
    write.commit()
    page = get(client, f"/events/{event.public_id}?lang=en")
    assert page.words["h1"] == "Cherry Blossom Festival"
    assert "Hinokinai River bank" in page.words["main"]
    assert "Thu 15 Apr" in page.words["main"]
    assert "Tourism" in page.words["main"]


def test_hostile_words_are_only_words(client: FlaskClient, write: Session, post: Post):
    hostile = '"><script>alert(1)</script><b>'
    event = post(write, title=hostile, fee_note=hostile, organizer=hostile, tags=["桜"], reason=hostile)
    write.commit()
    for path in ("/", "/calendar/2027/04", "/calendar/2027/04/20", f"/events/{event.public_id}", "/tags/桜"):
        assert not scripts(get(client, path))


def test_an_emergency_stands_on_top_of_every_page(client: FlaskClient, write: Session):
    announce(write, title="大雨警報", importance="emergency")
    write.commit()
    for path in ("/", "/calendar/", "/subscribe"):
        assert "大雨警報" in get(client, path).words["article"]


def test_the_newest_headline_is_the_season_s_status_line(client: FlaskClient, write: Session, season: Event):
    for headline in ("咲き始め", "満開"):
        announce(write, title=f"開花情報 {headline}", headline=headline, about_id=season.id)
    write.commit()
    page = get(client, f"/events/{season.public_id}")
    assert "満開" in page.words["header"]
    assert "咲き始め" not in page.words["header"]
    assert "咲き始め" in page.words["main"]


def test_an_empty_city_is_told_what_comes_here(client: FlaskClient):
    assert "まだ公開されたものはありません" in get(client, "/").words["main"]
    assert "この月の催しはありません" in get(client, "/calendar/").words["main"]


def test_what_does_not_exist_is_404_and_helps(client: FlaskClient):
    for path in ("/nothing", "/tags/nothing", "/departments/nothing", "/calendar/?tag=nothing", "/events/nothing"):
        assert [link for link in get(client, path, 404).all("a") if link["href"] == "/calendar/"]


def test_the_error_page_asks_nothing_of_a_database_that_has_failed(client: FlaskClient, write: Session):
    write.execute(text("DROP TABLE occurrence"))
    write.commit()
    assert get(client, "/", 503).words["h1"] == "まもなく再開します"
