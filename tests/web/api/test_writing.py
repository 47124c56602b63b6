"""Programs that write: with a token, through the verbs, rights and checks of the forms."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from calendar_app.accounts import people, tokens
from calendar_app.db.models import SCOPES, ApiToken, Department, Entry, Event, Revision, User
from calendar_app.entries import publishing
from calendar_app.web.api import access
from helpers.staff_desk import picture, signed_in
from helpers.town import NOW, person, published

Post = Callable[..., Event]
TEA: dict[str, Any] = {
    "title": "春の茶会",
    "start": "2027-04-20T10:00",
    "end": "2027-04-20T12:00",
    "venue": 1,
    "category": "festival",
    "tags": ["#茶会", "桜"],
}


class Program:
    """A program with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, body: Any = None, match: str = "", **headers: str) -> TestResponse:
        more = {name.replace("_", "-"): value for name, value in headers.items()} | (
            {"If-Match": match} if match else {}
        )
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=self.headers | more)

    def create(self, **values: Any) -> Any:
        answer = self.send("POST", "/events", TEA | values)
        assert answer.status_code == 201, answer.text
        return answer.json

    def act(self, found: Any, verb: str, body: Any = None) -> Any:
        answer = self.send("POST", f"/entries/{found['id']}/{verb}", body, match=f'"{found["version"]}"')
        assert answer.status_code == 200, answer.text
        return answer.json


def token(
    session: Session, user: User, *, department: int | None = 1, scopes: tuple[str, ...] = SCOPES, days: int = 30
) -> str:
    home = session.get(Department, department) if department else None
    _, text = tokens.make(session, user, "市報", department=home, scopes=scopes, days=days, at=NOW)
    session.commit()
    return text


@pytest.fixture
def program(client: FlaskClient, write: Session) -> Program:
    return Program(client, token(write, person(write)))


def test_an_entry_is_created_published_edited_cancelled_and_withdrawn(
    program: Program, client: FlaskClient, write: Session
) -> None:
    made = program.create()
    assert (made["state"], made["values"]["start"], made["values"]["tags"]) == (
        "draft",
        "2027-04-20T10:00:00",
        ["茶会", "桜"],
    )
    assert client.get(f"/events/{made['id']}").status_code == 404
    public = program.act(made, "publish", {})
    assert "春の茶会" in client.get(f"/events/{made['id']}").text
    edited = program.send(
        "PATCH", f"/events/{made['id']}", {"start": "2027-04-21T10:00", "end": None}, f'"{public["version"]}"'
    )
    assert (edited.json["status"], edited.headers["ETag"]) == ("rescheduled", f'"{edited.json["version"]}"')
    assert "SUMMARY:【日時変更】春の茶会" in client.get("/calendar.ics").text
    cancelled = program.act(edited.json, "cancel", {"reason": "強風のため"})
    assert "STATUS:CANCELLED" in client.get("/calendar.ics").text
    program.act(cancelled, "withdraw", {"reason": "誤り"})
    assert client.get(f"/events/{made['id']}").status_code == 410
    rows = write.scalars(select(Revision).where(Revision.entry_id.is_not(None))).all()
    assert {(row.actor.name, row.token) for row in rows if row.actor} == {("桜田 花子", "市報")}


def test_a_withdrawn_or_cancelled_entry_is_restored(program: Program, client: FlaskClient) -> None:
    public = program.act(program.create(), "publish", {})
    gone = program.act(program.act(public, "full", {"reason": ""}), "withdraw", {"reason": ""})
    back = program.act(gone, "restore")
    assert (back["state"], back["status"]) == ("published", "full")
    assert program.act(back, "restore")["status"] == "scheduled"


def test_an_entry_is_scheduled_and_taken_back(program: Program) -> None:
    waiting = program.act(program.create(), "publish", {"at": "2027-03-10T09:00:00+09:00"})
    assert (waiting["state"], waiting["publish_at"]) == ("scheduled", "2027-03-10T00:00:00+00:00")
    assert program.act(waiting, "unschedule")["state"] == "draft"


def test_every_wrong_value_is_named_at_once_in_both_languages(program: Program) -> None:
    wrong = {"title": "", "start": "4月", "venue": 99, "fee": -1, "online_url": "ftp://x", "colour": 1, "tags": "茶会"}
    answer = program.send("POST", "/events?lang=ja", wrong)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    named = {each["field"]: each["code"] for each in answer.json["errors"]}
    assert named == {
        "title": "required", "start": "no_moment", "venue": "unknown", "fee": "out_of_bounds",
        "online_url": "bad_address", "colour": "unknown_name", "tags": "no_list",
    }  # fmt: skip
    title = next(each for each in answer.json["errors"] if each["field"] == "title")
    assert (title["message"], title["message_en"]) == ("入力してください。", "Please fill this in.")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"end": "2027-04-19T10:00"}, {"end": "before_start"}),
        ({"rule": "FREQ=WEEKLY"}, {"rule": "unbounded"}),
        ({"apply_start": "2027-04-02T10:00", "apply_deadline": "2027-04-01T00:00"}, {"apply_deadline": "before_start"}),
        ({"reserve_start": "2027-04-01T10:00"}, {"reserve_start": "not_after_start"}),
        ({"department": "toshokan"}, {"department": "not_yours"}),
        ({"photos": [{"id": 1}]}, {"photos": "unknown"}),
    ],
)  # fmt: skip
def test_what_the_form_refuses_is_refused(program: Program, values: Any, named: Any) -> None:
    answer = program.send("POST", "/events", TEA | values)
    assert answer.status_code == 422
    assert {each["field"]: each["code"] for each in answer.json["errors"]} == named


def test_who_does_not_know_the_newest_version_is_told_what_stands(program: Program) -> None:
    made = program.create()
    path = f"/events/{made['id']}"
    assert program.send("PATCH", path, {"title": "大茶会"}).status_code == 428
    assert program.send("PATCH", path, {"title": "大茶会"}, '"1"').status_code == 200
    late = program.send("PATCH", path, {"title": "小茶会"}, '"1"')
    assert (late.status_code, late.json["now"]["values"]["title"]) == (412, "大茶会")
    assert program.send("PATCH", path, {"title": "小茶会"}, late.headers["ETag"]).status_code == 200


def test_a_request_repeated_with_its_key_is_done_once(program: Program, write: Session) -> None:
    first = program.send("POST", "/events", TEA, Idempotency_Key="a1")
    again = program.send("POST", "/events", TEA, Idempotency_Key="a1")
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert program.send("POST", "/events", TEA | {"title": "別"}, Idempotency_Key="a1").status_code == 422
    assert len(write.scalars(select(Entry)).all()) == 1


def test_a_dry_run_tells_advice_and_channels_and_changes_nothing(program: Program, write: Session) -> None:
    answer = program.send("POST", "/events?dry_run=1", TEA | {"apply": "電話で申し込む"})
    assert answer.status_code == 200
    assert {each["code"] for each in answer.json["advice"]} == {"deadline"}
    assert {"calendar", "feed"} <= {each["channel"] for each in answer.json["channels"]}
    assert program.send("POST", "/events?dry_run=1&lang=easy", TEA).status_code == 200
    assert write.scalars(select(Entry)).all() == []


def test_a_photo_is_added_and_its_description_changed(program: Program, client: FlaskClient) -> None:
    made = program.create()
    headers = program.headers | {"If-Match": "*", "Content-Type": "image/jpeg"}
    added = client.post(f"/api/v1/entries/{made['id']}/photos?alt=茶室", data=picture().read(), headers=headers)
    assert added.status_code == 201, added.text
    [photo] = added.json["values"]["photos"]
    assert photo["alt"] == "茶室"
    renamed = program.send("PATCH", f"/events/{made['id']}", {"photos": [photo | {"alt": "茶席"}]}, "*")
    assert renamed.json["values"]["photos"] == [photo | {"alt": "茶席"}]
    broken = client.post(f"/api/v1/entries/{made['id']}/photos?alt=x", data=b"no picture", headers=headers)
    assert broken.status_code == 422


def test_a_status_line_is_on_the_page_of_its_season(client: FlaskClient, write: Session, post: Post) -> None:
    season = post(write).public_id
    gauge = Program(client, token(write, person(write), scopes=("status",)))
    assert gauge.send("POST", f"/events/{season}/status-line", {"headline": "満開"}).status_code == 201
    assert "満開" in client.get(f"/events/{season}").text
    assert gauge.send("POST", "/events", TEA).status_code == 403


def test_a_token_for_drafts_makes_nothing_public(client: FlaskClient, write: Session, post: Post) -> None:
    public = post(write).public_id
    drafts = Program(client, token(write, person(write), scopes=("write",)))
    made = drafts.create()
    assert drafts.send("POST", f"/entries/{made['id']}/publish", {}, "*").status_code == 403
    assert drafts.send("PATCH", f"/events/{public}", {"title": "別"}, "*").status_code == 403


def test_no_cookie_opens_the_api(app: Flask, write: Session, post: Post) -> None:
    event = post(write)
    person(write)
    write.commit()
    browser = signed_in(app, "staff@example.jp")
    for method, path in (
        ("POST", "/events"),
        ("PATCH", f"/events/{event.public_id}"),
        ("GET", f"/entries/{event.public_id}"),
    ):
        answer = browser.open(f"/api/v1{path}", method=method, json=TEA)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_ends_with_its_person(client: FlaskClient, write: Session) -> None:
    boss, member = person(write, "boss@example.jp", role="admin"), person(write)
    moved = Program(client, token(write, member))
    assert moved.send("POST", "/events?dry_run=1", TEA).status_code == 200
    library = write.get_one(Department, 2)
    people.assign_role(write, member, "member", library, actor=boss, at=NOW)
    write.commit()
    assert moved.send("POST", "/events", TEA).status_code == 401
    people.assign_role(write, member, "member", write.get_one(Department, 1), actor=boss, at=NOW)
    write.commit()
    assert moved.send("POST", "/events", TEA).status_code == 401, "it ended for good"
    closed = Program(client, token(write, member))
    people.set_active(write, member, False, actor=boss, at=NOW)
    write.commit()
    assert closed.send("POST", "/events", TEA).status_code == 401
    write.expire_all()
    assert write.scalars(select(ApiToken)).all() == []


def test_an_expired_token_is_refused(client: FlaskClient, write: Session) -> None:
    assert Program(client, token(write, person(write), days=0)).send("POST", "/events", TEA).status_code == 401


def test_headers_tell_the_ration(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "AN_HOUR", 2)
    first = program.send("POST", "/events?dry_run=1", TEA)
    assert first.headers["RateLimit"] == '"token";r=1;t=1800'
    program.send("POST", "/events", {})
    refused = program.send("POST", "/events", TEA)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1800")


ROLES = {
    "member of another": ("member", 2),
    "head of another": ("head", 2),
    "member": ("member", 1),
    "head": ("head", 1),
}
ACTS: tuple[tuple[str, str, Any], ...] = (
    ("PATCH", "/events/{id}", {"title": "別の題"}),
    ("GET", "/entries/{id}", None),
    *(("POST", f"/entries/{{id}}/{verb}", {}) for verb in ("publish", "cancel", "postpone", "full", "withdraw")),
    ("POST", "/entries/{id}/unschedule", None),
    ("POST", "/entries/{id}/restore", None),
    ("POST", "/entries/{id}/photos?alt=x", None),
    ("POST", "/events/{id}/status-line", {"headline": "満開"}),
)


def test_each_role_may_by_the_api_what_it_may_at_the_desk(client: FlaskClient, write: Session) -> None:
    event = published(write)
    publishing.cancel(write, event, "", actor=None, at=NOW)
    public_id = event.public_id
    programs = {name: Program(client, token(write, person(write, f"{number}@example.jp", role=role, department=home),
                                            department=home))
                for number, (name, (role, home)) in enumerate(ROLES.items())}  # fmt: skip
    boss = person(write, "boss@example.jp", role="admin")
    programs["admin"] = Program(client, token(write, boss, department=None))
    programs["admin for another"] = Program(client, token(write, boss, department=2))
    for method, path, body in ACTS:
        dry = "" if "photos" in path or method == "GET" else "?dry_run=1"
        for name, program in programs.items():
            answer = program.send(method, path.format(id=public_id) + dry, body, "*")
            if "another" in name and "photos" not in path:
                assert answer.status_code == 403, (name, path)
            elif "photos" not in path:
                assert answer.status_code in (200, 201), (name, path, answer.text)
