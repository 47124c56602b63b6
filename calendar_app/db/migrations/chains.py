"""Give existing revisions their hashes: the two chains as migrations 0021 and 0027 began them.

This is a copy of what `db.revision_chain` and `db.public_chain` computed then, because a migration must do the same for ever,
whatever columns and rules come later. Nothing else may use it, and it never changes.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

PORTION = 500  # rows in one statement
KINDS = ("event", "announcement", "venue", "department", "category", "tag")
REVISION = sa.table(
    "revision",
    sa.column("number", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("actor_id", sa.Integer),
    *(sa.column(name, sa.String) for name in ("kind", "subject", "guid", "note", "batch")),
    *(sa.column(name, sa.Boolean) for name in ("public", "notable")),
    sa.column("original", sa.DateTime),
    *(sa.column(name, sa.JSON(none_as_null=True)) for name in ("snapshot", "touches")),
)

Link = Callable[[str, Mapping[Any, Any]], str]  # the hash of a row after the hash before it; "" when the row has none


def fill(connection: sa.Connection, column: str, head: str, link: Link) -> None:
    """Compute a chain: write each row's hash into a column of `revision`, the last hash into a column `head` of `site`."""
    table = sa.table("revision", sa.column("number", sa.Integer), sa.column(column, sa.String))
    update = sa.update(table).where(table.c.number == sa.bindparam("b_number")).values({column: sa.bindparam("b_hash")})
    newest = ""
    for portion in _portions(connection):
        hashes = []
        for row in portion:
            if made := link(newest, row):
                newest = made
                hashes.append({"b_number": row["number"], "b_hash": made})
        if hashes:
            connection.execute(update, hashes)
    connection.execute(sa.update(sa.table("site", sa.column(head, sa.String))).values({head: newest}))


def _portions(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """The rows in the order of their numbers; `at` in UTC, which SQLite keeps without a zone."""
    last = 0
    while True:
        query = sa.select(REVISION).where(REVISION.c.number > last).order_by(REVISION.c.number).limit(PORTION)
        rows = [row | {"at": _instant(row["at"])} for row in map(dict, connection.execute(query).mappings())]
        if not rows:
            return
        yield rows
        last = rows[-1]["number"]


def _instant(at: datetime) -> str:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def revision_link(before: str, row: Mapping[Any, Any]) -> str:
    """The hash of all that a revision says, without names of people."""
    values = dict(row) | {"original": row["original"] and row["original"].isoformat(), "snapshot": _nameless(row)}
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def public_link(before: str, row: Mapping[Any, Any]) -> str:
    """The hash of what readers may list of a revision; "" for one that they may not."""
    if not row["public"] or row["subject"].partition(":")[0] not in KINDS:
        return ""
    text = f"{row['number']} {row['at']} {row['kind']} {row['subject']}"
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _nameless(row: Mapping[Any, Any]) -> Any:
    snapshot = row["snapshot"]
    if row["subject"].startswith(("user:", "invitation:")):
        return _blanked(snapshot)
    names = snapshot.get("names")
    if isinstance(names, dict) and "owner" in names:
        return snapshot | {"names": names | {"owner": ""}}
    return snapshot


def _blanked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "" if key in ("email", "name") else _blanked(inner) for key, inner in value.items()}
    return [_blanked(inner) for inner in value] if isinstance(value, list) else value
