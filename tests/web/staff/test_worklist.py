"""The desk's working list: found, narrowed down, counted, in order, in pages; and the same as a month."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import due, publishing
from calendar_app.staff import worklist
from helpers.staff_desk import NEW, publish, send, signed_in, value
from helpers.town import NOW, announce, person

LIST, MONTH = "/staff/entries", "/staff/entries?view=month&month=2027-04"
TIMED: dict[str, Any] = {"start": "2027-04-18T10:00:00", "end": "2027-04-18T12:00:00", "all_day": False}
Post = Callable[..., Event]


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]+)<', page)


@pytest.fixture
def town_of_five(desk: FlaskClient, write: Session, post: Post) -> None:
    """A season without photo, a past market, a draft of the library, a scheduled one, an announcement."""
    post(write)
    post(write, title="朝市", start="2027-02-07T08:00:00", end=None, all_day=False, venue_id=None, tags=["市"])
    values = TIMED | {"title": "読書会", "timezone": "Asia/Tokyo", "department_id": 2, "category_id": 1}
    publishing.create(write, "event", values, actor=None, at=NOW)
    soon = publishing.create(
        write,
        "event",
        TIMED
        | {"title": "春の市", "timezone": "Asia/Tokyo", "department_id": 1, "precision": "month", "all_day": True}
        | {"start": "2027-04-01T00:00:00", "end": "2027-04-30T00:00:00"},
        actor=None,
        at=NOW,
    )
    publishing.schedule(write, soon, NOW.replace(month=4), actor=None, at=NOW)
    announce(write, title="窓口の休み")
    write.commit()


@pytest.mark.usefixtures("town_of_five")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["窓口の休み", "春の市", "読書会", "朝市", "角館の桜まつり"]),
        ("sort=date", ["春の市", "角館の桜まつり", "読書会", "朝市", "窓口の休み"]),
        ("state=draft", ["読書会"]),
        ("kind=announcement", ["窓口の休み"]),
        ("department=toshokan", ["読書会"]),
        ("category=festival", ["読書会"]),
        ("tag=市", ["朝市"]),
        ("venue=1", ["角館の桜まつり"]),
        ("whose=department&state=scheduled", ["春の市"]),
        ("only=upcoming&kind=event&state=published", ["角館の桜まつり"]),
        ("only=ended", ["朝市"]),
        ("only=venue", ["春の市", "読書会", "朝市"]),
        ("only=date", ["春の市"]),
        ("only=photo&only=ended", ["朝市"]),
        ("from=2027-04-18&to=2027-04-18&state=published", ["角館の桜まつり"]),
        ("q=読書", ["読書会"]),
        ("state=unknown&only=unknown&page=99", ["窓口の休み", "春の市", "読書会", "朝市", "角館の桜まつり"]),
    ],
)
def test_the_list_is_narrowed_down_and_put_in_order(desk: FlaskClient, query: str, found: list[str]) -> None:
    assert titles(desk.get(f"{LIST}?{query}").text) == found


def test_mine_is_what_i_wrote_or_was_given(desk: FlaskClient, write: Session, post: Post) -> None:
    post(write, title="よその催し")
    write.commit()
    publish(desk)
    assert titles(desk.get(f"{LIST}?whose=me").text) == ["角館の桜まつり"]


def test_a_row_says_who_changed_it_last_and_when_it_is_next(desk: FlaskClient, write: Session, post: Post) -> None:
    post(write, **TIMED, title="朝市", rule="FREQ=WEEKLY;COUNT=4", tags=["市"])
    write.commit()
    page = desk.get(LIST).text
    assert all(words in page for words in ("2027年4月18日", "ほか3回", "#市", "観光課", "桧木内川堤"))
    publish(desk)
    assert "桜田 花子" in desk.get(LIST).text


@pytest.mark.usefixtures("town_of_five")
def test_each_state_has_its_number_and_a_page_its_own_address(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = desk.get(f"{LIST}?kind=event").text
    counted = re.findall(r'href="([^"]*)"[^>]*>[^<]+<b>(\d+)</b>', page)
    assert [int(number) for _, number in counted] == [4, 1, 1, 2]
    assert "state=published&amp;kind=event" in counted[3][0]
    for module in (worklist, __import__("calendar_app.web.staff.worklist", fromlist=["PAGE"])):
        monkeypatch.setattr(module, "PAGE", 2)
    seen = [title for number in (1, 2, 3) for title in titles(desk.get(f"{LIST}?page={number}").text)]
    assert seen == ["窓口の休み", "春の市", "読書会", "朝市", "角館の桜まつり"]
    assert 'rel="next" href="/staff/entries?page=3"' in desk.get(f"{LIST}?page=2").text


@pytest.mark.usefixtures("town_of_five")
def test_an_empty_list_says_which_filter_to_leave_out(desk: FlaskClient) -> None:
    page = desk.get(f"{LIST}?q=読書&state=published").text
    links = re.findall(r'<a class="button second" href="/staff/entries\?([^"]*)"', page)
    assert links == ["state=published", "q=%E8%AA%AD%E6%9B%B8"]  # two are public, one has the word
    assert 'href="/staff/entries?venue=77"' in desk.get(f"{LIST}?tag=無い&venue=77").text
    assert desk.get(f"{LIST}?from=gestern").status_code == 404


def test_a_desk_without_any_entry_says_how_to_begin(desk: FlaskClient) -> None:
    page = desk.get(LIST).text
    assert 'class="panel nothing"' in page
    assert page.count('href="/staff/events/new"') >= 2
    for path in ("/staff/news", "/staff/clashes", "/staff/sources", "/staff/freshness/photo", "/staff/"):
        assert 'class="panel nothing"' in desk.get(path).text, path
    assert 'class="panel nothing"' in desk.get("/staff/bulk?first=2027-04-01&last=2027-04-02").text


@pytest.mark.usefixtures("town_of_five")
def test_the_month_shows_drafts_and_what_is_cancelled_in_words(desk: FlaskClient, write: Session, post: Post) -> None:
    publishing.cancel(write, post(write, **TIMED, title="講演会"), "雪", actor=None, at=NOW)
    publishing.withdraw(write, post(write, **TIMED, title="まちがい"), "", actor=None, at=NOW)
    write.commit()
    page = desk.get(MONTH).text
    slot = re.search(r'<a class="slot off"[^>]*>.*?</a>', page, re.DOTALL)
    assert slot
    assert "中止" in slot[0]
    assert "講演会" in slot[0]
    quiet = re.search(r'<a class="slot quiet"[^>]*>.*?</a>', page, re.DOTALL)
    assert quiet
    assert "下書き" in quiet[0]
    assert "まちがい" not in page
    assert "春の市" in page.split("</table>")[1]  # in the group of what has no day
    assert "まちがい" in desk.get(f"{MONTH}&state=withdrawn").text
    assert "講演会" not in desk.get(f"{MONTH}&department=toshokan").text


def test_an_empty_day_begins_an_event_on_that_day(desk: FlaskClient) -> None:
    page = desk.get(MONTH).text
    assert f"{NEW}?date=2027-04-18" in page
    assert value(desk.get(f"{NEW}?date=2027-04-18").text, "start_date") == "2027-04-18"
    assert desk.get(f"{LIST}?view=month&month=2027-13").status_code == 404
    assert desk.get(f"{LIST}?view=month&month=9999-12").status_code == 404


def test_the_head_of_the_desk_reaches_everything_and_marks_where_one_is(desk: FlaskClient) -> None:
    page = desk.get("/staff/venues").text
    head = page[page.index("<header") : page.index("</header>")]
    reached = set(re.findall(r'href="([^"]+)"', head))
    wanted = (
        "entries",
        "events/new",
        "venues",
        "departments",
        "tags",
        "people",
        "freshness",
        "sources",
        "import",
        "news",
    )
    assert {f"/staff/{one}" for one in wanted} | {"/", "/staff/"} <= reached
    assert re.findall(r'href="([^"]+)"\s+aria-current="page"', head) == ["/staff/venues"]


def test_a_scheduled_entry_goes_back_to_draft_and_nobody_outside_is_told(
    desk: FlaskClient, client: FlaskClient, town: Session
) -> None:
    public_id = publish(desk, action="schedule", publish_date="2027-03-20", publish_time="09:00")
    page, before = f"/staff/entries/{public_id}", client.get("/feed.atom").headers["ETag"]
    assert f'action="{page}/unschedule"' in desk.get(page).text
    assert send(desk, f"{page}/unschedule", {}, page=page).status_code == 303
    assert titles(desk.get(f"{LIST}?state=draft").text) == ["角館の桜まつり"]
    assert client.get("/feed.atom").headers["ETag"] == before
    due.run(town, at=NOW.replace(month=5))
    assert client.get(f"/events/{public_id}").status_code == 404
    town.rollback()
    act = re.search(r'action="(/staff/bulk/[^"]+/undo)"', desk.get(page).text)
    assert act
    send(desk, act[1], {"back": f"entry/{public_id}"}, page=page)
    assert titles(desk.get(f"{LIST}?state=scheduled").text) == ["角館の桜まつり"]


def test_others_entries_have_no_edit_link(app: Flask, desk: FlaskClient, write: Session) -> None:
    publish(desk)
    person(write, "library@example.jp", department=2)
    write.commit()
    assert "data-edit" in desk.get(LIST).text
    assert "data-edit" not in signed_in(app, "library@example.jp").get(LIST).text


@pytest.mark.usefixtures("town_of_five")
def test_a_cell_without_text_is_empty(desk: FlaskClient) -> None:
    """The stylesheet leaves out cells that are `:empty`; one with white space would take a line on a phone."""
    assert re.search(r"<td></td>", desk.get("/staff/entries").text)
    assert not re.search(r"<td>\s+</td>", desk.get("/staff/entries").text)
