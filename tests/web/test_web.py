"""The whole web application: its addresses, its doors, its headers."""

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.engine import for_writing
from helpers import DATA
from helpers.town import announce

ROUTES = DATA / "routes.json"
OPEN = {
    "passkeys.question",
    "passkeys.answer",
    "single_sign_on.start",
    "single_sign_on.back",
    "single_sign_on.logged_out",
    "second_factor.code",
    "reset.forgotten",
    "reset.choose",
    "sign_in.sign_in",
    "sign_in.sign_out",
    "people.join",
    "people.letters",
    "people.stop_letters",
}


def test_no_address_has_disappeared(app: Flask) -> None:
    """People have bookmarked them and programs poll them: one that goes needs a redirect, and a thought."""
    known = json.loads(ROUTES.read_text())
    assert not set(known) - {rule.rule for rule in app.url_map.iter_rules()}


def test_every_address_is_in_the_list_of_those_that_may_not_disappear(app: Flask) -> None:
    rules = sorted({rule.rule for rule in app.url_map.iter_rules()})
    assert rules == json.loads(ROUTES.read_text()), "write new addresses into tests/data/routes.json"


def test_staff_pages_refuse_a_stranger(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/staff") or rule.endpoint in OPEN:
            continue
        path = rule.rule
        for argument in rule.arguments:
            converter = next(part for part in path.split("<")[1:] if argument in part).split(">")[0]
            path = path.replace(f"<{converter}>", "1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            refused = answer.status_code in (401, 403) or "/staff/sign-in" in answer.headers.get("Location", "")
            assert refused, (method, path, answer.status_code)


def test_a_post_without_its_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/staff/sign-in", data={"email": "a@example.jp", "password": "x"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/", "/calendar/", "/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.json", "/healthz"]
)
def test_public_pages_answer_an_empty_city(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.data
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "") or path == "/healthz"


@pytest.mark.parametrize(
    "path", ["/feed.atom?tag=nothing", "/calendar.ics?department=x", "/feed.json?lang=xx", "/tags/nothing"]
)
def test_filter_that_names_nothing_is_not_the_whole_city(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/2027/13",
        "/calendar/2027/04/31",
        "/calendar/0/01",
        "/calendar/99999/01",
        "/events/none",
        "/events/none.ics",
    ],
)
def test_addresses_that_name_nothing_answer_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_feeds_narrow_to_their_filter(client: FlaskClient, write: Session, post) -> None:  # type: ignore[no-untyped-def]
    post(write)
    announce(write, title="図書館の休館", department_id=2, tags=["図書館"])
    write.commit()
    titles = {
        query: titles_of(client, query)
        for query in ("", "?tag=図書館", "?tag=-図書館", "?kind=event", "?tag=桜&department=kanko")
    }
    assert titles == {
        "": ["図書館の休館", "角館の桜まつり"],
        "?tag=図書館": ["図書館の休館"],
        "?tag=-図書館": ["角館の桜まつり"],
        "?kind=event": ["角館の桜まつり"],
        "?tag=桜&department=kanko": ["角館の桜まつり"],
    }


def titles_of(client: FlaskClient, query: str) -> list[str]:
    return [item["title"] for item in client.get(f"/feed.json{query}").get_json(force=True)["items"]]


def test_feed_title_says_its_filter_in_words(client: FlaskClient, write: Session, post) -> None:  # type: ignore[no-untyped-def]
    post(write)
    write.commit()
    feed = client.get("/feed.json?tag=桜&department=kanko&lang=en").get_json(force=True)
    assert feed["title"].endswith("#桜 Tourism")
    assert feed["feed_url"] == "https://calendar.example.jp/feed.json?tag=%E6%A1%9C&department=kanko&lang=en"


def test_status_of_a_database_that_is_not_set_up_is_not_healthy(tmp_path: Path, app: Flask) -> None:
    engine = app.extensions["calendar_engine"]
    with for_writing(engine).begin() as connection:
        connection.exec_driver_sql("DROP TABLE site")
    assert app.test_client().get("/healthz").status_code == 503
