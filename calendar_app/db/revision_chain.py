"""Chain the revisions by hash: each covers the one before it, so that a changed, missing or added row is found.

A hash leaves out what the erasure of a person takes away (`operations.personal_data`), which a hash would let somebody guess:
names and addresses in revisions about people, and the name of who looks after an entry.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from calendar_app.db.engine import UTCDateTime, WallTime

ABOUT_PEOPLE = ("user:", "invitation:")
PORTION = 500  # rows in one statement

# `entry_id` is left out: `subject` says the same.
REVISION = sa.table(
    "revision",
    sa.column("number", sa.Integer),
    sa.column("at", UTCDateTime),
    sa.column("actor_id", sa.Integer),
    *(sa.column(name, sa.String) for name in ("kind", "subject", "guid", "note", "batch")),
    *(sa.column(name, sa.Boolean) for name in ("public", "notable")),
    sa.column("original", WallTime),
    *(sa.column(name, sa.JSON(none_as_null=True)) for name in ("snapshot", "touches")),
    sa.column("hash", sa.String),
)
COVERED = [column.name for column in REVISION.columns if column.name != "hash"]
SITE = sa.table("site", sa.column("revision", sa.Integer), sa.column("revision_hash", sa.String))


def link(before: str, row: Mapping[Any, Any]) -> str:
    """The SHA-256 of a row, in hex, over the hash of the row before it, which is "" for the first."""
    values = {name: _plain(row[name]) for name in COVERED}
    values["snapshot"] = _without_people(str(row["subject"]), json.loads(json.dumps(row["snapshot"])))
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    return value


def _without_people(subject: str, snapshot: dict[str, Any]) -> dict[str, Any]:
    if subject.startswith(ABOUT_PEOPLE):
        return dict(blanked(snapshot))
    names = snapshot.get("names")
    if isinstance(names, dict) and "owner" in names:
        return snapshot | {"names": names | {"owner": ""}}
    return snapshot


def blanked(value: Any) -> Any:
    """A snapshot without names and addresses, at any depth."""
    if isinstance(value, dict):
        return {key: "" if key in ("email", "name") else blanked(inner) for key, inner in value.items()}
    return [blanked(inner) for inner in value] if isinstance(value, list) else value


def rows(connection: sa.Connection) -> Iterator[sa.RowMapping]:
    """The rows in the order of their numbers, read in portions."""
    last: int | None = 0
    while last is not None:
        query = sa.select(REVISION).where(REVISION.c.number > last).order_by(REVISION.c.number).limit(PORTION)
        portion = connection.execute(query).mappings().all()
        yield from portion
        last = portion[-1]["number"] if portion else None


def first_broken(connection: sa.Connection, anchors: Mapping[int, str] | None = None) -> int | None:
    """The number of the first revision that is not what was recorded; None if all are.

    `anchors` are hashes by number that were kept elsewhere. The last row must be the site's head.
    """
    head = connection.execute(sa.select(SITE.c.revision, SITE.c.revision_hash)).one()
    before, number, expected = "", 0, dict(anchors or {})
    for row in rows(connection):
        number += 1
        before = link(before, row)
        kept = expected.pop(number, before)
        if row["number"] != number or row["hash"] != before or kept != before:
            return number
    return min([*expected, number + 1]) if expected or (number, before) != tuple(head) else None
