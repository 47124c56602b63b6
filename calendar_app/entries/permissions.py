"""Decide who may do what. Everybody who signs in may publish for their own department, and read and comment on
everything.

The head of a department also manages its people; an administrator may do all of it for all departments.
"""

from typing import Protocol


class Actor(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def department_id(self) -> int | None: ...


class Owned(Protocol):
    @property
    def department_id(self) -> int | None: ...


ADMIN_ACTIONS = frozenset({"manage_users", "manage_site"})


def may(actor: Actor, action: str, owned: Owned | None = None) -> bool:
    """Whether the actor may "edit" or "post" entries of `owned`'s department, "lead" its people, or do one of
    ADMIN_ACTIONS."""
    if actor.role == "admin":
        return True
    if action in ADMIN_ACTIONS or (action == "lead" and actor.role != "head"):
        return False
    return owned is None or (actor.department_id is not None and owned.department_id == actor.department_id)


def may_give(actor: Actor, role: str) -> bool:
    """Whether the actor may give somebody a role, or take it away."""
    return actor.role == "admin" or (actor.role == "head" and role == "member")


def may_manage(actor: Actor, person: Actor) -> bool:
    """Whether the actor may close another person's account or open it again."""
    return may(actor, "lead", person) and may_give(actor, person.role)
