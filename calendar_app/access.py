"""Who may do what. Everybody who signs in may publish for their own department; an administrator for all of them."""

from typing import Protocol


class Actor(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def department_id(self) -> int | None: ...


class Owned(Protocol):
    @property
    def department_id(self) -> int: ...


ADMIN_ACTIONS = frozenset({"manage_users", "manage_site"})


def may(actor: Actor, action: str, thing: Owned | None = None) -> bool:
    """Actions: "edit" an entry of a department, "post" for one, and the ADMIN_ACTIONS that need no thing."""
    if actor.role == "admin":
        return True
    if action in ADMIN_ACTIONS or thing is None:
        return action not in ADMIN_ACTIONS
    return actor.department_id is not None and thing.department_id == actor.department_id
