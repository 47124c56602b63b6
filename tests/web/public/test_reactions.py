"""Readers react with one press: counted once a day for each person, shown in steps, on pages that stay kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import BadSetting, load
from calendar_app.db.models import Event, Reaction, ReactionDay, ReactionMark, Revision, Site
from calendar_app.entries import publishing
from calendar_app.feedback import reactions
from helpers.staff_desk import every
from helpers.town import NOW, STOPPED, announce, published

DAY = STOPPED.date()


@pytest.fixture
def path(write: Session) -> str:
    """The page of 角館の桜まつり."""
    path = f"/events/{published(write).public_id}"
    write.commit()
    return path


def press(client: FlaskClient, path: str, kind: str = "want", *, ip: str = "192.0.2.1", **more: str) -> Any:
    headers = {"User-Agent": more.pop("agent", "Firefox"), "Accept": more.pop("accept", "text/html")}
    site = {"Sec-Fetch-Site": more.pop("site", "same-origin")}
    return client.post(
        f"{path}/react", data={"kind": kind} | more, headers=headers | site, environ_base={"REMOTE_ADDR": ip}
    )


def numbers(town: Session) -> dict[str, int]:
    return {row.kind: row.number for row in every(town, Reaction) if row.number}


def test_a_press_counts_once_for_each_person_and_can_be_taken_back(
    client: FlaskClient, path: str, town: Session
) -> None:
    answer = press(client, path)
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "取り消す" in answer.text
    press(client, path)
    assert numbers(town) == {"want": 1}
    press(client, path, agent="Safari")
    press(client, path, ip="192.0.2.9")
    press(client, path, "thanks")
    assert numbers(town) == {"want": 3, "thanks": 1}
    assert press(client, path, back="y", accept="application/json").json["result"] == "back"
    press(client, path, back="y")
    assert numbers(town) == {"want": 2, "thanks": 1}
    assert not any("192" in row.mark or "Firefox" in row.mark for row in every(town, ReactionMark))


def test_the_thanks_say_in_which_language_a_title_is(client: FlaskClient, path: str) -> None:
    answer = client.post(f"{path}/react?lang=en", data={"kind": "want"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert '<html lang="en"' in answer.text
    assert '<span lang="ja">角館の桜まつり</span>' in answer.text


def test_the_page_stays_kept_until_a_step_is_reached_and_shows_the_step(
    client: FlaskClient, path: str, town: Session
) -> None:
    before = client.get(path)
    home = client.get("/calendar/2027/04").headers["ETag"]
    revision = town.get_one(Site, 1).public_revision
    for n in range(9):
        press(client, path, ip=f"192.0.2.{n}")
    town.rollback()
    assert town.get_one(Site, 1).public_revision == revision
    assert client.get(path).headers["ETag"] == before.headers["ETag"]
    for n in range(9, 14):
        press(client, path, ip=f"192.0.2.{n}")
    assert "10人以上" in client.get(path).text
    town.rollback()
    assert town.get_one(Site, 1).public_revision == revision + 1, "one step, one revision"
    assert client.get("/calendar/2027/04").headers["ETag"] == home
    changed = town.query(Revision).order_by(Revision.number.desc()).first()
    assert changed
    assert (changed.notable, len(changed.touches or [])) == (False, 1)


def test_a_step_is_given_up_only_well_below_it(write: Session) -> None:
    event = published(write)
    for n in range(10):
        reactions.add(write, event, "want", f"{n}", day=DAY, at=NOW)
    shown = []
    for n in range(3):
        reactions.take_back(write, event, "want", f"{n}", day=DAY, at=NOW)
        shown.append(reactions.shown(write, event))
    assert shown == [{"want": 10}, {"want": 10}, {}]


def test_marks_live_for_a_day_and_differ_by_day_and_entry(session: Session) -> None:
    one, other = published(session), published(session)
    marks = {
        reactions.mark_of("key", entry, "net", "Firefox", DAY + timedelta(days=n))
        for entry in (one, other)
        for n in (0, 1)
    }
    assert len(marks) == 4
    assert reactions.add(session, one, "want", "m", day=DAY, at=NOW)
    assert not reactions.add(session, one, "want", "m", day=DAY, at=NOW)
    assert reactions.add(session, one, "want", "m", day=DAY + timedelta(days=1), at=NOW), "another day counts anew"
    assert [row.day for row in session.query(ReactionMark)] == [DAY + timedelta(days=1)]
    assert sorted(row.number for row in session.query(ReactionDay)) == [1, 1]
    reactions.forget_marks(session, day=DAY + timedelta(days=2))
    assert session.query(ReactionMark).count() == 0
    assert reactions.counted(session, one) == {"want": 2}


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({}, ["want", "thanks", "useful"]),
        ({"start": "2027-02-01T00:00:00", "end": "2027-02-02T00:00:00"}, ["went", "thanks", "useful"]),
        ({"start": "2027-02-25T00:00:00", "end": "2027-03-05T00:00:00"}, ["want", "went", "thanks", "useful"]),
    ],
)
def test_a_page_offers_what_fits_its_dates(
    client: FlaskClient, write: Session, values: dict[str, str], kinds: list[str]
) -> None:
    event = published(write, **values)
    write.commit()
    page = client.get(f"/events/{event.public_id}").text
    assert [kind for kind in ("want", "went", "thanks", "useful") if f'name="kind" value="{kind}"' in page] == kinds
    refused = {"want", "went"} - set(kinds)
    assert {press(client, f"/events/{event.public_id}", kind).status_code for kind in refused} <= {400}


def test_other_websites_strangers_addresses_and_floods_count_nothing(
    client: FlaskClient, path: str, write: Session, town: Session
) -> None:
    assert press(client, path, site="cross-site").headers["Location"].endswith(f"{path}#reactions")
    assert client.get(f"{path}/react").status_code == 303
    assert press(client, path, "love").status_code == 400
    assert press(client, "/events/none").status_code == 404
    news = f"/announcements/{announce(write).public_id}"
    write.commit()
    assert press(client, news, "want").status_code == 400
    assert numbers(town) == {}
    codes = [press(client, news, "thanks", agent=str(n)).status_code for n in range(61)]
    assert (codes[:60], codes[60]) == ([200] * 60, 429)
    assert numbers(town) == {"thanks": 60}


def test_the_setting_chooses_the_reactions(app: Flask, client: FlaskClient, path: str) -> None:
    def set_to(*kinds: str) -> None:
        app.extensions["calendar_config"] = replace(app.extensions["calendar_config"], reactions=kinds)

    set_to("thanks")
    page = client.get(path).text
    assert ('value="thanks"' in page, 'value="want"' in page) == (True, False)
    set_to()
    assert 'id="reactions"' not in client.get(f"{path}?lang=en").text
    assert press(client, path).status_code == 404
    read = {said: load({"CALENDAR_REACTIONS": said}).reactions for said in ("off", "went, want")}
    assert read == {"off": (), "went, want": ("went", "want")}
    with pytest.raises(BadSetting):
        load({"CALENDAR_REACTIONS": "like"})


def test_who_withdraws_an_event_ends_its_reactions(client: FlaskClient, path: str, write: Session) -> None:
    publishing.withdraw(write, write.query(Event).one(), "", actor=None, at=NOW)
    write.commit()
    assert press(client, path).status_code == 410
