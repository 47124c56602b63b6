"""Set up a channel of the town or of a department: its settings, filter, language; try it; turn it off; look at its log."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from calendar_app.config import Config, sealing
from calendar_app.db.models import Delivery, Receiver, User
from calendar_app.delivery import channels, turns
from calendar_app.delivery.channel import Again, Channel, Gone, Page, Refused, Setting
from calendar_app.entries import revisions
from calendar_app.entries.editing import Invalid

LOG = 50  # deliveries that the desk shows


@dataclass(frozen=True, slots=True)
class Given:
    """What a person typed: `settings` by name, secrets too; an empty secret keeps the one there is."""

    name: str
    department_id: int | None
    query: str
    lang: str
    settings: Mapping[str, str]


def offered() -> list[Channel]:
    """Return the channels that are set up at the desk."""
    return [channel for channel in channels.every().values() if channel.at_desk]


def every(session: Session) -> list[Receiver]:
    """Return the channels that were set up, those of the town first."""
    names = [channel.name for channel in offered()]
    query = select(Receiver).where(Receiver.channel.in_(names)).options(selectinload(Receiver.department))
    return list(
        session.scalars(query.order_by(Receiver.department_id.is_not(None), Receiver.department_id, Receiver.name))
    )


def save(
    session: Session, to: Receiver | None, channel: Channel, given: Given, config: Config, *, actor: User, at: datetime
) -> Receiver:
    """Set a channel up, or change it. It is owed what becomes public from now on. Raises Invalid (name, settings)."""
    site = revisions.lock(session)
    held = _held(to, config)
    values = {setting.name: _typed(setting, given) for setting in channel.settings}
    for setting in channel.settings:
        if setting.secret and not values[setting.name]:
            values[setting.name] = held.get(setting.name, "")
    missing = [setting.name for setting in channel.settings if setting.required and not values[setting.name]]
    if missing or not given.name.strip():
        raise Invalid(**dict.fromkeys([*missing, *([] if given.name.strip() else ["name"])], "required"))
    if to is None:
        to = Receiver(channel=channel.name, key=secrets.token_hex(8), since=site.public_revision, created_at=at)
        session.add(to)
    hidden = {setting.name for setting in channel.settings if setting.secret}
    to.name, to.department_id, to.query, to.lang = (
        given.name.strip()[:100],
        given.department_id,
        given.query,
        given.lang,
    )
    to.settings = {name: value for name, value in values.items() if name not in hidden}
    turns.keep_secrets(to, config, {name: values[name] for name in hidden if values[name]})
    to.problem, to.failures, to.failing_since = "", 0, None
    to.due_at = to.due_at and at  # what waits is tried at once with the new settings
    _record(session, to, "changed", actor, at)
    return to


def _typed(setting: Setting, given: Given) -> str:
    """Return a setting as it is kept: one of its choices where it has some, its default where it is empty."""
    value = given.settings.get(setting.name, "").strip() or setting.default
    return value if not setting.choices or value in dict(setting.choices) else setting.default


def _held(to: Receiver | None, config: Config) -> dict[str, str]:
    try:
        return turns.settings_of(to, config) if to else {}
    except sealing.Unreadable:  # sealed with another key: to be typed again
        return {}


def switch(session: Session, to: Receiver, on: bool, *, actor: User, at: datetime) -> None:
    """Turn a channel on or off. Turned on again it is owed what becomes public from now on."""
    site = revisions.lock(session)
    if on and not to.enabled:
        to.since, to.failures, to.failing_since, to.problem = site.public_revision, 0, None, ""
    to.enabled, to.due_at = on, at if on else None
    _record(session, to, "changed", actor, at)


def remove(session: Session, to: Receiver, *, actor: User, at: datetime) -> None:
    """Remove a channel with its log and its secrets. What it has said stays where it was said."""
    revisions.lock(session)
    _record(session, to, "removed", actor, at)
    session.delete(to)
    session.flush()


def _record(session: Session, to: Receiver, kind: str, actor: User, at: datetime) -> None:
    """Record who changed a channel. Neither secrets nor settings, which may hold some, are repeated in history."""
    session.flush()
    shot = {"name": to.name, "channel": to.channel, "enabled": to.enabled, "query": to.query}
    revisions.append(session, kind, to, actor=actor, at=at, public=False, shot=shot)


def attempt(to: Receiver, config: Config, *, at: datetime) -> tuple[bool, str]:
    """Try a channel's settings ("Try it"). Gives whether it answers well, and what it says."""
    channel = channels.every()[to.channel]
    uid = f"try-{secrets.token_hex(8)}"
    try:
        whole = replace(turns.receiver_of(to, config, at=at, page=lambda _: Page(404, {}, b"")), uid=uid)
        return True, channel.check(whole)
    except sealing.Unreadable:
        return False, "unreadable_secret"
    except (Again, Refused, Gone) as error:
        return False, str(error)


def log(session: Session, to: Receiver) -> list[Delivery]:
    """Return the last deliveries of a channel, newest first."""
    query = select(Delivery).where(Delivery.receiver_id == to.id).options(selectinload(Delivery.entry))
    return list(session.scalars(query.order_by(Delivery.id.desc()).limit(LOG)))
