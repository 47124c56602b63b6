"""Chain the changes that readers may list, so that a mirror can prove that it has all of them, in order.

A link is the SHA-256, in hex, of the link before it ("" for the first), a line feed, and one line that says the change:
`12 2027-04-01T00:00:00+00:00 published event:7`. It covers only what `/api/v1/revisions` shows, so that anybody can compute it.
`db.revision_chain` covers all of history with its snapshots, and is not for readers.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

KINDS = ("event", "announcement", "venue", "department", "category", "tag")


def listed(row: Mapping[Any, Any]) -> bool:
    """Whether readers may list a change: one that they could see, of something that they can ask for."""
    return bool(row["public"]) and str(row["subject"]).partition(":")[0] in KINDS


def line(number: int, at: datetime, kind: str, subject: str) -> str:
    """The line that stands for a change; `at` is an instant."""
    return f"{number} {moment(at)} {kind} {subject}"


def moment(at: datetime) -> str:
    """An instant as the lines and the API write it, in UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def link(before: str, row: Mapping[Any, Any]) -> str:
    """The link of a change after the link `before`."""
    text = line(row["number"], row["at"], row["kind"], row["subject"])
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
