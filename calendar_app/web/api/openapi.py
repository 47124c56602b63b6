"""Make the OpenAPI 3.1 document of the API from the declarations of its endpoints and objects."""

from typing import Any

from calendar_app import __version__
from calendar_app.db.models import STATES, STATUSES
from calendar_app.feeds import objects
from calendar_app.fields import ANNOUNCEMENT, KINDS
from calendar_app.web.api import inputs
from calendar_app.web.api.endpoints import ENDPOINTS, ROOT, Endpoint, Json, Parameter, ref

PROBLEMS = {"application/problem+json": {"schema": ref("Problem")}, "text/plain": {"schema": {"type": "string"}}}
TEXT: Json = {"type": "string"}
NULLABLE: Json = {"type": ["string", "null"]}
CHANGE: Json = {
    "number": {"type": "integer"},
    "at": {"type": "string", "format": "date-time"},
    "kind": TEXT,
    "subject": TEXT | {"description": "Kind and number of the row: event:7."},
    "id": NULLABLE | {"description": "The public id of the entry."},
    "notable": {"type": "boolean", "description": "Whether it is an item of the feeds of news."},
    "guid": NULLABLE,
    "note": TEXT,
    "hash": TEXT | {"description": "SHA-256 of the hash before, a line feed, and `number at kind subject`."},
}


PUBLIC_ID = TEXT | {"description": "Public id."}
ENTRY: Json = {
    "id": PUBLIC_ID,
    "kind": {"type": "string", "enum": [*KINDS]},
    "state": {"type": "string", "enum": [*STATES]},
    "status": {"type": ["string", "null"], "enum": [*STATUSES, None]},
    "reason": TEXT,
    "version": {"type": "integer"},
    "publish_at": NULLABLE,
    "url": TEXT,
    "values": {"anyOf": [ref("EventValues"), ref("AnnouncementValues")]},
}
ADVICE: Json = {"code": TEXT, "field": TEXT, "message": TEXT}
SAID: Json = {"channel": TEXT, "title": TEXT, "texts": {"type": "array", "items": TEXT}}
WRONG: Json = {"field": TEXT, "code": TEXT, "message": TEXT, "message_en": TEXT}
NOTE: Json = {"type": "string", "maxLength": 500, "description": "Tells the public of a correction."}


def _object(properties: Json) -> Json:
    return {"type": "object", "required": [*properties], "properties": properties, "additionalProperties": False}


def _schemas() -> Json:
    head = _object({"number": {"type": "integer"}, "hash": TEXT})
    listed = {"head": head, "changes": {"type": "array", "items": _object(CHANGE)}}
    shown = _object({"type": TEXT, "object": {"anyOf": [ref(name) for name in objects.schemas()]}})
    stored = {
        "objects": {"type": "array", "items": shown},
        "tombstones": {"type": "array", "items": _object({"type": TEXT, "id": TEXT})},
    }
    problem = {"type": TEXT, "title": TEXT, "title_en": TEXT, "status": {"type": "integer"}, "detail": TEXT}
    return {
        **objects.schemas(),
        "Revisions": _object(listed | {"next": NULLABLE}),
        "Changes": _object(listed | stored | {"next": NULLABLE}),
        **_written(),
        "Problem": _object(problem)
        | {"required": [*problem], "properties": problem | {"errors": _list(WRONG), "now": ref("Entry")}},
    }


def _list(properties: Json) -> Json:
    return {"type": "array", "items": _object(properties)}


def _written() -> Json:
    """The schemas of what programs write, and of the answers to it."""
    line = {name: {"type": "string", "maxLength": ANNOUNCEMENT[name].limit} for name in ("headline", "place", "body")}
    return {
        "NewEvent": inputs.schema_of("event", required=("title", "start")),
        "NewAnnouncement": inputs.schema_of("announcement", required=("title",)),
        "EventEdit": inputs.schema_of("event", note=NOTE),
        "AnnouncementEdit": inputs.schema_of("announcement", note=NOTE),
        "EventValues": inputs.schema_of("event"),
        "AnnouncementValues": inputs.schema_of("announcement"),
        "StatusLine": _object(line) | {"required": ["headline"]},
        "Entry": _object(ENTRY),
        "DryRun": _object(
            {"dry_run": {"const": True}, "entry": ref("Entry"), "advice": _list(ADVICE), "channels": _list(SAID)}
        ),
    }


def document(base_url: str, name: str) -> Json:
    """Return the document for an installation at `base_url`."""
    paths: Json = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{name} API", "version": __version__, "description": "docs/api.md says how to use it."},
        "servers": [{"url": f"{base_url}{ROOT}"}],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(endpoint: Endpoint) -> Json:
    content = _content(endpoint.content)
    done = {"description": "Done.", "content": content}
    told = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [_parameter(parameter) for parameter in endpoint.parameters],
        "responses": {
            **{str(status): done for status in (endpoint.success, endpoint.also) if status},
            "default": {"description": "It could not be done.", "content": PROBLEMS},
        },
    }
    if endpoint.body is not None:
        bodies = _content(endpoint.body)
        for body in bodies.values() if endpoint.example is not None else ():
            body["example"] = endpoint.example
        told["requestBody"] = {"required": True, "content": bodies}
    return told | ({"security": [{"token": []}]} if endpoint.secured else {})


def _content(schemas: Json) -> Json:
    return {media_type: {"schema": schema} for media_type, schema in schemas.items()}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "description": parameter.meaning,
        "schema": parameter.schema,
    }
    return told if parameter.example is None else told | {"example": parameter.example}
