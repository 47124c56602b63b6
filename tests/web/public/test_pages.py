from collections.abc import Callable
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing, single_dates
from helpers.town import NOW, announce

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
    """What a browser would run that is no file of ours; data for search engines is not run."""
    own = [one for one in page.all("script") if str(one.get("src", "")).startswith("/static/")]
    return [one for one in page.all("script") if one != {"type": "application/ld+json"} and one not in own]


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


def test_months_far_away_are_not_for_search_engines(client: FlaskClient):
    assert {"name": "robots", "content": "noindex"} in get(client, "/calendar/2199/01").all("meta")
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
        alert = client.get(path).text.partition('role="alert"')[2].partition("</div>")[0]
        assert "大雨警報" in alert


def test_the_newest_headline_is_the_season_s_status_line(client: FlaskClient, write: Session, season: Event):
    for headline in ("咲き始め", "満開"):
        announce(write, title=f"開花情報 {headline}", headline=headline, about_id=season.id)
    write.commit()
    page = get(client, f"/events/{season.public_id}")
    assert "満開" in page.words["header"]
    assert "咲き始め" not in page.words["header"]
    assert "咲き始め" in page.words["main"]


def test_a_date_that_is_open_stands_in_a_group_of_its_own_and_never_on_a_day(
    client: FlaskClient, write: Session, post: Post
):
    post(
        write,
        title="春の集い",
        start="2027-03-21T00:00:00",
        end="2027-03-31T00:00:00",
        precision="part",
        certainty="planned",
    )
    write.commit()
    month = client.get("/calendar/2027/03").text
    table, _, below = month.partition("</table>")
    assert "春の集い" not in table
    assert "3月下旬（日程調整中）" in below
    day = get(client, "/calendar/2027/03/25")
    assert "この日の催しはありません" in day.words["main"]
    assert "春の集い" in day.words["section"]
    home = client.get("/").text
    assert "春の集い" in home.partition('id="next"')[2]
    assert "春の集い" not in home.partition('id="next"')[0]
    tagged = get(client, "/tags/桜")
    assert "3月下旬" in tagged.words["article"]
    assert "3月21日" not in tagged.words["h3"]


def test_a_time_that_has_passed_without_a_date_waits_for_none(client: FlaskClient, write: Session, post: Post) -> None:
    days = {"start": "2026-10-11T00:00:00", "end": "2026-10-31T00:00:00"}
    past = post(write, title="紅葉の集い", precision="part", certainty="planned", **days)
    days = {"start": "2027-10-11T00:00:00", "end": "2027-10-31T00:00:00"}
    coming = post(write, title="次の紅葉の集い", precision="part", certainty="planned", **days)
    write.commit()
    page = client.get(f"/events/{past.public_id}").text
    assert "2026年10月中旬〜下旬" in page
    assert "日程が決まらないまま" in page
    assert "日程調整中" not in page.partition("<main")[2].partition('id="related"')[0]
    assert "日程調整中" in client.get(f"/events/{coming.public_id}").text
    assert "日程調整中" not in client.get("/calendar/2026/10").text
    for event in (past, coming):  # no invented start: Google requires one
        assert "ld+json" not in client.get(f"/events/{event.public_id}").text


def test_only_what_is_still_to_come_is_added_to_a_calendar(client: FlaskClient, write: Session, post: Post) -> None:
    coming = post(write)
    past = post(write, start="2027-02-01T00:00:00", end="2027-02-02T00:00:00")
    off = post(write)
    publishing.cancel(write, off, "大雪", actor=None, at=NOW)
    later = post(write)
    publishing.postpone(write, later, "大雪", actor=None, at=NOW)
    write.commit()
    pages = {event: client.get(f"/events/{event.public_id}").text for event in (coming, past, off, later)}
    offered = [f'class="button" href="/events/{event.public_id}.ics"' in page for event, page in pages.items()]
    assert offered == [True, False, False, False]
    assert "この催しは中止になりました" in pages[off]
    assert 'href="https://calendar.example.jp/feed.rss"' in pages[off]
    assert "新しい日程は、このページ" in pages[later]


def test_the_old_date_of_a_postponed_event_is_struck(client: FlaskClient, write: Session, post: Post) -> None:
    event = post(write)
    publishing.postpone(write, event, "大雪", actor=None, at=NOW)
    write.commit()
    page = client.get(f"/events/{event.public_id}").text
    assert (
        page.count('<span class="unseen">延期前の日時：</span> <s>2027年4月15日') == 2
    )  # above the text, among the facts
    for path in ("/calendar/2027/04", "/tags/桜"):
        assert "延期前の日時：" in client.get(path).text


def test_every_place_of_a_season_has_its_newest_line_and_all_reports_stand_in_a_table(
    client: FlaskClient, write: Session, post: Post
):
    season = post(write, start="2027-02-20T00:00:00")
    for day, place, words in ((22, "桧木内川堤", "開花"), (25, "桧木内川堤", "満開"), (26, "武家屋敷通り", "咲き始め")):
        seen = f"2027-02-{day}T00:00:00"
        announce(write, title="開花情報", headline=words, place=place, about_id=season.id, seen_at=seen)
    announce(write, title="交通規制", about_id=season.id)
    write.commit()
    page = get(client, f"/events/{season.public_id}")
    assert "満開（桧木内川堤）" in page.words["header"]
    assert "咲き始め（武家屋敷通り）" in page.words["header"]
    assert "開花（" not in page.words["header"]
    rows = ["2/26(金) 武家屋敷通り 咲き始め", "2/25(木) 桧木内川堤 満開", "2/22(月) 桧木内川堤 開花"]
    assert " ".join(page.words["tbody"].split()) == " ".join(rows)
    assert "交通規制" in page.words["h3"]
    assert "開花情報" not in page.words["h3"]


def test_the_years_of_a_season_can_be_compared(client: FlaskClient, write: Session, post: Post):
    past = post(write, start="2026-04-15T00:00:00", end="2026-05-05T00:00:00")
    season = post(write, previous_id=past.id)
    for event, day in ((past, "2026-04-22"), (season, "2027-04-18"), (season, "2027-04-20")):
        announce(write, title="満開", headline="満開", about_id=event.id, seen_at=f"{day}T00:00:00")
    write.commit()
    page = get(client, f"/events/{season.public_id}")
    assert "満開 2027 4月18日（日） 2026 4月22日（水）" in " ".join(page.words["table"].split())
    assert f"/events/{past.public_id}" in [link["href"] for link in page.all("a")]
    assert f"/events/{season.public_id}" in [link["href"] for link in get(client, f"/events/{past.public_id}").all("a")]


def test_what_is_over_says_so_and_shows_no_line_as_if_it_held(client: FlaskClient, write: Session, post: Post):
    past = post(write, start="2026-04-15T00:00:00", end="2026-05-05T00:00:00")
    announce(write, title="満開", headline="満開", about_id=past.id)
    write.commit()
    page = get(client, f"/events/{past.public_id}")
    assert "終了しました" in page.words["header"]
    assert "満開" not in page.words["header"]


MARKET = {
    "title": "朝市",
    "start": "2027-02-23T08:00:00",
    "end": "2027-02-23T11:30:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20270630",
}


def test_a_series_says_its_rule_its_next_dates_and_what_is_left_out_and_why(
    client: FlaskClient, write: Session, post: Post
):
    series = post(write, **MARKET, skips=["holiday"], exdates=["2027-03-09T08:00:00"])
    first = datetime(2027, 3, 2, 8)
    moved = {"start": "2027-03-03T08:00:00", "end": "2027-03-03T11:30:00", "note": "会場の都合"}
    single_dates.change_date(write, series, first, moved, actor=None, at=NOW)
    write.commit()
    page = get(client, f"/events/{series.public_id}")
    assert "次回：2027年3月1日（月）" in page.words["header"].replace(" ", "")
    assert "祝日を除く" in page.words["dl"]
    assert "3月2日（火）から変更" in page.words["main"]
    assert "日時変更" in page.words["li"]
    assert "3月9日（火）は休み" in page.words["main"]
    assert "3月22日（月・振休）は春分の日 振替休日のため休み" in page.words["main"]
    assert page.all("details")


def test_the_decision_for_today_or_tomorrow_stands_on_top(client: FlaskClient, write: Session, post: Post):
    series = post(write, **MARKET)
    for day in (1, 2, 8):
        single_dates.decide(write, series, datetime(2027, 3, day, 8), "held", actor=None, at=NOW)
    write.commit()
    banners = get(client, f"/events/{series.public_id}").words["header"]
    assert banners.count("開催決定") == 2
    assert "明日" in banners
    assert "3月8日" not in banners


def test_no_date_of_a_cancelled_event_is_said_to_go_ahead(client: FlaskClient, write: Session, post: Post):
    series = post(write, **MARKET)
    single_dates.decide(write, series, datetime(2027, 3, 1, 8), "held", actor=None, at=NOW)
    publishing.cancel(write, series, "積雪のため", actor=None, at=NOW)
    write.commit()
    for path in ("/", "/calendar/2027/03", "/calendar/2027/03/01"):
        assert "開催決定" not in get(client, path).words["main"]
    assert "開催決定" not in get(client, f"/events/{series.public_id}").words["header"]


def test_the_two_parts_of_a_split_series_lead_to_each_other(client: FlaskClient, write: Session, post: Post):
    series = post(write, **MARKET)
    later = single_dates.split(write, series, datetime(2027, 5, 3, 8), {}, actor=None, at=NOW)
    write.commit()
    page = get(client, f"/events/{series.public_id}")
    assert "この先の日程は別のページへ" in page.words["header"]
    assert f"/events/{later.public_id}" in [link["href"] for link in page.all("a")]
    assert "これまでの日程" in get(client, f"/events/{later.public_id}").words["header"]


def test_changes_are_listed_newest_first_with_their_words_and_their_date(
    client: FlaskClient, write: Session, post: Post
):
    series = post(write, **MARKET)
    cancelled = {"status": "cancelled", "note": "大雪のため"}
    single_dates.change_date(write, series, datetime(2027, 3, 8, 8), cancelled, actor=None, at=NOW)
    publishing.save(write, series, {"fee_note": "実費"}, actor=None, at=NOW, note="料金を書き忘れていました。")
    write.commit()
    told = client.get(f"/events/{series.public_id}").text.partition("変更のお知らせ")[2]
    assert told.index("料金を書き忘れていました。") < told.index("大雪のため")
    assert told.index("2027年3月8日（月）") < told.index("大雪のため")


def test_parts_of_a_season_come_by_their_next_date_and_what_is_over_last(
    client: FlaskClient, write: Session, post: Post
):
    season = post(write, start="2027-02-15T00:00:00")
    dates = {"開会式": "2027-02-20", "ガイド": "2027-03-10", "ライトアップ": "2027-03-05"}
    for title, day in dates.items():
        post(write, title=title, start=f"{day}T10:00:00", end=f"{day}T12:00:00", all_day=False, parent_id=season.id)
    write.commit()
    told = get(client, f"/events/{season.public_id}").words["h3"]
    assert told.index("ライトアップ") < told.index("ガイド") < told.index("終了") < told.index("開会式")


def test_rain_its_reserve_date_and_when_it_is_decided_are_facts(client: FlaskClient, write: Session, post: Post):
    event = post(
        write,
        weather_rule="reserve",
        reserve_start="2027-04-22T10:00:00",
        decision="当日午前6時に決定",
        summary_easy="さくらを みます。",
    )
    write.commit()
    facts = get(client, f"/events/{event.public_id}").words
    for said in ("雨天順延", "2027年4月22日（木）午前10時", "当日午前6時に決定", "令和9年"):
        assert said in facts["dl"]
    assert "2027年 4月15日（木曜日）から" in facts["section"]


def test_deadlines_stand_on_their_day_in_their_month_and_beside_today(client: FlaskClient, write: Session, post: Post):
    post(write, title="そば打ち", apply_deadline=f"{NOW + timedelta(days=4):%Y-%m-%d}T17:00:00")
    write.commit()
    for path in ("/", "/calendar/2027/03", "/calendar/2027/03/05"):
        page = client.get(path).text
        assert "そば打ち" in page, path
        assert "3月5日（金）午後5時" in page, path
    assert "/archive/" in [link["href"] for link in get(client, "/calendar/2027/03").all("a")]


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


def test_a_single_date_that_was_moved_stands_where_it_is_now(client: FlaskClient, write: Session, post: Post):
    event = post(write, start="2027-03-20T10:00:00", end="2027-03-20T12:00:00", all_day=False)
    moved = {"start": "2027-03-27T10:00:00", "end": "2027-03-27T12:00:00"}
    single_dates.change_date(write, event, event.start, moved, actor=None, at=NOW)
    write.commit()
    page = get(client, f"/events/{event.public_id}")
    assert "2027年3月27日（土）午前10時" in page.words["header"]
    assert "3月20日（土）から変更" in page.words["dl"]
