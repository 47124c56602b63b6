"""Make one change to many entries: a tag, a department, published, withdrawn. `outlook` previews it for each entry.

`batch_jobs` does it in portions; `undo` undoes it.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Department, Entry, Event, Occurrence, User
from calendar_app.entries import editing, permissions, publishing

VERBS = ("tag", "untag", "department", "category", "publish", "unschedule", "cancel", "postpone", "withdraw", "restore")
TYPED = ("tag", "untag", "department", "category", "cancel", "postpone", "withdraw")  # need a value or a reason
MAY_BE_EMPTY = ("withdraw",)
MOST = 1000


@dataclass(slots=True)
class Outlook:
    """The entries that an act would change, and those that it leaves out, by reason: a code that the page puts into
    words."""

    change: list[Entry] = field(default_factory=list)
    left: dict[str, list[Entry]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Home:
    """A department as the object of `permissions.may`."""

    department_id: int


def outlook(session: Session, entries: Iterable[Entry], verb: str, value: str, *, actor: User, today: date) -> Outlook:
    """Preview an act for each entry without changing any."""
    listed = list(entries)
    of_coming = verb in ("cancel", "postpone")
    coming = _coming(session, listed, today) if of_coming else set()
    result = Outlook()
    for entry in listed:
        why = _refused(entry, verb, value, actor) or ("over" if of_coming and entry.id not in coming else "")
        (result.left.setdefault(why, []) if why else result.change).append(entry)
    return result


def step(
    session: Session, verb: str, public_id: str, parameters: dict[str, str], *, actor: User | None, at: datetime
) -> bool:
    """Do the act to one entry. False if nothing is left to do or the actor may not. `batch_jobs` calls it."""
    entry = session.scalar(select(Entry).where(Entry.public_id == public_id))
    if entry is None or actor is None or _refused(entry, verb, parameters["value"], actor):
        return False
    DO[verb](session, entry, parameters["value"], actor=actor, at=at)
    return True


def meant(session: Session, verb: str, typed: str) -> str | None:
    """Return the typed or chosen value in the form of an act; None where it names nothing."""
    match verb:
        case "tag" | "untag":
            return editing.tag_name(typed) or None
        case "department" | "category":
            model: Any = Department if verb == "department" else Category
            known = session.get(model, int(typed)) if typed.isdecimal() and len(typed) < 10 else None
            return str(known.id) if known else None
        case "postpone":
            return typed.strip()[:300] if postponement(typed)[1] else None
        case _:
            return typed.strip()[:300] or ("" if verb not in TYPED or verb in MAY_BE_EMPTY else None)


def postponement(value: str) -> tuple[date | None, str]:
    """Split the value of a postponement, 「2027-04-25 大雨のため」, into the new day and the reason.

    The day is None where the value has none: then the events wait for a day.
    """
    first, _, rest = value.strip().partition(" ")
    with suppress(ValueError):
        return datetime.strptime(first, "%Y-%m-%d").date(), rest.strip()
    return None, value.strip()


def _coming(session: Session, entries: list[Entry], today: date) -> set[int]:
    """Return the ids of those that have a date today or later."""
    ids = [entry.id for entry in entries]
    query = select(Occurrence.event_id).where(Occurrence.last_day >= today, Occurrence.event_id.in_(ids))
    return set(session.scalars(query))


def _refused(entry: Entry, verb: str, value: str, actor: User) -> str:
    """Return the code of why this entry is left out, or ""."""
    if not permissions.may(actor, "edit", entry):
        return "rights"
    if entry.state == "withdrawn" and verb != "restore":
        return "withdrawn"
    if verb in ("cancel", "postpone", "category") and not isinstance(entry, Event):
        return "announcement"
    return REFUSED[verb](entry, value, actor)


def _of_department(entry: Entry, value: str, actor: User) -> str:
    if entry.department_id == int(value):
        return "same"
    return "" if permissions.may(actor, "post", Home(int(value))) else "target"


def _of_publish(entry: Entry, _value: str, _actor: User) -> str:
    return {"draft": "", "scheduled": "scheduled", "published": "public"}[entry.state]


def _of_cancel(entry: Any, _value: str, _actor: User) -> str:
    if not entry.public:
        return "not_public"
    return "cancelled" if entry.status == "cancelled" else ""


def _of_postpone(entry: Any, value: str, _actor: User) -> str:
    """Leave out series where a new day is given: it says nothing of their other dates."""
    if not entry.public or entry.status == "cancelled":
        return "cancelled" if entry.public else "not_public"
    day, _ = postponement(value)
    if day and len(entry.occurrences) > 1:
        return "series"
    return "same" if (entry.start.date() == day if day else entry.status == "postponed") else ""


def _of_restore(entry: Entry, _value: str, _actor: User) -> str:
    off = isinstance(entry, Event) and entry.status in ("cancelled", "postponed", "full", "moved_online")
    return "" if off or entry.state == "withdrawn" else "going"


def _tags(entry: Entry) -> list[str]:
    return [tag.name for tag in entry.tags]


REFUSED: dict[str, Callable[[Any, str, User], str]] = {
    "tag": lambda entry, value, _: "same" if value in _tags(entry) else "",
    "untag": lambda entry, value, _: "" if value in _tags(entry) else "without",
    "department": _of_department,
    "category": lambda entry, value, _: "same" if entry.category_id == int(value) else "",
    "publish": _of_publish,
    "unschedule": lambda entry, _value, _: "" if entry.state == "scheduled" else "not_scheduled",
    "cancel": _of_cancel,
    "postpone": _of_postpone,
    "withdraw": lambda _entry, _value, _: "",
    "restore": _of_restore,
}


def _save(name: str, new: Callable[[Entry, str], Any]) -> Callable[..., Any]:
    def do(session: Session, entry: Entry, value: str, **record_args: Any) -> None:
        publishing.save(session, entry, {name: new(entry, value)}, **record_args)

    return do


def _plain(verb: Callable[..., Any]) -> Callable[..., Any]:
    return lambda session, entry, _value, **record_args: verb(session, entry, **record_args)


def _postpone(session: Session, event: Event, value: str, **record_args: Any) -> None:
    """Postpone an event without a day, or move it to the new day at its usual time and with its length."""
    day, reason = postponement(value)
    if day is None:
        publishing.postpone(session, event, reason, **record_args)
        return
    start = datetime.combine(day, event.start.time())
    end = start + (event.end - event.start) if event.end else None
    values = {"start": start.isoformat(), "end": end.isoformat() if end else None, "precision": "exact"}
    publishing.save(session, event, values, note=reason, **record_args)


DO: dict[str, Callable[..., Any]] = {
    "tag": _save("tags", lambda entry, value: [*_tags(entry), value]),
    "untag": _save("tags", lambda entry, value: [name for name in _tags(entry) if name != value]),
    "department": _save("department_id", lambda _, value: int(value)),
    "category": _save("category_id", lambda _, value: int(value)),
    "publish": _plain(publishing.publish),
    "unschedule": _plain(publishing.unschedule),
    "cancel": publishing.cancel,
    "postpone": _postpone,
    "withdraw": publishing.withdraw,
    "restore": _plain(publishing.restore),
}
