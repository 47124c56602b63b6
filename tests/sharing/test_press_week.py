"""The week for newspapers: what stands in it, where, and how it is taken away."""

import email
import email.policy
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from calendar_app.listings.filters import read_filter
from calendar_app.sharing import press_week
from helpers.town import NOW, announce

TODAY = date(2027, 3, 1)  # a Monday; the coming week is 8 to 14 March
TALK = {"start": "2027-03-10T13:30:00", "end": "2027-03-10T15:00:00", "all_day": False, "summary": "話を聞きます。"}


@pytest.fixture
def town_week(write: Session, post: Any) -> None:
    post(write, **TALK, title="講演会", facilities={"signing": True, "wheelchair": True})
    post(
        write,
        **TALK | {"start": "2027-03-09T10:00:00", "end": "2027-03-09T11:00:00"},
        title="体操",
        rule="FREQ=DAILY;COUNT=3",
    )
    post(write, title="雪まつり", start="2027-03-01T00:00:00", end="2027-03-31T00:00:00")
    post(write, **TALK | {"start": "2027-03-20T13:30:00", "end": "2027-03-20T15:00:00"}, title="次の週", category_id=1)
    off = post(
        write,
        **TALK | {"start": "2027-03-13T13:30:00", "end": "2027-03-13T15:00:00"},
        title="歩く会",
        department_id=2,
        category_id=1,
    )
    publishing.cancel(write, off, "雨のため", actor=None, at=NOW)
    wrong = announce(write, title="休館のお知らせ", body="3月14日は休みます。")
    announce(write, title="休館のお知らせ", body="3月15日は休みます。", supersedes_id=wrong.id)
    write.commit()


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, "2027-03-08", "2027-03-14"),
        ({"from": ["2027-03-20"]}, "2027-03-20", "2027-03-26"),
        ({"to": ["2027-03-20"]}, "2027-03-14", "2027-03-20"),
        ({"from": ["2027-03-20"], "to": ["2027-03-21"]}, "2027-03-20", "2027-03-21"),
        ({"from": ["2027-03-20"], "to": ["2027-03-01"]}, "2027-03-20", "2027-03-20"),
        ({"from": ["2027-01-01"], "to": ["2029-01-01"]}, "2027-01-01", "2027-04-03"),
    ],
)
def test_which_days(query: dict[str, list[str]], first: str, last: str) -> None:
    begin, end = press_week.wanted_days(read_filter(query), TODAY)
    assert begin.isoformat() == first
    assert end.isoformat() == max(first, last)


def test_the_coming_week_as_text(client: FlaskClient, town_week: None) -> None:
    answer = client.get("/press.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.data.count(b"\r\n") == answer.data.count(b"\n") > 10
    head, *sections = answer.data.decode().replace("\r\n", "\n").strip().split("\n\n")
    assert head.split("\n")[1] == "2027年3月8日(月)〜14日(日) (3月1日(月)現在)"
    assert [one.split("\n")[0] for one in sections] == [
        "【期間中】",
        "【3月9日(火)】",
        "【3月10日(水)】",
        "【3月13日(土)】",
        "【お知らせ】",
    ]
    assert (
        sections[1]
        .split("\n")[1]
        .startswith("体操　3月9日(火)午前10時〜午前11時、ほか3月10日(水)・3月11日(木)、桧木内川堤。")
    )
    assert sections[2].split("\n")[1:] == [
        "講演会　3月10日(水)午後1時30分〜午後3時、桧木内川堤。話を聞きます。手話通訳あり。問 観光課(0187-00-0000)"
    ]
    assert sections[3].split("\n")[1].startswith("【中止】歩く会　3月13日(土)")
    assert "雨のため" in sections[3]
    assert "休館のお知らせ　3月15日は休みます。" in sections[4]
    assert "3月14日は休みます" not in sections[4]


def test_a_single_date_off_is_not_the_date_that_is_printed(client: FlaskClient, write: Session, post: Any) -> None:
    off = [{"original": "2027-03-09T10:00:00", "status": "cancelled", "note": "講師の都合"}]
    start = {"start": "2027-03-09T10:00:00", "end": "2027-03-09T11:00:00", "all_day": False, "overrides": off}
    post(write, **start, title="体操", rule="FREQ=DAILY;COUNT=3")
    write.commit()
    assert "体操　3月10日(水)午前10時〜午前11時、ほか3月11日(木)、" in client.get("/press.txt").text
    alone = client.get("/press.txt?from=2027-03-09&to=2027-03-09").text
    assert "【中止】体操　3月9日(火)" in alone
    assert "講師の都合。" in alone


def test_filters_orders_and_widths(client: FlaskClient, town_week: None) -> None:
    one = client.get("/press.txt?department=toshokan").text
    assert "歩く会" in one
    assert "講演会" not in one
    assert "学習資料館(0187-00-0000)" in one.split("\r\n\r\n")[0]
    kinds = client.get("/press.txt?by=category").text
    assert kinds.index("【催事・観光】") < kinds.index("歩く会") < kinds.index("【その他】") < kinds.index("講演会")
    lines = client.get("/press.txt?width=15").text.split("\r\n")
    wide = [sum(0.5 if letter.isascii() else 1 for letter in line) for line in lines if "http" not in line]
    assert 14 <= max(wide) <= 15
    for wrong in ("by=moon", "width=7", "width=400", "from=2000-01-01", "department=moon"):
        assert client.get(f"/press?{wrong}").status_code == 404, wrong


def test_lines_keep_words_whole_and_begin_with_no_stop() -> None:
    assert press_week.wrap_line("10時から始まります。", 9) == ["10時から始まりま", "す。"]
    assert press_week.wrap_line("", 9) == [""]


def test_the_page_counts_and_leads_on(client: FlaskClient, town_week: None) -> None:
    page = client.get("/press").text
    assert "講演会　3月10日(水)" in page
    assert "from=2027-03-15&amp;to=2027-03-21" in page
    assert "次の週" in client.get("/press?from=2027-03-15&to=2027-03-21").text
    assert client.get("/press?lang=en").text.count("講演会. Wed 10 Mar, 13:30–15:00.") == 1


def test_it_changes_with_every_change(client: FlaskClient, write: Session, town_week: None, post: Any) -> None:
    assert "急な会" not in client.get("/press.txt").text
    post(write, **TALK, title="急な会")
    write.commit()
    assert "急な会" in client.get("/press.txt").text


def test_a_colleague_sends_it(desk: FlaskClient, town_week: None) -> None:
    page = desk.get("/staff/press").text
    assert "講演会" in page
    assert "歩く会" in page
    assert "歩く会" not in desk.get("/staff/press?department=kanko").text
    assert "mailto:?subject=" in unquote(page)
    message = email.message_from_bytes(desk.get("/staff/press.eml").data, policy=email.policy.default)
    assert message["X-Unsent"] == "1"
    assert "2027年3月8日(月)" in message["Subject"]
    assert "講演会　3月10日(水)午後1時30分〜午後3時" in message.get_content()


def test_nothing_planned_is_said(client: FlaskClient) -> None:
    assert "この期間の催しはありません。" in client.get("/press.txt").text
