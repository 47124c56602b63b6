"""Who may do what. Everybody who signs in may publish for their own department, read everything and comment on it;
its head also looks after its people; an administrator may do all of it for all departments."""

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


def may(actor: Actor, action: str, thing: Owned | None = None) -> bool:
    """Actions: "edit" an entry of a department, "post" for one, "lead" its people, and the ADMIN_ACTIONS that need no thing."""
    if actor.role == "admin":
        return True
    if action in ADMIN_ACTIONS or (action == "lead" and actor.role != "head"):
        return False
    return thing is None or (actor.department_id is not None and thing.department_id == actor.department_id)


def may_give(actor: Actor, role: str) -> bool:
    """Whether this person may let somebody in with a role, or take it away."""
    return actor.role == "admin" or (actor.role == "head" and role == "member")


def may_manage(actor: Actor, person: Actor) -> bool:
    """Whether this person may close another's account or open it again."""
    return may(actor, "lead", person) and may_give(actor, person.role)
