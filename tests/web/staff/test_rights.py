"""Who may do what: every address that changes an object is listed, and every page answers every role. Generated from the routes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.routing import Rule

from calendar_app.accounts import people
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Comment, Department, Feedback, Source, Template
from helpers.staff_desk import signed_in, stranger
from helpers.town import NOW, person, published, settings

# From the least rights to the most; each of the own department may do what those before may.
ROLES = ("stranger", "member of another", "head of another", "member", "head", "admin")
# The first role that may do it, of each address that names an object, with the object that its number is.
LOWEST = {
    "entry_actions.act": ("member", ""),
    "entry_form.edit": ("member", ""),
    "single_dates.undo": ("member", "revision"),
    "season_report.line": ("member", ""),
    "questions.act": ("member", "question"),
    "sources.change": ("member", "source"),
    "sources.act": ("member", "source"),
    "templates.show": ("member", "template"),
    "templates.remove": ("member", "template"),
    "people.appoint": ("head", "department"),
    "people.revoke": ("head", "invitation"),
    "people.switch": ("head", "people"),
    "people.place": ("admin", "people"),
    "reset.make": ("head", "people"),
    "questions.reply_days": ("head", "department"),
}
# Everybody may comment on everything; one's own comments, browsers, passkeys and drafts have tests of their own.
ELSEWHERE = {
    "single_dates.date",
    "single_dates.decide",
    "home.comment",
    "home.settle",
    "account.end_session",
    "passkeys.rename",
    "passkeys.remove",
    "sources.settle",
}
PUBLIC = {"sign_in.sign_in", "sign_in.sign_out", "second_factor.code", "reset.forgotten", "reset.choose"}
PUBLIC |= {"passkeys.question", "passkeys.answer", "people.join", "people.letters", "people.stop_letters"}


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """On both databases."""
    return settings(tmp_path, database_url)


@dataclass
class Town:
    clients: dict[str, FlaskClient]
    objects: dict[str, Any]


@pytest.fixture
def town_of_objects(app: Flask, config: Config) -> Town:
    app.config["WTF_CSRF_ENABLED"] = False
    engine: Engine = make_engine(config.database_url)
    with write_session(engine) as session:
        emails = {
            "member of another": person(session, "a@example.jp", department=2).email,
            "head of another": person(session, "b@example.jp", role="head", department=2).email,
            "member": person(session, "c@example.jp").email,
            "head": person(session, "d@example.jp", role="head").email,
            "admin": person(session, "e@example.jp", role="admin").email,
        }
        colleague = person(session, "f@example.jp")
        event = published(session)
        home = session.get_one(Department, 1)
        boss = people.list_users(session)[0]
        given: dict[str, Any] = {"email": "g@example.jp", "name": "新人", "role": "member", "department": home}
        invitation, _token = people.invite(session, **given, actor=boss, at=NOW)
        comment = Comment(entry_id=event.id, author_id=colleague.id, at=NOW, text="確認を")
        template = Template(name="定例", kind="event", values={}, department_id=1, created_at=NOW, changed_at=NOW)
        source = Source(
            name="観光協会", url="https://source.example.jp/a.ics", department_id=1, created_at=NOW, next_at=NOW
        )
        question = Feedback(
            token="t" * 22, department_id=1, kind="question", text="何時からですか", asked_at=NOW, due_at=NOW
        )
        session.add_all((comment, template, source, question))
        session.flush()
        objects = {
            "public_id": event.public_id,
            "people": colleague.id,
            "invitation": invitation.id,
            "comment": comment.id,
            "template": template.id,
            "source": source.id,
            "question": question.id,
        }
        session.commit()
    engine.dispose()
    clients = {role: signed_in(app, email) for role, email in emails.items()}
    return Town({"stranger": stranger(app)} | clients, objects)


def guarded(app: Flask) -> list[Rule]:
    """The rules of the desk that change an object."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff") and "POST" in rule.methods]
    return [rule for rule in rules if rule.arguments & {"public_id", "number"}]


def test_every_address_that_changes_an_object_says_who_may(app: Flask) -> None:
    assert {rule.endpoint for rule in guarded(app)} == LOWEST.keys() | ELSEWHERE


def test_every_page_answers_every_role_and_no_stranger(app: Flask, town_of_objects: Town) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/staff") or rule.arguments or "GET" not in rule.methods or rule.endpoint in PUBLIC:
            continue
        answers = {role: town_of_objects.clients[role].get(rule.rule) for role in ROLES}
        assert "/staff/sign-in" in answers.pop("stranger").headers["Location"], rule.rule
        codes = {role: answer.status_code for role, answer in answers.items()}
        assert set(codes.values()) <= {200, 303, 403, 404}, (rule.rule, codes)
        assert codes["admin"] in (200, 303, 404), (rule.rule, codes)
