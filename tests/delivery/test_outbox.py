"""The outbox, on both databases, with real receivers: what is owed goes out once, in order, whatever fails."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import write_session
from calendar_app.db.models import Delivery, Receiver
from calendar_app.delivery import channels, outbox, turns, worker
from calendar_app.delivery.channel import Limit, Page
from calendar_app.entries import publishing, revisions
from helpers.receivers import Reply, Taker, taker
from helpers.services import free_port
from helpers.town import NOW, announce, published, settings

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Config:
    return replace(settings(tmp_path, database_url), fetch_networks=(ip_network("127.0.0.0/8"),))


def webhook(session: Session, town: Config, url: str, query: str = "", **more: Any) -> Receiver:
    values: dict[str, Any] = {"lang": "ja", "created_at": NOW} | more
    to = Receiver(channel="webhook", key=url, query=query, settings={"url": url}, **values)
    turns.keep_secrets(to, town, {"secret": SECRET})
    session.add(to)
    session.commit()
    return to


def work(town: Config, at: datetime = LATER) -> list[str]:
    return list(worker.deliver(town, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))


def headlines(there: Taker, path: str = "/") -> list[str]:
    return [json.loads(request.body)["data"]["headline"] for request in there.heard if request.path == path]


def test_a_change_reaches_whose_filter_it_meets_and_is_signed(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url("/all"))
    webhook(session, town, there.url("/snow"), "tag=雪")
    event = published(session)
    session.commit()
    assert work(town) == []
    assert [request.path for request in there.heard] == ["/all"]
    told = json.loads(there.heard[0].body)
    assert (told["type"], told["data"]["entry"]["uid"]) == ("event.new", event.uid)
    assert told["data"]["link"] == f"https://calendar.example.jp/events/{event.public_id}"


def test_nothing_is_sent_twice_and_an_unchanged_town_owes_nothing(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url())
    published(session)
    session.commit()
    for minutes in (1, 2, 600):
        work(town, NOW + timedelta(minutes=minutes))
    assert len(there.heard) == 1


def test_what_was_public_before_a_channel_was_set_up_is_not_owed_to_it(
    session: Session, town: Config, there: Taker
) -> None:
    published(session, title="昨日の催し")
    webhook(session, town, there.url(), since=revisions.lock(session).public_revision)
    published(session, title="今日の催し")
    session.commit()
    work(town)
    assert headlines(there) == ["今日の催し"]


def test_a_receiver_that_fails_gets_everything_later_in_order_under_the_same_ids(
    session: Session, town: Config, there: Taker
) -> None:
    webhook(session, town, there.url())
    event = published(session)
    publishing.cancel(session, event, "大雨", actor=None, at=NOW)
    session.commit()
    there.reply = lambda _: Reply(503)
    assert "HTTP 503" in work(town)[0]
    assert len(there.heard) == 1, "what comes after it waits"
    assert work(town, LATER + timedelta(seconds=5)) == [], "not asked again before the back-off ends"
    there.reply = lambda _: Reply()
    work(town, LATER + timedelta(seconds=30))
    types = [json.loads(request.body)["type"] for request in there.heard]
    assert types == ["event.new", "event.new", "event.cancelled"]
    ids = [request.headers["webhook-id"] for request in there.heard]
    assert ids[0] == ids[1] != ids[2]


def test_back_off_grows_and_the_network_s_own_wish_comes_first(session: Session, town: Config, there: Taker) -> None:
    to = webhook(session, town, there.url())
    published(session)
    session.commit()
    there.reply = lambda _: Reply(500)
    waits = []
    at = LATER
    for _ in range(4):
        work(town, at)
        session.refresh(to)
        assert to.due_at is not None
        waits.append((to.due_at - at).total_seconds())
        at = to.due_at
        session.commit()
    assert all(after > before for before, after in pairwise(waits)), waits
    there.reply = lambda _: Reply(429, headers={"Retry-After": "77"})
    work(town, at)
    session.refresh(to)
    assert to.due_at == at + timedelta(seconds=77)


def test_news_that_a_cancellation_overtakes_is_not_said_as_well(
    session: Session, town: Config, there: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(channels.every(), "webhook", replace(channels.every()["webhook"], many=False))
    webhook(session, town, there.url())
    event = published(session)
    publishing.cancel(session, event, "大雨", actor=None, at=NOW)
    session.commit()
    work(town)
    assert headlines(there) == ["【中止】角館の桜まつり"]


def test_it_is_given_up_after_a_day_said_so_and_replayed_by_hand(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url())
    published(session)
    session.commit()
    there.reply = lambda _: Reply(500)
    work(town)
    work(town, NOW + timedelta(days=2))
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.problem) == ("failed", "HTTP 500")
    assert len(there.heard) == 1
    there.reply = lambda _: Reply()
    outbox.replay(session, row, at=NOW + timedelta(days=2))
    session.commit()
    work(town, NOW + timedelta(days=2, seconds=1))
    session.refresh(row)
    assert row.state == "sent"
    assert {request.headers["webhook-id"] for request in there.heard} == {row.uid}


def test_one_that_is_refused_does_not_hold_up_the_next(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url())
    event = published(session)
    publishing.cancel(session, event, "", actor=None, at=NOW)
    session.commit()
    there.reply = lambda request: Reply(400 if b"event.new" in request.body else 200)
    work(town)
    states = session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == ["failed", "sent"]


def test_who_says_gone_is_turned_off(session: Session, town: Config, there: Taker) -> None:
    to = webhook(session, town, there.url())
    published(session)
    published(session)
    session.commit()
    there.reply = lambda _: Reply(410)
    work(town)
    session.refresh(to)
    assert (to.enabled, len(there.heard)) == (False, 1)


def test_a_dead_receiver_does_not_hold_up_the_others(session: Session, town: Config, there: Taker) -> None:
    nobody = free_port()
    for number in range(3):
        webhook(session, town, f"http://127.0.0.1:{nobody}/{number}")
    webhook(session, town, there.url())
    published(session)
    session.commit()
    assert len(work(town)) == 3
    assert len(there.heard) == 1


def test_a_worker_killed_in_the_middle_loses_nothing(
    session: Session, engine: Engine, town: Config, there: Taker
) -> None:
    """It had claimed and perhaps sent; after its lease another sends it, under the same id."""
    webhook(session, town, there.url())
    published(session)
    session.commit()
    with write_session(engine) as killed:
        outbox.plan(killed, at=LATER)
        [receiver_id] = outbox.claim(killed, "webhook", at=LATER, most=9, troubled=9)
        prepared = turns.prepare(killed, town, [receiver_id], at=LATER, page=lambda _: Page(404, {}, b""))
        killed.commit()
    turns.take(prepared[0], lambda: LATER)
    work(town, LATER + outbox.LEASE / 2)
    assert len(there.heard) == 1, "its lease runs"
    work(town, LATER + outbox.LEASE)
    assert [request.headers["webhook-id"] for request in there.heard] == [prepared[0].items[0].to.uid] * 2
    work(town, LATER + timedelta(hours=1))
    assert len(there.heard) == 2


def test_several_workers_send_each_once(session: Session, town: Config, there: Taker) -> None:
    for number in range(12):
        webhook(session, town, there.url(f"/{number}"))
    for number in range(3):
        published(session, title=f"催し{number}")
    session.commit()
    both = [threading.Thread(target=work, args=(town,)) for _ in range(3)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    for number in range(12):
        assert headlines(there, f"/{number}") == ["催し0", "催し1", "催し2"]


def test_who_was_told_of_an_entry_hears_of_its_end_and_who_was_not_does_not(
    session: Session, town: Config, there: Taker
) -> None:
    webhook(session, town, there.url("/sakura"), "tag=桜")
    webhook(session, town, there.url("/snow"), "tag=雪")
    event = published(session)
    session.commit()
    work(town)
    publishing.save(session, event, {"tags": ["雪"]}, actor=None, at=LATER)
    publishing.cancel(session, event, "", actor=None, at=LATER)
    publishing.withdraw(session, event, "", actor=None, at=LATER)
    session.commit()
    work(town, LATER + timedelta(minutes=1))
    said = {path: [json.loads(r.body)["type"] for r in there.heard if r.path == path] for path in ("/sakura", "/snow")}
    assert said == {"/sakura": ["event.new", "event.withdrawn"], "/snow": []}


def test_an_import_by_the_dozen_is_told_to_programs_but_its_changes_to_all(
    session: Session, town: Config, there: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(session, town, there.url())
    with revisions.one_act(session):
        events = [published(session, title=f"取込{number}") for number in range(6)]
    session.commit()
    with monkeypatch.context() as patch:
        patch.setitem(channels.every(), "webhook", replace(channels.every()["webhook"], many=False))
        work(town)
        assert there.heard == []
        publishing.cancel(session, events[0], "", actor=None, at=LATER)
        session.commit()
        work(town)
    assert headlines(there) == ["【中止】取込0"]


def test_the_networks_limit_is_kept_by_counting(
    session: Session, town: Config, there: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(session, town, there.url())
    for number in range(5):
        published(session, title=f"催し{number}")
    session.commit()
    limited = replace(channels.every()["webhook"], limits=(Limit(2, 60),))
    monkeypatch.setitem(channels.every(), "webhook", limited)
    heard = []
    for seconds in (0, 10, 29, 31, 59, 61, 91):
        work(town, LATER + timedelta(seconds=seconds))
        heard.append(len(there.heard))
    assert heard == [2, 2, 2, 3, 3, 4, 5]


def test_what_is_withdrawn_before_it_went_out_is_never_said(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url())
    publishing.withdraw(session, published(session), "", actor=None, at=NOW)
    session.commit()
    work(town)
    assert there.heard == []
    assert session.scalars(select(Delivery.state)).all() == ["skipped", "skipped"]


def test_an_emergency_obeys_only_kind_and_department(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url("/snow"), "tag=雪")
    webhook(session, town, there.url("/library"), "department=toshokan")
    announce(session, title="避難指示", importance="emergency")
    session.commit()
    work(town)
    assert [request.path for request in there.heard] == ["/snow"]


def test_old_deliveries_and_ended_subscriptions_are_deleted(session: Session, town: Config, there: Taker) -> None:
    webhook(session, town, there.url(), expires_at=NOW + timedelta(days=500))
    published(session)
    session.commit()
    work(town)
    outbox.prune(session, at=LATER + timedelta(days=399))
    assert len(session.scalars(select(Delivery)).all()) == 1
    outbox.prune(session, at=LATER + timedelta(days=401))
    assert len(session.scalars(select(Delivery)).all()) == 0
    outbox.prune(session, at=LATER + timedelta(days=501))
    assert session.scalars(select(Receiver)).all() == []
