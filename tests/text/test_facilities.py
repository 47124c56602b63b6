"""What people must know to be able to come: of the place, of the occasion, in every form that an event has."""

import csv
import io
import json
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from calendar_app.dates import next_edition
from calendar_app.db.models import Event, Venue
from calendar_app.entries import publishing, revisions
from calendar_app.importing import ImportContext, detect
from calendar_app.quickadd import parse_text
from calendar_app.staff import undo
from calendar_app.text import facilities, facility_parser
from helpers.staff_desk import NEW, TYPED, entry, publish, send, value
from helpers.town import NOW

TODAY = date(2027, 3, 1)
PLACE = {"wheelchair": True, "toilet": True, "loop": False}
OWN = {"signing": True, "childcare": False, "wheelchair": False}
TALK = {
    "title": "講演会",
    "facilities": OWN,
    "facilities_note": "手話は福祉課まで",
    "facilities_by": "2027-04-05T00:00:00",
}


@pytest.fixture
def hall(write: Session) -> Venue:
    venue = write.get_one(Venue, 1)
    publishing.save_reference(write, venue, {"facilities": PLACE, "facilities_note": "入口は北側"}, actor=None, at=NOW)
    write.commit()
    return venue


@pytest.fixture
def talk(write: Session, hall: Venue, post: Any) -> Event:
    event: Event = post(write, **TALK)
    write.commit()
    return event


def chosen(page: str, name: str) -> str:
    """What a list of the form has chosen."""
    found = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    assert found, name
    option = re.search(r'<option selected[^>]*value="([^"]*)"', found[0])
    return option[1] if option else ""


def test_every_facility_has_its_words_and_its_icon() -> None:
    for code, one in facilities.FACILITIES.items():
        assert {"ja", "en"} <= one.name.keys()
        assert {"ja", "en", "easy"} == one.yes.keys() == one.no.keys(), code
        assert len({*one.yes.values(), *one.no.values()}) == 6, code
        assert re.fullmatch(r"M[\d .,a-zA-Z-]+", one.icon), code


def test_an_occasion_says_what_its_place_has_unless_it_is_otherwise() -> None:
    assert facilities.joined(PLACE, {"wheelchair": False}) == {"wheelchair": False, "toilet": True, "loop": False}
    assert facilities.joined({"signing": True}, {}) == {}  # nobody interprets in an empty hall
    assert facilities.joined({}, {}, online=True) == {"online": True}
    assert facilities.cleaned({"wheelchair": "yes", "moon": True, "toilet": True}) == {"toilet": True}


def test_what_there_is_not_is_said_as_well() -> None:
    assert facilities.sentence({"childcare": False, "signing": True}, "ja") == "手話通訳あり、託児なし"
    assert facilities.sentence({"childcare": False}, "en") == "no child care"
    assert facilities.sentence({"wheelchair": True}, "easy") == "車いすで 入ることが できます。"


def test_page_calendar_feeds_and_data_say_the_same(client: FlaskClient, talk: Event) -> None:
    said = "多機能トイレあり、手話通訳あり、車いす不可、磁気ループなし、託児なし"
    page = client.get(f"/events/{talk.public_id}").text
    shown = re.findall(r"</svg>([^<]+)</li>", page)
    assert shown == said.split("、")
    assert re.search(r"<p>入口は北側</p>\s*<p>手話は福祉課まで</p>", page)  # the place's details, then the occasion's
    assert "2027年4月5日（月）" in page
    vevent = Calendar.from_ical(client.get(f"/events/{talk.public_id}.ics").data).walk("VEVENT")[0]
    assert f"バリアフリー・支援：{said}" in vevent["DESCRIPTION"]
    item = json.loads(client.get("/feed.json").data)["items"][0]
    assert item["_event"]["facilities"] == facilities.joined(PLACE, OWN)
    assert said in item["content_html"]
    row = next(csv.DictReader(io.StringIO(client.get("/events-core.csv").data.decode("utf-8-sig"))))
    assert row["子供預かり情報"] == "託児なし"
    assert row["アクセシビリティ情報"].startswith(
        "多機能トイレあり、手話通訳あり、車いす不可、磁気ループなし、入口は北側"
    )
    old = next(csv.DictReader(io.StringIO(client.get("/events.csv").data.decode("utf-8-sig"))))
    assert said in old["備考"]


def test_search_engines_read_what_the_place_has(client: FlaskClient, talk: Event) -> None:
    page = client.get(f"/events/{talk.public_id}?lang=en").text
    said = json.loads(re.findall(r'ld\+json">(.*?)</script>', page)[0])
    assert [(one["name"], one["value"]) for one in said["location"]["amenityFeature"]] == [
        ("Wheelchair access", False),
        ("Accessible toilet", True),
        ("Hearing loop", False),
    ]
    assert said["inLanguage"] == ["en", "jsl"]
    assert "sign language interpretation" in said["description"]


def test_a_date_at_another_place_has_what_that_place_has(
    client: FlaskClient, write: Session, hall: Venue, post: Any
) -> None:
    other = Venue()
    publishing.save_reference(write, other, {"name": "公民館", "facilities": {"toilet": False}}, actor=None, at=NOW)
    day = "2027-04-24T10:00:00"
    moved = {"overrides": [{"original": day, "venue_id": other.id}], "rule": "FREQ=WEEKLY;COUNT=3", "all_day": False}
    event = post(write, title="朝市", start="2027-04-17T10:00:00", end="2027-04-17T11:00:00", **moved)
    write.commit()
    vevents = Calendar.from_ical(client.get(f"/events/{event.public_id}.ics").data).walk("VEVENT")
    texts = {str(one["LOCATION"]).split(",")[0]: str(one["DESCRIPTION"]) for one in vevents}
    assert "多機能トイレあり" in texts["桧木内川堤"]
    assert "多機能トイレなし" in texts["公民館"]
    assert "車いす" not in texts["公民館"]


def test_the_filter_knows_the_place_of_a_single_date_but_mixes_no_two_places(
    client: FlaskClient, write: Session, hall: Venue, post: Any
) -> None:
    other = Venue()
    there = {"name": "公民館", "facilities": {"loop": True, "parking": True}}
    publishing.save_reference(write, other, there, actor=None, at=NOW)
    day = "2027-04-24T10:00:00"
    moved = {"overrides": [{"original": day, "venue_id": other.id}], "rule": "FREQ=WEEKLY;COUNT=3", "all_day": False}
    post(write, title="朝市", start="2027-04-17T10:00:00", end="2027-04-17T11:00:00", venue_id=hall.id, **moved)
    write.commit()
    queries = ("access=loop", "access=loop&access=parking&all=access", "access=loop&access=toilet&all=access")
    assert ["朝市" in client.get(f"/calendar.ics?{query}").text for query in queries] == [True, True, False]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("access=toilet", True),  # of its place
        ("access=signing", True),
        ("access=wheelchair", False),  # its place has it; this time not
        ("access=wheelchair&access=signing", True),
        ("access=wheelchair&access=signing&all=access", False),
        ("access=toilet&access=signing&all=access", True),
        ("access=toilet&access=signing&access=-loop&all=access", True),
        ("access=-signing", False),
        ("access=loop", False),
        ("access=quiet", False),
    ],
)
def test_the_filter_knows_place_and_occasion(session: Session, query: str, found: bool) -> None:
    from urllib.parse import parse_qs

    from calendar_app.listings import event_outlines, filters

    publishing.save_reference(session, session.get_one(Venue, 1), {"facilities": PLACE}, actor=None, at=NOW)
    values = {"start": "2027-04-15T00:00:00", "timezone": "Asia/Tokyo", "venue_id": 1, "department_id": 1}
    made = publishing.create(session, "event", TALK | values, actor=None, at=NOW)
    publishing.publish(session, made, actor=None, at=NOW)
    wanted = filters.read_filter(parse_qs(query))
    assert bool(event_outlines.in_calendar(session, TODAY, wanted, 9)) is found
    assert filters.words(session, wanted, "ja")


def test_an_unknown_facility_is_no_filter(client: FlaskClient, talk: Event) -> None:
    assert client.get("/calendar.ics?access=moon").status_code == 404
    assert "講演会" in client.get("/calendar.ics?access=signing").text
    assert "手話通訳" in client.get("/feed.rss?access=signing").text
    page = client.get("/agenda").text
    assert 'name="access" value="signing"' in page
    assert 'value="childcare"' not in page  # nothing has it: nothing to press


def test_search_finds_by_other_words_for_the_same(client: FlaskClient, talk: Event) -> None:
    assert "講演会" in client.get("/search?q=多目的トイレ").text
    assert "講演会" not in client.get("/search?q=託児所").text
    assert "access=signing" in client.get("/search?q=講演会").text


def test_the_form_keeps_each_answer(desk: FlaskClient, town: Session, hall: Venue) -> None:
    answers = {"has_signing": "yes", "has_childcare": "no", "facilities_by": "4/5", "facilities_note": "福祉課まで"}
    made = publish(desk, **answers)
    event = entry(town, made)
    assert event.facilities == {"signing": True, "childcare": False}
    assert event.facilities_by.isoformat() == "2027-04-05T00:00:00"
    page = desk.get(f"/staff/entries/{made}/edit").text
    assert [chosen(page, f"has_{code}") for code in ("signing", "childcare", "wheelchair")] == ["yes", "no", ""]
    assert value(page, "facilities_by") == "2027-04-05"
    assert "車いす可、多機能トイレあり、磁気ループなし　入口は北側" in page  # what the venue says
    copy = desk.get(f"{NEW}?from={made}").text
    assert (chosen(copy, "has_signing"), value(copy, "facilities_by")) == ("yes", "")


def test_preview_history_and_undo_know_them(desk: FlaskClient, town: Session) -> None:
    looked = send(desk, NEW, TYPED | {"has_signing": "yes", "action": "preview"})
    assert "手話通訳あり" in looked.text.split('id="channels"')[1]
    made = publish(desk)
    version = {"version": str(entry(town, made).version), "action": "save"}
    edit = f"/staff/entries/{made}/edit"
    assert send(desk, edit, TYPED | {"has_wheelchair": "no"} | version).status_code == 303
    assert "車いす不可" in desk.get(f"/staff/entries/{made}/history").text


def test_an_undo_takes_only_that_back(write: Session, post: Any) -> None:
    event = post(write)
    publishing.save(write, event, {"facilities": {"toilet": True}}, actor=None, at=NOW)
    row = write.merge(event.revisions[0]) if event.revisions else None
    write.refresh(event)
    row = event.revisions[0]
    publishing.save(write, event, {"summary": "ほかの話"}, actor=None, at=NOW)
    assert undo.undo(write, row, actor=None, at=NOW)
    assert (event.facilities, event.summary) == ({}, "ほかの話")


def test_next_years_edition_asks_a_year_later() -> None:
    values = {"start": "2027-04-15T10:00:00", "facilities": OWN, "facilities_by": "2027-04-05T00:00:00"}
    moved, _ = next_edition.next_year(values, [], TODAY)
    assert (moved["facilities"], moved["facilities_by"]) == (OWN, "2028-04-10T00:00:00")


def test_a_venue_says_it_once_for_all(desk: FlaskClient, town: Session) -> None:
    form = {"id": "1", "name": "桧木内川堤", "has_wheelchair": "yes", "has_loop": "no", "facilities_note": "北口から"}
    assert send(desk, "/staff/venues", form).status_code == 303
    town.rollback()
    venue = town.get_one(Venue, 1)
    assert (venue.facilities, venue.facilities_note) == ({"wheelchair": True, "loop": False}, "北口から")
    assert send(desk, "/staff/venues", {"id": "1", "name": "桧木内川堤"}).status_code == 303  # a form that asks nothing
    town.rollback()
    assert town.get_one(Venue, 1).facilities == {"wheelchair": True, "loop": False}


def test_a_venue_that_changes_changes_its_events_in_every_calendar(
    client: FlaskClient, write: Session, post: Any
) -> None:
    event = post(write)
    write.commit()
    before = client.get("/calendar.ics").data
    publishing.save_reference(write, write.get_one(Venue, 1), {"facilities": {"dogs": True}}, actor=None, at=NOW)
    write.commit()
    after = client.get("/calendar.ics").data
    assert "補助犬同伴可" in after.decode().replace("\r\n ", "")
    assert re.findall(rb"LAST-MODIFIED.*", after) > re.findall(rb"LAST-MODIFIED.*", before)
    assert event.sequence == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("手話通訳あり", {"signing": True}),
        ("手話通訳・要約筆記あり", {"signing": True, "captions": True}),
        ("託児なし", {"childcare": False}),
        ("託児付き講座", {"childcare": True}),
        ("車椅子での入場可", {"wheelchair": True}),
        ("盲導犬同伴可 授乳室完備", {"dogs": True, "nursing": True}),
        ("多目的トイレ有り", {"toilet": True}),
        ("介助者1名無料", {"carers": True}),
        ("手話教室", {}),
        ("手話ありがとうの会", {}),
        ("車いすバスケットボール大会", {}),
        ("無料の手話講座", {}),
        ("点字体験", {}),
        ("英語ができる人", {}),
    ],
)
def test_words_that_say_yes_or_no(text: str, expected: dict[str, bool]) -> None:
    assert {one.code: one.there for one in facility_parser.scan(text)} == expected


def test_one_line_fills_them_in() -> None:
    draft = parse_text("4/20 10時 防災講座 図書館 手話通訳あり 託児あり（要申込）", TODAY)
    assert (draft.values["has_signing"], draft.values["has_childcare"]) == ("yes", "yes")
    assert draft.values["facilities_note"] == "託児：要申込"
    assert (draft.values["title"], draft.left) == ("防災講座", "")
    asked = parse_text("4/20 防災講座\n手話通訳が必要な方は4月5日までにご連絡ください。", TODAY)
    assert asked.values["facilities_by"] == "2027-04-05"
    assert "deadline_date" not in asked.values
    assert asked.values["facilities_note"].startswith("手話通訳が必要な方は")


def test_tables_are_read_and_their_other_words_kept() -> None:
    text = (
        "イベント名,開始日,車椅子可,オストメイト,アクセシビリティ情報,子供預かり情報,外国語対応\n"
        "講演会,2027-04-20,有,無,手話通訳あり;会場は坂の上です,託児あり(1歳以上),英語;中国語\n"
        "朝市,2027-04-21,,,,,\n"
    )
    rows = detect.parse_file(text.encode(), ImportContext("Asia/Tokyo", TODAY, date(2028, 3, 31))).rows
    known = {"wheelchair": True, "ostomate": False, "signing": True, "childcare": True, "languages": True}
    assert rows[0].values["facilities"] == known
    assert rows[0].values["facilities_note"] == "託児あり(1歳以上)　英語;中国語　手話通訳あり;会場は坂の上です"
    assert "facilities" not in rows[1].values


def test_what_we_write_into_a_table_we_read_again(client: FlaskClient, talk: Event) -> None:
    data = client.get("/events-core.csv").data
    row = detect.parse_file(data, ImportContext("Asia/Tokyo", TODAY, date(2028, 3, 31))).rows[0]
    assert row.values["facilities"] == facilities.joined(PLACE, OWN)


def test_history_tells_them_in_words() -> None:
    old, new = ({"values": {"facilities": one}} for one in ({}, {"signing": True, "loop": False}))
    assert revisions.difference(old, new) == [revisions.Change("facilities", "", "手話通訳あり、磁気ループなし")]
