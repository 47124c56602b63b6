"""Keep entries that recur as templates and offer the most used first. A template publishes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from calendar_app.dates import next_edition, repeat_patterns
from calendar_app.db.models import Entry, Event, Photo, Template, User
from calendar_app.entries import former_tags, revisions, settings_changes, uploads
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.staff import suggestions

LOOKED_BACK = timedelta(days=400)  # a year, and the days by which a yearly date may shift
MOST = 100  # templates of one department; a longer list helps nobody
NAME = 100
# Values that are never repeated: links to other entries, and changes of single dates.
ONCE: Values = {
    **dict.fromkeys(("previous_id", "supersedes_id", "seen_at", "valid_until")),
    "rdates": [],
    "exdates": [],
    "overrides": [],
}


@dataclass(frozen=True, slots=True)
class NextForm:
    """The values of a new form, and the day that the pattern gave; None if the person has to choose it."""

    values: Values
    day: date | None


def seen_by(user: User) -> ColumnElement[bool]:
    """The condition for templates of the user's department and of the city; an administrator without a department sees
    all.
    """
    if user.role == "admin" and not user.department_id:
        return Template.removed.is_(False)
    theirs = or_(Template.department_id.is_(None), Template.department_id == user.department_id)
    return theirs & Template.removed.is_(False)


def templates_for(session: Session, user: User, *kinds: str, at: datetime) -> list[Template]:
    """List the user's templates by use: their own entries weigh most, then their department's, then by name."""
    query = select(Template).where(seen_by(user))
    templates = session.scalars(query.where(Template.kind.in_(kinds)) if kinds else query).all()
    uses = _uses(session, user, at)
    return sorted(templates, key=lambda template: (-uses.get(template.id, 0), template.name, template.id))


def shown_photos(template: Template) -> list[Photo]:
    """List the photos that the template shows. Earlier ones stay, for Undo."""
    shown = [photo["id"] for photo in template.values.get("photos", ())]
    return [photo for photo in template.photos if photo.id in shown]


def find(session: Session, user: User, number: int) -> Template | None:
    """Find one of the templates that the user sees."""
    return session.scalar(select(Template).where(Template.id == number, seen_by(user)))


def usable_id(session: Session, user: User, number: str) -> int | None:
    """Check a template id that a form sends: None unless it is one of this person's templates."""
    template = find(session, user, int(number)) if number.isdecimal() and len(number) < 10 else None
    return template.id if template else None


def count_uses(session: Session, at: datetime) -> dict[int, int]:
    """Count the entries that each template has made within LOOKED_BACK."""
    query = select(Entry.template_id, func.count()).where(Entry.created_at >= at - LOOKED_BACK)
    return {number: count for number, count in session.execute(query.group_by(Entry.template_id)) if number}


def _uses(session: Session, user: User, at: datetime) -> dict[int, int]:
    recent = select(Entry.template_id, Entry.author_id, func.count()).where(Entry.created_at >= at - LOOKED_BACK)
    theirs = or_(Entry.author_id == user.id, Entry.department_id == (user.department_id or 0))
    weighed: dict[int, int] = {}
    grouped = recent.where(Entry.template_id.is_not(None), theirs).group_by(Entry.template_id, Entry.author_id)
    for number, author, count in session.execute(grouped):
        if number:
            weighed[number] = weighed.get(number, 0) + count * (suggestions.OWN if author == user.id else 1)
    return weighed


def template_candidates(often: Iterable[Entry], known: Iterable[Template]) -> list[Entry]:
    """List the frequent entries whose title no template has."""
    names = {template.name for template in known} | {template.values.get("title") for template in known}
    return [entry for entry in often if entry.title not in names]


def save_template(
    session: Session, name: str, kind: str, values: Values, department_id: int | None, *, actor: User, at: datetime
) -> Template:
    """Save values under a name, replacing a template of that name. Can be undone. Raises Invalid (name)."""
    revisions.lock(session)
    name = name.strip()[:NAME]
    if not name:
        raise Invalid(name="required")
    same = Template.name == name, Template.kind == kind, Template.department_id.is_not_distinct_from(department_id)
    template = session.scalar(select(Template).where(*same).order_by(Template.removed, Template.id).limit(1))
    if template is None:
        _room(session, department_id)
        columns = {"owner_id": actor.id, "department_id": department_id, "created_at": at, "changed_at": at}
        session.add(template := Template(name=name, kind=kind, values={}, removed=True, **columns))
        session.flush()
    repeated = _repeated(kind, values) | {"photos": _photos(session, template, values.get("photos", []))}
    earlier = earlier_days(session, kind, repeated.get("title", ""), department_id)
    known = template.pattern if not template.removed and _same_day(template.values, repeated) else ""
    new = {"values": repeated, "pattern": known or next_edition.usual(repeated, earlier), "removed": False}
    template.changed_at = at
    settings_changes.change(session, template, new, actor=actor, at=at, kind="kept")
    return template


def change(session: Session, template: Template, values: dict[str, Any], *, actor: User, at: datetime) -> bool:
    """Change name, pattern, department or owner, or set `removed`.

    False if nothing differs. Raises Invalid (name, pattern).
    """
    if "name" in values and not values["name"]:
        raise Invalid(name="required")
    if values.get("pattern") and values["pattern"] not in [template.pattern, *next_edition.returning(template.values)]:
        raise Invalid(pattern="unknown")
    template.changed_at = at
    kind = "removed" if values.get("removed") else "changed"
    return settings_changes.change(session, template, values, actor=actor, at=at, kind=kind)


def next_form(session: Session, template: Template, today: date) -> NextForm:
    """Give the values of a new form, on the next day of the pattern that has no entry yet."""
    values = revisions.known(template.kind, template.values)
    values["tags"] = former_tags.present(session, values.get("tags", []))
    if template.kind != "event" or not values.get("start"):
        return NextForm(values, None)
    start = datetime.fromisoformat(values["start"])
    day = None
    if template.pattern:
        posted = select(Event.start).where(_of_its_kind(template), Event.state != "withdrawn")
        posted_days = {
            start.date() for start in session.scalars(posted.where(Event.start >= datetime.combine(today, time())))
        }
        day = next_edition.coming(template.pattern, start, today, posted_days, values.get("skips") or ())
    if day is None:
        return NextForm(next_edition.again(values), None)
    moved = next_edition.moved_to(values, day)
    if moved.get("rule") and "COUNT=" not in moved["rule"]:
        moved["rule"] += f";UNTIL={repeat_patterns.default_until(day):%Y%m%d}"
    return NextForm(moved, day)


def _of_its_kind(template: Template) -> ColumnElement[bool]:
    """The condition for events made from the template, or posted under its title by its department."""
    alike = (Event.title == template.values.get("title")) & (Event.department_id == template.department_id)
    return or_(Event.template_id == template.id, alike)


def earlier_days(session: Session, kind: str, title: str, department_id: int | None) -> list[date]:
    """List the days on which the last events of this title began (at most 12)."""
    query = select(Event.start).where(Event.title == title, Event.state != "withdrawn", Event.rule == "")
    if department_id:
        query = query.where(Event.department_id == department_id)
    return (
        [start.date() for start in session.scalars(query.order_by(Event.start.desc()).limit(12))]
        if kind == "event"
        else []
    )


def _repeated(kind: str, values: Values) -> Values:
    """Drop what differs each time, including the last day of a repeat."""
    repeated = {name: ONCE.get(name, value) for name, value in revisions.known(kind, values).items()}
    rule = str(repeated.get("rule") or "")
    return repeated | ({"rule": next_edition.endless(rule)} if "UNTIL=" in rule else {})


def _same_day(old: Values, new: Values) -> bool:
    """Whether the pattern chosen for the old values fits the new ones. The day itself differs each time."""
    return bool(old.get("start")) and (old.get("rule"), old.get("precision")) == (new.get("rule"), new.get("precision"))


def _photos(session: Session, template: Template, wanted: list[Values]) -> list[Values]:
    """Copy the photos, so that a change of the entry's photos leaves the template unchanged."""
    rows = []
    for kept_photo in wanted:
        if (photo := session.get(Photo, kept_photo["id"])) and photo.template_id != template.id:
            session.add(photo := uploads.copy_photo(photo))
        if photo:
            photo.template_id, photo.alt = template.id, kept_photo.get("alt", "")
            rows.append(photo)
    session.flush()
    return [{"id": photo.id, "alt": photo.alt} for photo in rows]


def _room(session: Session, department_id: int | None) -> None:
    theirs = Template.department_id.is_not_distinct_from(department_id), Template.removed.is_(False)
    if (session.scalar(select(func.count(Template.id)).where(*theirs)) or 0) >= MOST:
        raise Invalid(name="too_many")
