"""One act upon many entries: looked at first, done in portions, broken off and finished, taken back."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, FormDraft, Revision, User
from calendar_app.entries import publishing
from calendar_app.staff import batch_dates, batch_jobs
from helpers.staff_desk import entry, every, send, signed_in
from helpers.town import NOW, STOPPED, announce, person

LIST, LOOK, DO = "/staff/entries", "/staff/entries/many/look", "/staff/entries/many"
Post = Callable[..., Event]


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_jobs, "PAUSE", 0)
    monkeypatch.setattr(batch_jobs, "PORTION", 2)


@pytest.fixture
def five(desk: FlaskClient, write: Session, post: Post) -> list[str]:
    made = [post(write, title=f"{number}回目の会").public_id for number in range(5)]
    write.commit()
    return made


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def look(desk: FlaskClient, verb: str, chosen: list[str], **more: str) -> Any:
    return send(desk, LOOK, {"verb": verb, "chosen": " ".join(chosen)} | more, page=LIST)


def do(desk: FlaskClient, verb: str, chosen: list[str], value: str = "") -> str:
    """Look, then press; the address of the act."""
    page = look(desk, verb, chosen, value=value).text
    form = {name: hidden(page, name) for name in ("verb", "value", "change")}
    answer = send(desk, DO, form, page=LIST)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_it_says_first_what_will_change_and_what_not_and_why(
    desk: FlaskClient, write: Session, post: Post, town: Session
) -> None:
    events = [post(write, title=title) for title in ("講演会", "中止の会", "図書の会")]
    publishing.cancel(write, events[1], "雪", actor=None, at=NOW)
    publishing.save(write, events[2], {"department_id": 2}, actor=None, at=NOW)
    one, off, other = (event.public_id for event in events)
    past = post(write, title="昨日の会", start="2027-02-01T00:00:00", end=None).public_id
    draft = publishing.create(write, "event", {"title": "下書き"} | _values(), actor=None, at=NOW).public_id
    news = announce(write).public_id
    write.commit()
    chosen = [one, off, other, past, draft, news]
    number = town.scalar(select(func.max(Revision.number)))
    page = look(desk, "cancel", chosen, value="大雪のため")
    assert hidden(page.text, "change").split() == [one]
    assert all(title in page.text for title in ("中止の会", "図書の会", "昨日の会", "下書き", "お知らせ"))
    town.rollback()
    assert town.scalar(select(func.max(Revision.number))) == number
    assert look(desk, "cancel", chosen, value=" ").status_code == 422
    assert look(desk, "", chosen).status_code == 422
    assert look(desk, "tag", []).status_code == 422
    # What is sent in spite of it is left out all the same.
    form = {"verb": "cancel", "value": "大雪のため", "change": " ".join(chosen)}
    send(desk, DO, form, page=LIST)
    assert [entry(town, public_id).reason for public_id in (one, off, other)] == ["大雪のため", "雪", ""]


def _values() -> dict[str, Any]:
    return {"start": "2027-04-18T00:00:00", "all_day": True, "timezone": "Asia/Tokyo", "department_id": 1}


@pytest.mark.parametrize(("scope", "count"), [("found", 5), ("page", 3), ("ticked", 1)])
def test_the_ticked_ones_the_page_or_all_that_was_found(
    desk: FlaskClient, five: list[str], scope: str, count: int
) -> None:
    form = {"scope": scope, "query": "q=回目", "shown": " ".join(five[:3]), "entry": five[4]}
    page = send(desk, LOOK, form | {"verb": "tag", "value": "春"}, page=LIST).text
    assert len(hidden(page, "change").split()) == count


@pytest.mark.parametrize(
    ("verb", "value", "changed", "was"),
    [
        ("tag", "＃春の 会", lambda one: "春の会" in {tag.name for tag in one.tags}, False),
        ("untag", "桜", lambda one: "桜" in {tag.name for tag in one.tags}, True),
        ("cancel", "大雪のため", lambda one: one.reason, ""),
    ],
)
def test_one_act_and_one_undo(
    desk: FlaskClient, town: Session, five: list[str], verb: str, value: str, changed: Callable[[Any], Any], was: Any
) -> None:
    act = do(desk, verb, five, value)
    assert was not in {changed(entry(town, one)) for one in (five[0], five[4])}
    assert len({row.batch for row in every(town, Revision)} - {None}) == 1
    assert every(town, FormDraft) == []
    send(desk, f"{act}/undo", {}, page=act)
    assert {changed(entry(town, one)) for one in five} == {was}


def test_many_events_are_postponed_to_a_new_day_or_without_one(
    desk: FlaskClient, town: Session, write: Session, post: Post
) -> None:
    times = {"all_day": False, "start": "2027-04-18T10:00:00", "end": "2027-04-18T12:00:00"}
    ids = [post(write, title=title, **times).public_id for title in ("朝市", "茶会")]
    weekly = post(write, title="教室", rule="FREQ=WEEKLY;COUNT=3", **times).public_id
    write.commit()
    faulty = look(desk, "postpone", ids, value="", day="2/30")
    assert faulty.status_code == 422
    assert faulty.text.count('aria-invalid="true"') == 2  # both faults in one round
    page = look(desk, "postpone", [*ids, weekly], value="大雨のため", day="2027/4/25").text
    assert hidden(page, "change").split() == ids
    value = re.findall(r'type="hidden" name="value" value="([^"]*)"', page)[-1]
    form = {"verb": "postpone", "value": value, "change": hidden(page, "change")}
    act = str(send(desk, DO, form, page=LIST).headers["Location"])
    assert {(f"{one.start:%d %H:%M}", one.status, one.reason) for one in (entry(town, one) for one in ids)} == {
        ("25 10:00", "rescheduled", "大雨のため")
    }
    send(desk, f"{act}/undo", {}, page=act)
    assert {(f"{one.start:%d %H:%M}", one.status) for one in (entry(town, one) for one in ids)} == {
        ("18 10:00", "scheduled")
    }
    act = do(desk, "postpone", [*ids, weekly], "大雨のため")
    assert {entry(town, one).status for one in (*ids, weekly)} == {"postponed"}
    send(desk, f"{act}/undo", {}, page=act)
    assert {entry(town, one).status for one in (*ids, weekly)} == {"scheduled"}


def test_only_who_may_post_for_a_department_moves_entries_there(
    app: Flask, desk: FlaskClient, write: Session, town: Session, five: list[str]
) -> None:
    assert hidden(look(desk, "department", five, value="2").text, "change") == ""
    person(write, "admin@example.jp", role="admin")
    write.commit()
    admin = signed_in(app, "admin@example.jp")
    do(admin, "department", five[:2], "2")
    assert [entry(town, one).department_id for one in five[:3]] == [2, 2, 1]


def test_drafts_are_published_and_scheduled_ones_left(
    desk: FlaskClient, client: FlaskClient, write: Session, town: Session
) -> None:
    made = [publishing.create(write, "event", {"title": "春の会"} | _values(), actor=None, at=NOW) for _ in range(2)]
    publishing.schedule(write, made[1], NOW.replace(month=4), actor=None, at=NOW)
    ids = [one.public_id for one in made]
    write.commit()
    do(desk, "publish", ids)
    assert [entry(town, one).state for one in ids] == ["published", "scheduled"]
    assert client.get("/feed.atom").text.count("<entry>") == 1
    do(desk, "unschedule", ids)
    assert entry(town, ids[1]).state == "draft"


def breaking_off(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The server stops in the middle of a portion."""
    whole, seen = batch_jobs._try, [0]

    def stop(*given: Any) -> None:
        seen[0] += 1
        if seen[0] > after:
            raise KeyboardInterrupt
        whole(*given)

    monkeypatch.setattr(batch_jobs, "_try", stop)


def test_what_was_broken_off_says_so_and_is_finished_or_taken_back(
    desk: FlaskClient, town: Session, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        breaking_off(patched, 3)
        with pytest.raises(KeyboardInterrupt):
            do(desk, "cancel", five, "大雪のため")
    cancelled = [one for one in every(town, Event) if one.status == "cancelled"]
    assert len(cancelled) == batch_jobs.PORTION  # whole portions only
    found = re.search(r'href="(/staff/bulk/[^"]+)"', desk.get("/staff/").text)
    assert found
    page = desk.get(found[1]).text
    assert "5件のうち2件" in page or "2 of 5" in page
    rest = re.search(r'action="([^"]+/rest)"', page)
    assert rest
    with monkeypatch.context() as patched:  # Undo is broken off too, and goes on
        send(desk, rest[1], {}, page=found[1])
        assert {one.status for one in every(town, Event)} == {"cancelled"}
        breaking_off(patched, 3)
        with pytest.raises(KeyboardInterrupt):
            send(desk, f"{found[1]}/undo", {}, page=found[1])
    assert {one.status for one in every(town, Event)} == {"cancelled", "scheduled"}
    rest = re.search(r'action="([^"]+/rest)"', desk.get(found[1]).text)
    assert rest
    send(desk, rest[1], {}, page=found[1])
    assert {one.status for one in every(town, Event)} == {"scheduled"}
    assert every(town, FormDraft) == []
    assert "/rest" not in desk.get(found[1]).text


def test_half_an_act_is_taken_back_and_forgotten(
    desk: FlaskClient, town: Session, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        breaking_off(patched, 3)
        with pytest.raises(KeyboardInterrupt):
            do(desk, "tag", five, "春")
    found = re.search(r'href="(/staff/bulk/[^"]+)"', desk.get("/staff/").text)
    assert found
    send(desk, f"{found[1]}/undo", {}, page=found[1])
    assert "春" not in {tag.name for one in every(town, Event) for tag in one.tags}
    assert every(town, FormDraft) == []


def test_others_save_between_two_portions(write: Session, post: Post, desk: FlaskClient) -> None:
    """Every portion is a transaction of its own, the dates of a series too."""
    series = post(write, title="朝市", rule="FREQ=DAILY;COUNT=6", end=None)
    write.commit()
    opened = []

    @contextmanager
    def writing() -> Iterator[Session]:
        opened.append(write.scalar(select(func.count()).select_from(Revision).where(Revision.batch.is_not(None))))
        yield write
        write.commit()

    steps = batch_dates.steps(series.occurrences[:5])
    me = write.scalars(select(User)).one()
    act = batch_jobs.start(writing, "dates", steps, {"reason": "暴風"}, actor=me, at=STOPPED)
    assert opened == [0, *range(0, 5, 2)]
    assert len(batch_dates.rows(write, act)) == 5
    assert len(batch_dates.rows(write, batch_jobs.start_undo(writing, act, actor=me, at=STOPPED))) == 5
    assert [one.status for one in series.occurrences] == [None] * 6


def broken_off(write: Session) -> None:
    """An act of the colleague of the desk, none of which is done."""
    me = write.scalars(select(User)).one()
    plan = {"verb": "tag", "steps": ["a"], "given": {"value": "春"}, "done": 0}
    write.add(FormDraft(user_id=me.id, key="abcdef123", kind="act", fields=plan, updated_at=NOW))


@pytest.mark.parametrize(("role", "department"), [("member", 1), ("member", 2), ("head", 2)])
def test_a_stranger_to_an_act_is_told_who_decides_about_its_rest(
    app: Flask, desk: FlaskClient, write: Session, role: str, department: int
) -> None:
    broken_off(write)
    person(write, "other@example.jp", role=role, department=department)
    write.commit()
    other = signed_in(app, "other@example.jp")
    for verb in ("rest", "drop"):
        assert f"abcdef123/{verb}" not in other.get("/staff/bulk/abcdef123").text
        refused = send(other, f"/staff/entries/many/abcdef123/{verb}", {}, page="/staff/")
        assert refused.status_code == 403
        assert "始めた人、その人の課の課長、管理者" in refused.text
    assert "/staff/bulk/abcdef123" in desk.get("/staff/").text


@pytest.mark.parametrize(("role", "department"), [("head", 1), ("admin", 2)])
@pytest.mark.parametrize("verb", ["rest", "drop"])
def test_a_head_and_an_administrator_end_what_a_colleague_began(
    app: Flask, desk: FlaskClient, write: Session, town: Session, role: str, department: int, verb: str
) -> None:
    broken_off(write)
    person(write, "other@example.jp", role=role, department=department)
    write.commit()
    other = signed_in(app, "other@example.jp")
    assert f"abcdef123/{verb}" in other.get("/staff/bulk/abcdef123").text
    assert send(other, f"/staff/entries/many/abcdef123/{verb}", {}, page="/staff/").status_code == 303
    assert every(town, FormDraft) == []


def test_a_plan_is_no_form(desk: FlaskClient, write: Session) -> None:
    me = write.scalars(select(User)).one()
    plan = {"verb": "tag", "steps": ["a"], "given": {"value": "春"}, "done": 0}
    write.add(FormDraft(user_id=me.id, key="abcdef123", kind="act", fields=plan, updated_at=NOW))
    write.commit()
    assert desk.get("/staff/events/new?draft=abcdef123").status_code == 200
    assert send(desk, "/staff/drafts/abcdef123/drop", {}, page="/staff/").status_code in (303, 400)
    assert "/staff/bulk/abcdef123" in desk.get("/staff/").text
    assert send(desk, "/staff/entries/many/abcdef123/drop", {}, page="/staff/").status_code == 303
    assert "/staff/bulk/abcdef123" not in desk.get("/staff/").text
    assert write.scalar(select(func.count()).select_from(Entry)) == 0
