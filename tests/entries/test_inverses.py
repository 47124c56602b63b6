"""Undo and restore give back what the public saw: names of today, earlier states, and only what an act had changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Revision, Tag
from calendar_app.entries import publishing, revisions, single_dates
from calendar_app.feeds import items
from calendar_app.listings import filters, queries, renames
from calendar_app.staff import templates, undo
from helpers.town import NOW, SAKURA, person

MARKET: dict[str, Any] = {
    "title": "朝市",
    "start": "2027-04-04T08:00:00",
    "end": "2027-04-04T10:00:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270530",
}
Post = Callable[..., Event]


class Hours:
    """Who does one thing an hour."""

    def __init__(self, session: Session) -> None:
        self.session, self.at = session, NOW

    def __call__(self, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.at += timedelta(hours=1)
        return verb(self.session, *given, actor=None, at=self.at, **named)


@pytest.fixture
def then(session: Session) -> Hours:
    return Hours(session)


def newest(session: Session) -> Revision:
    return session.scalars(select(Revision).order_by(Revision.number.desc()).limit(1)).one()


def tag(session: Session, name: str) -> Tag:
    return session.scalars(select(Tag).where(Tag.name == name)).one()


def tags(event: Event) -> set[str]:
    return {one.name for one in event.tags}


def news(session: Session) -> list[str]:
    rows = session.scalars(select(Revision).where(Revision.notable).order_by(Revision.number))
    return [items.notice(row, "ja") for row in rows]


def found(session: Session, name: str) -> list[str]:
    """What the address ?tag=… shows, led on by the former names."""
    wanted = renames.current(session, filters.read_filter({"tag": [name]}))
    start = datetime(2027, 4, 1).date()
    return [one.event.title for one in queries.occurrences(session, start, start + timedelta(days=60), wanted)]


@pytest.mark.parametrize("merged", [False, True])
def test_undo_after_a_renamed_tag_leaves_the_new_name(session: Session, post: Post, then: Hours, merged: bool) -> None:
    event = post(session, tags=["旧", "桜"])
    if merged:
        post(session, title="別の催し", tags=["新"])
    then(renames.rename_tag, tag(session, "旧"), "新")
    then(publishing.cancel, event, "大雪")
    cancelled = newest(session)
    assert then(undo.undo, cancelled)
    assert tags(event) == {"新", "桜"}
    then(undo.undo, newest(session))  # undo of undo
    assert (event.status, tags(event)) == ("cancelled", {"新", "桜"})
    assert "角館の桜まつり" in found(session, "旧")
    assert "角館の桜まつり" in found(session, "新")
    assert session.scalar(select(Tag).where(Tag.name == "旧")) is None


def test_an_old_version_and_a_template_come_back_with_the_present_tag(
    session: Session, post: Post, then: Hours
) -> None:
    event, me = post(session, tags=["旧"]), person(session)
    first = newest(session).number
    template = templates.save_template(session, "桜", "event", revisions.values(event), 1, actor=me, at=NOW)
    then(publishing.save, event, {"summary": "変えました"})
    then(renames.rename_tag, tag(session, "旧"), "新")
    assert templates.next_form(session, template, NOW.date()).values["tags"] == ["新"]
    then(publishing.revert, event, first)
    assert (event.summary, tags(event)) == (SAKURA["summary"], {"新"})
    other = then(publishing.create, "event", SAKURA | {"tags": ["旧", "新"]})
    assert tags(other) == {"新"}


def test_undo_of_a_rename_in_between_changes_nothing_else(session: Session, post: Post, then: Hours) -> None:
    event = post(session, tags=["旧"])
    then(renames.rename_tag, tag(session, "旧"), "新")
    then(publishing.save, event, {"summary": "変えました"})
    change = newest(session)
    then(publishing.save, event, {"tags": ["新", "夜"]})
    then(undo.undo, change)
    assert (event.summary, tags(event)) == (SAKURA["summary"], {"新", "夜"})


def test_dates_left_out_one_by_one_are_taken_back_one_by_one(session: Session, post: Post, then: Hours) -> None:
    event = post(session, **MARKET)
    first, second = "2027-04-11T08:00:00", "2027-04-18T08:00:00"
    then(publishing.save, event, {"exdates": [first]})
    change = newest(session)
    then(publishing.save, event, {"exdates": [first, second]})
    assert then(undo.undo, change)
    assert event.exdates == [second]


def test_a_date_left_out_after_a_move_follows_the_series_back(session: Session, post: Post, then: Hours) -> None:
    event = post(session, **MARKET)
    single = datetime(2027, 4, 11, 8)
    then(single_dates.set_status, event, single, "cancelled", "大雪")
    then(publishing.save, event, {"start": "2027-04-04T09:00:00", "end": "2027-04-04T11:00:00"})
    move = newest(session)
    then(publishing.save, event, {"exdates": ["2027-04-18T09:00:00"]})
    then(undo.undo, move)
    assert event.start == datetime(2027, 4, 4, 8)
    assert "2027-04-18" not in {f"{one.first_day}" for one in event.occurrences}
    assert {one.wall_start: one.status for one in event.occurrences}[single] == "cancelled"


@pytest.mark.parametrize("off", ["cancelled", "postponed"])
@pytest.mark.parametrize("before", ["full", "moved_online"])
def test_restored_is_as_full_as_it_was(session: Session, post: Post, then: Hours, off: str, before: str) -> None:
    event = post(session)
    then(publishing.mark, event, before, "定員に達しました")
    then(publishing.cancel if off == "cancelled" else publishing.postpone, event, "大雪")
    then(publishing.restore, event)
    assert (event.status, event.reason) == (before, "定員に達しました")
    assert len(news(session)) == 4
    then(publishing.restore, event)  # places again
    assert (event.status, event.reason) == ("scheduled", "")
    assert news(session)[-1] == "【開催】角館の桜まつり"
    then(publishing.cancel, event, "大雪")
    then(publishing.restore, event)
    assert event.status == "scheduled"


def test_moved_cancelled_and_restored_still_says_where_it_moved_from(session: Session, post: Post, then: Hours) -> None:
    event = post(session)
    then(publishing.save, event, {"start": "2027-04-17T00:00:00"})
    then(publishing.cancel, event, "大雪")
    then(publishing.restore, event)
    assert (event.status, event.previous_starts) == ("rescheduled", ["2027-04-15T00:00:00"])
    assert news(session)[-1] == "【開催】角館の桜まつり"


@pytest.mark.parametrize("by", ["restore", "undo"])
@pytest.mark.parametrize("before", ["scheduled", "full"])
def test_moved_while_cancelled_it_says_so_when_it_is_on_again(
    session: Session, post: Post, then: Hours, before: str, by: str
) -> None:
    event = post(session)
    if before == "full":
        then(publishing.mark, event, "full", "定員に達しました")
    then(publishing.cancel, event, "大雪")
    cancelled, sequence = newest(session), event.sequence
    then(publishing.save, event, {"start": "2027-04-17T00:00:00"})
    assert news(session)[-1] == "【中止】角館の桜まつり"
    if by == "restore":
        then(publishing.restore, event)
    else:
        then(undo.undo, cancelled)
    assert event.status == ("full" if before == "full" else "rescheduled")
    assert event.previous_starts == ["2027-04-15T00:00:00"]
    assert news(session)[-1] == "【日時変更】角館の桜まつり"
    assert event.sequence == sequence + 2


def test_the_second_part_of_a_cancelled_series_is_as_full_as_the_series_was(
    session: Session, post: Post, then: Hours
) -> None:
    event = post(session, **MARKET)
    then(publishing.mark, event, "full", "定員に達しました")
    then(publishing.cancel, event, "大雪")
    later = then(single_dates.split, event, datetime(2027, 4, 18, 8), {})
    assert (later.status, later.reason) == ("cancelled", "大雪")
    then(publishing.restore, later)
    assert (later.status, later.reason) == ("full", "定員に達しました")


@pytest.mark.parametrize("public", [True, False])
def test_the_second_part_of_a_full_series_is_full_again_after_a_cancellation(
    session: Session, post: Post, then: Hours, public: bool
) -> None:
    event = post(session, **MARKET)
    if not public:
        event.state = "draft"
    then(publishing.mark, event, "full", "定員に達しました")
    later = then(single_dates.split, event, datetime(2027, 4, 18, 8), {})
    then(publishing.cancel, later, "大雪")
    then(publishing.restore, later)
    assert (later.status, later.reason) == ("full", "定員に達しました")


@pytest.mark.parametrize("status", ["full", "cancelled", "postponed", "moved_online"])
def test_the_second_part_of_a_series_says_what_the_series_said(
    session: Session, post: Post, then: Hours, status: str
) -> None:
    event, here = post(session, **MARKET), datetime(2027, 4, 18, 8)
    then(publishing.mark, event, status, "わけ")
    later = then(single_dates.split, event, here, {"end": "2027-04-18T11:00:00"} if status == "full" else {})
    assert later.public
    assert (later.status, later.reason) == (status, "わけ")


def test_new_dates_end_a_postponement_from_there_on(session: Session, post: Post, then: Hours) -> None:
    event, here = post(session, **MARKET), datetime(2027, 4, 18, 8)
    then(publishing.postpone, event, "わけ")
    later = then(single_dates.split, event, here, {"start": "2027-04-18T09:00:00", "end": "2027-04-18T11:00:00"})
    assert later.status == "scheduled"


def test_what_was_moved_out_of_sight_is_told_when_it_comes_back(session: Session, post: Post, then: Hours) -> None:
    event = post(session)
    then(publishing.withdraw, event, "")
    then(publishing.save, event, {"start": "2027-04-16T00:00:00"})
    assert (event.sequence, len(news(session))) == (0, 1)
    then(publishing.restore, event)
    assert (event.sequence, event.status) == (1, "rescheduled")
    assert event.previous_starts == ["2027-04-15T00:00:00"]
    assert news(session)[-1] == "【日時変更】角館の桜まつり"


def test_what_was_moved_to_and_fro_out_of_sight_is_no_news(session: Session, post: Post, then: Hours) -> None:
    event = post(session)
    then(publishing.withdraw, event, "")
    then(publishing.save, event, {"start": "2027-04-16T00:00:00"})
    then(publishing.save, event, {"start": SAKURA["start"], "summary": "直しました"})
    then(publishing.restore, event)
    assert (event.sequence, event.status, len(news(session))) == (0, "scheduled", 1)


def test_what_was_cancelled_out_of_sight_is_told_when_it_comes_back(session: Session, post: Post, then: Hours) -> None:
    event = post(session)
    then(publishing.withdraw, event, "")
    then(publishing.cancel, event, "大雪")
    then(publishing.restore, event)
    assert (event.sequence, event.status) == (1, "cancelled")
    assert news(session)[-1] == "【中止】角館の桜まつり"
