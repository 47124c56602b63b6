"""Number what happens at the desk, for each department, so that an open desk learns of it by asking for one number.

Who stores something that colleagues should see at once raises the number in the same transaction. It says that something
happened, not what: the desk then asks for that.
"""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from calendar_app.db.models import DeskSignal

NO_DEPARTMENT = 0


def raise_signal(session: Session, department_id: int | None) -> None:
    """Raise the number of a department; None stands for what belongs to none."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(DeskSignal).values(department_id=department_id or NO_DEPARTMENT, number=1)
    raised = {"number": DeskSignal.number + 1}
    session.execute(first.on_conflict_do_update(index_elements=["department_id"], set_=raised))


def numbers(session: Session) -> dict[int, int]:
    """Return the number of each department that has one; `NO_DEPARTMENT` stands for none."""
    return dict(session.execute(select(DeskSignal.department_id, DeskSignal.number)).all())
