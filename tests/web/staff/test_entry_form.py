"""The staff desk through HTTP: what a person types, presses and sees."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Department, Event, Photo, Venue
from calendar_app.entries import publishing
from calendar_app.entries.publishing import save
from helpers.staff_desk import NEW, TYPED, entry, errors, every, picture, publish, send, signed_in, value
from helpers.town import NOW, person


def test_every_address_of_the_desk_refuses_a_stranger_and_changes_nothing(app: Flask, client: FlaskClient):
    app.config["WTF_CSRF_ENABLED"] = False
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] not in (
            "entry_actions",
            "entry_form",
            "venues_departments_tags",
            "season_report",
        ):
            continue
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<[^>]+>", "1", path)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            assert answer.status_code == 401 or "/staff/sign-in" in answer.headers.get("Location", ""), (method, path)


def test_one_press_publishes_an_event_everywhere(desk: FlaskClient, client: FlaskClient):
    public_id = publish(desk, summary="シダレザクラ", fee="1,000円", capacity="５０")
    assert "角館の桜まつり" in client.get(f"/events/{public_id}").text
    for feed in ("/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json"):
        assert "角館の桜まつり" in client.get(feed).text.replace("\r\n ", ""), feed
    shown = desk.get(f"/staff/entries/{public_id}").text
    assert f'href="/events/{public_id}"' in shown
    assert f'href="/events/{public_id}.ics"' in shown


def test_what_was_typed_is_what_is_kept(desk: FlaskClient, town: Session):
    made = entry(town, publish(desk, fee="１,０００円", capacity="50", title="桜🌸\x07まつり"))
    assert (made.fee, made.capacity, made.title) == (1000, 50, "桜🌸まつり")
    assert [tag.name for tag in made.tags] == ["桜", "仙北市"]
    assert made.all_day
    assert made.start.isoformat() == "2027-04-15T00:00:00"
    assert made.end.day == 5


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "あ" * 100_000}, "title"),
        ({"start_date": ""}, "start_date"),
        ({"start_date": "4月31日"}, "start_date"),
        ({"end_date": "4月31日"}, "end_date"),
        ({"end_date": "2027-04-14"}, "end_date"),
        ({"all_day": "", "start_time": "25時80分"}, "start_time"),
        ({"all_day": "", "start_time": "10:00", "end_date": "", "end_time": "9:00"}, "end_time"),
        ({"fee": "たぶん無料"}, "fee"),
        ({"capacity": "0"}, "capacity"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"department_id": "2"}, "department_id"),
        ({"venue_id": "99"}, "venue_id"),
        ({"action": "schedule"}, "publish_date"),
        ({"action": "schedule", "publish_date": "2020-01-01"}, "publish_date"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(
    desk: FlaskClient, town: Session, typed: dict[str, str], field: str
):
    form = {
        name: text
        for name, text in (TYPED | {"body": "昼も夜も。\n\n<b>&"} | typed).items()
        if text or name != "all_day"
    }
    answer = send(desk, NEW, form)
    assert answer.status_code == 422
    assert list(errors(answer.text)) == [field]
    assert "エラー" in answer.text.split("</title>")[0]
    assert f'href="#{field}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert f'aria-describedby="{field}-error' in answer.text
    for name in form.keys() - {"action", "department_id", "venue_id", "all_day"}:
        assert value(answer.text, name) == form[name], name
    assert every(town, Event) == []


def test_all_wrong_dates_are_told_at_once(desk: FlaskClient):
    answer = send(desk, NEW, TYPED | {"start_date": "4月31日", "end_date": "2月30日"})
    assert set(errors(answer.text)) == {"start_date", "end_date"}


@pytest.mark.parametrize(
    "typed",
    [
        {"start_date": "2/30", "start_time": "25時だよ"},
        {"start_date": "2/30", "repeats": "dates", "own_dates": "13月1日", "slots": "ひる"},
        {"title": "", "repeats": "weekly", "repeat_until": "2040-04-15"},
        {"title": "", "action": "schedule", "publish_date": ""},
        {"title": "", "deadline_time": "25時だよ"},
    ],
)
def test_all_faults_of_a_form_are_told_in_one_round(desk: FlaskClient, typed: dict[str, str]):
    form = {name: text for name, text in TYPED.items() if name != "all_day"} | {"end_date": ""}
    answer = send(desk, NEW, form | typed)
    assert answer.status_code == 422
    assert set(errors(answer.text)) == typed.keys() - {"repeats", "action"}


def test_a_photo_survives_an_error_elsewhere(desk: FlaskClient, town: Session):
    answer = send(desk, NEW, TYPED | {"title": "", "photos": (picture(), "a.jpg"), "photos_alt": "満開の桜"})
    kept = value(answer.text, "photo")
    assert answer.status_code == 422
    assert value(answer.text, f"alt-{kept}") == "満開の桜"
    thumbnail = re.search(r'<img src="(/staff/photos/[^"]+)"', answer.text)
    assert thumbnail
    with desk.get(thumbnail[1]) as shown:
        assert shown.mimetype == "image/webp"
    made = entry(town, publish(desk, photo=kept, **{f"alt-{kept}": "満開のシダレザクラ"}))
    assert [(photo.id, photo.alt) for photo in made.photos] == [(int(kept), "満開のシダレザクラ")]


def test_a_photo_is_taken_away_by_its_checkbox(desk: FlaskClient, town: Session):
    public_id = publish(desk, photos=(picture(), "a.jpg"))
    path, kept = f"/staff/entries/{public_id}/edit", str(entry(town, public_id).photos[0].id)
    version = str(entry(town, public_id).version)
    send(desk, path, TYPED | {"photo": kept, f"drop-{kept}": "on", "version": version})
    assert entry(town, public_id).photos == []


def test_a_text_called_jpg_is_refused_at_the_photo_field(desk: FlaskClient, town: Session):
    answer = send(desk, NEW, TYPED | {"photos": (io.BytesIO(b"hello"), "a.jpg")})
    assert answer.status_code == 422
    assert "a.jpg" in errors(answer.text)["photos"]
    assert every(town, Photo) == []


def test_an_upload_over_the_limit_is_answered_by_a_page_that_says_so(desk: FlaskClient):
    too_long = {"CONTENT_LENGTH": str(33 * 2**20)}
    answer = desk.post(NEW, data=TYPED, content_type="multipart/form-data", environ_overrides=too_long)
    assert answer.status_code == 413
    assert "大きすぎます" in answer.text


def test_a_late_token_costs_no_text(desk: FlaskClient):
    answer = desk.post(
        NEW, data=TYPED | {"csrf_token": "old"}, headers={"Referer": f"https://calendar.example.jp{NEW}"}
    )
    assert answer.status_code == 422
    assert value(answer.text, "title") == "角館の桜まつり"


def test_a_form_sent_twice_is_posted_once(desk: FlaskClient, town: Session):
    key = value(desk.get(NEW).text, "key")
    first, second = publish(desk, key=key), publish(desk, key=key)
    assert first == second
    assert len(every(town, Event)) == 1


def test_a_draft_is_not_public_until_it_is_published(desk: FlaskClient, client: FlaskClient):
    public_id = publish(desk, action="draft")
    assert client.get(f"/events/{public_id}").status_code == 404
    assert "角館の桜まつり" in desk.get(f"/staff/entries/{public_id}").text
    press(desk, public_id, "publish")
    assert client.get(f"/events/{public_id}").status_code == 200


def press(client: FlaskClient, public_id: str, verb: str, **form: str) -> Any:
    return send(client, f"/staff/entries/{public_id}/{verb}", form, page=f"/staff/entries/{public_id}/status")


def test_a_scheduled_entry_waits_and_shows_its_time_in_the_form(desk: FlaskClient, town: Session):
    public_id = publish(desk, action="schedule", publish_date="2099-04-01", publish_time="8:30")
    assert entry(town, public_id).state == "scheduled"
    page = desk.get(f"/staff/entries/{public_id}/edit").text
    assert (value(page, "publish_date"), value(page, "publish_time")) == ("2099-04-01", "08:30")


def test_a_new_venue_is_made_while_posting_and_an_old_name_finds_the_old_one(desk: FlaskClient, town: Session):
    made = entry(town, publish(desk, venue_id="", venue_new="たざわこ芸術村"))
    assert made.venue.name == "たざわこ芸術村"
    assert entry(town, publish(desk, venue_id="", venue_new="桧木内川堤")).venue_id == 1


def test_an_announcement_becomes_the_status_line_of_its_season(desk: FlaskClient, client: FlaskClient, town: Session):
    season = publish(desk)
    about = str(entry(town, season).id)
    form = {"title": "満開です", "about_id": about, "headline": "満開", "department_id": "1", "importance": "normal"}
    assert send(desk, "/staff/announcements/new", form | {"action": "publish"}).status_code == 303
    assert [one.state for one in every(town, Announcement)] == ["published"]
    assert "満開" in client.get(f"/events/{season}").text


def test_cancelling_shows_at_once_and_restoring_takes_it_back(desk: FlaskClient, client: FlaskClient):
    public_id = publish(desk)
    press(desk, public_id, "cancel", reason="大雨のため")
    shown = client.get(f"/events/{public_id}").text
    assert "中止" in shown
    assert "大雨のため" in shown
    press(desk, public_id, "restore")
    assert 'class="banner' not in client.get(f"/events/{public_id}").text


def test_withdrawing_is_gone_for_the_public_and_can_be_undone(desk: FlaskClient, client: FlaskClient):
    public_id = publish(desk)
    press(desk, public_id, "withdraw", reason="誤って公開")
    assert client.get(f"/events/{public_id}").status_code == 410
    press(desk, public_id, "restore")
    assert client.get(f"/events/{public_id}").status_code == 200


def test_history_says_who_changed_what_and_brings_back_the_old_content(desk: FlaskClient, town: Session):
    public_id = publish(desk)
    path = f"/staff/entries/{public_id}/edit"
    version = str(entry(town, public_id).version)
    answer = send(
        desk,
        path,
        TYPED | {"title": "桜まつり<改>", "start_date": "2027-04-16", "note": "開花が早いため", "version": version},
    )
    assert answer.status_code == 303
    page = desk.get(f"/staff/entries/{public_id}/history").text
    assert "桜まつり&lt;改&gt;" in page
    assert "桜田 花子" in page
    assert "4月16日" in page
    assert "T00:00" not in page
    first = min(row.number for row in entry(town, public_id).revisions)
    press(desk, public_id, "revert", number=str(first))
    assert entry(town, public_id).title == "角館の桜まつり"
    assert press(desk, public_id, "revert", number="999999").status_code == 404


def test_a_correction_notice_is_told_in_the_feeds(desk: FlaskClient, client: FlaskClient, town: Session):
    public_id = publish(desk)
    note = {"note": "電話番号を訂正しました", "version": str(entry(town, public_id).version)}
    send(desk, f"/staff/entries/{public_id}/edit", TYPED | note)
    assert "電話番号を訂正しました" in client.get("/feed.atom").text


def conflicting(
    desk: FlaskClient, write: Session, town: Session, theirs: dict[str, Any], yours: dict[str, str]
) -> tuple[str, Any]:
    """A colleague saves between the opening of a form and its sending."""
    public_id = publish(desk, fee="500")
    opened = entry(town, public_id)
    version = str(opened.version)
    save(write, write.get_one(Event, opened.id), theirs, actor=None, at=NOW)
    write.commit()
    path = f"/staff/entries/{public_id}/edit"
    return path, send(desk, path, TYPED | {"fee": "500", "version": version} | yours)


def test_a_conflict_keeps_both_and_the_next_press_saves(desk: FlaskClient, write: Session, town: Session):
    path, answer = conflicting(desk, write, town, {"fee": 800}, {"summary": "夜桜も<b>"})
    assert answer.status_code == 409
    assert 'id="conflict"' in answer.text
    assert (value(answer.text, "summary"), value(answer.text, "fee")) == ("夜桜も<b>", "800")
    fields = ("version", "fee", "summary", "title", "start_date", "start_time", "end_date", "end_time", "tags")
    again = {name: value(answer.text, name) for name in fields}
    assert send(desk, path, TYPED | again).status_code == 303
    kept = entry(town, path.split("/")[3])
    assert (kept.summary, kept.fee) == ("夜桜も<b>", 800)


def test_where_both_changed_yours_stays_and_theirs_is_told(desk: FlaskClient, write: Session, town: Session):
    moved = {"title": "花まつり<script>", "start": "2027-04-17T00:00:00"}
    _path, answer = conflicting(desk, write, town, moved, {"title": "春まつり", "start_date": "2027-04-20"})
    assert value(answer.text, "title") == "春まつり"
    assert value(answer.text, "start_date") == "2027-04-20"
    told = re.findall(r'class="theirs">[^<]*<q>([^<]*)', answer.text)
    assert told == ["花まつり&lt;script&gt;", "2027-04-17", ""]
    assert "<script>" not in answer.text


def test_a_failed_schedule_saves_nothing_and_makes_no_conflict_with_oneself(desk: FlaskClient, town: Session):
    public_id = publish(desk, action="draft")
    path, version = f"/staff/entries/{public_id}/edit", str(entry(town, public_id).version)
    changed = TYPED | {"title": "夏まつり", "version": version}
    assert send(desk, path, changed | {"action": "schedule"}).status_code == 422
    assert entry(town, public_id).title == "角館の桜まつり"
    assert send(desk, path, changed | {"action": "draft"}).status_code == 303


@pytest.mark.parametrize("version", ["", "abc", "9" * 30, "²"])
def test_a_nonsense_version_is_a_conflict_not_a_crash(desk: FlaskClient, version: str):
    public_id = publish(desk)
    assert send(desk, f"/staff/entries/{public_id}/edit", TYPED | {"version": version}).status_code == 409


def test_what_the_form_does_not_show_is_kept(desk: FlaskClient, write: Session, town: Session):
    public_id = publish(desk, title_en="Cherry Blossoms")
    made = entry(town, public_id)
    zh = {"zh": {"title": "樱花节"}, "en": {"title": "Cherry Blossoms", "body": "By day and by night."}}
    hidden = {"rule": "FREQ=YEARLY;COUNT=3", "translations": zh, "timezone": "Asia/Seoul", "date_note": "開花による"}
    save(write, write.get_one(Event, made.id), hidden, actor=None, at=NOW)
    write.commit()
    path, version = f"/staff/entries/{public_id}/edit", str(entry(town, public_id).version)
    assert send(desk, path, TYPED | {"title_en": "Sakura", "version": version}).status_code == 303
    made = entry(town, public_id)
    assert (made.rule, made.timezone, made.date_note) == ("FREQ=YEARLY;COUNT=3", "Asia/Seoul", "開花による")
    assert made.translations == {"zh": {"title": "樱花节"}, "en": {"title": "Sakura", "body": "By day and by night."}}


def test_an_event_is_not_part_of_itself(desk: FlaskClient, town: Session):
    public_id = publish(desk)
    made = entry(town, public_id)
    form = TYPED | {"parent_id": str(made.id), "version": str(made.version)}
    answer = send(desk, f"/staff/entries/{public_id}/edit", form)
    assert answer.status_code == 422
    assert "parent_id" in errors(answer.text)


def test_another_department_s_entry_may_be_seen_but_not_touched(
    app: Flask, desk: FlaskClient, write: Session, town: Session
):
    public_id = publish(desk)
    person(write, "library@example.jp", department=2)
    write.commit()
    other = signed_in(app, "library@example.jp")
    assert other.get(f"/staff/entries/{public_id}").status_code == 200
    assert f"{public_id}/edit" not in other.get(f"/staff/entries/{public_id}").text
    assert other.get(f"/staff/entries/{public_id}/edit").headers["Location"].endswith("/propose")
    assert send(other, f"/staff/entries/{public_id}/edit", {}, page=NEW).status_code == 403
    answer = send(other, f"/staff/entries/{public_id}/cancel", {}, page=NEW)
    assert answer.status_code == 403
    assert entry(town, public_id).status == "scheduled"
    assert other.get("/staff/entries/nobody22/edit").status_code == 404


def test_an_administrator_posts_for_every_department(app: Flask, write: Session, town: Session):
    person(write, "admin@example.jp", role="admin")
    write.commit()
    admin = signed_in(app, "admin@example.jp")
    assert entry(town, publish(admin, department_id="2")).department.name == "学習資料館"


def test_the_desk_lists_finds_and_filters(desk: FlaskClient):
    publish(desk, title="100%りんご市")
    publish(desk, title="下書きの会", action="draft")
    assert "下書きの会" in desk.get("/staff/").text
    assert "りんご市" in desk.get("/staff/entries?q=100%25").text
    assert "りんご市" not in desk.get("/staff/entries?q=_00").text
    drafts = desk.get("/staff/entries?state=draft&department=kanko").text
    assert "下書きの会" in drafts
    assert "りんご市" not in drafts


def test_the_desk_says_dates_in_its_own_language(desk: FlaskClient):
    publish(desk)
    for path in ("/staff/", "/staff/entries"):
        assert "2027年4月15日（木）" in desk.get(path).text, path


def test_a_venue_is_added_and_renamed_for_every_calendar(desk: FlaskClient, client: FlaskClient, town: Session):
    publish(desk)
    send(desk, "/staff/venues", {"id": "1", "name": "桧木内川の堤", "address": "角館町"})
    assert "桧木内川の堤" in client.get("/calendar.ics").text.replace("\r\n ", "")
    send(desk, "/staff/venues", {"name": "新潮社記念文学館", "address": "角館町"})
    assert "新潮社記念文学館" in desk.get("/staff/venues").text
    taken = send(desk, "/staff/venues", {"name": "新潮社記念文学館"})
    assert taken.status_code == 422
    assert len(town.scalars(select(Venue).where(Venue.name == "新潮社記念文学館")).all()) == 1


def test_a_venue_is_marked_as_outdoors_and_unmarked(desk: FlaskClient, town: Session):
    send(desk, "/staff/venues", {"id": "1", "name": "桧木内川堤", "outdoor": "on"})
    assert town.get_one(Venue, 1).outdoor
    assert re.search(r'name="outdoor"\s+checked', desk.get("/staff/venues?open=1").text)
    town.rollback()
    send(desk, "/staff/venues", {"id": "1", "name": "桧木内川堤"})
    assert not town.get_one(Venue, 1).outdoor


def test_a_renamed_venue_gets_its_name_back_with_one_press(desk: FlaskClient, client: FlaskClient, town: Session):
    publish(desk)
    send(desk, "/staff/venues", {"id": "1", "name": "川堤", "address": "角館町"})
    page = desk.get("/staff/venues?open=1").text
    assert "桧木内川堤" in page  # the name before
    assert "観光課 1" in page  # whose pages show it
    act = re.search(r'action="(/staff/bulk/[\w-]+/undo)"', page)
    assert act
    assert send(desk, act[1], {"back": "venues"}).status_code == 303
    assert "桧木内川堤" in client.get("/calendar.ics").text.replace("\r\n ", "")
    assert town.get_one(Venue, 1).address == "秋田県仙北市角館町"


def test_a_venue_of_another_department_is_shown_with_whom_to_ask(desk: FlaskClient, write: Session, town: Session):
    write.get_one(Venue, 1).department_id = 2
    write.commit()
    assert "学習資料館 0187-00-0000" in desk.get("/staff/venues?open=1").text
    assert send(desk, "/staff/venues", {"id": "1", "name": "x"}).status_code == 403
    send(desk, "/staff/venues", {"name": "かたくり館"})
    assert town.scalars(select(Venue.department_id).where(Venue.name == "かたくり館")).one() == 1


@pytest.mark.parametrize("typed", ["桧木内川", "HINOKI", "角館町"])
def test_a_venue_is_found_by_name_english_name_and_address(desk: FlaskClient, typed: str):
    assert "桧木内川堤" in desk.get(f"/staff/venues?q={typed}").text
    assert "桧木内川堤" not in desk.get("/staff/venues?q=無い").text


def test_only_an_administrator_changes_a_department(app: Flask, desk: FlaskClient, write: Session, town: Session):
    form = {"id": "1", "name": "観光振興課", "contact": "0187-00-1111"}
    assert desk.get("/staff/departments").status_code == 200
    assert send(desk, "/staff/departments", form, page=NEW).status_code == 403
    person(write, "admin@example.jp", role="admin")
    write.commit()
    assert send(signed_in(app, "admin@example.jp"), "/staff/departments", form).status_code == 303
    assert town.get_one(Department, 1).name == "観光振興課"


def test_the_pages_carry_no_script_or_style_of_their_own(desk: FlaskClient):
    public_id = publish(desk)
    pages = (
        "/staff/",
        NEW,
        f"/staff/entries/{public_id}/history",
        f"/staff/entries/{public_id}/status",
        "/staff/venues",
    )
    for path in pages:
        page = desk.get(path)
        assert page.status_code == 200
        assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page.text), path
        assert "placeholder=" not in page.text


def test_signing_out_closes_the_desk(desk: FlaskClient):
    send(desk, "/staff/sign-out", {}, page="/staff/")
    assert "/staff/sign-in" in desk.get("/staff/").headers["Location"]


def test_a_publication_that_was_withdrawn_says_it_is_gone(desk: FlaskClient, write: Session, town: Session):
    public_id = publish(desk)
    made = entry(town, public_id)
    publishing.withdraw(write, write.get_one(Event, made.id), "", actor=None, at=NOW)
    write.commit()
    assert press(desk, public_id, "publish").status_code == 410


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"deadline_date": "4/10", "deadline_time": "17:00"}, "2027年4月10日（土）午後5時"),
        ({"deadline_date": "4/10", "deadline_time": "24:00"}, "2027年4月10日（土）"),
        ({"deadline_date": "4/10"}, "2027年4月10日（土）"),
        ({"open_date": "4/10", "open_time": "9:00", "deadline_date": "4/10"}, "2027年4月10日（土）"),
    ],
)
def test_a_deadline_is_said_as_it_was_meant(desk: FlaskClient, client: FlaskClient, typed: dict[str, str], said: str):
    public_id = publish(desk, **typed)
    assert re.search(rf"申込期限</dt>\s*<dd>{said}", client.get(f"/events/{public_id}").text)
