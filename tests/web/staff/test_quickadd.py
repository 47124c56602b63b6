"""One line on the desk: it fills what is empty, keeps what was typed, asks about the rest, and says what it understood."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Venue
from helpers.services import browser
from helpers.serving import installation
from helpers.staff_desk import NEW, entry, errors, send, signed_in, value
from helpers.town import person

LINE = "4/20〜5/5 角館の桜まつり 桧木内川堤 #桜 #仙北市"


@pytest.fixture
def desk(app: Flask, write: Session) -> FlaskClient:
    person(write)
    write.commit()
    return signed_in(app, "staff@example.jp")


def fill(client: FlaskClient, line: str, **more: str) -> str:
    answer = send(client, NEW, {"quick": line, "action": "quick", "department_id": "1"} | more)
    assert answer.status_code == 200
    return str(answer.text)


def chosen(page: str, name: str) -> str:
    found = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    assert found
    picked = re.search(r'<option selected value="([^"]*)"', found[0])
    return picked[1] if picked else ""


def told(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page.split('class="said"')[1].split("</section>")[0])


def test_a_line_fills_the_form_and_is_said_back(desk: FlaskClient) -> None:
    page = fill(desk, LINE)
    assert value(page, "title") == "角館の桜まつり"
    assert value(page, "start_date") == "2027-04-20"
    assert value(page, "end_date") == "2027-05-05"
    assert value(page, "tags") == "#桜 #仙北市"
    assert chosen(page, "venue_id") == "1"
    assert value(page, "quick") == LINE
    assert "2027年4月20日（火）〜5月5日（水・祝）" in told(page)
    assert not errors(page)


def test_the_filled_form_can_be_published_as_it_is(desk: FlaskClient, write: Session) -> None:
    page = fill(desk, "5/8(土) 13時〜15時 朝市 #朝市")
    typed = {name: value(page, name) for name in ("title", "start_date", "start_time", "end_time", "tags", "key")}
    answer = send(desk, NEW, typed | {"department_id": "1", "action": "publish", "venue_id": ""})
    assert answer.status_code == 303
    made = entry(write, answer.headers["Location"].rsplit("/", 1)[1])
    assert (f"{made.start:%m-%d %H:%M}", f"{made.end:%H:%M}", made.title) == ("05-08 13:00", "15:00", "朝市")


def test_what_was_typed_stays_and_the_line_asks(desk: FlaskClient) -> None:
    page = fill(desk, LINE, title="春まつり", start_date="4/18", summary="屋台が並びます。")
    assert value(page, "title") == "春まつり"
    assert value(page, "start_date") == "4/18"
    assert value(page, "end_date") == ""
    assert value(page, "summary") == "屋台が並びます。"
    assert 'name="quick_over" value="start_date"' in page
    assert re.search(r"春まつり\s*→\s*角館の桜まつり", page)


def test_what_is_ticked_gives_way(desk: FlaskClient) -> None:
    page = fill(desk, LINE, title="春まつり", start_date="4/18", quick_over="start_date")
    assert value(page, "title") == "春まつり"
    assert (value(page, "start_date"), value(page, "end_date")) == ("2027-04-20", "2027-05-05")


def test_a_corrected_line_replaces_what_the_line_gave(desk: FlaskClient) -> None:
    page = fill(desk, LINE)
    names = ("title", "start_date", "end_date", "tags", "quick_gave")
    again = {name: value(page, name) for name in names} | {"venue_id": "1", "all_day": "y", "title": "桜まつり"}
    page = fill(desk, "4/22 角館の桜まつり 桧木内川堤", **again)
    assert (value(page, "start_date"), value(page, "end_date")) == ("2027-04-22", "")
    assert value(page, "tags") == ""
    assert value(page, "title") == "桜まつり"


def test_what_was_emptied_by_hand_is_not_filled_again(desk: FlaskClient) -> None:
    page = fill(desk, "4/22 講座 500円")
    assert value(page, "fee") == "500"
    again = {name: value(page, name) for name in ("title", "start_date", "quick_gave")}
    assert value(fill(desk, "4/22 講座 500円", fee="", **again), "fee") == ""


def test_doubts_are_warnings_and_the_doubtful_field_gets_the_focus(desk: FlaskClient) -> None:
    page = fill(desk, "4月20日(水) 3時から おはなし会")
    warned = page.split('class="warn"')[1]
    assert "2027年4月20日は水曜日ではなく火曜日です" in warned
    assert "午前か午後かを確かめてください" in warned
    assert re.search(r'<input[^>]*autofocus[^>]*name="start_date"', page)


def test_what_is_missing_gets_the_focus_first(desk: FlaskClient) -> None:
    assert re.search(r'<input[^>]*autofocus[^>]*name="title"', fill(desk, "4月20日(水)"))
    assert re.search(r'<input[^>]*autofocus[^>]*name="start_date"', fill(desk, "おはなし会 3時"))


def test_what_is_not_understood_is_shown_and_kept(desk: FlaskClient) -> None:
    page = fill(desk, "4/22 おはなし会\nスリッパをお持ちください。")
    assert "スリッパをお持ちください。" in page.split('class="left"')[1].split("</p>")[0]
    assert value(page, "summary") == "スリッパをお持ちください。"


def test_the_box_on_the_desk_leads_to_the_filled_form(desk: FlaskClient) -> None:
    shown = desk.get("/staff/").text
    assert 'name="quick"' in shown
    assert 'action="/staff/events/new"' in shown
    answer = send(desk, NEW, {"quick": LINE, "action": "quick"}, page="/staff/")
    assert value(answer.text, "title") == "角館の桜まつり"
    assert chosen(answer.text, "department_id") == "1"
    assert value(answer.text, "key")


def test_the_preview_says_what_is_understood(desk: FlaskClient) -> None:
    got = send(desk, "/staff/quick", {"quick": "明日10時〜正午 おはなし会\nぜひどうぞ。"}, page=NEW).get_json()
    assert [row[1:] for row in got["understood"]][:2] == [
        ["2027年3月2日（火） 午前10時〜正午", "明日"],
        ["おはなし会", ""],
    ]
    assert got["left"] == "ぜひどうぞ。"
    assert got["doubts"] == []


@pytest.mark.parametrize("typed", ["ｶﾀｸﾘ館", "かたくり館", "カタクリ 館"])
def test_a_place_in_half_width_or_other_kana_is_the_known_one(desk: FlaskClient, write: Session, typed: str) -> None:
    write.add(venue := Venue(name="カタクリ館"))
    write.commit()
    assert chosen(fill(desk, f"4/22 観察会 場所：{typed}"), "venue_id") == str(venue.id)


@pytest.mark.parametrize("gave", ["[]", "{", '{"title": 3}', '{"title": ["<b>"]}', "null"])
def test_a_mangled_memory_of_the_line_does_no_harm(desk: FlaskClient, gave: str) -> None:
    assert value(fill(desk, LINE, quick_gave=gave), "start_date") == "2027-04-20"


def test_markup_in_a_line_is_text(desk: FlaskClient) -> None:
    page = fill(desk, "4/22 <script>alert(1)</script> 場所：<b>館</b>")
    assert "<script>alert" not in page
    assert "<b>館" not in page


def test_on_a_phone_it_is_said_while_typing_and_filled_with_one_press(
    sqlite_url: str, write: Session, tmp_path: Path
) -> None:
    person(write)
    write.commit()
    complaints: list[str] = []
    with (
        installation(tmp_path / "instance", CALENDAR_DATABASE_URL=sqlite_url) as url,
        browser() as chromium,
    ):
        page = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP").new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{url}/staff/")
        page.fill("#email", "staff@example.jp")
        page.fill("#password", "correct horse battery")
        page.click("main button")
        page.wait_for_url(f"{url}/staff/")
        page.fill("#quick", "2099年4月20日〜5月5日 角館の桜まつり 桧木内川堤 雨天順延")
        page.wait_for_selector(".said dl")
        assert page.get_attribute(".said", "aria-live") == "polite"
        assert "2099年4月20日（月）〜5月5日（火・祝）" in page.inner_text(".said")
        page.click("button[value=quick]")
        page.wait_for_url("**/staff/events/new**")
        assert page.input_value("[name=title]") == "角館の桜まつり"
        assert page.evaluate("document.activeElement.id") == "quick-said"
        page.fill("#quick", "2099年4月20日（水） 角館の桜まつり")
        page.wait_for_selector(".said .warn")
        page.click("button[value=quick]")
        page.wait_for_selector("#start_date[autofocus]")
        assert page.evaluate("document.activeElement.id") == "start_date"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []


PROGRAMME = """公民館の催し
4/17（土）10時 絵手紙教室
4/24（土）13時 歌声喫茶
会場は桧木内川堤です"""


def test_a_programme_is_a_list_to_tick_and_what_is_ticked_becomes_unfinished_entries(desk: FlaskClient) -> None:
    page = fill(desk, PROGRAMME)
    ticks = re.findall(r'name="quick_take" value="(\d)" checked> ([^\n]+)', page)
    assert ticks == [("0", "絵手紙教室"), ("1", "歌声喫茶")]
    assert not value(page, "title")
    assert not errors(page)
    answer = send(desk, "/staff/quick/many", {"quick": PROGRAMME, "quick_take": "1"})
    assert answer.status_code == 303
    listed = desk.get(answer.headers["Location"]).text
    assert "歌声喫茶" in listed
    assert "絵手紙教室" not in listed
    draft = re.search(r'href="([^"]*draft=[^"]*)"', listed)
    assert draft
    opened = desk.get(draft[1].replace("&amp;", "&")).text
    assert (value(opened, "start_date"), value(opened, "start_time")) == ("2027-04-24", "13:00")
