"""Channels at the desk: set up by who may, tried, read, sent again; a secret is never shown again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Delivery, Receiver, Revision
from calendar_app.delivery import worker
from calendar_app.delivery.channel import Page
from helpers.receivers import Reply, Taker, taker
from helpers.staff_desk import TYPED, every, publish, send, signed_in
from helpers.town import Clock, person

NEW = "/staff/channels/new/webhook"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.fixture
def town_config(app: Flask, config: Config) -> Config:
    mine = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
    app.extensions["calendar_config"] = mine
    return mine


@pytest.fixture
def admin(app: Flask, write: Session) -> FlaskClient:
    person(write, "admin@example.jp", role="admin")
    write.commit()
    return signed_in(app, "admin@example.jp")


def form(there: Taker, **more: str) -> dict[str, str]:
    return {
        "name": "公式サイト",
        "set-url": there.url(),
        "set-secret": SECRET,
        "lang": "ja",
        "department_id": "",
        **more,
    }


def test_a_channel_is_set_up_tried_and_told_what_is_published(
    app: Flask, admin: FlaskClient, town: Session, town_config: Config, there: Taker
) -> None:
    made = send(admin, NEW, form(there, **{"filter-tag": ""}))
    assert made.status_code == 303
    path = made.headers["Location"]
    there.reply = lambda _: Reply(403)
    send(admin, f"{path}/try", {})
    assert "HTTP 403" in admin.get(path).text
    there.reply = lambda _: Reply()
    send(admin, f"{path}/try", {})
    assert "送れます：HTTP 200" in admin.get(path).text
    there.heard.clear()
    publish(admin)
    at = Clock.now(UTC) + timedelta(seconds=1)
    assert list(worker.deliver(town_config, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True)) == []
    assert len(there.heard) == 1
    page = admin.get(path).text
    assert "送信済み" in page
    assert "角館の桜まつり" in page
    [row] = every(town, Delivery)
    assert send(admin, f"{path}/again/{row.id}", {}).status_code == 303
    list(worker.deliver(town_config, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))
    assert len({request.headers["webhook-id"] for request in there.heard}) == 1
    assert len(there.heard) == 2


@pytest.mark.usefixtures("town_config")
def test_a_secret_is_sealed_never_shown_and_kept_when_left_empty(
    admin: FlaskClient, town: Session, there: Taker
) -> None:
    path = send(admin, NEW, form(there)).headers["Location"]
    [before] = every(town, Receiver)
    assert SECRET not in before.secrets + str(before.settings) + admin.get(path).text
    assert send(admin, path, form(there, **{"set-secret": "", "name": "別の名前"})).status_code == 303
    send(admin, f"{path}/try", {})
    assert "webhook-signature" in there.heard[-1].headers
    assert SECRET not in str([row.snapshot for row in every(town, Revision)])


@pytest.mark.usefixtures("town_config")
def test_what_is_missing_is_said_and_what_was_typed_stays(admin: FlaskClient, town: Session, there: Taker) -> None:
    answer = send(admin, NEW, form(there, **{"set-secret": "", "name": ""}))
    assert answer.status_code == 422
    assert answer.text.count("入力してください。") == 2
    assert there.url() in answer.text
    assert every(town, Receiver) == []


@pytest.mark.usefixtures("town_config")
def test_a_head_sets_up_for_the_own_department_a_member_for_none(
    app: Flask, admin: FlaskClient, write: Session, town: Session, there: Taker
) -> None:
    person(write, "head@example.jp", role="head")
    person(write, "member@example.jp")
    write.commit()
    of_town = send(admin, NEW, form(there)).headers["Location"]
    head, member = signed_in(app, "head@example.jp"), signed_in(app, "member@example.jp")
    assert send(head, NEW, form(there, department_id="2")).status_code == 403
    assert send(head, NEW, form(there, department_id="")).status_code == 403
    own = send(head, NEW, form(there, department_id="1")).headers["Location"]
    assert send(head, f"{of_town}/off", {}).status_code == 403
    assert send(member, NEW, form(there, department_id="1")).status_code == 403
    for verb in ("off", "try", "remove"):
        assert send(member, f"{own}/{verb}", {}).status_code == 403
    assert member.get("/staff/channels").status_code == member.get(own).status_code == 200
    assert there.url() not in member.get(own).text, "an address may hold a key"
    assert send(head, f"{own}/remove", {}).status_code == 303
    assert len(every(town, Receiver)) == 1


@pytest.mark.usefixtures("town_config")
def test_turned_off_it_misses_what_happens_and_does_not_catch_up(
    admin: FlaskClient, town_config: Config, there: Taker
) -> None:
    path = send(admin, NEW, form(there)).headers["Location"]
    send(admin, f"{path}/off", {})
    publish(admin)
    send(admin, f"{path}/on", {})
    at = Clock.now(UTC) + timedelta(seconds=1)
    list(worker.deliver(town_config, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))
    assert there.heard == []


def test_each_network_asks_for_its_settings_and_keeps_the_chosen_way(admin: FlaskClient, town: Session) -> None:
    listed = admin.get("/staff/channels").text
    for name in ("line", "mastodon", "bluesky"):
        assert f"/staff/channels/new/{name}" in listed
    values = {"name": "町", "lang": "ja", "set-server": "mastodon.example", "set-token": "t", "set-changes": "reply"}
    made = send(admin, "/staff/channels/new/mastodon", values)
    assert '<option value="reply" selected>はじめの投稿に返信する' in admin.get(made.headers["Location"]).text
    send(admin, made.headers["Location"], values | {"set-changes": "shout"})
    [kept] = every(town, Receiver)
    assert kept.settings["changes"] == "edit"


def deliveries(app: Flask, town: Session, config: Config, at: datetime) -> list[tuple[str, str]]:
    list(worker.deliver(config, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))
    rows = [(row.receiver.name, row.entry.title) for row in every(town, Delivery) if row.entry]
    town.rollback()
    return rows


def test_channels_are_ticked_as_this_person_usually_has_them_and_an_emergency_reaches_all(
    app: Flask, admin: FlaskClient, town: Session, town_config: Config, there: Taker
) -> None:
    first, second = (send(admin, NEW, form(there, name=name)).headers["Location"] for name in ("新聞社", "観光協会"))
    ids = [path.rpartition("/")[2] for path in (first, second)]
    assert admin.get("/staff/events/new").text.count('name="tell" value="') == 2
    publish(admin, tell_shown=ids, tell=[ids[0]])
    at = Clock.now(UTC) + timedelta(seconds=1)
    assert deliveries(app, town, town_config, at) == [("新聞社", "角館の桜まつり")]
    page = admin.get("/staff/events/new").text
    assert f'name="tell" value="{ids[0]}" checked' in page
    assert f'name="tell" value="{ids[1]}">' in page
    send(
        admin,
        "/staff/announcements/new",
        {
            "title": "避難指示",
            "importance": "emergency",
            "department_id": "1",
            "action": "publish",
            "key": "k",
            "tell_shown": ids,
            "tell": [],
            "warned": "y",
        },
    )
    assert deliveries(app, town, town_config, at)[1:] == [("新聞社", "避難指示"), ("観光協会", "避難指示")]


def test_a_draft_shows_what_each_channel_will_say(admin: FlaskClient, town_config: Config, there: Taker) -> None:
    send(admin, NEW, form(there, name="新聞社"))
    send(admin, NEW, form(there, name="図書館の友", **{"filter-department": "toshokan"}))
    page = admin.get(f"/staff/entries/{publish(admin, action='draft')}").text
    assert "新聞社" in page
    assert "送る文章" in page
    assert "図書館の友" not in page, "its filter is not met"
    looked = send(admin, "/staff/events/new", {**TYPED, "action": "preview", "title": "下見の会"}).text
    assert "<h3>新聞社</h3>" in looked
