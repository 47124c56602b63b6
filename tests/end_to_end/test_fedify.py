"""The fediverse with a server that others wrote: Fedify follows, verifies what it is sent, reads it, and answers."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.delivery import followers, worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.fediverse import people
from calendar_app.entries import publishing
from helpers import ROOT
from helpers.node import Node, running
from helpers.services import free_port
from helpers.town import attached, published

pytestmark = pytest.mark.skipif(
    not (ROOT / "node_modules/@fedify/fedify").is_dir(), reason="Fedify is not installed (npm install)"
)

FIREWORKS = {"title": "花火大会", "start": "2027-08-15T19:00:00", "end": "2027-08-15T21:00:00", "all_day": False}


@pytest.fixture
def site(built: Flask, config: Config) -> Iterator[Flask]:
    """The application on a port, by the true clock, with the fediverse turned on."""
    port = free_port()
    mine = replace(config, base_url=f"http://127.0.0.1:{port}", fetch_networks=(ip_network("127.0.0.0/8"),))
    app = attached(built, mine)
    with write_session(make_engine(mine.database_url)) as session:
        followers.switch(session, mine, "fediverse", True, actor=None, at=datetime.now(UTC))
        session.commit()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield app
    server.shutdown()
    thread.join()


@pytest.fixture
def fedify() -> Iterator[Node]:
    with running("fedify.mjs") as there:
        yield there


def work(app: Flask) -> None:
    def page(path: str) -> Page:
        answer = app.test_client().get(path)
        return Page(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.get_data())

    config = app.extensions["calendar_config"]
    assert list(worker.deliver(config, now=lambda: datetime.now(UTC), page=page, once=True)) == []


def test_a_server_of_others_follows_reads_and_answers(site: Flask, fedify: Node) -> None:
    config = site.extensions["calendar_config"]
    events, kanko = (f"{config.base_url}/actors/{name}" for name in ("events", "kanko"))

    def ask(verb: str, **about: Any) -> Any:
        return fedify.ask({"verb": verb} | about)

    assert ask("look", at=events) == {"type": "Organization", "name": config.name("ja"), "handle": "events"}
    wishes = [ask("follow", who=who)["id"] for who in (events, kanko)]
    work(site)
    assert [(each["kind"], each["about"]) for each in ask("heard")] == [("Accept", wish) for wish in wishes]
    with write_session(make_engine(config.database_url)) as session:
        event = published(session, **FIREWORKS, at=datetime.now(UTC))
        session.commit()
        about = f"{config.base_url}/fediverse/entries/{event.public_id}"
        session.rollback()
        work(site)
        written, boosted = ask("heard")
        read = {name: written[name] for name in ("kind", "type", "name", "place")}
        assert read == {"kind": "Create", "type": "Event", "name": "花火大会", "place": "桧木内川堤"}
        assert datetime.fromisoformat(written["start"]) == datetime(2027, 8, 15, 10, tzinfo=UTC)
        assert (boosted["kind"], boosted["actor"], boosted["about"]) == ("Announce", kanko, about)
        ask("like", who=events, about=about)
        ask("reply", who=events, about=about)
        assert people.reactions(session, event) == {"like": 1, "reply": 1}
        session.rollback()
        publishing.cancel(session, event, "強風のため", actor=None, at=datetime.now(UTC))
        session.commit()
        work(site)
        changed, word = ask("heard")[:2]
        assert (changed["kind"], changed["name"]) == ("Update", "【中止】花火大会")
        assert (word["kind"], word["type"], word["answers"]) == ("Create", "Note", about)
        assert "強風のため" in word["content"]
        publishing.withdraw(session, event, "", actor=None, at=datetime.now(UTC))
        session.commit()
        work(site)
        assert [each["kind"] for each in ask("heard")] == ["Delete", "Delete"]
    for who, wish in zip((events, kanko), wishes, strict=True):
        ask("unfollow", who=who, wish=wish)
    with Session(make_engine(config.database_url)) as session:
        assert people.counts(session) == {}
