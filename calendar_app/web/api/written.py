"""What a writing endpoint answers: the entry as it stands with its ETag, or, of a dry run, what would happen."""

from datetime import timedelta

from flask import Response, abort, request

from calendar_app.db.models import Entry, Event
from calendar_app.entries import revisions
from calendar_app.entries.revisions import Values
from calendar_app.feeds.objects import Json
from calendar_app.sharing import previews
from calendar_app.web import config, session, site_view, today
from calendar_app.web.api import problems
from calendar_app.web.api.endpoints import JSON, dumps
from calendar_app.web.api.inputs import inputs_of
from calendar_app.web.forms import advice_messages, form_values, telling

AHEAD = timedelta(days=400)


def described(entry: Entry) -> Json:
    """An entry as programs write it: its state, and its values under the names of the inputs."""
    values = revisions.values(entry)
    return {
        "id": entry.public_id,
        "kind": entry.kind,
        "state": entry.state,
        "status": entry.status if isinstance(entry, Event) else None,
        "reason": entry.reason if isinstance(entry, Event) else "",
        "version": entry.version,
        "publish_at": entry.publish_at.isoformat() if entry.publish_at else None,
        "url": f"{config.base_url}/{entry.kind}s/{entry.public_id}",
        "values": {name: each.shown(entry, values[each.value]) for name, each in inputs_of(entry.kind).items()},
    }


def etag(entry: Entry) -> str:
    """The entity tag of an entry: its version, which every change raises."""
    return f'"{entry.version}"'


def response(entry: Entry, status: int = 200) -> Response:
    """The answer that shows an entry. Nobody may keep it: it may be a draft."""
    made = Response(dumps(described(entry)), status, content_type=JSON)
    made.headers["ETag"] = etag(entry)
    made.headers["Cache-Control"] = "no-store"
    if status == 201:
        made.headers["Location"] = f"{config.base_url}/api/v1/entries/{entry.public_id}"
    return made


def match(entry: Entry) -> None:
    """Check If-Match, under the lock (RFC 9110, section 13.1.1). Raises PreconditionRequired (428) without the header,
    PreconditionFailed (412) with the entry as it stands when somebody has changed it.
    """
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        abort(428, description=f"If-Match: {etag(entry)}")
    if sent != "*" and etag(entry) not in [each.strip() for each in sent.split(",")]:
        refused = problems.problem(412, etag(entry), now=described(entry))
        refused.headers["ETag"] = etag(entry)
        abort(refused)


def advice(kind: str, values: Values, entry: Entry | None) -> list[Json]:
    """The advice that the form would show on values about to be saved. Call it before they are."""
    was = revisions.values(entry) if entry else {}
    with session.no_autoflush:
        lines = advice_messages.lines(session, kind, was | values, entry, today=today())
    parts = {part: name for name, each in form_values.PARTS.items() for part in each}
    return [{"code": line.code, "field": parts.get(line.field, line.field), "message": line.message} for line in lines]


def foretold(entry: Entry, advised: list[Json]) -> Response:
    """The answer to a dry run: the entry as it would be, the advice, and the words of every channel. The caller rolls back."""
    session.flush()
    public = entry.state != "withdrawn"
    said = [(name, "", [text]) for name, text in (telling.in_words(session, entry) if public else [])]
    seen = previews.preview_channels(entry, site_view(), today() + AHEAD).channels if public else []
    channels = [{"channel": name, "title": title, "texts": texts} for name, title, texts in said]
    channels += [{"channel": each.channel, "title": each.title, "texts": [each.line, *each.texts]} for each in seen]
    body = {"dry_run": True, "entry": described(entry), "advice": advised, "channels": channels}
    return Response(dumps(body), 200, content_type=JSON, headers={"Cache-Control": "no-store"})
