"""Which messages of CAP there are: one for each public change of an emergency, made of that change's snapshot, so that it never changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Revision
from calendar_app.entries.urls import SiteView
from calendar_app.formats.cap import Alert, Reference, Text
from calendar_app.text import languages
from calendar_app.text.languages import Words
from calendar_app.text.markup import plain

STAYS = timedelta(days=7)  # in the index, after the last message
SAYING = ("published", "reinstated", "changed", "corrected", "withdrawn")
WRONG = Words({"ja": "この緊急のお知らせは取り下げました。", "en": "This emergency announcement has been withdrawn."})


def message(session: Session, number: int, site_view: SiteView, area: str, area_code: str) -> Alert | None:
    """Return the message of a revision; None where there is none, or where its announcement has been withdrawn since."""
    row = session.get(Revision, number)
    if row is None or not isinstance(row.entry, Announcement):
        return None
    if row.entry.state != "published" and row.kind != "withdrawn":
        return None
    rows = _rows(session, row.entry)
    return _alert(session, row, rows, site_view, area, area_code) if row in rows else None


def has_gone(session: Session, number: int) -> bool:
    """Whether this was a message of an announcement that has been withdrawn."""
    row = session.get(Revision, number)
    if row is None or not isinstance(row.entry, Announcement) or row.entry.state == "published":
        return False
    return row in _rows(session, row.entry)


def current(session: Session, site_view: SiteView, area: str, area_code: str, *, today: datetime) -> list[Alert]:
    """Return the newest message of each emergency that is in force or whose last message is of this week, newest first.

    `today` is the instant at which the city's day began.
    """
    emergencies = session.scalars(
        select(Announcement).where(
            Announcement.id.in_(select(Revision.entry_id).where(Revision.public, Revision.kind.in_(SAYING))),
            Announcement.importance == "emergency",
        )
    )
    newest = []
    for announcement in emergencies:
        rows = _rows(session, announcement)
        in_force = announcement.public and not announcement.expired
        if rows and (in_force or rows[-1].at >= today - STAYS):
            newest.append(_alert(session, rows[-1], rows, site_view, area, area_code))
    return sorted(newest, key=lambda alert: (alert.me.sent, alert.me.identifier), reverse=True)


def _rows(session: Session, announcement: Announcement) -> list[Revision]:
    """Return the public changes of an emergency that are messages, oldest first."""
    query = select(Revision).where(Revision.entry_id == announcement.id, Revision.public, Revision.kind.in_(SAYING))
    rows = session.scalars(query.order_by(Revision.number))
    return [row for row in rows if row.snapshot["values"].get("importance") == "emergency"]


def _alert(
    session: Session, row: Revision, rows: Sequence[Revision], site_view: SiteView, area: str, area_code: str
) -> Alert:
    values, before = row.snapshot["values"], [each for each in rows if each.number < row.number]
    if values.get("supersedes_id"):
        replaced = session.get_one(Announcement, values["supersedes_id"])
        before = [*_rows(session, replaced), *before]
    announcement, own = rows[0].entry, site_view.default_lang
    cancelled = row.kind == "withdrawn"
    return Alert(
        me=_reference(row, site_view),
        type="Cancel" if cancelled and before else "Update" if before else "Alert",
        references=tuple(_reference(each, site_view) for each in before),
        texts=(Text(languages.tag(own), WRONG[own]),) if cancelled else _texts(values, own),
        area=area,
        area_code=area_code,
        sender_name=site_view.publisher,
        contact=str(values.get("contact") or (announcement.department.contact if announcement else "")),
        url=site_view.url(f"/alerts/{row.number}.cap"),
        page=site_view.entry(announcement) if announcement else site_view.base_url,
        expires=_expiry(values, site_view),
    )


def _reference(row: Revision, site_view: SiteView) -> Reference:
    return Reference(
        f"{site_view.site_id}.{row.number}", site_view.site_id, row.at.astimezone(ZoneInfo(site_view.timezone))
    )


def _expiry(values: dict[str, Any], site_view: SiteView) -> datetime | None:
    until = values.get("valid_until")
    return datetime.fromisoformat(until).astimezone(ZoneInfo(site_view.timezone)) if until else None


def _description(texts: dict[str, Any]) -> str:
    return "\n\n".join(filter(None, (plain(texts.get(name) or "") for name in ("summary", "body"))))


def _texts(values: dict[str, Any], own: str) -> tuple[Text, ...]:
    """Return what a snapshot says, first in the site's own language, then in each into which its title was translated."""
    translated = {lang: texts for lang, texts in (values.get("translations") or {}).items() if texts.get("title")}
    return tuple(
        Text(languages.tag(lang), texts["title"], _description(texts))
        for lang, texts in {own: values, **translated}.items()
        if lang in languages.LANGUAGES
    )
