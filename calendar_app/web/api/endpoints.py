"""Declare the endpoints of the API: one decorator makes the route and its part of the OpenAPI document."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from calendar_app.db.models import STATUSES
from calendar_app.feeds import objects
from calendar_app.listings.filter_keys import COMBINED, FILTER_KEYS
from calendar_app.text import languages
from calendar_app.web.open_to_all import open_to_every_website

Json = dict[str, Any]

ROOT = "/api/v1"
MOST, USUAL = 200, 50  # objects on a page
CHANGES_MOST, CHANGES_USUAL = 500, 100
DAY = r"^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$"
WORDS = r"^[^\x00]{0,60}$"  # no database takes a NUL
JSON = "application/json; charset=utf-8"

bp = Blueprint("api", __name__, url_prefix=ROOT)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an endpoint, in the query or in the path."""

    name: str
    schema: Json
    meaning: str
    place: str = "query"
    example: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as the OpenAPI document describes it. `path` is as in OpenAPI; `content` maps media types to schemas."""

    method: str
    path: str
    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    content: dict[str, Json]
    success: int = 200
    also: int = 0  # another status of success: of a dry run
    body: Json | None = None  # schemas by media type
    example: Any = None
    secured: bool = False


ENDPOINTS: list[Endpoint] = []

_CHOICES = {
    "kind": ("event", "announcement"),
    "status": STATUSES,
    "fee": ("free",),
    "all": COMBINED,
    "cancelled": ("mark", "drop"),
}
_PATTERNS = {"from": DAY, "to": DAY, "window": r"^(0|[1-9][0-9]{0,3})-(0|[1-9][0-9]{0,3})$"}
_SINGLE = ("fee", "from", "to", "cancelled", "window")
_MEANINGS = {
    "kind": "Events or announcements.",
    "tag": "A hashtag without its #.",
    "department": "The slug of a department.",
    "category": "The slug of a category.",
    "venue": "The number of a venue.",
    "audience": "A group: children, families, seniors …, or a word of the audience.",
    "access": "A facility by its code.",
    "all": "Keys of which every value must hold, instead of any.",
    "fee": "Only what is free.",
    "status": "A status.",
    "q": "Words that the entry contains.",
    "from": "Only what is on or after this day.",
    "to": "Only what is on or before this day.",
    "cancelled": "`drop` leaves out what is cancelled.",
    "window": "Days back and ahead of today: 7-60.",
}


def _filter(name: str) -> Parameter:
    value: Json = {"type": "string", "pattern": WORDS}
    if name in _CHOICES:
        value = {"type": "string", "enum": list(_CHOICES[name])}
    elif name in _PATTERNS:
        value = {"type": "string", "pattern": _PATTERNS[name]}
    schema = value if name in _SINGLE else {"type": "array", "items": value, "maxItems": 5}
    return Parameter(name, schema, _MEANINGS[name])


FILTERS = tuple(_filter(name) for name in FILTER_KEYS)
LANG = Parameter("lang", {"type": "string", "enum": [*languages.LANGUAGES]}, "The language of texts.")
LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, "Objects on a page.")
CURSOR = Parameter(
    "cursor",
    {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
    "Where the page begins: from `next` of the one before.",
)


def fields_of(model: type[Any]) -> Parameter:
    """The parameter that chooses properties of a model's objects."""
    name = f"({'|'.join(objects.names(model))})"
    schema = {"type": "string", "pattern": f"^{name}(,{name}){{0,40}}$"}
    return Parameter("fields", schema, "Only these properties, separated by commas. The id is always there.")


def paged(model: type[Any]) -> tuple[Parameter, ...]:
    """The parameters of a page of a model's objects."""
    return LANG, fields_of(model), LIMIT, CURSOR


SINCE = Parameter(
    "since", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}, "The last number you have."
)
CHANGES = Parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": CHANGES_MOST, "default": CHANGES_USUAL}, "Changes on a page."
)
ID = Parameter("id", {"type": "string", "pattern": "^[a-z0-9]{1,16}$"}, "The public id.", "path")

DRY_RUN = Parameter("dry_run", {"type": "string", "enum": ["1"]}, "Change nothing; say what would happen.")
KEY = Parameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,100}$"},
    "The same request with the same key is done once; kept for a day.",
    "header",
)
IF_MATCH = Parameter(
    "If-Match",
    {"type": "string", "pattern": r'^("[0-9]{1,9}"|\*)$'},
    "The ETag of the entry that you know; * for any.",
    "header",
    required=True,
)
ALT = Parameter(
    "alt",
    {"type": "string", "minLength": 1, "maxLength": 300},
    "What the photo shows.",
    example="Cherry trees in full bloom",
    required=True,
)


def ref(name: str) -> Json:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def listing(name: str) -> dict[str, Json]:
    """The content of a page of objects."""
    page = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": ref(name)}, "next": {"type": ["string", "null"]}},
    }
    return {"application/json": page}


def endpoint(
    path: str, content: dict[str, Json], *parameters: Parameter, method: str = "GET", **described: Any
) -> Callable[[Any], Any]:
    """Register a view at a path of the API (as OpenAPI writes it) and declare it for the document.

    The first line of the view's docstring is its summary.
    """

    def register(view: Any) -> Any:
        ENDPOINTS.append(
            Endpoint(
                method, path, view.__name__, (view.__doc__ or "").partition("\n")[0], parameters, content, **described
            )
        )
        rule = path.replace("{id}", "<public_id>")
        return bp.route(rule, methods=[method])(view)

    return register


def answer(body: Any, content_type: str = JSON) -> Response:
    """An answer that everybody may keep, if they ask each time whether it is still right: usually a 304."""
    encoded = body if isinstance(body, bytes) else dumps(body)
    response = Response(encoded, content_type=content_type)
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def dumps(value: Any) -> bytes:
    """JSON in UTF-8, in the order of the properties."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


bp.after_request(open_to_every_website)
