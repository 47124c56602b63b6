"""Read tags that were stored under former names."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import FormerName


def present(session: Session, names: Sequence[str]) -> list[str]:
    """Return tags under their present names, each once: a renamed or merged tag becomes the tag that replaced it."""
    renamed = select(FormerName.old, FormerName.new).where(FormerName.key == "tag", FormerName.old.in_(names))
    now = {former.old: former.new for former in session.execute(renamed)} if names else {}
    return list(dict.fromkeys(now.get(name, name) for name in names))
