"""Read the body of a request that writes: JSON becomes values, and every wrong value is named at once."""

from typing import Any

from flask import abort, request

from calendar_app.db.models import ApiToken, Entry
from calendar_app.entries import editing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.web import config, session
from calendar_app.web.api import access, problems
from calendar_app.web.api.inputs import Input, inputs_of
from calendar_app.web.api.values_read import Wrong

DATES = ("start", "end", "all_day", "rule", "rdates", "exdates", "skips", "shift", "slots")
NOTE = 500  # characters of a reason or of a correction note


def sent_object() -> dict[str, Any]:
    """The object in the body. Raises UnsupportedMediaType for another type, BadRequest for what is no object in JSON."""
    try:
        body = request.get_json()
    except RecursionError:
        abort(400, description="JSON")
    if not isinstance(body, dict):
        abort(400, description="JSON: {}")
    return body


def note(body: dict[str, Any], name: str) -> str:
    """Take a text such as a reason out of a body. Raises Wrong."""
    text = body.pop(name, "")
    if not isinstance(text, str):
        raise Wrong("no_text")
    if len(text) > NOTE:
        raise Wrong("too_long")
    return text


def checked_note(body: dict[str, Any], name: str) -> str:
    """The same for a body that holds nothing else. Raises UnprocessableEntity that names every wrong value."""
    errors, text = {}, ""
    try:
        text = note(body, name)
    except Wrong as error:
        errors[name] = error.code
    refuse(errors | dict.fromkeys(body, "unknown_name"))
    return text


def refuse(errors: dict[str, str]) -> None:
    """Raises UnprocessableEntity (422) if anything is wrong."""
    if errors:
        session.rollback()
        abort(problems.refused(errors))


def refuse_invalid(error: Invalid, kind: str) -> None:
    """The same for values that a verb refused; their names are those of the inputs."""
    refuse(_renamed(error.errors, kind))


def _renamed(errors: dict[str, str], kind: str) -> dict[str, str]:
    names = {each.value: name for name, each in inputs_of(kind).items()}
    return {names.get(name, name): code for name, code in errors.items()}


def values(token: ApiToken, kind: str, body: dict[str, Any], entry: Entry | None = None) -> Values:
    """The values that a body gives; for a new entry with what it needs. Raises UnprocessableEntity with every wrong one."""
    errors: dict[str, str] = {}
    typed: Values = {}
    for name, sent in body.items():
        found = inputs_of(kind).get(name)
        if found is None:
            errors[name[:60]] = "unknown_name"
        else:
            _take(found, sent, typed, errors)
    if entry is None:
        _complete(token, kind, typed)
    was = revisions.values(entry) if entry else {}
    errors |= _lacking(kind, was | typed, errors) | _foreign(token, typed, entry)
    if kind == "event":
        _day_by_day(typed, was)
        errors |= _order(typed, was | typed)
    errors |= _unsavable(kind, typed, was, errors)
    refuse(errors)
    return typed


def _take(found: Input, sent: Any, typed: Values, errors: dict[str, str]) -> None:
    try:
        typed[found.value] = found.read(session, sent)
    except Wrong as error:
        errors[found.name] = error.code


def _complete(token: ApiToken, kind: str, typed: Values) -> None:
    """What a new entry gets if the body does not say it."""
    typed.setdefault("department_id", token.department_id or token.user.department_id)
    if kind == "event":
        typed["timezone"] = config.zone.key
    else:
        typed.setdefault("importance", "normal")


def _lacking(kind: str, all_values: Values, errors: dict[str, str]) -> dict[str, str]:
    needed = {"title": "title", "department_id": "department"} | ({"start": "start"} if kind == "event" else {})
    return {name: "required" for value, name in needed.items() if not all_values.get(value) and name not in errors}


def _foreign(token: ApiToken, typed: Values, entry: Entry | None) -> dict[str, str]:
    """A department for which the token may not write, and photos that are not the entry's."""
    home = typed.get("department_id")
    errors = {} if home is None or access.may_post(token, home) else {"department": "not_yours"}
    own = {photo.id for photo in entry.photos} if entry else set()
    if any(photo["id"] not in own for photo in typed.get("photos", ())):
        errors["photos"] = "unknown"
    return errors


def _day_by_day(typed: Values, was: Values) -> None:
    """Dates by the API are exact; an all-day event begins and ends at midnight, as the form has it."""
    if "start" in typed:
        typed["precision"] = "exact"
    if (was | typed).get("all_day"):
        for name in ("start", "end"):
            if typed.get(name):
                typed[name] = f"{typed[name][:10]}T00:00:00"


def _order(typed: Values, all_values: Values) -> dict[str, str]:
    """Moments in the wrong order that the verbs let pass, as the form checks them."""
    start, opens, closes = (all_values.get(name) for name in ("start", "apply_start", "apply_deadline"))
    errors = {}
    end = (
        f"{closes[:10]}T24:00:00" if closes and closes.endswith("T00:00:00") else closes
    )  # midnight is the end of the day
    if opens and end and end <= opens and {"apply_start", "apply_deadline"} & typed.keys():
        errors["apply_deadline"] = "before_start"
    if start and typed.get("reserve_start") and typed["reserve_start"] <= start:
        errors["reserve_start"] = "not_after_start"
    return errors


def _unsavable(kind: str, typed: Values, was: Values, errors: dict[str, str]) -> dict[str, str]:
    """What the verbs would refuse, found before they are called, so that all is named at once."""
    found: dict[str, str] = {}
    with session.no_autoflush:
        for name, value in typed.items():
            try:
                editing.cleaned(session, {name: value})
            except Invalid as error:
                found |= error.errors
        if kind == "event" and not (set(DATES) & {*errors, *found}) and set(DATES) & typed.keys():
            try:
                editing.dates_of(was | typed)
            except Invalid as error:
                found |= error.errors
    return _renamed(found, kind)
