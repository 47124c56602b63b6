"""Tell those who keep answers outside of this process of each public change: just before its commit, and after it.

A keeper of answers (`Keeper`) is registered for the database, and hears of every session of this process that commits a
public change to it: in the web, on the command line, in the worker. Whatever such a change touches is named by
`entries.last_changes`.
"""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, SessionTransaction

TOUCHED = "touched"  # key in session.info: what the transaction's public changes touched so far
BEGUN = "begun"  # key in session.info: the keepers that were told of a commit, and what each of them returned


class Keeper(Protocol):
    """Somebody who keeps answers."""

    def before_commit(self) -> object:
        """Hide what may become wrong. What is returned comes back in the call that follows; an error refuses the commit."""

    def after_commit(self, begun: object, touched: Collection[str]) -> None:
        """Give up the answers that show one of these keys, and show the others again."""

    def after_failure(self, begun: object) -> None:
        """Give up every answer: it is not known whether the commit took place."""


_keepers: dict[URL, list[Keeper]] = {}


def register(database_url: str, keeper: Keeper) -> None:
    """From now on, tell `keeper` of each public change to this database (an SQLAlchemy address)."""
    _keepers.setdefault(make_url(database_url), []).append(keeper)


def note(session: Session, touched: Collection[str]) -> None:
    """Remember what a public change touched, until its transaction ends."""
    session.info.setdefault(TOUCHED, set()).update(touched)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if not _keepers or session.in_nested_transaction() or not session.info.get(TOUCHED):
        return
    begun = session.info[BEGUN] = []
    for keeper in _keepers.get(session.get_bind().engine.url, ()):
        begun.append((keeper, keeper.before_commit()))


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    touched = session.info.pop(TOUCHED, set())
    for keeper, begun in session.info.pop(BEGUN, ()):
        keeper.after_commit(begun, touched)


@event.listens_for(Session, "after_transaction_end")
def _after_end(session: Session, transaction: SessionTransaction) -> None:
    """End what a commit that failed, or was never reached, has left open."""
    if transaction.parent is None:
        session.info.pop(TOUCHED, None)
        for keeper, begun in session.info.pop(BEGUN, ()):
            keeper.after_failure(begun)
