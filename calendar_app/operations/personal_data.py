"""One person's data: give it out, or erase it. The person is known by the e-mail address, of the desk or of a question.

Tables are those of the database, so that a new table with a reference to a person is not forgotten when data is given out.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Feedback, Invitation, Mail, Revision, SignInRecord, User
from calendar_app.db.revision_chain import blanked
from calendar_app.delivery import followers
from calendar_app.operations import tables

ADDRESSES = ("email", "recipient")  # columns that hold an e-mail address
# Keys of the program, not data of a person.
HIDDEN = (
    *("password", "key_hash", "code_hash", "token_hash", "token", "totp_secret", "totp_step", "snapshot"),
    *("credential_id", "public_key", "sign_count"),
)
# Rows that say nothing without the person.
OF_ONE = ("draft", "desk_session", "sign_in_record", "recovery_code", "reset_link", "passkey", "identity", "api_token")
ERASED = "（消去済み）"


def collect(session: Session, email: str, secret_key: str) -> dict[str, list[dict[str, Any]]]:
    """Give every row about a person by table; {} if nothing is known. The installation's key finds what the address follows."""
    connection = session.connection()
    user_id = session.scalar(select(User.id).where(User.email == email.lower()))
    rows_by_table: dict[str, list[dict[str, Any]]] = {}
    for table in tables.tables_of(connection, tables.MADE_AGAIN):
        conditions = list(_about(table, email.lower(), user_id))
        if not conditions:
            continue
        shown = [column for column in table.columns if column.name not in HIDDEN]
        query = select(*shown).where(sa.or_(*conditions)).order_by(*table.primary_key.columns)
        rows = [tables.plain_row(row) for row in connection.execute(query).mappings()]
        if rows:
            rows_by_table[table.name] = rows
    if followed := followers.of_address(session, secret_key, email):
        rows_by_table["subscription"] = [
            {"query": each.query, "often": each.often, "remind": each.remind, "lang": each.receiver.lang}
            for each in followed
        ]
    return rows_by_table


def _about(table: sa.Table, email: str, user_id: int | None) -> Iterator[sa.ColumnElement[bool]]:
    for column in table.columns:
        if column.name in ADDRESSES:
            yield sa.func.lower(column) == email
    if user_id is None:
        return
    if table.name == "user":
        yield table.c.id == user_id
    for key in table.foreign_keys:
        if key.column.table.name == "user":
            yield key.parent == user_id


def erase(session: Session, email: str, secret_key: str, *, at: datetime) -> dict[str, int]:
    """Erase a person; the rows changed or deleted by table. What is on public pages, and who changed what, stays without a name."""
    email = email.lower()
    counted = {
        "feedback": _erase_questions(session, email, at),
        "mail": _delete(session, sa.delete(Mail).where(sa.func.lower(Mail.recipient) == email)),
        "invitation": _erase_invitations(session, email),
        "subscription": _erase_subscriptions(session, email, secret_key),
    }
    if user := session.scalar(select(User).where(User.email == email)):
        counted |= _erase_user(session, user)
    return {name: count for name, count in counted.items() if count}


def _erase_questions(session: Session, email: str, at: datetime) -> int:
    """Erase the text too, because a person may be known by it. A published wording of staff stays."""
    asked = list(session.scalars(select(Feedback).where(sa.func.lower(Feedback.email) == email)))
    for feedback in asked:
        feedback.name = feedback.email = feedback.address = feedback.form = ""
        feedback.text, feedback.forgotten_at = ERASED, at
        feedback.version += 1
    return len(asked)


def _erase_subscriptions(session: Session, email: str, secret_key: str) -> int:
    followed = followers.of_address(session, secret_key, email)
    for subscription in followed:
        followers.leave(session, subscription)
    return len(followed)


def _erase_invitations(session: Session, email: str) -> int:
    invitations = list(session.scalars(select(Invitation).where(sa.func.lower(Invitation.email) == email)))
    for invitation in invitations:
        _blank_history(session, f"invitation:{invitation.id}")
        session.delete(invitation)
    return len(invitations)


def _erase_user(session: Session, user: User) -> dict[str, int]:
    counted = {"user": 1, "revision": _blank_history(session, f"user:{user.id}") + _blank_owner(session, user)}
    for table in tables.tables_of(session.connection(), tables.MADE_AGAIN):
        if table.name in OF_ONE:
            counted[table.name] = _delete(session, sa.delete(table).where(table.c.user_id == user.id))
    made_for_others = sa.update(SignInRecord).where(SignInRecord.actor_id == user.id)
    session.execute(made_for_others.values(network="", device=""))
    user.email, user.name = f"erased-{user.id}@erased.invalid", ERASED
    user.password, user.active, user.weekly_mail, user.totp_secret = None, False, False, None
    return counted


def _blank_history(session: Session, subject: str) -> int:
    """Take name and address out of the revisions about a person; that there was a change stays."""
    revisions = list(session.scalars(select(Revision).where(Revision.subject == subject)))
    for revision in revisions:
        revision.snapshot = blanked(revision.snapshot)
    return len(revisions)


def _blank_owner(session: Session, user: User) -> int:
    """Take the name of who looked after an entry out of its revisions."""
    query = select(Revision).where(sa.cast(Revision.snapshot, sa.Text).contains(f'"owner_id": {user.id},'))
    rows = [row for row in session.scalars(query) if row.snapshot.get("owner_id") == user.id]
    for row in rows:
        row.snapshot = row.snapshot | {"names": row.snapshot["names"] | {"owner": ERASED}}
    return len(rows)


def _delete(session: Session, statement: Any) -> int:
    return int(session.connection().execute(statement).rowcount)
