"""The endpoints that write: create and edit entries, publish, cancel, withdraw, restore, status lines, photos.

They call the verbs of the forms, with the rights of the token's person. A dry run does the same and rolls back.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Flask, Response, abort, request

from calendar_app import fields
from calendar_app.db.models import Announcement, ApiToken, Entry, Event
from calendar_app.entries import photos, publishing, revisions, uploads
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.staff import status_lines
from calendar_app.web import config, csrf, lang, now, session, today
from calendar_app.web.api import access, bodies, kept_answers, problems, written
from calendar_app.web.api.endpoints import ALT, DRY_RUN, ID, IF_MATCH, KEY, LANG, Json, bp, endpoint, ref
from calendar_app.web.api.values_read import Wrong, instant, text

VERBS: dict[str, Any] = {
    "unschedule": publishing.unschedule,
    "restore": publishing.restore,
    "cancel": publishing.cancel,
    "postpone": publishing.postpone,
    "full": lambda session, event, reason, **given: publishing.mark(session, event, "full", reason, **given),
    "withdraw": publishing.withdraw,
}
OF_EVENTS = ("cancel", "postpone", "full")
DONE: dict[str, Json] = {"application/json": {"anyOf": [ref("Entry"), ref("DryRun")]}}
REASON: Json = {"type": "string", "maxLength": bodies.NOTE}
MADE: dict[str, Any] = {"secured": True, "success": 201, "also": 200}
CHANGED: dict[str, Any] = {"secured": True}
# Examples are in English, like the rest of the document: it describes the API of a city of any country.
NEW_EVENT = {"title": "Spring tea", "start": "2027-04-20T10:00", "end": "2027-04-20T12:00", "tags": ["tea"]}
NEW_NEWS = {"title": "Parking", "summary": "Please use the temporary car park during the festival."}
EDIT = {"title": "Great spring tea", "note": "The name was wrong."}
LINE = {"headline": "Full bloom", "place": "Riverside"}
PHOTO = {name: {"type": "string", "format": "binary"} for name in ("image/jpeg", "image/png", "image/webp")}


def register(app: Flask) -> None:
    csrf.exempt(bp)  # forms of other websites have no token in their header Authorization
    app.after_request(access.tell_ration)


def _written(token: ApiToken, status: int, work: Callable[[], tuple[Entry, list[Json]]]) -> Response:
    """Do the work once, as one act, and answer with the entry; a dry run rolls it back."""
    if kept := kept_answers.find(token):
        return kept
    with revisions.one_act(session):
        entry, advised = work()
    if request.args.get("dry_run"):
        foretold = written.foretold(entry, advised)
        session.rollback()
        return foretold
    session.flush()
    response = written.response(entry, status)
    kept_answers.keep(token, response)
    session.commit()
    return response


def _actor(token: ApiToken) -> dict[str, Any]:
    return {"actor": token.user, "at": now()}


def _create(kind: str) -> Response:
    token = access.admit()
    access.allow(token, "write")

    def work() -> tuple[Entry, list[Json]]:
        values = bodies.values(token, kind, bodies.sent_object())
        advised = _advice(kind, values, None)
        try:
            return publishing.create(session, kind, values, **_actor(token)), advised
        except Invalid as error:
            bodies.refuse_invalid(error, kind)
            raise

    return _written(token, 201, work)


def _advice(kind: str, values: Values, entry: Entry | None) -> list[Json]:
    return written.advice(kind, values, entry) if request.args.get("dry_run") else []


def _edit(kind: type[Entry], public_id: str) -> Response:
    token = access.admit()
    access.allow(token, "write")

    def work() -> tuple[Entry, list[Json]]:
        entry = access.writable(token, public_id, kind)
        if entry.state != "draft":
            access.allow(token, "publish")
        written.match(entry)
        given = bodies.sent_object()
        try:
            note = bodies.note(given, "note")
        except Wrong as error:
            bodies.refuse({"note": error.code})
            raise
        values = bodies.values(token, entry.kind, given, entry)
        advised = _advice(entry.kind, values, entry)
        try:
            publishing.save(session, entry, values, **_actor(token), note=note)
        except Invalid as error:
            bodies.refuse_invalid(error, entry.kind)
        return entry, advised

    return _written(token, 200, work)


@endpoint("/events", DONE, DRY_RUN, KEY, LANG, method="POST", body={"application/json": ref("NewEvent")},
          example=NEW_EVENT, **MADE)  # fmt: skip
def create_event() -> Response:
    """Create a draft of an event."""
    return _create("event")


@endpoint("/announcements", DONE, DRY_RUN, KEY, LANG, method="POST", body={"application/json": ref("NewAnnouncement")},
          example=NEW_NEWS, **MADE)  # fmt: skip
def create_announcement() -> Response:
    """Create a draft of an announcement."""
    return _create("announcement")


@endpoint("/events/{id}", DONE, ID, IF_MATCH, DRY_RUN, KEY, LANG, method="PATCH",
          body={"application/json": ref("EventEdit")}, example=EDIT, **CHANGED)  # fmt: skip
def edit_event(public_id: str) -> Response:
    """Change the named values of an event; `note` tells the public of a correction."""
    return _edit(Event, public_id)


@endpoint("/announcements/{id}", DONE, ID, IF_MATCH, DRY_RUN, KEY, LANG, method="PATCH",
          body={"application/json": ref("AnnouncementEdit")}, example=EDIT, **CHANGED)  # fmt: skip
def edit_announcement(public_id: str) -> Response:
    """Change the named values of an announcement; `note` tells the public of a correction."""
    return _edit(Announcement, public_id)


@endpoint("/entries/{id}", {"application/json": ref("Entry")}, ID, LANG, **CHANGED)
def entry(public_id: str) -> Response:
    """Send an entry as programs write it, drafts too, with the ETag for If-Match."""
    token = access.admit()
    return written.response(access.writable(token, public_id))


@endpoint("/entries/{id}/publish", DONE, ID, IF_MATCH, DRY_RUN, KEY, LANG, method="POST",
          body={"application/json": {"type": "object", "additionalProperties": False, "properties": {
              "at": {"type": ["string", "null"], "format": "date-time", "description": "Publish then, not now."}}}},
          example={}, **CHANGED)  # fmt: skip
def publish(public_id: str) -> Response:
    """Publish an entry now, or at an instant."""

    def act(entry: Entry, token: ApiToken) -> None:
        given = bodies.sent_object()
        try:
            moment = instant(given.pop("at", None))
        except Wrong as error:
            bodies.refuse({"at": error.code} | dict.fromkeys(given, "unknown_name"))
            raise
        bodies.refuse(dict.fromkeys(given, "unknown_name"))
        if moment:
            publishing.schedule(session, entry, revisions.decode("valid_until", moment), **_actor(token))
        else:
            publishing.publish(session, entry, **_actor(token))

    return _act(public_id, act)


def _act(public_id: str, act: Callable[[Entry, ApiToken], None], model: type[Entry] = Entry) -> Response:
    token = access.admit()
    access.allow(token, "publish")

    def work() -> tuple[Entry, list[Json]]:
        entry = access.writable(token, public_id, model)
        written.match(entry)
        try:
            act(entry, token)
        except Invalid as error:
            bodies.refuse({{"publish_at": "at"}.get(name, name): code for name, code in error.errors.items()})
        return entry, []

    return _written(token, 200, work)


def _reasoned(verb: str, summary: str) -> None:
    """Declare the endpoint of a verb that takes a reason."""

    def view(public_id: str) -> Response:
        def act(entry: Entry, token: ApiToken) -> None:
            VERBS[verb](session, entry, bodies.checked_note(bodies.sent_object(), "reason"), **_actor(token))

        return _act(public_id, act, Event if verb in OF_EVENTS else Entry)

    view.__name__, view.__doc__ = verb, summary
    schema: Json = {"type": "object", "additionalProperties": False, "properties": {"reason": REASON}}
    endpoint(f"/entries/{{id}}/{verb}", DONE, ID, IF_MATCH, DRY_RUN, KEY, LANG, method="POST",
             body={"application/json": schema}, example={"reason": "Strong wind"}, **CHANGED)(view)  # fmt: skip


def _plain(verb: str, summary: str) -> None:
    """Declare the endpoint of a verb that takes nothing."""

    def view(public_id: str) -> Response:
        return _act(public_id, lambda entry, token: VERBS[verb](session, entry, **_actor(token)))

    view.__name__, view.__doc__ = verb, summary
    endpoint(f"/entries/{{id}}/{verb}", DONE, ID, IF_MATCH, DRY_RUN, KEY, LANG, method="POST", **CHANGED)(view)


_reasoned("cancel", "Cancel an event: it stays on its page and in every feed, marked as cancelled.")
_reasoned("postpone", "Postpone an event to a day not yet known.")
_reasoned("full", "Say that an event is full.")
_reasoned("withdraw", "Withdraw an entry published by mistake: its address answers 410. Only staff see the reason.")
_plain("restore", "Undo a withdrawal, or else a cancellation or another status.")
_plain("unschedule", "Return a scheduled entry to a draft.")


def _line_sent() -> tuple[str, str, str]:
    """Headline, place and text of a status line. Raises UnprocessableEntity that names every wrong one."""
    sent, errors, said = bodies.sent_object(), {}, {"headline": "", "place": "", "body": ""}
    for name in said:
        try:
            said[name] = text(fields.ANNOUNCEMENT[name].limit)(sent.pop(name, ""))
        except Wrong as error:
            errors[name] = error.code
    if not said["headline"].strip() and not errors.get("headline"):
        errors["headline"] = "required"
    bodies.refuse(errors | dict.fromkeys(sent, "unknown_name"))
    return said["headline"], said["place"], said["body"]


@endpoint("/events/{id}/status-line", DONE, ID, DRY_RUN, KEY, LANG, method="POST",
          body={"application/json": ref("StatusLine")}, example=LINE, **MADE)  # fmt: skip
def publish_status_line(public_id: str) -> Response:
    """Publish the status line of a public event, such as a season: an announcement with a headline."""
    token = access.admit()
    access.allow(token, "status", "publish")

    def work() -> tuple[Entry, list[Json]]:
        event = access.writable(token, public_id, Event)
        if not isinstance(event, Event) or not event.public:
            abort(404)
        headline, place, body = _line_sent()
        options: Any = {"place": place, "body": body, "seen": today(), "zone": config.zone} | _actor(token)
        return status_lines.publish(session, event, headline, **options), []

    return _written(token, 201, work)


@endpoint("/entries/{id}/photos", DONE, ID, ALT, IF_MATCH, KEY, LANG, method="POST", body=PHOTO, **MADE)
def add_photo(public_id: str) -> Response:
    """Add a photo to an entry: the body is the picture, `alt` describes it for people who cannot see it."""
    token = access.admit()
    access.allow(token, "write")
    alt = request.args.get("alt", "").strip()
    if not 0 < len(alt) <= uploads.ALT:
        abort(400, description=f"alt: 1-{uploads.ALT}")
    request.max_content_length = config.upload_mb * 2**20
    by, picture, limit = token.user_id, request.get_data(), config.upload_mb * 2**20
    session.rollback()  # encoding takes a second, and no other save should wait for it
    try:
        row = uploads.save_upload(BytesIO(picture), config.photos, limit=limit, alt=alt, by=by, at=now())
    except photos.BadPhoto as error:
        abort(problems.problem(422, photos.message(error, lang()), errors=[]))

    def work() -> tuple[Entry, list[Json]]:
        entry = access.writable(token, public_id)
        if entry.state != "draft":
            access.allow(token, "publish")
        written.match(entry)
        session.add(row)
        session.flush()
        shown = [*revisions.values(entry)["photos"], {"id": row.id, "alt": row.alt}]
        publishing.save(session, entry, {"photos": shown}, **_actor(token))
        return entry, []

    return _written(token, 201, work)
