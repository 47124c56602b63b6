"""The fediverse, with a strict server on a real socket: it follows, is told of changes, and sends likes and replies."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import FediverseBlock, Receiver
from calendar_app.delivery import followers, worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.fediverse import accounts, people
from calendar_app.entries import publishing, single_dates
from calendar_app.listings import renames
from helpers import staff_desk
from helpers.fediverse_server import PUBLIC, Elsewhere, elsewhere
from helpers.staff_desk import entry, every
from helpers.town import NOW, SAKURA, STOPPED, person, published, settings

BASE = "https://calendar.example.jp"
INBOX = f"{BASE}/fediverse/inbox"
SOON = STOPPED + timedelta(seconds=5)
Json = dict[str, Any]
FIREWORKS = {
    "title": "花火大会",
    "start": "2027-08-15T19:00:00",
    "end": "2027-08-15T21:00:00",
    "all_day": False,
    "tags": ["花火"],
}


@pytest.fixture
def on(app: Flask, write: Session) -> Flask:
    """The application with the fediverse turned on, and the entry of a festival."""
    app.extensions["calendar_config"] = replace(
        app.extensions["calendar_config"], fetch_networks=(ip_network("127.0.0.0/8"),)
    )
    published(write, **SAKURA)
    followers.switch(write, app.extensions["calendar_config"], "fediverse", True, actor=None, at=NOW)
    write.commit()
    return app


@pytest.fixture
def there(on: Flask) -> Iterator[Elsewhere]:
    client = on.test_client()
    with elsewhere(lambda address: client.get(address.removeprefix(BASE)), STOPPED) as server:
        yield server


def work(app: Flask) -> list[str]:
    def page(path: str) -> Page:
        answer = app.test_client().get(path, base_url=BASE)
        return Page(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.get_data())

    return list(worker.deliver(app.extensions["calendar_config"], now=lambda: SOON, page=page, once=True))


def send(client: FlaskClient, there: Elsewhere, activity: Json, name: str = "hana", form: str = "cavage") -> int:
    body, headers = there.signed(name, INBOX, activity, form)
    return client.post("/fediverse/inbox", data=body, headers=headers).status_code


def follow(client: FlaskClient, there: Elsewhere, account: str = "events", name: str = "hana") -> int:
    wish = {
        "id": there.server.url(f"/follows/{name}-{account}"),
        "type": "Follow",
        "object": f"{BASE}/actors/{account}",
    }
    return send(client, there, wish, name)


@pytest.mark.usefixtures("on")
def test_accounts_are_found_by_their_handles(client: FlaskClient) -> None:
    found = client.get("/.well-known/webfinger?resource=acct:events@calendar.example.jp")
    assert found.content_type == "application/jrd+json"
    [link] = [link for link in found.json["links"] if link["rel"] == "self"]
    account = client.get(link["href"].removeprefix(BASE)).json
    assert (account["id"], account["preferredUsername"]) == (link["href"], "events")
    assert account["publicKey"]["owner"] == account["id"]
    for name, title in (("kanko", "観光課"), ("tag-sakura", "#桜")):
        assert client.get(f"/actors/{name}").json["name"] == title
    for unknown in ("acct:nobody@calendar.example.jp", "acct:events@elsewhere.example"):
        assert client.get(f"/.well-known/webfinger?resource={unknown}").status_code == 404


def test_nothing_answers_until_it_is_turned_on(client: FlaskClient) -> None:
    for path in ("/.well-known/webfinger?resource=acct:events@calendar.example.jp", "/actors/events"):
        assert client.get(path).status_code == 404
    assert client.post("/fediverse/inbox", data=b"{}").status_code == 404


def test_a_follower_is_told_of_a_festival_and_that_it_is_off(
    on: Flask, client: FlaskClient, write: Session, there: Elsewhere
) -> None:
    assert follow(client, there) == 202
    work(on)
    [accepted] = there.taken
    assert (accepted["type"], accepted["object"]["actor"]) == ("Accept", there.person("hana"))
    event = published(write, **FIREWORKS)
    write.commit()
    work(on)
    told = there.taken[1]["object"]
    assert (told["type"], told["name"], told["startTime"]) == ("Event", "花火大会", "2027-08-15T19:00:00+09:00")
    assert (told["status"], told["location"]["name"]) == ("CONFIRMED", "桧木内川堤")
    assert (told["attributedTo"], told["to"]) == (f"{BASE}/actors/events", [PUBLIC])
    assert [tag["name"] for tag in told["tag"]] == ["#花火"]
    publishing.cancel(write, event, "強風のため", actor=None, at=NOW)
    write.commit()
    work(on)
    changed, word = there.taken[2:]
    assert (changed["type"], changed["object"]["id"], changed["object"]["status"]) == (
        "Update",
        told["id"],
        "CANCELLED",
    )
    assert (word["type"], word["object"]["type"], word["object"]["inReplyTo"]) == ("Create", "Note", told["id"])
    assert "【中止】花火大会" in word["object"]["content"]
    assert "強風のため" in word["object"]["content"]
    assert client.get(told["id"].removeprefix(BASE)).json == {"@context": changed["@context"]} | changed["object"]
    publishing.withdraw(write, event, "", actor=None, at=NOW)
    write.commit()
    work(on)
    assert [(each["type"], each["object"]["id"]) for each in there.taken[4:]] == [
        ("Delete", told["id"]),
        ("Delete", word["object"]["id"]),
    ]
    for id in (told["id"], word["object"]["id"]):
        gone = client.get(id.removeprefix(BASE))
        assert (gone.status_code, gone.json["type"]) == (410, "Tombstone")
    assert there.refused == []


def test_one_server_is_told_once_however_many_follow_there(
    on: Flask, client: FlaskClient, write: Session, there: Elsewhere
) -> None:
    for name in ("hana", "taro", "jiro"):
        follow(client, there, name=name)
    follow(client, there, "tag-sakura")
    follow(client, there, "toshokan")
    work(on)
    there.taken.clear()
    event = published(write, **SAKURA | {"title": "夜桜の会"})
    write.commit()
    work(on)
    assert there.kinds() == [("Create", "Event"), ("Announce", event.public_id)]
    assert there.taken[1]["actor"] == f"{BASE}/actors/tag-sakura"
    assert client.get("/actors/events/followers").json["totalItems"] == 3
    assert client.get("/actors/tag-sakura/outbox").json["totalItems"] == 2


def test_who_follows_a_tag_alone_reads_nothing_else(
    on: Flask, client: FlaskClient, write: Session, there: Elsewhere
) -> None:
    follow(client, there, "tag-sakura")
    work(on)
    there.taken.clear()
    published(write, title="議会だより", tags=[])
    event = published(write, **SAKURA | {"title": "夜桜の会"})
    write.commit()
    work(on)
    assert there.kinds() == [("Announce", event.public_id)]
    tag = next(tag for tag in event.tags if tag.name == "桜")
    renames.rename_tag(write, tag, "さくら", actor=None, at=NOW)
    publishing.cancel(write, event, "雨", actor=None, at=NOW)
    write.commit()
    work(on)
    assert [kind for kind, _ in there.kinds()] == ["Announce", "Update", "Announce"], (
        "the account outlives its tag's name"
    )


def test_a_date_of_a_series_is_said_to_who_never_heard_of_it(
    on: Flask, client: FlaskClient, write: Session, there: Elsewhere
) -> None:
    event = published(write, title="朝市", start="2027-04-04T06:00:00", rule="FREQ=WEEKLY;COUNT=5")
    write.commit()
    follow(client, there)
    single_dates.set_status(write, event, event.occurrences[1].original, "cancelled", "雨", actor=None, at=NOW)
    write.commit()
    work(on)
    assert there.kinds()[1:] == [("Create", "Event"), ("Create", "Note")]
    assert "4月11日" in there.taken[2]["object"]["content"]


def test_a_server_that_reads_only_the_newer_signature_is_asked_once_in_the_old(
    on: Flask, client: FlaskClient, write: Session, there: Elsewhere
) -> None:
    there.only = "rfc9421"
    follow(client, there)
    work(on)
    published(write)
    write.commit()
    work(on)
    assert [kind for kind, _ in there.kinds()] == ["Accept", "Create"]
    assert there.refused == ["another form of signature is needed"]


@pytest.mark.parametrize("form", ["cavage", "rfc9421"])
def test_likes_boosts_and_replies_are_counted_and_taken_back(
    on: Flask, client: FlaskClient, write: Session, town: Session, there: Elsewhere, form: str
) -> None:
    event = published(write)
    id = event.public_id
    about, own = f"{BASE}/fediverse/entries/{id}", there.server.url
    write.commit()
    note = {"id": own("/notes/1"), "type": "Note", "inReplyTo": about, "to": [PUBLIC], "content": "楽しみ"}
    sent = [
        ("hana", {"id": own("/likes/1"), "type": "Like", "object": about}),
        ("hana", {"id": own("/likes/2"), "type": "Like", "object": about}),
        ("taro", {"id": own("/likes/3"), "type": "Like", "object": about}),
        ("taro", {"id": own("/boosts/1"), "type": "Announce", "object": about}),
        ("taro", {"id": own("/creates/1"), "type": "Create", "object": note}),
        ("taro", {"id": own("/creates/2"), "type": "Create", "object": note | {"id": own("/notes/2"), "to": []}}),
    ]
    for name, activity in sent:
        assert send(client, there, activity, name, form) == 202
    assert people.reactions(town, entry(town, id)) == {"like": 2, "boost": 1, "reply": 1}
    assert people.replies(town, entry(town, id)) == [own("/notes/1")]
    undone = [
        ("hana", {"id": own("/undo/1"), "type": "Undo", "object": {"id": own("/likes/1"), "type": "Like"}}),
        ("hana", {"id": own("/undo/2"), "type": "Undo", "object": {"id": own("/likes/3"), "type": "Like"}}),
        ("taro", {"id": own("/delete/1"), "type": "Delete", "object": own("/notes/1")}),
    ]
    for name, activity in undone:
        send(client, there, activity, name, form)
    town.expire_all()
    assert people.reactions(town, entry(town, id)) == {"like": 1, "boost": 1}, "nobody takes back what another did"


def test_who_leaves_or_is_deleted_there_is_forgotten(client: FlaskClient, town: Session, there: Elsewhere) -> None:
    follow(client, there)
    follow(client, there, name="taro")
    wish = {"id": there.server.url("/follows/hana-events"), "type": "Follow", "object": f"{BASE}/actors/events"}
    assert send(client, there, {"id": there.server.url("/undo/1"), "type": "Undo", "object": wish}) == 202
    assert people.counts(town) == {"events": 1}
    deleted = {"id": there.server.url("/delete/taro"), "type": "Delete", "object": there.person("taro")}
    assert send(client, there, deleted, "taro") == 202
    assert every(town, Receiver) == [], "with the last follower their server goes"


@pytest.mark.usefixtures("on")
def test_what_proves_nothing_is_refused(client: FlaskClient, town: Session, there: Elsewhere) -> None:
    wish = {"id": there.server.url("/follows/1"), "type": "Follow", "object": f"{BASE}/actors/events"}
    body, headers = there.signed("hana", INBOX, wish)

    def answer(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        answered = client.post("/fediverse/inbox", data=body, headers=headers)
        return answered.status_code, answered.text

    bare = {"Content-Type": headers["Content-Type"]}
    assert answer(body, bare) == (401, "the request is not signed\n")
    assert answer(body + b" ", headers)[1] == "the digest is not that of the body\n"
    other = there.signed("hana", f"{BASE}/actors/events/inbox", wish)[1]
    assert answer(body, other)[1] == "the signature is not that of the key\n"
    mallory = there.signed("mallory", INBOX, wish | {"actor": there.person("hana")})
    assert answer(*mallory)[1] == "this is no account with this key\n"
    there.now = STOPPED - timedelta(hours=2)
    assert answer(*there.signed("hana", INBOX, wish))[1] == "the date is not near the present\n"
    assert answer(b"[]", headers)[0] == 400
    assert answer(b'{"type": "Follow"}', headers)[0] == 400
    assert answer(b"x" * 200_000, headers)[0] == 413
    assert every(town, Receiver) == []
    assert answer(body, headers)[0] == 202
    assert answer(body, headers) == (401, "this request was taken before\n")


def test_who_is_blocked_is_forgotten_and_refused(
    on: Flask, client: FlaskClient, write: Session, town: Session, there: Elsewhere
) -> None:
    config = on.extensions["calendar_config"]
    follow(client, there)
    follow(client, there, name="taro")
    people.block(write, config, there.person("hana"), actor=None, at=NOW)
    write.commit()
    assert people.counts(town) == {"events": 1}
    assert follow(client, there) == 403
    people.block(write, config, "127.0.0.1", actor=None, at=NOW)
    write.commit()
    assert every(town, Receiver) == []
    assert follow(client, there, name="jiro") == 403


def test_keys_are_fetched_over_the_public_internet_only(on: Flask, client: FlaskClient, there: Elsewhere) -> None:
    on.extensions["calendar_config"] = replace(on.extensions["calendar_config"], fetch_networks=())
    assert follow(client, there) == 401
    assert there.server.heard == []


def test_the_desk_shows_the_accounts_and_blocks_a_server(
    on: Flask, client: FlaskClient, write: Session, town: Session, there: Elsewhere
) -> None:
    person(write, "admin@example.jp", role="admin")
    write.commit()
    desk = staff_desk.signed_in(on, "admin@example.jp")
    follow(client, there)
    page = desk.get("/staff/fediverse").text
    assert page.index("@events@calendar.example.jp") < page.index("まだフォロワー") < page.index("@tag-sakura@")
    assert client.get("/follow?tag=桜").text.count("@tag-sakura@calendar.example.jp") == 1
    refused = staff_desk.send(desk, "/staff/fediverse/block", {"address": "no server"}, "/staff/fediverse")
    assert refused.status_code == 422
    staff_desk.send(desk, "/staff/fediverse/block", {"address": "127.0.0.1"}, "/staff/fediverse")
    assert (people.counts(town), [each.address for each in every(town, FediverseBlock)]) == ({}, ["127.0.0.1"])


def test_followers_and_likes_are_kept_by_both_databases(session: Session, database_url: str, tmp_path: Path) -> None:
    config, event = settings(tmp_path, database_url), published(session, **SAKURA)
    followers.switch(session, config, "fediverse", True, actor=None, at=NOW)
    key, hana = accounts.key(session, config), people.Person("https://a.example/hana", "https://a.example/inbox")
    for name in ("events", "tag-sakura"):
        account = accounts.find(session, name)
        people.follow(session, key, account, hana, f"https://a.example/{name}", {"accept": {}}, at=NOW)
    for number in (1, 2):
        people.react(session, key, event, "like", hana, f"https://a.example/likes/{number}", at=NOW)
    assert people.counts(session) == {"events": 1, "tag-sakura": 1}
    assert people.reactions(session, event) == {"like": 1}
    assert [row.settings["follows"] for row in session.query(Receiver)] == ["events tag-sakura"]
    people.block(session, config, "example", actor=None, at=NOW)
    assert (people.counts(session), people.reactions(session, event)) == ({}, {})
