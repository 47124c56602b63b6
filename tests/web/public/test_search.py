"""Search as a citizen and a colleague use it: a box, results that say why they were found, ways to narrow down, its own feeds."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as events
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from calendar_app.listings.filters import in_order, known
from helpers.town import NOW, announce
from listings.search.test_find import PLAIN


@pytest.fixture
def town_of_three(write: Session, post: Any) -> None:
    post(
        write,
        translations={"en": {"title": "Kakunodate Cherry Blossom Festival"}},
        title_kana="かくのだてのさくらまつり",
    )
    post(write, **PLAIN, title="サクラ茶会", start="2027-04-20T10:00:00", end="2027-04-20T12:00:00", all_day=False)
    post(write, **PLAIN | {"tags": ["桜"]}, title="去年の会", start="2026-04-15T00:00:00", end="2026-04-16T00:00:00")
    announce(write, title="夜桜の駐車場", body="満車の日は<バス>で。" + "はなし。" * 40 + "さくら通りへどうぞ。")
    write.commit()


def search(client: FlaskClient, asked: str) -> Any:
    """As a browser does: another spelling of the same search leads to the one."""
    answer = client.get(f"/search?{asked}")
    return client.get(answer.headers["Location"]) if answer.status_code == 301 else answer


def names(page: str) -> list[str]:
    return [re.sub("<[^>]+>", "", name) for name in re.findall(r'class="name"[^>]*>(.*?)</a>', page)]


def test_coming_then_past_then_news_each_with_its_words_marked(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=桜").text
    assert names(page) == ["角館の桜まつり", "サクラ茶会", "去年の会", "夜桜の駐車場"]
    assert page.index('id="coming"') < page.index('id="past"') < page.index('id="news"')
    assert "角館の<mark>桜</mark>まつり" in page
    assert "4月15日（木）〜5月5日（水・祝）" in page
    assert 'name="robots" content="noindex"' in page


def test_words_are_marked_however_they_are_written_and_the_line_shows_them(
    client: FlaskClient, town_of_three: None
) -> None:
    page = search(client, "q=さくら").text
    assert "<mark>サクラ</mark>茶会" in page
    assert re.search(r'class="line">…[^<]*<mark>さくら</mark>通りへ', page)


def test_what_was_typed_is_never_markup(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page
    assert "&lt;バス&gt;" in search(client, "q=満車").text.replace("<mark>", "").replace("</mark>", "")


def test_kinds_and_facets_narrow_down_and_open_again(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=桜").text
    assert re.search(r'href="/search\?kind=announcement&amp;q=%E6%A1%9C">[^<]*<span class="number">1<', page)
    assert names(search(client, "q=桜&kind=announcement").text) == ["夜桜の駐車場"]
    narrowed = search(client, "q=桜&tag=仙北市").text
    assert names(narrowed) == ["角館の桜まつり"]
    assert 'href="/search?q=%E6%A1%9C" rel="nofollow" aria-current="true">#仙北市' in narrowed
    april = re.search(r'href="(/search\?[^"]*from=2027-04-01[^"]*)"[^>]*>2027年4月', page)
    assert april
    assert names(client.get(april[1].replace("&amp;", "&")).text) == ["角館の桜まつり", "サクラ茶会"]


def test_a_filter_alone_is_a_search_too(client: FlaskClient, town_of_three: None) -> None:
    assert "サクラ茶会" in names(search(client, "from=2027-04-01&to=2027-04-30").text)


def test_a_series_around_a_month_is_not_in_it(client: FlaskClient, write: Session, post: Any) -> None:
    post(write, start="2027-04-15T00:00:00", end="2027-04-15T00:00:00", rdates=["2027-06-15T00:00:00"])
    write.commit()
    for month, found in (("04", 1), ("05", 0), ("06", 1)):
        assert len(names(search(client, f"q=桜&from=2027-{month}-01&to=2027-{month}-30").text)) == found


def test_many_results_are_on_pages(client: FlaskClient, write: Session) -> None:
    for number in range(45):
        announce(write, title=f"知らせ{number:02}")
    write.commit()
    first, last = (search(client, f"q=知らせ{more}") for more in ("", "&page=3"))
    assert (len(names(first.text)), len(names(last.text))) == (20, 5)
    assert 'rel="next" href="/search?q=%E7%9F%A5%E3%82%89%E3%81%9B&amp;page=2"' in first.text
    assert 'rel="next"' not in last.text
    assert search(client, "q=知らせ&page=4").status_code == 404


def test_a_mistyped_word_is_put_right_and_said(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=kakunodatte&lang=en").text
    assert names(page) == ["Kakunodate Cherry Blossom Festival"]
    assert "Showing results for kakunodate." in page
    assert "/calendar.ics?q=kakunodate&amp;lang=en" in page


def test_nothing_found_helps_on_and_can_be_waited_for(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=火星人")
    assert page.status_code == 200
    assert 'href="/tags/%E6%A1%9C"' in page.text
    assert 'href="/calendar/"' in page.text
    assert "/calendar.ics?q=%E7%81%AB%E6%98%9F%E4%BA%BA" in page.text
    assert (
        'href="/search?q=%E6%A1%9C"' in search(client, "q=桜&department=toshokan").text
    )  # without the filter there is


@pytest.mark.parametrize(
    "address",
    ["/calendar.ics", "/feed.json", "/feed.atom", "/upcoming.json", "/events.csv", "/calendar/2027/04", "/subscribe"],
)
def test_words_are_a_filter_of_every_page_and_feed(client: FlaskClient, town_of_three: None, address: str) -> None:
    body = client.get(f"{address}?q=茶会").get_data(as_text=True).replace("\r\n ", "")
    assert ("サクラ茶会" in body, "角館の桜まつり" in body) == (True, False)
    empty = client.get(f"{address}?q=火星人")
    assert empty.status_code == 200
    assert "サクラ茶会" not in empty.get_data(as_text=True)
    assert client.get(f"{address}?q=-!").status_code == 404


def test_a_filter_says_its_words_and_leads_to_their_page(client: FlaskClient, town_of_three: None) -> None:
    feed = client.get(client.get("/feed.json?q=%E3%80%80桜 ﾏﾂﾘ").headers["Location"]).get_json()
    assert feed["title"].endswith("「桜 マツリ」を含む")
    assert feed["home_page_url"] == "https://calendar.example.jp/search?q=%E6%A1%9C+%E3%83%9E%E3%83%84%E3%83%AA"
    english = client.get("/feed.json?q=cherry&lang=en").get_json()
    assert english["title"].endswith("containing “cherry”")


def test_only_marks_are_no_search(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=%22*%22")
    assert page.status_code == 404
    assert "文字か数字" in page.text or "letter or number" in page.text
    assert search(client, "q=桜&tag=無い").status_code == 404
    assert search(client, "q=" + "&q=".join("あいうえお")).status_code == 404
    assert search(client, "").status_code == 200


def test_every_page_has_the_box(client: FlaskClient, town_of_three: None) -> None:
    for address in ("/", "/calendar/?lang=en", "/announcements/"):
        assert '<form class="find" role="search" action="/search' in client.get(address).text


def test_drafts_and_what_was_withdrawn_are_not_found(client: FlaskClient, write: Session, post: Any) -> None:
    publishing.create(write, "announcement", {"title": "秘密の知らせ", "department_id": 1}, actor=None, at=NOW)
    publishing.withdraw(write, post(write, title="秘密の会"), "", actor=None, at=NOW)
    write.commit()
    assert names(search(client, "q=秘密").text) == []


def test_the_desk_finds_drafts_by_any_word(desk: FlaskClient, write: Session, town_of_three: None) -> None:
    publishing.create(
        write, "announcement", {"title": "話の途中", "body": "桜の話", "department_id": 1}, actor=None, at=NOW
    )
    write.commit()
    assert "話の途中" in desk.get("/staff/entries?q=さくら 話").text
    page = desk.get("/staff/entries?q=桜 話").text
    assert "話の途中" in page
    assert "角館の桜まつり" not in page
    assert desk.get("/staff/entries?q=%22").status_code == 200


def test_however_it_is_typed_the_same_search_is_made_once(app: Flask, client: FlaskClient, town_of_three: None) -> None:
    first, *others = ("q=桜 まつり", "q=%E3%80%80桜%20%20まつり%20", "utm=1&q=桜+まつり+%2A", "q=桜%E3%80%80まつり")
    shown = search(client, first).text
    asked: list[str] = []
    events.listen(app.extensions["calendar_engine"], "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert {search(client, other).text for other in others} == {shown}
    assert asked == []
    assert {str(in_order("/search", known("/search", one))) for one in ("q=a++b", "q=+a+b+!&x=1", "q=a%0Ab")} == {
        "[('q', 'a b')]"
    }


def test_a_search_for_a_day_lists_that_day(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=4月20日 茶会").text
    assert names(page) == ["サクラ茶会"]
    assert 'href="/search?q=%224%E6%9C%8820%E6%97%A5+%E8%8C%B6%E4%BC%9A%22"' in page
    assert names(search(client, "q=4月21日 茶会").text) == []


def test_when_nothing_has_all_words_fewer_are_offered(client: FlaskClient, town_of_three: None) -> None:
    page = search(client, "q=茶会 火星人").text
    assert 'href="/search?q=%E8%8C%B6%E4%BC%9A">茶会&nbsp;<span class="number">1<' in page
