"""A demo city of another country, in its own language and English. Everything about it is invented, and its file says all."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.accounts.passwords import hash_password
from calendar_app.cli.demo.city import FOLDER
from calendar_app.cli.demo.move_years import Record, rule_days
from calendar_app.db.models import Category, Department, Event, User, Venue
from calendar_app.entries import publishing
from calendar_app.text import countries

NAMES = ("seenbrueck",)


def read(name: str) -> Record:
    """Return the file of a city: its settings, and all that `load_city` fills in."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text()))


def load_city(session: Session, data: Record, password: str, *, today: date, at: datetime) -> None:
    """Fill an empty database with the city around `today`, as its staff would have worked."""
    begun = at - timedelta(days=90)
    rows = _references(session, data, begun)
    for email, name, department, role in data["people"]:
        office = rows["department"][department].id
        person = User(email=email, name=name, role=role, department_id=office, created_at=begun)
        person.password = hash_password(password)
        session.add(person)
    session.flush()
    for number, record in enumerate(data["events"]):
        _event(session, record, rows, today, at - timedelta(days=70 - number))
    for record in data["news"]:
        _announcement(session, record, rows, at - timedelta(days=record["days_ago"]))


def _references(session: Session, data: Record, at: datetime) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {"department": {}, "category": {}, "venue": {}}

    def keep(kind: str, key: str, row: Any, values: Record) -> None:
        publishing.save_reference(session, row, values, actor=None, at=at)
        rows[kind][key] = row

    for slug, (name, english) in data["departments"].items():
        values = {"slug": slug, "name": name, "name_en": english, "contact": f"{name}, 03300 0000-0"}
        keep("department", slug, Department(), values)
    for slug, (name, english) in data["categories"].items():
        keep("category", slug, Category(), {"slug": slug, "name": name, "name_en": english})
    for name, (english, address, lat, lon, outdoor) in data["venues"].items():
        values = {"name": name, "name_en": english, "address": address, "lat": lat, "lon": lon, "outdoor": outdoor}
        values["facilities"] = {"wheelchair": True} | ({} if outdoor else {"toilet": True})
        keep("venue", name, Venue(), values)
    return rows


def _event(session: Session, record: Record, rows: dict[str, dict[str, Any]], today: date, at: datetime) -> None:
    values = _in_both(record, ("title", "summary", "audience", "apply")) | _dates(record, today)
    values |= {name: record[name] for name in ("fee", "capacity", "tags", "skips", "weather_rule") if name in record}
    values |= {
        "venue_id": rows["venue"][record["venue"]].id,
        "department_id": rows["department"][record["department"]].id,
        "category_id": rows["category"][record["category"]].id,
    }
    if "reason" in record:
        values["translations"]["en"]["texts"] = dict([record["reason"]])
    entry = publishing.create(session, "event", values, actor=None, at=at)
    publishing.publish(session, entry, actor=None, at=at)
    _change(session, entry, record, at + timedelta(days=5))


def _change(session: Session, event: Any, record: Record, at: datetime) -> None:
    if record.get("status") == "cancelled" and isinstance(event, Event):
        publishing.cancel(session, event, actor=None, at=at, reason=record["reason"][0])
    elif record.get("status") and isinstance(event, Event):
        publishing.mark(session, event, record["status"], "", actor=None, at=at)


def _announcement(session: Session, record: Record, rows: dict[str, dict[str, Any]], at: datetime) -> None:
    values = _in_both(record, ("title", "body")) | {
        "department_id": rows["department"][record["department"]].id,
        "importance": record.get("importance", "normal"),
    }
    entry = publishing.create(session, "announcement", values, actor=None, at=at)
    publishing.publish(session, entry, actor=None, at=at)


def _in_both(record: Record, names: tuple[str, ...]) -> Record:
    """Return the texts of a record in the city's language, with their English as translations."""
    texts = {name: record[name] for name in names if name in record}
    own = {name: first for name, (first, _) in texts.items()}
    return own | {"translations": {"en": {name: english for name, (_, english) in texts.items()}}}


def _dates(record: Record, today: date) -> Record:
    day, all_day = today + timedelta(days=record["in_days"]), "days" in record
    begin, finish = (time.fromisoformat(record.get(edge, "00:00")) for edge in ("from", "to"))
    rule = ""
    if "weekly" in record:
        rule = f"FREQ=WEEKLY;BYDAY={record['weekly']};UNTIL={today + timedelta(days=300):%Y%m%d}"
        day = rule_days(datetime.combine(day, begin), rule)[0]
    last = day + timedelta(days=record.get("days", 1) - 1)
    values: Record = {"rule": rule, "all_day": all_day, "timezone": countries.here().timezone}
    if "apply_in_days" in record:
        closes = datetime.combine(today + timedelta(days=record["apply_in_days"]), time(18))
        values["apply_deadline"] = closes.isoformat()
    return values | {
        "start": datetime.combine(day, begin).isoformat(),
        "end": datetime.combine(last, finish).isoformat(),
    }
