"""Who may do what."""

from dataclasses import dataclass

import pytest

from calendar_app.entries.permissions import may, may_give, may_manage


@dataclass
class Somebody:
    role: str
    department_id: int | None


@dataclass
class Something:
    department_id: int


@pytest.mark.parametrize(
    ("actor", "action", "department", "allowed"),
    [
        (Somebody("member", 1), "edit", 1, True),
        (Somebody("member", 1), "edit", 2, False),
        (Somebody("member", None), "edit", 1, False),
        (Somebody("admin", None), "edit", 2, True),
        (Somebody("member", 1), "manage_users", None, False),
        (Somebody("head", 1), "manage_users", None, False),
        (Somebody("head", 1), "edit", 1, True),
        (Somebody("head", 1), "edit", 2, False),
        (Somebody("member", 1), "lead", 1, False),
        (Somebody("member", 1), "lead", None, False),
        (Somebody("head", 1), "lead", 1, True),
        (Somebody("head", 1), "lead", 2, False),
        (Somebody("admin", None), "lead", 2, True),
        (Somebody("admin", 1), "manage_users", None, True),
    ],
)
def test_people_act_for_their_own_department(
    actor: Somebody, action: str, department: int | None, allowed: bool
) -> None:
    assert may(actor, action, Something(department) if department else None) is allowed


@pytest.mark.parametrize(
    ("actor", "role", "given"),
    [("member", "member", False), ("head", "member", True), ("head", "head", False), ("head", "admin", False)]
    + [("admin", role, True) for role in ("member", "head", "admin")],
)
def test_nobody_gives_a_role_as_high_as_the_own_but_an_administrator(actor: str, role: str, given: bool) -> None:
    assert may_give(Somebody(actor, 1), role) is given
    assert may_manage(Somebody(actor, 1), Somebody(role, 1)) is given
    assert may_manage(Somebody(actor, 1), Somebody(role, 2)) is (actor == "admin")
