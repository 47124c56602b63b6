"""Make the OpenAPI 3.1 document of the API from the declarations of its endpoints and objects."""

from typing import Any

from calendar_app import __version__
from calendar_app.feeds import objects
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
        "Problem": _object(problem),
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
        "components": {"schemas": _schemas()},
    }


def _operation(endpoint: Endpoint) -> Json:
    content = {media_type: {"schema": schema} for media_type, schema in endpoint.content.items()}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [_parameter(parameter) for parameter in endpoint.parameters],
        "responses": {
            str(endpoint.success): {"description": "Done.", "content": content},
            "default": {"description": "It could not be done.", "content": PROBLEMS},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.meaning,
        "schema": parameter.schema,
    }
