"""Templates: kept from an entry or from the form, offered by use, filled in on the next free date, taken back."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Photo, Template
from helpers.staff_desk import NEW, TYPED, entry, every, picture, send, signed_in, value
from helpers.town import announce, person

STORY: dict[str, Any] = {
    **TYPED,
    "title": "おはなし会",
    "start_date": "2027-02-13",  # the second Saturday
    "start_time": "10:30",
    "end_date": "",
    "end_time": "11:00",
    "tags": "#絵本",
    "audience": "3歳から",
}
del STORY["all_day"]


def kept(client: FlaskClient, town: Session, **more: Any) -> Template:
    """The form as typed, kept as a template."""
    answer = send(client, NEW, STORY | {"action": "template"} | more)
    assert answer.status_code == 200
    return list(every(town, Template))[-1]


def publish(client: FlaskClient, **typed: Any) -> str:
    answer = send(client, NEW, typed)
    assert answer.status_code == 303
    return str(answer.headers["Location"].rsplit("/", 1)[1])


def chips(page: str) -> list[str]:
    row = re.search(r'<nav class="templates".*?</nav>', page, re.DOTALL)
    return re.findall(r'template=\d+"[^>]*>([^<]+?) ?(?:<small>.*?</small>)?</a>', row[0]) if row else []


def test_an_entry_is_kept_by_one_press_and_comes_again_on_the_next_free_date(desk: FlaskClient, town: Session) -> None:
    made = publish(desk, **STORY)
    answer = send(desk, "/staff/templates", {"entry": made}, f"/staff/entries/{made}")
    assert answer.status_code == 303
    page = desk.get(answer.headers["Location"]).text
    assert "毎月第2土曜日" in page
    assert "4月10日" not in page
    template = every(town, Template)[0]
    form = desk.get(f"/staff/events/new?template={template.id}").text
    assert [value(form, name) for name in ("title", "start_date", "start_time", "end_time", "tags", "audience")] == [
        *("おはなし会", "2027-03-13", "10:30", "11:00", "", "3歳から")
    ]
    assert 'value="絵本" checked' in form
    first = publish(desk, **STORY | {"start_date": "2027-03-13", "template": str(template.id)})
    assert entry(town, first).template_id == template.id
    assert value(desk.get(f"/staff/events/new?template={template.id}").text, "start_date") == "2027-04-10"
    assert len(every(town, Event)) == 2  # a template publishes nothing


def test_the_form_as_typed_is_kept_without_a_date_and_stays_as_it_is(desk: FlaskClient, town: Session) -> None:
    answer = send(desk, NEW, STORY | {"action": "template", "start_date": "", "template_name": "月例の会"})
    assert "月例の会" in answer.text
    assert value(answer.text, "title") == "おはなし会"
    assert 'class="error"' not in answer.text
    assert every(town, Event) == []
    template = every(town, Template)[0]
    assert (template.pattern, template.department_id) == ("", 1)
    assert value(desk.get(f"/staff/events/new?template={template.id}").text, "start_date") == ""
    nameless = send(desk, NEW, STORY | {"action": "template", "title": ""})
    assert nameless.status_code == 422
    assert value(nameless.text, "audience") == "3歳から"


def test_the_same_name_replaces_and_one_press_brings_the_old_content_back(desk: FlaskClient, town: Session) -> None:
    template = kept(desk, town)
    kept(desk, town, audience="大人", template_name="おはなし会")
    town.rollback()
    assert [one.values["audience"] for one in every(town, Template)] == ["大人"]
    act = re.search(r"/staff/bulk/([\w-]+)/undo", desk.get(f"/staff/templates/{template.id}").text)
    assert act
    send(desk, f"/staff/bulk/{act[1]}/undo", {"back": "templates"}, f"/staff/templates/{template.id}")
    assert every(town, Template)[0].values["audience"] == "3歳から"


def test_what_is_used_most_stands_first(desk: FlaskClient, town: Session) -> None:
    names = ("い", "ろ", "は")
    number = {name: kept(desk, town, template_name=name).id for name in names}
    for name in ("は", "は", "ろ"):
        publish(desk, **STORY | {"template": str(number[name])})
    assert chips(desk.get(NEW).text) == ["は", "ろ", "い"]
    assert chips(desk.get("/staff/").text) == ["は", "ろ", "い"]
    assert chips(desk.get("/staff/announcements/new").text) == []


def test_it_is_renamed_given_another_pattern_removed_and_brought_back(desk: FlaskClient, town: Session) -> None:
    template = kept(desk, town)
    path = f"/staff/templates/{template.id}"
    assert send(desk, path, {"name": "読み聞かせ", "pattern": "FREQ=WEEKLY;BYDAY=SA"}).status_code == 303
    assert value(desk.get(f"{NEW}?template={template.id}").text, "start_date") == "2027-03-06"
    assert send(desk, path, {"name": " ", "pattern": ""}).status_code == 422
    assert send(desk, path, {"name": "読み聞かせ", "pattern": "FREQ=DAILY"}).status_code == 422
    gone = send(desk, f"{path}/remove", {}, path).headers["Location"]
    shown = desk.get(gone).text
    assert chips(desk.get(NEW).text) == []
    assert desk.get(path).status_code == 404
    act = re.search(r"/staff/bulk/([\w-]+)/undo", shown)
    assert act
    send(desk, f"/staff/bulk/{act[1]}/undo", {"back": "templates"}, gone)
    assert chips(desk.get(NEW).text) == ["読み聞かせ"]


def test_others_departments_neither_see_nor_undo_it_but_the_citys_everybody_sees(
    app: Flask, desk: FlaskClient, write: Session, town: Session
) -> None:
    person(write, "boss@example.jp", role="admin")
    person(write, "books@example.jp", department=2)
    write.commit()
    template = kept(desk, town)
    other = signed_in(app, "books@example.jp")
    assert chips(other.get(NEW).text) == []
    assert other.get(f"/staff/templates/{template.id}").status_code == 404
    assert other.get(f"{NEW}?template={template.id}").status_code == 404
    act = re.search(r"/staff/bulk/([\w-]+)/undo", desk.get(f"/staff/templates/{template.id}").text)
    assert act
    assert send(other, f"/staff/bulk/{act[1]}/undo", {}, "/staff/templates").status_code == 403
    boss = signed_in(app, "boss@example.jp")
    send(boss, NEW, STORY | {"action": "template", "template_name": "休館", "template_city": "y"})
    assert chips(other.get(NEW).text) == ["休館"]
    number = every(town, Template)[-1].id
    assert send(other, f"/staff/templates/{number}/remove", {}, "/staff/templates").status_code == 403
    used = publish(other, **STORY | {"department_id": "2", "template": str(number)})
    assert entry(town, used).department_id == 2


def test_photos_come_along_with_their_words_and_stay_when_an_entry_drops_them(desk: FlaskClient, town: Session) -> None:
    sent = {"photos": (picture(), "a.jpg"), "photos_alt": "絵本を読む人"}
    made = publish(desk, **STORY | sent)
    send(desk, "/staff/templates", {"entry": made}, f"/staff/entries/{made}")
    number = every(town, Template)[0].id
    form = desk.get(f"{NEW}?template={number}").text
    photo = re.search(r'name="photo" value="(\d+)"', form)
    assert photo
    assert value(form, f"alt-{photo[1]}") == "絵本を読む人"
    used = publish(desk, **STORY | {"photo": photo[1], f"alt-{photo[1]}": "別の言葉", "template": str(number)})
    assert [one.alt for one in entry(town, used).photos] == ["別の言葉"]
    send(desk, f"/staff/entries/{used}/edit", STORY | {"version": str(entry(town, used).version), "photo": []})
    assert value(desk.get(f"{NEW}?template={number}").text, f"alt-{photo[1]}") == "絵本を読む人"
    assert {one.name for one in every(town, Photo)} == {town.get_one(Photo, int(photo[1])).name}


def test_a_series_keeps_its_repeat_without_its_end(desk: FlaskClient, town: Session) -> None:
    made = publish(desk, **STORY | {"repeats": "weekly", "repeat_until": "2027-03-31", "skips": "holiday"})
    send(desk, "/staff/templates", {"entry": made}, f"/staff/entries/{made}")
    number = every(town, Template)[0].id
    form = desk.get(f"{NEW}?template={number}").text
    assert re.search(r'<option selected value="weekly">', form)
    assert value(form, "repeat_until") == "2028-03-31"
    assert value(form, "start_date") == "2027-03-06"


def test_an_announcement_is_a_template_too_and_says_its_kind_on_the_desk(
    desk: FlaskClient, write: Session, town: Session
) -> None:
    made = announce(
        write, title="休館のお知らせ", summary="蔵書点検のため休館します。", valid_until="2027-03-05T15:00:00+00:00"
    )
    public_id = made.public_id
    write.commit()
    send(desk, "/staff/templates", {"entry": public_id}, f"/staff/entries/{public_id}")
    form = desk.get(f"/staff/announcements/new?template={every(town, Template)[0].id}").text
    assert value(form, "title") == "休館のお知らせ"
    assert value(form, "until_date") == ""
    assert re.search(r"休館のお知らせ <small>", desk.get("/staff/").text)


def test_often_posted_titles_are_offered_until_a_template_has_their_name(
    desk: FlaskClient, write: Session, post: Callable[..., Event], town: Session
) -> None:
    for day in ("2027-02-13", "2027-03-13"):
        post(write, title="健診", start=f"{day}T13:00:00", end=f"{day}T15:00:00", all_day=False)
    write.commit()
    made = re.search(r"/new\?from=(\w+)[^>]*>健診", desk.get(NEW).text)
    assert made
    send(desk, "/staff/templates", {"entry": made[1]}, "/staff/templates")
    assert chips(desk.get(NEW).text) == ["健診"]
    assert "from=" not in desk.get(NEW).text
    assert value(desk.get(f"{NEW}?template={every(town, Template)[0].id}").text, "start_date") == "2027-04-10"


def test_a_template_goes_to_a_colleague_or_along_to_another_department_and_back(
    app: Flask, desk: FlaskClient, write: Session, town: Session
) -> None:
    boss_id = person(write, "boss@example.jp", role="admin").id
    write.commit()
    me = kept(desk, town).owner_id
    boss = signed_in(app, "boss@example.jp")
    form = {
        "person": str(me),
        "to": str(boss_id),
        "department": "2",
        "thing": f"template:{every(town, Template)[0].id}",
    }
    act = send(boss, "/staff/handover", form).headers["Location"]
    assert (every(town, Template)[0].owner_id, every(town, Template)[0].department_id) == (boss_id, 2)
    assert chips(desk.get(NEW).text) == []
    send(boss, f"{act}/undo", {}, act)
    assert (every(town, Template)[0].owner_id, every(town, Template)[0].department_id) == (me, 1)


def test_a_form_without_its_token_keeps_nothing_and_loses_nothing(desk: FlaskClient, town: Session) -> None:
    headers = {"Referer": f"https://calendar.example.jp{NEW}"}
    answer = desk.post(NEW, data=STORY | {"action": "template"}, headers=headers)
    assert answer.status_code == 422
    assert value(answer.text, "title") == "おはなし会"
    for department in ("2", ""):  # not one's own; nobody's
        assert send(desk, NEW, STORY | {"action": "template", "department_id": department}).status_code == 422
    assert every(town, Template) == []
