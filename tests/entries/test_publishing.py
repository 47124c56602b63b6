"""The write path: what each act of the town hall does to sequence, times, occurrences and the log."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from calendar_app.db.models import Announcement, Event, Occurrence, Revision, Site
from calendar_app.entries import due, publishing, revisions
from calendar_app.entries.publishing import Gone, Invalid
from calendar_app.listings import queries
from helpers.town import NOW, SAKURA, announce

LATER = NOW + timedelta(hours=1)
Post = Callable[..., Event]


def rows(session: Session) -> list[Revision]:
    return list(session.scalars(select(Revision).order_by(Revision.number)))


def test_published_event_is_in_the_log_with_the_guid_of_the_entry(session: Session, post: Post) -> None:
    event = post(session)
    newest = rows(session)[-1]
    assert (newest.kind, newest.public, newest.notable) == ("published", True, True)
    assert newest.guid == f"tag:calendar.example.jp,2027:event/{event.public_id}"
    assert event.uid.endswith("@calendar.example.jp")
    assert event.sequence == 0


def test_draft_is_recorded_but_changes_nothing_public(session: Session) -> None:
    site = session.get_one(Site, 1)
    before = site.public_revision
    publishing.create(session, "event", SAKURA, actor=None, at=NOW)
    assert site.public_revision == before
    assert site.revision == rows(session)[-1].number > before


def test_new_dates_keep_the_uid_raise_the_sequence_and_are_told(session: Session, post: Post) -> None:
    event = post(session)
    uid, modified = event.uid, event.changed_at
    publishing.save(session, event, {"start": "2027-04-17T00:00:00"}, actor=None, at=LATER)
    assert (event.uid, event.sequence, event.status) == (uid, 1, "rescheduled")
    assert event.previous_starts == ["2027-04-15T00:00:00"]
    assert event.changed_at > modified
    newest = rows(session)[-1]
    assert newest.kind == "rescheduled"
    assert newest.guid == f"tag:calendar.example.jp,2027:notice/{newest.number}"
    assert [one.first_day for one in event.occurrences] == [date(2027, 4, 17)]


def test_typo_is_corrected_in_silence(session: Session, post: Post) -> None:
    event = post(session)
    told = event.updated_at
    publishing.save(session, event, {"summary": "直しました"}, actor=None, at=LATER)
    assert (event.sequence, event.updated_at) == (0, told)
    assert event.changed_at > told
    assert not rows(session)[-1].notable


def test_correction_with_a_note_is_told(session: Session, post: Post) -> None:
    event = post(session)
    publishing.save(session, event, {"fee": 300}, actor=None, at=LATER, note="料金の誤りを訂正しました")
    assert (rows(session)[-1].kind, rows(session)[-1].note) == ("corrected", "料金の誤りを訂正しました")


def test_saving_what_is_there_already_changes_nothing(session: Session, post: Post) -> None:
    event = post(session)
    count = len(rows(session))
    assert not publishing.save(session, event, revisions.values(event), actor=None, at=LATER)
    assert len(rows(session)) == count


def test_cancelled_event_stays_and_restoring_tells_that_it_goes_ahead(session: Session, post: Post) -> None:
    event = post(session)
    publishing.cancel(session, event, "大雨のため", actor=None, at=LATER)
    assert (event.public, event.status, event.reason, event.sequence) == (True, "cancelled", "大雨のため", 1)
    publishing.restore(session, event, actor=None, at=LATER + timedelta(hours=1))
    assert (event.status, event.reason, event.sequence) == ("scheduled", "", 2)
    assert [row.kind for row in rows(session) if row.notable] == ["published", "cancelled", "restored"]


def test_dates_of_a_cancelled_event_can_be_mended_without_reviving_it(session: Session, post: Post) -> None:
    event = post(session)
    publishing.cancel(session, event, "", actor=None, at=LATER)
    publishing.save(session, event, {"start": "2027-04-16T00:00:00"}, actor=None, at=LATER)
    assert event.status == "cancelled"
    assert not rows(session)[-1].notable


def test_postponed_event_gets_its_new_date(session: Session, post: Post) -> None:
    event = post(session)
    publishing.postpone(session, event, "会場の都合", actor=None, at=LATER)
    publishing.save(
        session, event, {"start": "2027-04-20T00:00:00", "end": "2027-05-06T00:00:00"}, actor=None, at=LATER
    )
    assert (event.status, event.reason) == ("rescheduled", "")


def test_withdrawn_entry_is_not_public_and_cannot_be_published_but_restored(session: Session, post: Post) -> None:
    event = post(session)
    publishing.withdraw(session, event, "誤って公開", actor=None, at=LATER)
    assert not event.public
    newest = rows(session)[-1]
    assert (newest.public, newest.notable) == (True, False)
    with pytest.raises(Gone):
        publishing.publish(session, event, actor=None, at=LATER)
    publishing.restore(session, event, actor=None, at=LATER)
    assert event.public


def test_scheduled_entry_goes_public_when_it_is_due_and_not_before(session: Session) -> None:
    event = publishing.create(session, "event", SAKURA, actor=None, at=NOW)
    publishing.schedule(session, event, LATER, actor=None, at=NOW)
    assert due.run(session, at=LATER - timedelta(seconds=1)) == []
    assert due.run(session, at=LATER) == [event]
    assert (event.state, event.published_at) == ("published", LATER)


def test_scheduling_into_the_past_is_refused(session: Session) -> None:
    event = publishing.create(session, "event", SAKURA, actor=None, at=NOW)
    with pytest.raises(Invalid) as refused:
        publishing.schedule(session, event, NOW, actor=None, at=NOW)
    assert refused.value.errors == {"publish_at": "in_the_past"}


def test_expired_announcement_leaves_the_top_by_a_revision(session: Session) -> None:
    entry = announce(session, title="クマ出没注意", importance="emergency", valid_until=LATER.isoformat())
    assert queries.emergencies(session) == [entry]
    due.run(session, at=LATER)
    assert queries.emergencies(session) == []
    assert rows(session)[-1].public
    assert due.run(session, at=LATER) == []


def test_status_line_of_a_season_is_the_newest_and_moves_the_season_on(session: Session, post: Post) -> None:
    season = post(session)
    modified = season.changed_at
    for hour, headline in enumerate(("3分咲き", "満開")):
        announce(session, title="開花情報", about_id=season.id, headline=headline, at=LATER + timedelta(hours=hour))
    found = queries.headlines(session, [season])[season.id]
    assert found.headline == "満開"
    assert season.changed_at > modified


def test_last_modified_grows_even_within_one_second_and_when_the_clock_goes_back(session: Session, post: Post) -> None:
    event = post(session)
    seen = [event.changed_at]
    for count, at in enumerate((NOW, NOW, NOW - timedelta(days=1))):
        publishing.save(session, event, {"summary": f"{count}"}, actor=None, at=at)
        seen.append(event.changed_at)
    assert seen == sorted(set(seen))


def test_history_brings_any_content_back(session: Session, post: Post) -> None:
    event = post(session)
    first = rows(session)[-1].number
    publishing.save(session, event, {"title": "別の名前", "tags": ["雪"], "fee": 500}, actor=None, at=LATER)
    publishing.revert(session, event, first, actor=None, at=LATER)
    values = revisions.values(event)
    assert {name: values[name] for name in ("title", "tags", "fee")} == {
        "title": "角館の桜まつり",
        "tags": ["桜", "仙北市"],
        "fee": None,
    }


def test_tags_typed_in_another_order_have_not_changed_when_they_are_read_again(session: Session, post: Post):
    post(session, tags=["桜", "仙北市"])
    event = post(session, tags=["仙北市", "桜"])
    kept = event.revisions[0].snapshot["values"]
    session.expire_all()
    assert revisions.values(event)["tags"] == kept["tags"]


def test_tags_in_another_order_are_no_change_to_anybody(session: Session, post: Post) -> None:
    event = post(session, tags=["桜", "仙北市"])
    count, before = len(rows(session)), (event.sequence, event.version, event.changed_at)
    assert not publishing.save(session, event, {"tags": ["仙北市", "桜"]}, actor=None, at=LATER)
    assert (len(rows(session)), (event.sequence, event.version, event.changed_at)) == (count, before)


def test_tags_typed_in_another_order_do_not_hide_a_colleagues_tag() -> None:
    base = {"tags": ["桜", "仙北市"]}
    merged, both = revisions.merge(base, {"tags": ["桜", "仙北市", "夜"]}, {"tags": ["仙北市", "桜"]})
    assert (merged["tags"], both) == (["桜", "仙北市", "夜"], [])


def test_differences_are_told_by_name_not_by_number(session: Session, post: Post) -> None:
    event = post(session)
    publishing.save(session, event, {"department_id": 2, "title": "角館 桜まつり"}, actor=None, at=LATER)
    old, new = rows(session)[-2:]
    changes = {one.field: (one.old, one.new) for one in revisions.difference(old.snapshot, new.snapshot)}
    assert changes["department_id"] == ("観光課", "学習資料館")
    assert changes["title"] == ("角館の桜まつり", "角館 桜まつり")


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"title": "  "}, {"title": "required"}),
        ({"title": "あ" * 201}, {"title": "too_long"}),
        ({"end": "2027-04-14T00:00:00"}, {"end": "before_start"}),
        ({"body": "長" * 20_001}, {"body": "too_long"}),
    ],
)
def test_values_that_cannot_be_are_refused_by_field(
    session: Session, values: dict[str, str], errors: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        publishing.create(session, "event", SAKURA | values, actor=None, at=NOW)
    assert refused.value.errors == errors


def test_hostile_characters_never_reach_the_database(session: Session, post: Post) -> None:
    event = post(session, title="桜\x00まつり\x1b\u2028\ud800🌸", tags=["＃桜 2027", "#"])
    assert event.title == "桜まつり 🌸"
    assert [tag.name for tag in event.tags] == ["桜2027"]


def test_save_from_a_stale_version_is_refused(session: Session, post: Post) -> None:
    event = post(session)
    set_committed_value(event, "version", event.version - 1)
    with pytest.raises(StaleDataError):
        publishing.save(session, event, {"title": "後から保存"}, actor=None, at=LATER)


def test_merge_keeps_each_editors_fields_and_names_the_ones_both_changed() -> None:
    base = {"title": "a", "fee": None, "summary": "x"}
    theirs = base | {"title": "b", "fee": 100}
    yours = base | {"title": "c", "summary": "y"}
    assert revisions.merge(base, theirs, yours) == ({"title": "c", "fee": 100, "summary": "y"}, ["title"])


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2027-04-15T17:30:00", "2027-04-16T00:00:00", (15, 15)),  # 24:00
        ("2027-04-15T16:00:00", "2027-04-16T02:00:00", (15, 15)),  # the small hours are still the evening's
        ("2027-04-15T09:00:00", "2027-04-17T17:00:00", (15, 17)),
        ("2027-04-15T09:00:00", None, (15, 15)),
    ],
)
def test_an_occurrence_is_on_the_days_that_people_would_say(
    session: Session, post: Post, start: str, end: str | None, days: tuple[int, int]
) -> None:
    event = post(session, start=start, end=end, all_day=False)
    one = event.occurrences[0]
    assert (one.first_day.day, one.last_day.day) == days
    assert one.start == datetime.fromisoformat(start).replace(tzinfo=UTC) - timedelta(hours=9)


def test_weekly_event_has_a_row_for_each_date(session: Session, post: Post) -> None:
    event = post(
        session,
        start="2027-04-06T10:00:00",
        end="2027-04-06T11:30:00",
        all_day=False,
        rule="FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270430",
        exdates=["2027-04-13T00:00:00"],
    )
    assert [one.first_day.day for one in event.occurrences] == [6, 9, 16, 20, 23, 27, 30]


def test_revision_numbers_have_no_gap_and_only_grow(session: Session, post: Post) -> None:
    post(session)
    announce(session)
    numbers = [row.number for row in rows(session)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_announcement_has_no_occurrence(session: Session) -> None:
    entry = announce(session)
    assert isinstance(entry, Announcement)
    assert session.scalars(select(Occurrence)).all() == []


WEEKLY = {"all_day": False, "start": "2027-04-06T10:00:00", "end": "2027-04-06T11:30:00"}
TUESDAYS = WEEKLY | {"rule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270531"}


@pytest.mark.parametrize(
    ("made", "change", "kind", "status"),
    [
        ({"certainty": "planned"}, {"certainty": "confirmed"}, "confirmed", "scheduled"),
        (
            {"certainty": "forecast"},
            {"certainty": "confirmed", "start": "2027-04-17T00:00:00"},
            "confirmed",
            "scheduled",
        ),
        ({"certainty": "forecast"}, {"start": "2027-04-12T00:00:00"}, "rescheduled", "scheduled"),
        ({}, {"start": "2027-04-12T00:00:00"}, "rescheduled", "rescheduled"),
        (TUESDAYS, {"rule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270630"}, "dates_added", "scheduled"),
        (TUESDAYS, {"rule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270430"}, "rescheduled", "rescheduled"),
        (TUESDAYS, {"slots": [["13:00", "14:30"]]}, "dates_added", "scheduled"),
        (
            {"apply_deadline": "2027-04-01T17:00:00"},
            {"apply_deadline": "2027-04-08T17:00:00"},
            "extended",
            "scheduled",
        ),
        (
            {"apply_deadline": "2027-04-08T17:00:00"},
            {"apply_deadline": "2027-04-01T17:00:00"},
            "deadline",
            "scheduled",
        ),
        ({}, {"venue_id": None}, "moved", "scheduled"),
    ],
)
def test_a_change_that_the_public_must_notice_is_told_as_what_it_is(
    session: Session, post: Post, made: revisions.Values, change: revisions.Values, kind: str, status: str
) -> None:
    event = post(session, **made)
    publishing.save(session, event, change, actor=None, at=LATER, note="一行の理由")
    newest = rows(session)[-1]
    assert (newest.kind, newest.notable, newest.note, event.status) == (kind, True, "一行の理由", status)


def test_only_a_date_that_stood_firm_is_remembered_as_the_one_before(session: Session, post: Post) -> None:
    event = post(session, certainty="usual")
    publishing.save(session, event, {"start": "2027-04-12T00:00:00"}, actor=None, at=LATER)
    assert event.previous_starts == []


def test_a_series_that_begins_later_takes_its_exceptions_along(session: Session, post: Post) -> None:
    change = {"original": "2027-04-20T10:00:00", "status": "cancelled", "note": "館内整理"}
    event = post(session, **TUESDAYS, exdates=["2027-04-13T10:00:00"], overrides=[change])
    moved = {"start": "2027-04-06T10:30:00", "end": "2027-04-06T12:00:00"}
    publishing.save(session, event, moved, actor=None, at=LATER)
    assert event.exdates == ["2027-04-13T10:30:00"]
    assert event.overrides == [change | {"original": "2027-04-20T10:30:00"}]
    states = {f"{one.wall_start:%m-%d %H:%M}": one.status for one in event.occurrences}
    assert list(states)[:3] == ["04-06 10:30", "04-20 10:30", "04-27 10:30"]
    assert states["04-20 10:30"] == "cancelled"


def test_an_inexact_date_takes_the_whole_of_its_days(session: Session, post: Post) -> None:
    event = post(session, start="2027-04-21T00:00:00", end="2027-04-30T00:00:00", all_day=False, precision="part")
    assert event.all_day
    assert [(one.first_day, one.last_day) for one in event.occurrences] == [(date(2027, 4, 21), date(2027, 4, 30))]


@pytest.mark.parametrize("field", ["precision", "certainty", "weather_rule", "shift"])
def test_a_word_that_is_not_offered_is_refused(session: Session, post: Post, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        post(session, **{field: "とても正確"})
    assert refused.value.errors == {field: "unknown"}


def test_a_season_says_its_line_with_place_and_day(session: Session, post: Post) -> None:
    event = post(session)
    values = {"about_id": event.id, "headline": "満開", "place": "武家屋敷通り", "seen_at": "2027-04-24T00:00:00"}
    line = announce(session, at=LATER, **values)
    assert isinstance(line, Announcement)
    assert (line.place, line.seen_at) == ("武家屋敷通り", datetime(2027, 4, 24))


def test_exceptions_that_leave_no_date_are_refused(session: Session, post: Post) -> None:
    every = [f"2027-04-{day:02}T00:00:00" for day in (6, 13, 20, 27)]
    with pytest.raises(Invalid) as refused:
        post(session, **TUESDAYS | {"rule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270430"}, exdates=every)
    assert refused.value.errors == {"rule": "nothing_left"}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=SECONDLY;COUNT=10", "sub_daily"),
        ("FREQ=DAILY;COUNT=1000000000", "value"),
        ("FREQ=DAILY;UNTIL=99991231", "too_long"),
        ("FREQ=DAILY", "unbounded"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "no_dates"),
        ("FREQ=DAILY;UNTIL=20361231", "too_many"),
    ],
)
def test_a_rule_made_to_hurt_is_refused_with_its_reason(session: Session, post: Post, rule: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        post(session, **WEEKLY, rule=rule)
    assert refused.value.errors == {"rule": code}


@pytest.mark.parametrize("field", ["parent_id", "previous_id"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_an_event_is_no_part_of_itself_not_even_by_way_of_others(
    session: Session, post: Post, field: str, steps: int
) -> None:
    chain = [post(session) for _ in range(steps)]
    for event, whole in zip(chain[1:], chain, strict=False):
        publishing.save(session, event, {field: whole.id}, actor=None, at=LATER)
    session.commit()
    with pytest.raises(Invalid) as refused:
        publishing.save(session, chain[0], {field: chain[-1].id}, actor=None, at=LATER)
    assert refused.value.errors == {field: "circle"}


@pytest.mark.parametrize("act", ["published", "withdrawn", "changed"])
def test_a_status_line_that_is_replaced_or_returns_moves_its_season_on(session: Session, post: Post, act: str) -> None:
    season = post(session)
    line = announce(session, about_id=season.id, headline="満開")
    newer = publishing.create(session, "announcement", {"title": "訂正", "department_id": 1}, actor=None, at=NOW)
    publishing.save(session, newer, {"supersedes_id": line.id}, actor=None, at=NOW)
    if act != "published":
        publishing.publish(session, newer, actor=None, at=NOW)
    before, shown = season.changed_at, queries.headlines(session, [season])
    if act == "published":
        publishing.publish(session, newer, actor=None, at=LATER)
    elif act == "withdrawn":
        publishing.withdraw(session, newer, "", actor=None, at=LATER)
    else:
        publishing.save(session, newer, {"supersedes_id": None}, actor=None, at=LATER)
    assert queries.headlines(session, [season]) != shown
    assert season.changed_at > before


def test_two_who_touch_one_season_within_one_second_each_move_it_on(engine: Engine, post: Post) -> None:
    """Both have read it before the first commits, each through a status line of its own."""
    with Session(engine) as first, Session(engine) as second:
        season = post(first)
        lines = [announce(first, about_id=season.id, headline="満開").id for _ in range(2)]
        first.commit()
        seen = second.get_one(Event, season.id)
        moments = [seen.changed_at]
        for session, line in ((first, lines[0]), (second, lines[1])):
            publishing.save(session, session.get_one(Announcement, line), {"headline": "散り始め"}, actor=None, at=NOW)
            session.commit()
            moments.append(session.get_one(Event, seen.id).changed_at)
    assert moments == sorted(set(moments))
