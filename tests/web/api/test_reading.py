"""The reading API as a program meets it: objects, filters, pages by cursor, chosen fields, problems, 304."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.town import NOW, announce

Post = Callable[..., Event]


def read(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json


def pages(client: FlaskClient, path: str) -> list[Any]:
    found: list[Any] = []
    while path:
        body = read(client, path)
        found += body["items"]
        path = (body["next"] or "").removeprefix("https://calendar.example.jp")
    return found


def test_an_event_says_what_its_page_says(client: FlaskClient, write: Session, post: Post) -> None:
    event = post(write, fee=300, category_id=1)
    announce(write, title="開花", headline="満開", about_id=event.id)
    write.commit()
    found = read(client, f"/api/v1/events/{event.public_id}")
    assert (found["title"], found["start"], found["all_day"], found["fee"]) == (
        "角館の桜まつり",
        "2027-04-15T00:00:00",
        True,
        300,
    )
    assert (found["venue"]["name"], found["venue"]["lat"], found["department"]["slug"]) == (
        "桧木内川堤",
        39.59,
        "kanko",
    )
    assert "満開" in found["status_line"]
    assert found["url"] == f"https://calendar.example.jp/events/{event.public_id}"
    english = read(client, f"/api/v1/events/{event.public_id}?lang=en")
    assert english["url"].endswith("?lang=en")
    assert english["when"] == "Thu 15 Apr – Wed 5 May 2027"


def test_drafts_and_withdrawn_entries_are_not_told(client: FlaskClient, write: Session, post: Post) -> None:
    gone = post(write, title="誤り")
    publishing.withdraw(write, gone, "", actor=None, at=NOW)
    draft = publishing.create(
        write, "event", {"title": "下書き", "start": "2027-04-01T10:00:00", "department_id": 1, "timezone": "Asia/Tokyo"},
        actor=None, at=NOW,
    )  # fmt: skip
    write.commit()
    assert read(client, "/api/v1/events")["items"] == read(client, "/api/v1/occurrences")["items"] == []
    assert client.get(f"/api/v1/events/{gone.public_id}").status_code == 410
    assert client.get(f"/api/v1/events/{draft.public_id}").status_code == 404


@pytest.mark.parametrize("resource", ["events", "announcements", "occurrences"])
def test_pages_by_cursor_hold_everything_once(client: FlaskClient, write: Session, post: Post, resource: str) -> None:
    for number in range(5):
        post(write, title=f"催し{number}", start="2027-04-15T00:00:00", end=None, all_day=True)
        announce(write, title=f"知らせ{number}")
    write.commit()
    whole = read(client, f"/api/v1/{resource}")["items"]
    assert len(whole) == 5
    assert pages(client, f"/api/v1/{resource}?limit=2") == whole


def test_filters_are_those_of_the_pages(client: FlaskClient, write: Session, post: Post) -> None:
    post(write)
    post(write, title="雪まつり", tags=["雪"], start="2027-02-10T00:00:00", end="2027-02-11T00:00:00")
    write.commit()

    def titles(query: str) -> list[str]:
        return [event["title"] for event in read(client, f"/api/v1/events?{query}")["items"]]

    assert titles("tag=雪") == ["雪まつり"]
    assert titles("from=2027-04-01") == ["角館の桜まつり"]
    assert titles("department=-kanko") == []
    assert [date["title"] for date in read(client, "/api/v1/occurrences")["items"]] == ["角館の桜まつり"]


def test_only_the_chosen_fields_come(client: FlaskClient, write: Session, post: Post) -> None:
    event = post(write)
    write.commit()
    found = read(client, "/api/v1/events?fields=title,when")["items"]
    assert found == [
        {"id": event.public_id, "title": "角館の桜まつり", "when": "2027年4月15日（木）〜5月5日（水・祝）"}
    ]


def test_names_of_places_departments_categories_and_tags(client: FlaskClient, write: Session, post: Post) -> None:
    post(write)
    write.commit()
    for resource, names in {
        "venues": ["桧木内川堤"],
        "departments": ["観光課", "学習資料館"],
        "categories": ["催事・観光"],
        "tags": ["桜", "仙北市"],
    }.items():
        assert [row["name"] for row in read(client, f"/api/v1/{resource}")["items"]] == names


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/api/v1/events?limit=0", 400, "要求に誤りがあります"),
        ("/api/v1/events?limit=201&lang=en", 400, "The request is wrong"),
        ("/api/v1/events?fields=secret", 400, "要求に誤りがあります"),
        ("/api/v1/events?cursor=xx", 404, "見つかりません"),
        ("/api/v1/venues?cursor=WyIyMDI3LTA0LTE1IiwgMV0", 404, "見つかりません"),
        ("/api/v1/events?tag=nothing", 404, "見つかりません"),
        ("/api/v1/events/nothing?lang=en", 404, "Nothing found"),
        ("/api/v1/nothing", 404, "見つかりません"),
    ],
)
def test_errors_are_problem_details(client: FlaskClient, path: str, status: int, title: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert (answer.json["status"], answer.json["title"]) == (status, title)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_unchanged_answer_is_a_304_until_something_changes(client: FlaskClient, write: Session, post: Post) -> None:
    event = post(write)
    write.commit()
    path = f"/api/v1/events/{event.public_id}"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    publishing.cancel(write, event, "強風", actor=None, at=NOW)
    write.commit()
    answer = client.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json["status"], answer.json["reason"]) == (200, "cancelled", "強風")


def test_scripts_of_other_sites_may_read(client: FlaskClient) -> None:
    asked = client.options("/api/v1/events", headers={"Origin": "https://other.example", "If-None-Match": "x"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert client.get("/api/v1/events").headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in client.get("/api/v1/events").headers


def test_a_list_is_made_again_only_by_what_it_shows(
    app: Flask, client: FlaskClient, write: Session, post: Post
) -> None:
    event, season = post(write, tags=["桜"]), post(write, tags=["市"])
    about = announce(write, title="渋滞", tags=["市"])
    child = post(write, tags=["桜"], parent_id=season.id)
    write.commit()
    asked: list[str] = []
    sa.event.listen(app.extensions["calendar_engine"], "before_cursor_execute", lambda *given: asked.append(given[2]))
    paths = ("/api/v1/events?tag=桜", f"/api/v1/events/{event.public_id}", "/api/v1/venues")
    before = [read(client, path) for path in paths]
    publishing.save(write, about, {"title": "渋滞の予想"}, actor=None, at=NOW)
    write.commit()
    asked.clear()
    assert [read(client, path) for path in paths] == before
    assert not asked
    publishing.withdraw(write, season, "", actor=None, at=NOW)  # the season of an event in the list
    write.commit()
    listed = {found["id"]: found["parent"] for found in read(client, paths[0])["items"]}
    assert listed == {event.public_id: None, child.public_id: None}
