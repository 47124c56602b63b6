"""Colleagues instead of a boss: reading after, comments, handing over."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Comment, Department, Event, Revision, User
from calendar_app.entries import due, publishing
from calendar_app.staff import comments, handover
from helpers.acts import undo_act
from helpers.staff_desk import entry, every, publish, send, signed_in
from helpers.town import NOW, STOPPED, announce, person

Post = Callable[..., Event]


@pytest.fixture
def other(app: Flask, write: Session) -> FlaskClient:
    """A second colleague of 観光課."""
    person(write, "other@example.jp").name = "高橋 健"
    write.commit()
    return signed_in(app, "other@example.jp")


def say(client: FlaskClient, public_id: str, text: str = "", **more: str) -> Any:
    return send(client, f"/staff/entries/{public_id}/comments", {"text": text} | more, f"/staff/entries/{public_id}")


# Reading after


def test_what_a_colleague_changed_is_told_in_words_until_it_is_marked(desk: FlaskClient, other: FlaskClient) -> None:
    public_id = publish(other)
    version = re.search(r'name="version"[^>]*value="(\d+)"', other.get(f"/staff/entries/{public_id}/edit").text)
    assert version
    typed = {"title": "角館の桜まつり", "start_date": "2027-04-16", "end_date": "2027-05-05", "all_day": "y"}
    edited = typed | {
        "department_id": "1",
        "venue_id": "1",
        "version": version[1],
        "action": "save",
        "note": "開花が遅い",
    }
    assert send(other, f"/staff/entries/{public_id}/edit", edited).status_code == 303
    shown = desk.get("/staff/news").text
    assert "高橋 健" in shown
    assert "開花が遅い" in shown
    assert re.search(r"<del>2027年4月15日[^<]*</del> → <ins>2027年4月16日", shown)
    newest = re.search(r'name="revision" value="(\d+)"', shown)
    assert newest
    again = desk.get("/staff/news").text
    assert "開花が遅い" in again, "looking marks nothing"
    assert send(desk, "/staff/news/read", {"revision": newest[1], "comment": "0"}, "/staff/news").status_code == 303
    assert "開花が遅い" not in desk.get("/staff/news").text
    assert "開花が遅い" not in other.get("/staff/news").text, "one's own is no news"


def test_what_comes_in_while_one_reads_stays_unread(desk: FlaskClient, write: Session, post: Post) -> None:
    post(write, title="読んだ")
    seen = write.scalar(select(func.max(Revision.number)))
    post(write, title="まだ")
    write.commit()
    send(desk, "/staff/news/read", {"revision": str(seen), "comment": "0"}, "/staff/news")
    shown = desk.get("/staff/news").text
    assert "まだ" in shown
    assert "読んだ" not in shown
    send(desk, "/staff/news/read", {"revision": "0", "comment": "0"}, "/staff/news")
    assert "読んだ" not in desk.get("/staff/news").text, "a mark never goes back"
    send(desk, "/staff/news/read", {"revision": "99999999", "comment": "0"}, "/staff/news")
    post(write, title="あとから")
    write.commit()
    assert "あとから" in desk.get("/staff/news").text


def test_other_departments_are_a_press_away_and_drafts_are_nobodys_news(
    desk: FlaskClient, write: Session, post: Post
) -> None:
    post(write, title="図書館まつり", department_id=2)
    publishing.create(write, "announcement", {"title": "下書き", "department_id": 1}, actor=None, at=NOW)
    write.commit()
    assert "図書館まつり" not in desk.get("/staff/news").text
    everything = desk.get("/staff/news?of=all").text
    assert "図書館まつり" in everything
    assert "下書き" not in everything


# Comments


def test_everybody_comments_and_the_public_never_sees_it(
    app: Flask, desk: FlaskClient, client: FlaskClient, write: Session
) -> None:
    person(write, "library@example.jp", department=2)
    write.commit()
    public_id = publish(desk)
    assert say(signed_in(app, "library@example.jp"), public_id, "駐車場は足りますか").status_code == 303
    assert "駐車場は足りますか" in desk.get(f"/staff/entries/{public_id}").text
    assert "駐車場は足りますか" in desk.get("/staff/").text
    for path in ("", ".ics"):
        assert "駐車場" not in client.get(f"/events/{public_id}{path}").text.replace("\r\n ", "")
    assert "駐車場" not in client.get("/feed.json").text


def test_a_comment_is_text_and_its_links_are_safe(desk: FlaskClient) -> None:
    public_id = publish(desk)
    say(desk, public_id, '<script>alert(1)</script>\njavascript:alert(1) https://example.jp/"onclick=x と')
    shown = desk.get(f"/staff/entries/{public_id}").text
    assert "<script>alert" not in shown
    assert '<a href="https://example.jp/" rel="nofollow noopener">' in shown
    assert 'href="javascript' not in shown


@pytest.mark.parametrize(("length", "kept"), [(0, 0), (2000, 1), (2001, 0)])
def test_a_comment_has_between_one_and_two_thousand_characters(
    desk: FlaskClient, town: Session, length: int, kept: int
) -> None:
    public_id = publish(desk)
    assert say(desk, public_id, "あ" * length).status_code == 303
    assert len(every(town, Comment)) == kept


def test_ones_own_comment_can_be_taken_back_for_ten_minutes(
    desk: FlaskClient, other: FlaskClient, write: Session, town: Session
) -> None:
    public_id = publish(desk)
    say(desk, public_id, "まちがえた")
    warm = every(town, Comment)[0].id
    page = f"/staff/entries/{public_id}"
    send(other, f"/staff/comments/{warm}/remove", {}, page)
    assert len(every(town, Comment)) == 1, "only one's own"
    me = write.scalars(select(User).where(User.email == "staff@example.jp")).one()
    event = write.scalars(select(Event)).one()
    cold = comments.add(write, event, "前の", actor=me, at=STOPPED - timedelta(minutes=10)).id
    write.commit()
    for number in (warm, cold):
        send(desk, f"/staff/comments/{number}/remove", {}, page)
    assert [one.text for one in every(town, Comment)] == ["前の"]


def test_a_question_leaves_the_desk_when_it_is_dealt_with(
    app: Flask, desk: FlaskClient, other: FlaskClient, write: Session, town: Session
) -> None:
    person(write, "library@example.jp", department=2)
    write.commit()
    public_id = publish(desk)
    say(other, public_id, "会場は合っていますか")
    number, page = every(town, Comment)[0].id, f"/staff/entries/{public_id}"
    assert "会場は合っていますか" in desk.get("/staff/").text
    stranger = signed_in(app, "library@example.jp")
    assert send(stranger, f"/staff/comments/{number}/resolve", {}, page).status_code == 403
    assert send(desk, f"/staff/comments/{number}/resolve", {}, page).status_code == 303
    assert "会場は合っていますか" not in desk.get("/staff/").text
    assert "会場は合っていますか" in desk.get(page).text


def test_thanks_are_said_once_and_ask_for_no_answer(desk: FlaskClient, other: FlaskClient, town: Session) -> None:
    public_id = publish(desk)
    for _ in range(2):
        assert say(other, public_id, thanks="y").status_code == 303
    assert [one.thanks for one in every(town, Comment)] == [True]
    assert "♡" in desk.get("/staff/news").text
    assert every(town, Comment)[0].revision == max(one.number for one in every(town, Revision))


def test_a_comment_without_its_token_is_refused(desk: FlaskClient, town: Session) -> None:
    public_id = publish(desk)
    assert desk.post(f"/staff/entries/{public_id}/comments", data={"text": "x"}).status_code == 400
    assert every(town, Comment) == []


# Handing over


def test_what_is_current_goes_to_a_colleague_and_one_press_brings_it_back(
    desk: FlaskClient, other: FlaskClient, town: Session
) -> None:
    public_id = publish(desk)
    draft = send(
        desk,
        "/staff/announcements/new",
        {"title": "下書き", "department_id": "1", "importance": "normal", "action": "draft"},
    )
    draft_id = draft.headers["Location"].rsplit("/", 1)[1]
    me, taker = (
        town.scalars(select(User).where(User.email == f"{name}@example.jp")).one() for name in ("staff", "other")
    )
    assert "角館の桜まつり" in desk.get("/staff/handover").text
    form = {"person": str(me.id), "to": str(taker.id), "entry": [public_id, draft_id]}
    answer = send(desk, "/staff/handover", form)
    assert answer.status_code == 303
    assert entry(town, public_id).owner_id == taker.id
    assert entry(town, public_id).author_id == me.id
    assert entry(town, draft_id).owner_id == taker.id
    history = desk.get(f"/staff/entries/{public_id}/history").text
    assert "高橋 健" in history
    assert "角館の桜まつり" not in desk.get("/staff/handover").text
    assert "角館の桜まつり" in other.get("/staff/handover").text
    act = answer.headers["Location"]
    assert send(desk, f"{act}/undo", {}, act).status_code == 303
    assert entry(town, public_id).owner_id is None
    assert "角館の桜まつり" in desk.get("/staff/handover").text


def test_a_handover_and_its_undo_leave_comments_and_what_was_read(
    app: Flask, desk: FlaskClient, other: FlaskClient, write: Session, town: Session
) -> None:
    person(write, "boss@example.jp", role="admin")
    write.commit()
    boss = signed_in(app, "boss@example.jp")
    public_id = publish(desk)
    send(other, f"/staff/entries/{public_id}/comments", {"text": "駐車場は？"}, f"/staff/entries/{public_id}")
    newest = town.scalar(select(func.max(Revision.number))) or 0
    send(other, "/staff/news/read", {"revision": str(newest), "comment": "1"}, "/staff/news")
    before = _marks(town)
    me, taker = (
        town.scalars(select(User).where(User.email == f"{name}@example.jp")).one() for name in ("staff", "other")
    )
    form = {"person": str(me.id), "to": str(taker.id), "department": "2", "entry": public_id}
    act = send(boss, "/staff/handover", form).headers["Location"]
    assert entry(town, public_id).department_id == 2
    assert _marks(town) == before
    send(boss, f"{act}/undo", {}, act)
    assert (entry(town, public_id).department_id, entry(town, public_id).owner_id) == (1, None)
    assert _marks(town) == before
    assert "駐車場は？" in desk.get(f"/staff/entries/{public_id}").text


def _marks(town: Session) -> list[Any]:
    """What was said, by whom and of which state; how far everybody has read."""
    town.rollback()
    said = [(one.id, one.entry_id, one.author_id, one.text, one.revision) for one in every(town, Comment)]
    return [*said, *((one.email, one.seen_revision, one.seen_comment) for one in every(town, User))]


def test_handing_over_is_no_news_to_the_public(
    desk: FlaskClient, other: FlaskClient, town: Session, client: FlaskClient
) -> None:
    public_id = publish(desk)
    before = client.get("/feed.json").text
    me, taker = (
        town.scalars(select(User).where(User.email == f"{name}@example.jp")).one() for name in ("staff", "other")
    )
    send(desk, "/staff/handover", {"person": str(me.id), "to": str(taker.id), "entry": public_id})
    assert client.get("/feed.json").text == before
    assert every(town, Revision)[-1].kind == "handed_over"


@pytest.mark.parametrize(
    ("role", "whose", "taker", "department", "status"),
    [
        ("member", 1, 1, "", 403),  # somebody else's work
        ("head", 1, 1, "", 303),
        ("head", 1, 2, "", 403),
        ("head", 2, 1, "", 403),
        ("head", 1, 1, "2", 403),
        ("admin", 1, 2, "2", 303),
    ],
)
def test_heads_hand_over_within_their_department_and_administrators_anywhere(
    app: Flask, write: Session, role: str, whose: int, taker: int, department: str, status: int
) -> None:
    person(write, "me@example.jp", role=role)
    giver, to = person(write, "a@example.jp", department=whose), person(write, "b@example.jp", department=taker)
    made = publishing.create(write, "announcement", {"title": "A", "department_id": whose}, actor=giver, at=NOW)
    form = {"person": str(giver.id), "to": str(to.id), "department": department, "entry": made.public_id}
    taken = (to.id, int(department or whose))
    write.commit()
    assert send(signed_in(app, "me@example.jp"), "/staff/handover", form).status_code == status
    write.refresh(made)
    assert (made.owner_id, made.department_id) == (taken if status == 303 else (None, whose))


def test_current_is_what_is_not_over(session: Session, post: Post) -> None:
    me = person(session)
    texts: dict[str, Any] = {"department_id": 1, "timezone": "Asia/Tokyo", "all_day": True}
    days = {"終わった": "2027-02-01", "これから": "2027-03-10"}
    for title, day in days.items():
        made = publishing.create(
            session, "event", texts | {"title": title, "start": f"{day}T00:00:00"}, actor=me, at=NOW
        )
        publishing.publish(session, made, actor=me, at=NOW)
    old = announce(session, title="期限切れ", valid_until=(NOW + timedelta(hours=1)).isoformat())
    new = announce(session, title="有効")
    old.author_id = new.author_id = me.id
    due.run(session, at=NOW + timedelta(hours=2))
    publishing.create(session, "announcement", {"title": "下書き", "department_id": 1}, actor=me, at=NOW)
    found = handover.current_entries(session, me, STOPPED.date())
    assert [one.title for one in found] == ["下書き", "これから", "有効"]
    assert handover.count_by_heading(found) == {"draft": 1, "event": 1, "announcement": 1}


def test_undo_leaves_alone_what_was_given_on_since(session: Session) -> None:
    first, second, third = (person(session, f"{name}@example.jp") for name in "abc")
    home = session.get_one(Department, 2)
    given: Any = {"actor": first, "at": NOW}
    kept, moved = (
        publishing.create(session, "announcement", {"title": title, "department_id": 1}, **given) for title in "AB"
    )
    act = handover.hand_over(session, [kept, moved], second, home, **given)
    handover.hand_over(session, [moved], third, None, **given)
    undo_act(session, act, actor=None, at=NOW)
    assert (kept.owner_id, kept.department_id) == (None, 1)
    assert (moved.owner_id, moved.department_id) == (third.id, 1)


# The desk for the day, and the public's page


def test_the_desk_shows_what_runs_today_what_closes_and_what_is_new(
    desk: FlaskClient, write: Session, post: Post
) -> None:
    season = post(write, title="雪まつり", start="2027-02-20T00:00:00", end="2027-03-10T00:00:00")
    announce(write, title="見頃", headline="見頃", about_id=season.id)
    soon: Any = {"apply_deadline": "2027-03-03T17:00:00", "start": "2027-05-01T00:00:00", "end": None}
    post(write, title="陶芸教室", **soon)
    post(write, title="まだ先", **soon | {"apply_deadline": "2027-03-20T17:00:00"})
    write.commit()
    to_do, on = desk.get("/staff/").text.split('id="to-do"')[1].split('id="on"')
    assert "陶芸教室" in to_do
    assert "まだ先" not in to_do
    assert 'href="/staff/news"' in to_do
    morning = on.split('class="panel morning"')[1].split("</section>")[0]
    assert "雪まつり" in morning
    assert "見頃" in morning
    assert f"/staff/events/{season.public_id}/now" in morning
    coming = on.split("これから7日間")[1].split("<h3>")[0]
    assert "雪まつり" not in coming  # it stands under today


def test_a_correction_stands_with_its_time_on_the_page_of_an_announcement(client: FlaskClient, write: Session) -> None:
    made = announce(write, title="休館のお知らせ", body="3月5日は休館です。")
    given: Any = {"actor": None, "at": NOW + timedelta(hours=1)}
    publishing.save(write, made, {"body": "3月6日は休館です。"}, note="日付に誤りがありました", **given)
    write.commit()
    shown = client.get(f"/announcements/{made.public_id}").text
    assert "日付に誤りがありました" in shown
    assert "訂正" in shown
    assert 'datetime="2027-03-01T10:00' in shown or "午前10時" in shown
