"""Who may do what: each address of the desk for each role and each state of the object that it names.

The addresses come from the routes; one without a line in RIGHTS fails. First everybody who may not is refused, and nothing
has changed; then the first who may gets through. On PostgreSQL of those who may not only the nearest to a right is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.routing import AnyConverter, Rule

from calendar_app.config import Config
from calendar_app.db.engine import make_engine
from calendar_app.db.models import User
from calendar_app.operations import tables
from calendar_app.web.staff import sign_in
from helpers.desk_objects import SECRET, Objects, make_objects
from helpers.staff_desk import TYPED, signed_in, stranger
from helpers.town import STOPPED, settings

OUTSIDE = ("stranger", "half signed in", "closed account")
# Of another department than the object's; of its own; who made it (a member, too); and who may do everything.
ROLES = (*OUTSIDE, "member of another", "head of another", "member", "head", "admin")
REFUSED = {"anybody": 0, "staff": 3, "member": 5, "head": 6, "admin": 7}  # so many of ROLES may not
ENTRIES = ("draft", "public", "withdrawn", "announcement")
ONLY = {"revert": "public", "cancel": "public", "postpone": "public", "full": "public"}  # 404 for some other entries
EVENT = TYPED | {"department_id": "1", "version": "{version}"}
CHANNEL = {
    "name": "公式サイト",
    "set-url": "https://127.0.0.1/hook",
    "set-secret": SECRET,
}  # the city's, with no department


@dataclass(frozen=True)
class Right:
    """`may` is the first of REFUSED who may do it; "owner": who made the object, and nobody else; or "any head": whoever
    leads a department, whichever it is.

    `quietly` is a further answer to whoever may not: the page again, with nothing done. `tried` names the verbs with which
    somebody who may gets through; "" is every verb.
    """

    endpoint: str
    may: str
    objects: tuple[str, ...] = ("nothing",)
    form: dict[str, Any] = field(default_factory=dict)
    method: str = ""
    verb: str = ""
    quietly: int = 403
    tried: str = ""


PUBLIC = ("sign_in.sign_in", "sign_in.sign_out", "second_factor.code", "reset.forgotten", "reset.choose", "people.join",
          "people.letters", "people.stop_letters", "passkeys.question", "passkeys.answer",
          "single_sign_on.start", "single_sign_on.back", "single_sign_on.logged_out")  # fmt: skip
# Each shows or changes what all colleagues share, or what is one's own.
OF_ALL = ("entry_actions.desk", "single_dates.meeting", "worklist.every", "batch_entries.look", "freshness.board",
          "imports.choose", "account.me", "second_factor.own", "account.end_other_sessions", "home.unread", "home.read",
          "account.password", "people.everybody", "form_drafts.take_photo", "press.desk", "press.mail", "entry_form.dates",
          "questions.everything", "questions.count", "quickadd.look", "quickadd.take", "sources.every",
          "templates.every", "channels.every", "batch_dates.choose", "passkeys.offer", "passkeys.add", "single_sign_on.own")  # fmt: skip

# In an order in which no line takes away what a later one needs.
RIGHTS = [
    *(Right(endpoint, "anybody") for endpoint in PUBLIC),
    *(Right(endpoint, "staff") for endpoint in OF_ALL),
    Right("entry_actions.done", "staff", ENTRIES),
    Right("entry_actions.history", "staff", ("draft", "announcement")),
    Right("share.kit", "staff", ("public",)),
    Right("receipts.told", "staff", ENTRIES),
    Right("freshness.behind", "staff", ("measure",)),
    Right("batch_dates.done", "staff", ("act",)),
    Right("imports.preview", "staff", ("file",)),
    Right("venues_departments_tags.photo", "staff", ("photo of a draft",)),
    Right("questions.show", "staff", ("question",)),
    Right("sources.show", "staff", ("source",)),
    Right("home.comment", "staff", ("draft", "public"), {"text": "確認を"}),
    Right("templates.keep", "staff", form={"entry": "{public}"}),
    Right("form_drafts.keep", "staff", ("form",), {"kind": "event"}),
    Right("form_drafts.drop", "staff", ("form",)),
    Right("venues_departments_tags.venues", "staff", method="GET"),
    Right("venues_departments_tags.venues", "member", form={"id": "1", "name": "桧木内川堤"}, method="POST"),
    Right("venues_departments_tags.departments", "staff", method="GET"),
    Right("venues_departments_tags.departments", "admin", form={"id": "1", "name": "観光課"}, method="POST"),
    Right("venues_departments_tags.tags", "staff", method="GET"),
    Right("venues_departments_tags.tags", "admin", form={"id": "1", "name": "さくら"}, method="POST"),
    Right("monthly_sheet.show", "staff", ("month",)),
    Right("live.show", "staff"),
    Right("spellings.every", "staff"),
    Right("spellings.add", "admin", form={"words": "湯治 長逗留"}),
    Right("spellings.remove", "admin", ("spellings",)),
    Right("translations.every", "staff"),
    Right("ready_sentences.choose", "staff"),
    Right("translations.entry", "member", ENTRIES),
    Right("translations.name", "staff", ("name of a venue",)),
    Right("translations.name", "admin", ("name of a tag",)),
    Right("entry_form.new", "staff", ("event", "announcements"), method="GET"),
    Right("entry_form.new", "member", ("event", "announcements"), TYPED, method="POST", quietly=422),
    Right("entry_form.edit", "member", ENTRIES, method="GET", quietly=303),
    Right("proposals.propose", "staff", ("draft", "public"), {"title": "別の名", "why": "名前が違う"}),
    Right("proposals.take", "member", ("comment",)),
    Right("entry_form.edit", "member", ENTRIES, TYPED | {"version": "0"}, method="POST"),
    Right("entry_form.edit", "admin", ("moving",), EVENT | {"department_id": "2"}, method="POST", quietly=422),
    Right("entry_actions.status", "member", ENTRIES),
    Right("single_dates.dates", "member", ("series",)),
    Right("single_dates.date", "member", ("date",)),
    Right("single_dates.decide", "member", ("date",), {"choice": "held"}),
    Right("season_report.line", "member", ("public",), {"stage": "満開"}),
    Right("single_dates.undo", "member", ("change",)),
    Right("batch_dates.undo", "member", ("act",)),
    Right("batch_entries.change", "member", form={"verb": "tag", "value": "夏", "change": "{public}"}, quietly=303),
    Right("batch_dates.cancel", "member", form={"first": "2027-04-15", "reason": "嵐", "date": "{public}/20270415T0000"},
          quietly=422),
    Right("batch_entries.drop", "head", ("interrupted act",)),
    Right("batch_entries.rest", "head", ("interrupted act",)),
    Right("entry_actions.act", "member", ENTRIES, {"reason": "嵐", "number": "{number}"}),
    Right("questions.act", "staff", ("question",), {"comment": "確認を"}, verb="comment"),
    Right("questions.act", "member", ("question",), {"text": "九時です", "version": "1", "department": "1"}),
    Right("desk_polls.act", "member", ENTRIES, {"verb": "ask", "question": "何時？", "choice": ["八時", "十時"]}),
    Right("questions.reply_days", "head", ("department",), {"days": "5"}),
    Right("sources.settle", "member", ("differing source",), tried="leave"),
    Right("sources.decide", "member", ("source",)),
    Right("sources.act", "member", ("source",)),
    Right("sources.change", "member", ("source",), {"name": "協会"}),
    Right("sources.change", "admin", ("source",), {"department": "2"}),
    Right("channels.new", "any head", ("way of a channel",), method="GET"),
    Right("channels.new", "head", ("way of a channel",), CHANNEL | {"department_id": "1"}, method="POST"),
    Right("channels.new", "admin", ("way of a channel",), CHANNEL, method="POST"),
    Right("channels.show", "staff", ("channel", "channel of the city"), method="GET"),
    Right("channels.show", "head", ("channel",), CHANNEL | {"department_id": "1"}, method="POST"),
    Right("channels.show", "admin", ("channel of the city",), CHANNEL, method="POST"),
    Right("channels.again", "head", ("delivery",)),
    Right("channels.again", "admin", ("delivery of the city",)),
    Right("channels.act", "head", ("channel",)),
    Right("channels.act", "admin", ("channel of the city",)),
    Right("channels.act", "head", ("channel",), verb="remove"),
    Right("channels.act", "admin", ("channel of the city",), verb="remove"),
    Right("channels.show", "admin", ("moving channel",), CHANNEL | {"department_id": "2"}, method="POST"),
    Right("templates.show", "staff", ("template of the city",), method="GET"),
    Right("templates.show", "admin", ("template of the city",), {"name": "定例"}, method="POST"),
    Right("templates.remove", "admin", ("template of the city",)),
    Right("templates.show", "member", ("template",), {"name": "例会"}),
    Right("templates.remove", "member", ("template",)),
    Right("imports.take", "member", ("file",), {"department": "1"}),
    Right("home.settle", "member", ("comment",), verb="resolve"),
    Right("home.settle", "owner", ("comment",), verb="remove", quietly=303),
    Right("home.choose", "staff"),
    Right("home.choose", "head", ("work of a person",)),
    Right("home.hand_over", "head", form={"person": "{colleague}", "to": "{colleague}"}),
    Right("home.hand_over", "admin", form={"person": "{boss}", "to": "{colleague}"}, quietly=303),
    Right("account.end_session", "owner", ("session",), quietly=303),
    Right("passkeys.rename", "owner", ("passkey",), {"name": "電話"}, quietly=303),
    Right("passkeys.remove", "owner", ("passkey",), quietly=303),
    Right("tokens.own", "staff", method="GET"),
    Right("tokens.own", "member", form={"name": "市報", "scope": "write", "department": "1"}, method="POST"),
    Right("tokens.own", "admin", form={"name": "市", "scope": "write", "department": ""}, method="POST"),
    Right("tokens.end", "head", ("token",)),
    Right("account.sign_ins", "admin"),
    Right("staff_operating.status", "admin"),
    Right("staff_fediverse.show", "admin"),
    Right("staff_fediverse.block", "admin", form={"address": "bad.example"}),
    Right("staff_fediverse.unblock", "admin", form={"address": "bad.example"}),
    Right("staff_operating.follow", "admin", ("way of following",), {"on": "1"}),
    Right("people.appoint", "head", ("department",), {"officer": "佐藤"}),
    Right("people.invite", "head", form={"email": "n@example.jp", "name": "新", "role": "member", "department_id": "1"}),
    Right("people.invite", "admin", form={"email": "m@example.jp", "name": "新", "role": "head", "department_id": "1"}),
    Right("people.revoke", "head", ("invitation",)),
    Right("reset.make", "head", ("person",)),
    Right("reset.make", "admin", ("head of a department",)),
    Right("people.switch", "head", ("person",)),
    Right("people.switch", "admin", ("head of a department",)),
    Right("people.place", "admin", ("person",), {"role": "member", "department_id": "1"}),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    right: Right
    method: str
    verb: str
    object: str

    def send(self, client: FlaskClient, objects: Objects) -> int:
        """The status of the answer; a way to the sign-in page counts as 401."""
        with client.application.test_request_context():
            names = objects.arguments[self.object] | ({"verb": self.verb} if self.verb else {})
            address = client.application.url_for(self.right.endpoint, _external=False, **names)
        form = {
            name: value.format(**objects.named) if isinstance(value, str) else value
            for name, value in self.right.form.items()
        }
        answer = client.get(address) if self.method == "GET" else client.post(address, data=form)
        answer.close()
        return 401 if "/staff/sign-in" in answer.headers.get("Location", "") else answer.status_code

    def may_not(self) -> tuple[str, ...]:
        if self.right.may == "any head":
            return (*OUTSIDE, "member of another", "member")
        return ROLES if self.right.may == "owner" else ROLES[: REFUSED[self.right.may]]


def cases(app: Flask) -> list[Case]:
    """Every address of the desk with every method and verb, in the order of RIGHTS."""
    asked = [
        (rule, *asked) for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff") for asked in of(rule)
    ]
    named = [
        [right for right in RIGHTS if right.endpoint == rule.endpoint and right.method in ("", method)]
        for rule, method, _ in asked
    ]
    assert not [asked for asked, rights in zip(asked, named, strict=True) if not rights], "an address without its right"
    found = []
    for (_, method, verb), rights in zip(asked, named, strict=True):
        chosen = [right for right in rights if right.verb == verb] or [right for right in rights if not right.verb]
        found += [Case(right, method, verb, name) for right in chosen for name in right.objects]
    return sorted(found, key=lambda case: RIGHTS.index(case.right))


def of(rule: Rule) -> Iterator[tuple[str, str]]:
    verbs = rule._converters.get("verb")
    for method in sorted({"GET", "POST"} & (rule.methods or set())):
        yield from ((method, verb) for verb in sorted(verbs.items if isinstance(verbs, AnyConverter) else [""]))


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """On both databases, with every way in."""
    return replace(settings(tmp_path, database_url), oidc_issuer="https://login.example.jp")


@pytest.fixture
def objects(app: Flask, config: Config) -> Iterator[Objects]:
    app.config["WTF_CSRF_ENABLED"] = False
    engine = make_engine(config.database_url)
    yield make_objects(engine, config)
    engine.dispose()


def browsers(app: Flask, objects: Objects) -> dict[str, FlaskClient]:
    """A browser for each role; the outsiders are as near to the desk as can be."""
    found = {role: signed_in(app, email) for role, email in objects.people.items()}
    found |= {"stranger": stranger(app), "half signed in": stranger(app)}
    with objects.session() as session:
        boss = session.get_one(User, int(objects.named["boss"]))
        with found["half signed in"].session_transaction() as cookie:
            cookie[sign_in.HALF] = [boss.id, STOPPED.timestamp(), False, sign_in.fingerprint(boss)]
        session.get_one(User, int(objects.named["former"])).active = False
        session.commit()
    return found


def everything(engine: Engine) -> dict[str, list[bytes]]:
    with tables.snapshot(engine) as connection:
        kept = tables.tables_of(connection, tables.MADE_AGAIN)
        return {table.name: [tables.line(row) for row in tables.rows_of(connection, table)] for table in kept}


def test_everybody_may_do_what_the_table_says_and_nothing_else(app: Flask, objects: Objects) -> None:
    clients = browsers(app, objects)
    nearest = -1 if objects.engine.dialect.name == "postgresql" else 0
    before, odd = everything(objects.engine), []
    for case in cases(app):
        for role in case.may_not()[nearest:]:
            answer = case.send(clients[role], objects)
            wanted = {401} if role in OUTSIDE else {403, 404, case.right.quietly}
            odd += [(role, answer, case)] if answer not in wanted else []
    after = everything(objects.engine)
    assert odd == []
    changed = [name for name in before if before[name] != after[name]]
    assert changed == ["sign_in_record"]  # the journal tells of it

    for case in cases(app):
        first = {"staff": "member of another", "anybody": "stranger", "any head": "head of another"}
        may = first.get(case.right.may, case.right.may)
        if case.right.may == "anybody" or case.right.tried not in ("", case.verb):
            continue
        answer = case.send(clients[may], objects)
        absent = case.verb in ONLY and case.object != ONLY[case.verb]
        odd += [(may, answer, case)] if answer in (401, 403, 500) or (answer == 404) > absent else []
    assert odd == []
    assert everything(objects.engine) != after
