"""The demo city: a year of Semboku around today, loaded through `publishing` like anything that staff do.

Nothing of it is information of the city: `semboku.json` says of every record what is fact, pattern or invented.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.accounts import people
from calendar_app.accounts.passwords import hash_password
from calendar_app.cli.demo import questions, records, town
from calendar_app.cli.demo.city import FOLDER, Act, City, venue
from calendar_app.cli.demo.move_years import Record
from calendar_app.dates.formatting import fiscal_year
from calendar_app.db.models import Category, Department, Event, Revision, User
from calendar_app.entries import due, publishing, revisions
from calendar_app.staff import comments, templates

PEOPLE = (
    ("demo@example.jp", "佐藤 花子", "広報", "admin"),
    ("kanko@example.jp", "高橋 健", "観光課", "member"),
    ("kacho@example.jp", "田口 真理", "観光課", "head"),
)
PASSWORD = "sakura-demo-2026"  # noqa: S105 - printed at every start of the demo
TEMPLATES = ("おはなし会", "健康体操教室", "えほんのじかん")
OFFICERS = ("佐々木 健太", "伊藤 美咲", "鈴木 直樹", "高橋 由美", "田口 誠", "藤原 さくら")


def load_city(
    session: Session,
    *,
    today: date,
    at: datetime,
    photo_folder: Path,
    watched: Callable[[Sequence[Act]], Iterable[Act]] = iter,
) -> None:
    """Fill an empty database with the demo city, in the order in which staff would have worked.

    `watched` is handed the acts and gives each in turn, to show how far the work is.
    """
    data, extra = _read("semboku.json"), _read("seasons.json")
    city = City(session, today, at, at - timedelta(days=1200), photo_folder)
    city.hints, city.outdoor = extra["hints"], extra["outdoor"]
    _found(city, data, extra)
    records.plan(city, data, extra["english"], _read("translations.json"))
    town.plan_seasons(city, extra["seasons"])
    town.plan_town(city, extra)
    for when, act in watched(sorted(city.acts, key=lambda pair: pair[0])):
        city.clock = when
        due.run(session, at=when)  # as the worker would do
        act(when)
    _talk(city)
    questions.ask(city)
    _keep_templates(city)


def found_city(session: Session, *, at: datetime, photo_folder: Path) -> None:
    """Create the departments, categories, venues and people of the demo city, a day before its first entry could be
    typed."""
    city = City(session, at.date(), at, at - timedelta(days=40_000), photo_folder)
    _found(city, _read("semboku.json"), _read("seasons.json"))


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def _found(city: City, data: Record, extra: Record) -> None:
    """Create departments, categories and venues, which exist before the first entry."""
    begun = city.clock
    for number, (name, (slug, english)) in enumerate(extra["departments"].items()):
        contact = f"{name} 0187-00-0000"
        values = {"slug": slug, "name": name, "name_en": english, "contact": contact, "hours": "平日 8:30〜17:15"}
        city.departments[name] = Department()
        publishing.save_reference(city.session, city.departments[name], values, actor=None, at=begun)
        april = date(fiscal_year(begun.date()) + number % 3, 4, 1)
        people.appoint(
            city.session, city.departments[name], OFFICERS[number % len(OFFICERS)], april, actor=None, at=begun
        )
    for name, (slug, english) in extra["categories"].items():
        city.categories[name] = Category()
        values = {"slug": slug, "name": name, "name_en": english}
        publishing.save_reference(city.session, city.categories[name], values, actor=None, at=begun)
    for place in data["venues"]:
        venue(city, place["name"], place, extra["venues_en"].get(place["name"], ""))
    for email, name, department, role in PEOPLE:
        city.session.add(user := _person(email, name, city.departments[department], role, begun))
        city.session.flush()
        city.people.setdefault(city.departments[department].id, user)


def _talk(city: City) -> None:
    """Leave two weeks of changes unread for the colleagues, and a comment that asks about the newest event."""
    two_weeks = select(func.max(Revision.number)).where(Revision.at < city.at - timedelta(days=14))
    read = city.session.scalar(two_weeks) or 0
    for user in city.session.scalars(select(User)):
        user.seen_revision = read
    newest = select(Event).where(Event.author_id.is_not(None), Event.state == "published").order_by(Event.id.desc())
    event = city.session.scalars(newest.limit(1)).first()
    head = city.session.scalar(select(User).where(User.role == "head"))
    if event and head:
        comments.add(city.session, event, "駐車場の案内も載せられますか。", actor=head, at=city.at)


def _keep_templates(city: City) -> None:
    """Save templates of frequent entries for the whole city."""
    admin = city.session.scalars(select(User).where(User.role == "admin").limit(1)).one()
    for title in TEMPLATES:
        query = select(Event).where(Event.title == title, Event.state == "published").order_by(Event.id.desc())
        if event := city.session.scalars(query.limit(1)).first():
            values = revisions.values(event)
            templates.save_template(city.session, title, "event", values, None, actor=admin, at=city.at)


def _person(email: str, name: str, department: Department, role: str, at: datetime) -> User:
    return User(
        email=email,
        name=name,
        password=hash_password(PASSWORD),
        role=role,
        department_id=department.id,
        created_at=at,
    )
