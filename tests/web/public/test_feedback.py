"""Citizens write back: without account, cookie or script; what is refused comes back with its text; a flood fills nothing."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy.orm import Session

from calendar_app.config import BadSetting, load
from calendar_app.db.models import Department, Event, Feedback, Mail, Site, Throttle
from calendar_app.entries import publishing
from calendar_app.feedback import answers, inbox
from calendar_app.web import rate_limit
from calendar_app.web.public.feedback import PER_HOUR, sender
from helpers.asking import Hands, asker, token_of
from helpers.serving import installation
from helpers.staff_desk import errors, every, signed_in, value
from helpers.town import NOW, STOPPED, announce, person

Post = Callable[..., Event]
Ask = Callable[..., Any]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr("calendar_app.web.public.feedback.now", made)
    return made


@pytest.fixture
def ask(client: FlaskClient, hands: Hands) -> Ask:
    return asker(client, hands)


@pytest.fixture
def path(write: Session, post: Post) -> str:
    """The form of 角館の桜まつり."""
    path = f"/events/{post(write).public_id}/ask"
    write.commit()  # and nothing read after it: reading takes the write lock
    return path


def test_a_question_arrives_without_cookie_or_account_and_its_answer_has_a_private_page(
    client: FlaskClient, ask: Ask, path: str, town: Session
) -> None:
    form = client.get(path)
    assert "Set-Cookie" not in form.headers
    assert form.headers["Cache-Control"] == "no-store"
    sent = ask(path, name="角館 太郎", email="taro@example.jp", text="車で\r\n行けますか。")
    assert (sent.status_code, sent.headers.get("Set-Cookie")) == (303, None)
    arrived = client.get(sent.headers["Location"])
    assert arrived.status_code == 200
    assert "観光課が、3月3日（水）までを目安に" in arrived.text
    assert "車で\n行けますか。" in arrived.text
    assert "taro@example.jp" not in arrived.text
    assert "角館 太郎" not in arrived.text
    assert '<svg class="qr"' in arrived.text
    headers = arrived.headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in headers["X-Robots-Tag"]
    (kept,) = every(town, Feedback)
    assert (kept.state, kept.department.slug, kept.entry.title) == ("waiting", "kanko", "角館の桜まつり")
    assert client.get("/questions/" + "x" * 24).status_code == 404


def test_every_page_leads_to_its_form_and_nothing_typed_is_published(
    client: FlaskClient, ask: Ask, write: Session, path: str, town: Session
) -> None:
    news = announce(write, title="断水").public_id
    write.commit()
    revision = town.get_one(Site, 1).public_revision
    for page, form in (
        (path.removesuffix("/ask"), path),
        (f"/announcements/{news}", f"/announcements/{news}/ask"),
        ("/departments/kanko", "/departments/kanko/ask"),
        ("/", "/ask"),
    ):
        assert f'href="{form}"' in client.get(page).text
        assert ask(form, text="ここだけの話").status_code == 303
        assert "ここだけの話" not in client.get(page).text
    assert [one.department and one.department.slug for one in every(town, Feedback)] == ["kanko"] * 3 + [None]
    assert town.get_one(Site, 1).public_revision == revision, "a stranger empties no cache"


def test_errors_stand_at_their_fields_and_the_text_stays(client: FlaskClient, ask: Ask, path: str) -> None:
    long = "長" * 1001
    answer = ask(path, text=long, email="taro@", kind="")
    assert answer.status_code == 422
    assert errors(answer.text).keys() == {"text", "email", "kind"}
    assert "1,001" in errors(answer.text)["text"]
    assert (value(answer.text, "text"), value(answer.text, "email")) == (long, "taro@")
    assert 'aria-describedby="text-error text-hint"' in answer.text
    assert "<title>エラー:" in answer.text
    again = ask(path, token=token_of(answer.text), text="長" * 1000)
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("email", "fine"),
    [
        ("a@b.jp", True),
        ("a.b+c@x.y.jp", True),
        ("a@b", False),
        ("a b@c.jp", False),
        ("a@b.jp\nBcc: c@d.jp", False),
        ("a@b.jp,c@d.jp", False),
        ("@b.jp", False),
        ("山@b.jp", False),
    ],
)
def test_mail_addresses(ask: Ask, path: str, email: str, fine: bool) -> None:
    assert ask(path, email=email).status_code == (303 if fine else 422)


def test_control_characters_and_turned_text_are_taken_out(ask: Ask, path: str, town: Session) -> None:
    ask(path, text="\u202eあ\x00い\u2066", name="桜\n子")
    (kept,) = every(town, Feedback)
    assert (kept.text, kept.name) == ("あい", "桜 子")


@pytest.mark.parametrize(
    ("case", "code"), [("young", 422), ("old", 400), ("none", 400), ("forged", 400), ("elsewhere", 400)]
)
def test_a_form_without_its_own_fresh_token_comes_back_with_its_text(
    client: FlaskClient, ask: Ask, hands: Hands, path: str, case: str, code: int, town: Session
) -> None:
    token = {
        "none": "x",
        "forged": URLSafeSerializer("another key", salt="ask").dumps([path, int(NOW.timestamp()), "f"]),
        "elsewhere": token_of(client.get("/ask").text),
    }.get(case, "")
    after = {"young": timedelta(seconds=1), "old": timedelta(days=3)}.get(case, timedelta(minutes=1))
    answer = ask(path, token=str(token), after=after, text="消えては困る文")
    assert answer.status_code == code
    assert value(answer.text, "text") == "消えては困る文"
    assert every(town, Feedback) == []
    again = ask(path, token=token_of(answer.text), text="消えては困る文")
    assert again.status_code == 303


def test_a_form_sent_twice_is_one_question_but_two_people_are_two(
    client: FlaskClient, ask: Ask, path: str, town: Session
) -> None:
    token = token_of(client.get(path).text)
    first, second = (ask(path, token=token).headers["Location"] for _ in range(2))
    assert first == second
    # A page that a cache in between has kept has the same form for everybody.
    stranger = ask(path, token=token, ip="192.0.2.2").headers["Location"]
    assert stranger != first
    assert ask(path).headers["Location"] not in (first, stranger)
    assert len(every(town, Feedback)) == 3


def test_what_fills_the_trap_is_spam_and_hears_nothing_of_it(
    ask: Ask, path: str, client: FlaskClient, town: Session
) -> None:
    answer = ask(path, website="http://buy.example")
    assert answer.status_code == 303
    assert "受け付けました" in client.get(answer.headers["Location"]).text
    assert every(town, Feedback)[0].state == "spam"


def test_too_many_from_one_address_are_told_calmly_and_keep_their_text(ask: Ask, path: str, town: Session) -> None:
    codes = [ask(path, text=f"{n}番目", after=timedelta(seconds=3)).status_code for n in range(PER_HOUR + 1)]
    assert codes == [303] * PER_HOUR + [429]
    refused = ask(path, text="まだある")
    assert value(refused.text, "text") == "まだある"
    assert "観光課 0187-00-0000" in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert ask(path, ip="192.0.2.7").status_code == 303
    assert ask(path, after=timedelta(minutes=30), token="").status_code == 303, "half an hour later"
    assert len(every(town, Feedback)) == PER_HOUR + 2


def test_of_ipv6_the_network_counts_and_nobodys_address_is_kept(ask: Ask, path: str, town: Session) -> None:
    for n in range(PER_HOUR + 1):
        answer = ask(path, ip=f"2001:db8:1:2::{n + 1:x}", text=str(n), after=timedelta(seconds=3))
    assert answer.status_code == 429
    assert ask(path, ip="2001:db8:1:3::1").status_code == 303
    kept = [one.address for one in every(town, Feedback)] + [one.key for one in every(town, Throttle)]
    assert not any("2001" in one for one in kept)
    assert sender("192.0.2.1", "a") != sender("192.0.2.1", "b")


def test_thanks_need_no_answer(ask: Ask, path: str, client: FlaskClient, town: Session) -> None:
    page = client.get(ask(path, kind="thanks", text="楽しかったです").headers["Location"]).text
    assert "回答はこのページ" not in page
    assert every(town, Feedback)[0].state == "closed"


def test_withdrawn_and_unknown_things_take_no_questions(client: FlaskClient, write: Session, path: str) -> None:
    event = write.query(Event).one()
    publishing.withdraw(write, event, "", actor=None, at=NOW)
    write.commit()
    assert client.get(path).status_code == 410
    for wrong in ("/events/none/ask", "/departments/none/ask", "/announcements/none/ask"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404


def test_the_switch_turns_the_public_part_off(
    app: Flask, ask: Ask, path: str, write: Session, client: FlaskClient
) -> None:
    mine = ask(path).headers["Location"]
    app.extensions["calendar_config"] = replace(app.extensions["calendar_config"], questions=False)
    write.get_one(Site, 1).public_revision += 1
    write.commit()
    page = client.get(path.removesuffix("/ask")).text
    assert "/ask" not in page
    assert client.get(path).status_code == client.post(path).status_code == client.get("/ask").status_code == 404
    assert client.get(mine).status_code == 200, "who has asked still hears"


def test_the_switch_is_spelled_as_people_spell_it(tmp_path: Path) -> None:
    def read(said: str) -> bool:
        return load({"CALENDAR_INSTANCE": str(tmp_path), "CALENDAR_QUESTIONS": said}).questions

    assert [read(said) for said in ("off", "Off", "no", "0", "on", "1")] == [False] * 4 + [True] * 2
    with pytest.raises(BadSetting):
        read("maybe")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_reader_stays_in_their_language(ask: Ask, path: str, client: FlaskClient, lang: str, town: Session) -> None:
    more = "?lang=en" if lang == "en" else ""
    token = token_of(client.get(path + more).text)
    answer = ask(path + more, token=token)
    assert answer.headers["Location"].endswith("?lang=en") == (lang == "en")
    assert every(town, Feedback)[0].lang == lang


def test_it_is_due_after_the_departments_working_days(ask: Ask, path: str, write: Session, town: Session) -> None:
    write.get_one(Department, 1).reply_days = 15  # with the equinox of 22 March (21st is a Sunday) on the way
    write.commit()
    ask(path)
    assert every(town, Feedback)[0].due_at == datetime(2027, 3, 23, 15, tzinfo=UTC)


# Forgetting


def test_who_asked_is_forgotten_so_many_days_after_the_answer(session: Session, post: Post) -> None:
    event, actor = post(session), person(session)
    zone = load({}).zone
    answered, waiting, spam = (
        inbox.receive(
            session,
            inbox.Submission("question", text, "太郎", "a@b.jp", form=text, address="x", trap=text == "c"),
            entry=event,
            department=None,
            at=NOW,
            zone=zone,
        )
        for text in "abc"
    )
    inbox.answer(session, answered, "はい", actor=actor, at=NOW)
    session.add(Mail(key=f"feedback-{answered.id}-2", recipient="a@b.jp", subject="", body="", due_at=NOW))
    rate_limit.allow(session, {"ask:x": 5, "ip:x": 5}, at=NOW)
    session.flush()
    number = spam.id
    assert inbox.forget_askers(session, 90, at=NOW + timedelta(days=90)) == 0
    assert inbox.forget_askers(session, 90, at=NOW + timedelta(days=90, seconds=1)) == 2
    session.expire_all()
    assert (answered.name, answered.email, answered.address, answered.form) == ("", "", "", "")
    assert answered.text == "a", "what was asked and answered stays"
    assert (waiting.name, waiting.email) == ("太郎", "a@b.jp"), "who waits has to be told"
    assert session.get(Feedback, number) is None
    assert session.query(Mail).count() == 0
    assert [one.key for one in session.query(Throttle)] == ["ip:x"]
    assert inbox.forget_askers(session, 90, at=NOW + timedelta(days=91)) == 0


def test_an_answer_on_a_page_is_not_deleted_without_a_revision_when_it_is_called_spam(
    session: Session, post: Post
) -> None:
    event, actor = post(session), person(session)
    asked = inbox.receive(
        session, inbox.Submission("question", "いつ？"), entry=event, department=None, at=NOW, zone=load({}).zone
    )
    answers.publish(session, asked, "いつ？", "四月です", actor=actor, at=NOW)
    inbox.set_state(session, asked, "spam", actor=actor, at=NOW)
    assert inbox.forget_askers(session, 90, at=NOW + timedelta(days=91)) == 1
    session.expire_all()
    assert [one.public_answer for one in event.answers] == ["四月です"]


# A flood


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_told: Any) -> None:
        return None


@pytest.mark.parametrize("posts", [40, pytest.param(500, marks=pytest.mark.soak)])
def test_a_flood_from_one_address_fills_nothing(
    posts: int, tmp_path: Path, sqlite_url: str, write: Session, post: Post, town: Session
) -> None:
    path, key = f"/events/{post(write).public_id}/ask", "only for tests"
    write.commit()
    token = str(URLSafeSerializer(key, salt="ask").dumps([path, int(time.time()) - 60, "form"]))
    with installation(tmp_path / "instance", CALENDAR_DATABASE_URL=sqlite_url, CALENDAR_SECRET_KEY=key) as url:

        def code(number: int) -> int:
            form = urlencode({"kind": "question", "text": f"{number}", "token": token}).encode()
            try:
                return int(build_opener(Stay).open(Request(url + path, form), timeout=60).status)
            except HTTPError as error:
                return error.code

        tag = build_opener().open(url + path.removesuffix("/ask")).headers["ETag"]
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(code, range(posts)))
        assert build_opener().open(url + path.removesuffix("/ask")).headers["ETag"] == tag
    assert sorted(set(codes)) == [303, 429]
    assert codes.count(303) == len(every(town, Feedback))
    assert PER_HOUR <= codes.count(303) <= PER_HOUR + 3, "it leaks a little while the flood lasts"


def test_five_thousand_questions_make_no_page_longer_or_slower(app: Flask, write: Session, post: Post) -> None:
    event, _me = post(write), person(write)
    number, public_id = event.id, event.public_id
    write.commit()
    desk = signed_in(app, "staff@example.jp")
    pages = (
        "/staff/",
        "/staff/questions",
        "/staff/questions?show=all&of=all",
        f"/staff/entries/{public_id}",
        "/staff/freshness",
    )
    few = {page: counted(app, desk, page) for page in pages}
    row = {
        "kind": "question",
        "state": "waiting",
        "entry_id": number,
        "department_id": 1,
        "text": "長い質問です。" * 100,
    }
    rows = [row | {"token": f"t{n}", "asked_at": NOW + timedelta(seconds=n), "due_at": STOPPED} for n in range(5000)]
    write.bulk_insert_mappings(Feedback, rows)  # type: ignore[arg-type]
    write.commit()
    for page in pages:
        statements, size = counted(app, desk, page)
        assert statements <= few[page][0] + 4, page
        assert size < 100_000, page
    assert "5000件" in desk.get("/staff/").text
    assert len(re.findall('class="line asked', desk.get("/staff/").text)) == 5
    assert len(re.findall('class="line asked', desk.get("/staff/questions").text)) == 50
    following = desk.get("/staff/questions?start=50").text
    assert "start=100" in following
    assert "start=0" in following


def counted(app: Flask, client: FlaskClient, page: str) -> tuple[int, int]:
    """Statements sent to the database for a page, and the page's bytes."""
    from sqlalchemy import event as listening

    engine, sent = app.extensions["calendar_engine"], []
    note = lambda *told: sent.append(told[2])  # noqa: E731
    listening.listen(engine, "before_cursor_execute", note)
    size = len(client.get(page).data)
    listening.remove(engine, "before_cursor_execute", note)
    return len(sent), size
