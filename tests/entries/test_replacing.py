"""An announcement that replaces an earlier one: chosen in the form, said on both pages and in the feeds, taken back by Undo."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement
from calendar_app.entries import publishing
from calendar_app.staff import undo
from helpers.staff_desk import entry, errors, send
from helpers.town import NOW, announce

LATER = NOW + timedelta(hours=1)
NEW = "/staff/announcements/new"
TYPED = {
    "title": "避難指示を解除しました",
    "department_id": "1",
    "importance": "normal",
    "warned": "y",
    "action": "publish",
}


@pytest.fixture
def old(write: Session) -> Announcement:
    news = announce(write, title="避難指示", importance="emergency")
    write.commit()
    assert isinstance(news, Announcement)
    return news


def replace(desk: FlaskClient, write: Session, old: Announcement) -> str:
    number = str(old.id)
    write.commit()
    answer = send(desk, NEW, TYPED | {"supersedes_id": number})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"].rsplit("/", 1)[1])


def test_both_pages_name_the_other_and_the_earlier_leaves_the_top(
    desk: FlaskClient, client: FlaskClient, write: Session, old: Announcement
) -> None:
    earlier = f"/announcements/{old.public_id}"
    assert 'class="emergency' in client.get("/").text
    later = f"/announcements/{replace(desk, write, old)}"
    page = client.get(earlier).text
    banner = page.split('class="banner"')[1].split("</p>")[0]
    assert "新しいお知らせ" in banner
    assert f'href="{later}"' in banner
    assert f'href="{earlier}"' in client.get(later).text
    assert 'class="emergency' not in client.get("/").text
    assert "Replaced by" in client.get(f"{earlier}?lang=en").text


def test_page_names_the_earlier_by_its_present_title_and_no_more_once_it_is_withdrawn(
    client: FlaskClient, write: Session
) -> None:
    earlier = announce(write, title="通行止め")
    later = f"/announcements/{announce(write, supersedes_id=earlier.id).public_id}"
    write.commit()
    assert "通行止め" in client.get(later).text
    publishing.save(write, earlier, {"title": "片側通行"}, actor=None, at=LATER)
    write.commit()
    assert "片側通行" in client.get(later).text
    publishing.withdraw(write, earlier, "", actor=None, at=LATER)
    write.commit()
    assert "片側通行" not in client.get(later).text


def test_feeds_say_what_it_replaces_and_calendars_drop_the_emergency(
    desk: FlaskClient, client: FlaskClient, write: Session, old: Announcement
) -> None:
    address = f"https://calendar.example.jp/announcements/{old.public_id}"
    before = client.get("/calendar.ics").text
    assert "STATUS:CANCELLED" not in before
    replace(desk, write, old)
    for feed in ("/feed.atom", "/feed.rss", "/feed.json"):
        assert f"前のお知らせ：避難指示 {address}" in client.get(feed).text.replace(f'<a href="{address}">', ""), feed
    after = client.get("/calendar.ics").text
    assert "STATUS:CANCELLED" in after
    assert "SEQUENCE:1" in after


def test_history_shows_it_and_undo_puts_the_earlier_back_on_top(
    desk: FlaskClient, client: FlaskClient, write: Session, town: Session, old: Announcement
) -> None:
    earlier = f"/announcements/{old.public_id}"
    later = announce(write, title="避難指示を解除しました", at=LATER)
    values, version = {"supersedes_id": str(old.id)}, str(later.version)
    public_id = later.public_id
    write.commit()
    path = f"/staff/entries/{public_id}"
    saved = send(desk, f"{path}/edit", TYPED | values | {"version": version, "action": "save"})
    assert saved.status_code == 303
    assert "新しいお知らせ" in client.get(earlier).text
    assert "前のお知らせ" in (history := desk.get(f"{path}/history").text)
    assert "避難指示" in history
    act = town.scalars(select(Announcement).where(Announcement.public_id == public_id)).one().revisions[0].batch
    send(desk, f"/staff/bulk/{act}/undo", {}, page="/staff/")
    assert entry(town, public_id).supersedes_id is None
    assert "新しいお知らせ" not in client.get(earlier).text
    assert 'class="emergency' in client.get("/").text


def test_three_announcements_cannot_replace_one_another_in_a_circle(
    desk: FlaskClient, client: FlaskClient, write: Session, old: Announcement
) -> None:
    second = announce(write, title="二報", supersedes_id=old.id, at=LATER)
    third = announce(write, title="三報", supersedes_id=second.id, at=LATER)
    path, version = f"/staff/entries/{old.public_id}/edit", str(old.version)
    number, third_address = str(third.id), f"/announcements/{third.public_id}"
    write.commit()
    typed = TYPED | {"title": "避難指示", "importance": "emergency", "version": version, "action": "save"}
    answer = send(desk, path, typed | {"supersedes_id": number})
    assert answer.status_code == 422
    assert "supersedes_id" in errors(answer.text)
    assert "新しいお知らせ" not in client.get(third_address).text


def test_undo_makes_no_circle_of_replacements(session: Session) -> None:
    first, second = (announce(session, title=title) for title in ("一報", "二報"))
    given = {"actor": None, "at": LATER}
    publishing.save(session, first, {"supersedes_id": second.id}, **given)
    publishing.save(session, first, {"supersedes_id": None}, **given)
    taken_away = first.revisions[0]
    publishing.save(session, second, {"supersedes_id": first.id}, **given)
    assert not undo.undo(session, taken_away, **given)
    assert (first.supersedes_id, second.supersedes_id) == (None, first.id)


def test_the_form_offers_public_news_of_the_own_department_but_not_itself(
    desk: FlaskClient, write: Session, old: Announcement
) -> None:
    announce(write, title="図書館だより", department_id=2)
    publishing.create(write, "announcement", {"title": "下書き", "department_id": 1}, actor=None, at=NOW)
    own = f"/staff/entries/{old.public_id}/edit"
    write.commit()

    def offered(path: str) -> str:
        return desk.get(path).text.split('name="supersedes_id"')[1].split("</select>")[0]

    assert "避難指示（2027-03-01）" in offered(NEW)
    assert "図書館だより" not in offered(NEW)
    assert "下書き" not in offered(NEW)
    assert "避難指示" not in offered(own)
