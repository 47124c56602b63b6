"""A new name for a tag or a department: every address that was ever given away goes on answering."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Entry, Tag
from calendar_app.entries import publishing
from calendar_app.listings import filters, renames, short_links
from helpers.staff_desk import NEW, send, signed_in
from helpers.town import NOW, person

SITE = "https://calendar.example.jp"


def rename(session: Session, old: str, new: str) -> None:
    tag = session.scalars(select(Tag).where(Tag.name == old)).one()
    renames.rename_tag(session, tag, new, actor=None, at=NOW)
    session.commit()


def target(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 301
    return answer.headers["Location"].removeprefix(SITE)


@pytest.fixture
def cherry(write: Session, post: Any) -> Entry:
    entry: Entry = post(write, tags=["桜"])
    write.commit()
    return entry


def test_the_addresses_of_a_renamed_tag_lead_on(client: FlaskClient, write: Session, cherry: Entry) -> None:
    rename(write, "桜", "さくら")
    assert target(client, "/tags/桜") == "/tags/%E3%81%95%E3%81%8F%E3%82%89"
    assert target(client, "/calendar.ics?tag=桜&lang=en") == "/calendar.ics?tag=%E3%81%95%E3%81%8F%E3%82%89&lang=en"
    assert target(client, "/feed.atom?tag=-桜") == "/feed.atom?tag=-%E3%81%95%E3%81%8F%E3%82%89"
    assert cherry.title in client.get("/calendar.ics?tag=さくら").text
    assert client.get("/calendar.ics?tag=もみじ").status_code == 404


@pytest.mark.parametrize("kept", ["さくら", "雪"])
def test_an_entry_that_loses_a_renamed_tag_leaves_its_feed(
    client: FlaskClient, write: Session, cherry: Entry, post: Any, kept: str
) -> None:
    post(write, title="雪まつり", tags=["雪"])
    rename(write, "桜", kept)  # also into another tag, which it joins
    assert cherry.title in client.get(f"/calendar.ics?tag={kept}").text
    publishing.save(write, cherry, {"tags": []}, actor=None, at=NOW)
    write.commit()
    assert cherry.title not in client.get(f"/calendar.ics?tag={kept}").text


def test_a_short_address_needs_no_way_round(client: FlaskClient, write: Session, cherry: Entry) -> None:
    code = short_links.mint(write, filters.read_filter({"tag": ["桜"]}), at=NOW)
    rename(write, "桜", "さくら")
    answer = client.get(f"/f/{code}.ics")
    assert (answer.status_code, cherry.title in answer.text) == (200, True)
    assert "#さくら" in client.get(f"/f/{code}").text


def test_two_names_of_one_thing_become_one(client: FlaskClient, write: Session, post: Any, cherry: Entry) -> None:
    post(write, title="夜桜", tags=["さくら", "桜", "夜"])
    write.commit()
    rename(write, "桜", "さくら")
    calendar = client.get("/calendar.ics?tag=さくら").text
    assert (calendar.count("BEGIN:VEVENT"), calendar.count("さくら,夜")) == (2, 1)
    assert write.scalars(select(Tag.name).order_by(Tag.name)).all() == ["さくら", "夜"]


@pytest.mark.parametrize(
    ("typed", "name"), [("桜-2027", "桜2027"), ("＃さくら まつり", "さくらまつり"), ("Ｓａｋｕｒａ", "Sakura")]
)
def test_a_save_after_the_rename_leaves_the_entry_in_its_feed(
    client: FlaskClient, write: Session, cherry: Entry, typed: str, name: str
) -> None:
    rename(write, "桜", typed)
    publishing.save(write, cherry, {"tags": [tag.name for tag in cherry.tags], "fee": 0}, actor=None, at=NOW)
    write.commit()
    assert cherry.title in client.get(f"/calendar.ics?tag={name}").text


def test_names_that_go_round_leave_no_circle(client: FlaskClient, write: Session, cherry: Entry) -> None:
    for old, new in (("桜", "さくら"), ("さくら", "サクラ"), ("サクラ", "桜")):
        rename(write, old, new)
    assert client.get("/tags/桜").status_code == 200
    assert target(client, "/tags/さくら") == target(client, "/tags/サクラ") == "/tags/%E6%A1%9C"


def test_every_calendar_hears_of_the_new_name(client: FlaskClient, write: Session, cherry: Entry) -> None:
    before = client.get("/calendar.ics").text
    rename(write, "桜", "さくら")
    after = client.get("/calendar.ics").text
    assert ("さくら" in before, "さくら" in after) == (False, True)
    assert modified(after) > modified(before)


def modified(calendar: str) -> str:
    event = calendar.partition("BEGIN:VEVENT")[2]
    return event.partition("LAST-MODIFIED:")[2].partition("\r\n")[0]


def test_a_department_moves_with_its_subscribers(
    desk: FlaskClient, client: FlaskClient, write: Session, cherry: Entry
) -> None:
    kanko = write.scalars(select(Department).where(Department.slug == "kanko")).one()
    renames.move_department(write, kanko, "kanko-bunka", actor=None, at=NOW)
    write.commit()
    assert target(client, "/departments/kanko") == "/departments/kanko-bunka"
    assert target(client, "/calendar.ics?department=kanko") == "/calendar.ics?department=kanko-bunka"


def test_only_an_administrator_renames(desk: FlaskClient, cherry: Entry) -> None:
    assert "#桜" in desk.get("/staff/tags").text
    for page, sent in (("tags", {"id": "1", "name": "x"}), ("departments", {"id": "1", "name": "x", "slug": "y"})):
        assert send(desk, f"/staff/{page}", sent, page=NEW).status_code == 403


def test_an_administrator_renames_at_the_desk(app: Flask, town: Session, cherry: Entry) -> None:
    person(town, "admin@example.jp", role="admin")
    town.commit()
    admin = signed_in(app, "admin@example.jp")
    tag = town.scalars(select(Tag).where(Tag.name == "桜")).one()
    assert send(admin, "/staff/tags", {"id": str(tag.id), "name": "＃さくら"}).status_code == 303
    assert target(admin, "/tags/桜") == "/tags/%E3%81%95%E3%81%8F%E3%82%89"
    refused = send(admin, "/staff/departments", {"id": "1", "name": "観光課", "slug": "観光"})
    assert refused.status_code == 422
    assert send(admin, "/staff/departments", {"id": "1", "name": "観光課", "slug": "tourism"}).status_code == 303
    assert target(admin, "/departments/kanko") == "/departments/tourism"
