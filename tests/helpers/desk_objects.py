"""One of everything that the addresses of the desk name, in the states that matter for rights; all of department 1."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from calendar_app.accounts import people, sessions, tokens
from calendar_app.config import Config
from calendar_app.db.engine import write_session
from calendar_app.db.models import (
    Comment,
    Delivery,
    Department,
    DeskSession,
    Event,
    Feedback,
    FormDraft,
    Passkey,
    Receiver,
    Source,
    SpellingGroup,
    Tag,
    Template,
    User,
)
from calendar_app.delivery import turns
from calendar_app.entries import form_drafts, photos, publishing, revisions
from helpers.town import NOW, SAKURA, STOPPED, announce, person, published

FILE = "0" * 32
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"


@dataclass
class Objects:
    """`arguments` of the address of each object; `named`: ids for forms; `people`: the mail address of each role."""

    engine: Engine
    people: dict[str, str]
    arguments: dict[str, dict[str, Any]]
    named: dict[str, str]

    def session(self) -> Session:
        return write_session(self.engine)


def make_objects(engine: Engine, config: Config) -> Objects:
    with write_session(engine) as session:
        desk = _people(session)
        owner, boss = desk["owner"], desk["admin"]
        arguments: dict[str, dict[str, Any]] = {"nothing": {}, "event": {"kind": "event"}, "form": {"key": "k" * 12}}
        arguments |= {"announcements": {"kind": "announcement"}, "measure": {"what": "photo"}, "file": {"name": FILE}}
        arguments["month"] = {"year": 2027, "month": 3}
        arguments["way of following"] = {"way": "push"}
        arguments |= _entries(session, owner) | _settings(session, owner) | _accounts(session, desk)
        arguments |= _channels(session, config)
        arguments |= {f"name of a {kind}": {"kind": kind, "number": 1} for kind in ("venue", "tag")}
        arguments["photo of a draft"] = {"name": _photo(config)}
        event = _entry(session, arguments["public"])
        named = {"public": event.public_id, "version": str(event.version), "number": str(event.revisions[-1].number)}
        named |= {"colleague": str(owner.id), "boss": str(boss.id), "former": str(desk["closed account"].id)}
        emails = {role: user.email for role, user in desk.items()}
        session.commit()
    folder = config.instance / "imports"
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(ICS)
    return Objects(engine, emails, arguments, named)


def _people(session: Session) -> dict[str, User]:
    return {
        "member of another": person(session, "a@example.jp", department=2),
        "head of another": person(session, "b@example.jp", role="head", department=2),
        "member": person(session, "c@example.jp"),
        "head": person(session, "d@example.jp", role="head"),
        "admin": person(session, "e@example.jp", role="admin"),
        "owner": person(session, "f@example.jp"),
        "closed account": person(session, "g@example.jp", role="admin"),
    }


def _entries(session: Session, owner: User) -> dict[str, dict[str, Any]]:
    draft = publishing.create(session, "event", SAKURA, actor=owner, at=NOW)
    withdrawn = published(session)
    publishing.withdraw(session, withdrawn, "誤り", actor=owner, at=NOW)
    series = published(session, start="2027-04-15T10:00:00", end=None, all_day=False, rule="FREQ=WEEKLY;COUNT=3")
    changed = published(session)
    with revisions.one_act(session) as act:
        publishing.save(session, changed, SAKURA | {"title": "桜まつり"}, actor=owner, at=NOW)
    plan = {"verb": "tag", "steps": [changed.public_id], "given": {"value": "冬"}, "done": 0}
    session.add(FormDraft(user_id=owner.id, key="interrupted", kind=form_drafts.ACT, fields=plan, updated_at=NOW))
    comment = Comment(entry_id=changed.id, author_id=owner.id, at=STOPPED - timedelta(minutes=1), text="確認を")
    group = SpellingGroup(words="熊鍋 くまなべ")
    session.add_all((comment, Tag(name="未使用"), group))
    session.flush()
    return {
        "draft": {"public_id": draft.public_id},
        "public": {"public_id": published(session).public_id},
        "moving": {"public_id": published(session).public_id},
        "withdrawn": {"public_id": withdrawn.public_id},
        "announcement": {"public_id": announce(session).public_id},
        "series": {"public_id": series.public_id},
        "date": {"public_id": series.public_id, "stamp": "20270415T1000"},
        "change": {"public_id": changed.public_id, "number": changed.revisions[0].number},
        "act": {"act": act},
        "interrupted act": {"act": "interrupted"},
        "comment": {"number": comment.id},
        "spellings": {"number": group.id},
    }


def _settings(session: Session, owner: User) -> dict[str, dict[str, Any]]:
    entry = published(session)
    entry.imported = {"values": {}, "ours": {}}
    of_department: Any = {"department_id": 1, "created_at": NOW}
    template = Template(name="定例", kind="event", values={}, changed_at=NOW, **of_department)
    citys = Template(name="市の定例", kind="event", values={}, created_at=NOW, changed_at=NOW)
    source = Source(name="観光協会", url="https://127.0.0.1/a.ics", next_at=NOW, owner_id=owner.id, **of_department)
    differing = Source(name="商工会", url="https://127.0.0.1/b.ics", next_at=NOW, **of_department)
    differing.differing = [entry.id]
    question = Feedback(token="t" * 22, department_id=1, kind="question", text="何時から", asked_at=NOW, due_at=NOW)
    question.entry = entry
    session.add_all(rows := (template, citys, source, differing, question))
    session.flush()
    numbers = [{"number": row.id} for row in rows]
    objects = dict(
        zip(("template", "template of the city", "source", "differing source", "question"), numbers, strict=True)
    )
    objects["differing source"]["public_id"] = entry.public_id
    return objects | {"department": {"number": 1}}


def _channels(session: Session, config: Config) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"way of a channel": {"name": "webhook"}}
    for name, home in (("channel", 1), ("moving channel", 1), ("channel of the city", None)):
        to = Receiver(channel="webhook", key=name, name=name, department_id=home, created_at=NOW)
        to.settings = {"url": "https://127.0.0.1/hook"}
        turns.keep_secrets(to, config, {"secret": SECRET})
        session.add(to)
        session.flush()
        delivery = Delivery(uid=name, receiver_id=to.id, key="once", made_at=NOW, state="failed")
        session.add(delivery)
        session.flush()
        found[name] = {"number": to.id}
        found[name.replace("channel", "delivery")] = {"number": to.id, "delivery": delivery.id}
    return found


def _accounts(session: Session, desk: dict[str, User]) -> dict[str, dict[str, Any]]:
    key: Any = {"email": "i@example.jp", "name": "新人", "role": "member", "department": session.get_one(Department, 1)}
    invitation, _token = people.invite(session, **key, actor=desk["admin"], at=NOW)
    sessions.begin(session, desk["owner"], device="", at=STOPPED)
    row = session.scalars(select(DeskSession.id)).one()
    passkey = Passkey(
        user_id=desk["owner"].id, credential_id="a", public_key="b", sign_count=0, name="電話", created_at=NOW
    )
    session.add(passkey)
    home: Any = {"department": session.get_one(Department, 1), "scopes": ["write"], "days": 30}
    token, _text = tokens.make(session, desk["owner"], "市報", **home, at=NOW)
    return {
        "token": {"number": token.id},
        "person": {"number": person(session, "h@example.jp").id},
        "head of a department": {"number": person(session, "j@example.jp", role="head").id},
        "work of a person": {"person": desk["owner"].id},
        "invitation": {"number": invitation.id},
        "session": {"number": row},
        "passkey": {"number": passkey.id},
    }


def _photo(config: Config) -> str:
    name = photos.file_name("0" * 24, 480, "webp")
    path = photos.path_of(config.photos, name)
    assert path, name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a picture")
    return name


def _entry(session: Session, names: dict[str, Any]) -> Event:
    return session.scalars(select(Event).where(Event.public_id == names["public_id"])).one()
