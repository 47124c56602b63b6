"""The status line of a season: an announcement about an event whose headline says how it stands now."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, User
from calendar_app.entries import publishing
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.fields import ANNOUNCEMENT
from calendar_app.text import season_stages


def publish(
    session: Session,
    event: Event,
    headline: str,
    *,
    place: str = "",
    body: str = "",
    seen: date,
    photos: list[Values] | None = None,
    zone: ZoneInfo,
    actor: User | None,
    at: datetime,
) -> Entry:
    """Publish the status line of a public event; `seen` is the local day of the observation, `zone` the city's.

    Raises Invalid without a headline.
    """
    if not headline.strip():
        raise Invalid(headline="required")
    recorded: dict[str, Any] = {"actor": actor, "at": at}
    values = _values(event, headline, place, seen, zone) | {"body": body, "photos": photos or []}
    announcement = publishing.create(session, "announcement", values, **recorded)
    publishing.publish(session, announcement, **recorded)
    return announcement


def _values(event: Event, headline: str, place: str, seen: date, zone: ZoneInfo) -> Values:
    where, most = f"（{place}）" if place else "", ANNOUNCEMENT["title"].limit
    english = f"{event.translations.get('en', {}).get('title') or event.title}: {season_stages.say(headline, 'en')}"
    return {
        "title": f"{event.title}：{headline}{where}"[:most],
        "translations": {"en": {"title": english[:most]}},
        "headline": headline,
        "place": place,
        "seen_at": f"{seen}T00:00:00",
        "department_id": event.department_id,
        "about_id": event.id,
        "valid_until": _until(headline, seen, zone),
        "tags": [tag.name for tag in event.tags],
    }


def _until(headline: str, seen: date, zone: ZoneInfo) -> str | None:
    """The end of validity (ISO, UTC): crowding ends with the day, other states stay valid (None)."""
    if headline not in season_stages.CROWDS:
        return None
    return datetime.combine(seen, time(23, 59), zone).astimezone(UTC).isoformat()
