"""Who may do what."""

from dataclasses import dataclass

import pytest

from calendar_app.access import may


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
        (Somebody("admin", 1), "manage_users", None, True),
    ],
)
def test_people_act_for_their_own_department(
    actor: Somebody, action: str, department: int | None, allowed: bool
) -> None:
    assert may(actor, action, Something(department) if department else None) is allowed
