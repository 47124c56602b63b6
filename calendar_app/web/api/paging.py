"""Pages of objects: parameters of the request, the cursor, and the link to the next page."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import abort, request
from sqlalchemy import ColumnElement, Select

from calendar_app.dates.limits import FIRST_YEAR, LAST_YEAR
from calendar_app.db.engine import WallTime
from calendar_app.listings.filters import in_order
from calendar_app.web import config
from calendar_app.web.api.endpoints import MOST, USUAL

LARGEST = 2**31 - 1


def number(name: str, usual: int, least: int, most: int) -> int:
    """The whole number of a parameter. Raises BadRequest outside its limits."""
    text = request.args.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and least <= int(text) <= most):
        abort(400, description=f"{name}={text[:20]}: {least}-{most}")
    return int(text)


def limit() -> int:
    """How many objects a page has."""
    return number("limit", USUAL, 1, MOST)


def chosen_fields(known: Sequence[str]) -> list[str]:
    """The properties asked for, [] for all. Raises BadRequest for an unknown one."""
    asked = [name for name in request.args.get("fields", "").split(",") if name]
    if unknown := [name for name in asked if name not in known]:
        abort(400, description=f"fields={unknown[0][:30]}: {', '.join(known)}")
    return asked


def page(query: Select[Any], first: Any, second: Any, *, descending: bool = False) -> tuple[Select[Any], int]:
    """Narrow a query down to the page of this request, ordered by two columns, and one object more. `second` is the id.

    Raises NotFound for a cursor that no page gave.
    """
    most = limit()
    if text := request.args.get("cursor", ""):
        moment, row_id = _read(text, first.type)
        query = query.where(_after(first, second, moment, row_id, descending=descending))
    order = (first.desc(), second.desc()) if descending else (first, second)
    return query.order_by(None).order_by(*order).limit(most + 1), most


def _after(first: Any, second: Any, moment: Any, row_id: int, *, descending: bool) -> ColumnElement[bool]:
    if descending:
        return sa.or_(first < moment, sa.and_(first == moment, second < row_id))
    return sa.or_(first > moment, sa.and_(first == moment, second > row_id))


def _read(text: str, kind: Any) -> tuple[Any, int]:
    """The position that a cursor names, for a column of this type. Raises NotFound."""
    try:
        moment, row_id = json.loads(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        position = _position(moment, kind)
        if type(row_id) is not int or not 0 <= row_id <= LARGEST:
            raise ValueError(row_id)
    except (ValueError, TypeError, RecursionError, OverflowError):
        abort(404, description="cursor")
    return position, row_id


def _position(value: Any, kind: Any) -> Any:
    """A number for a column of numbers, a moment for a column of moments: on the wall or an instant, as the column is."""
    if isinstance(kind, sa.Integer):
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise ValueError(value)
        return value
    moment = datetime.fromisoformat(value)
    if (moment.tzinfo is None) != isinstance(kind, WallTime) or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(value)
    return moment


def cursor(moment: Any, row_id: int) -> str:
    """The cursor after an object."""
    value = moment.isoformat() if isinstance(moment, datetime) else moment
    return urlsafe_b64encode(json.dumps([value, row_id]).encode()).decode().rstrip("=")


def next_page(**changed: Any) -> str:
    """The address of this request with other parameters."""
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in changed]
    pairs += [(name, str(value)) for name, value in changed.items()]
    return f"{config.base_url}{request.path}?{urlencode(in_order(request.path, pairs))}"
