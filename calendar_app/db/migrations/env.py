"""Alembic's environment. It always runs from code (`calendar_app.db.migrations.upgrade`), on a given connection."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from calendar_app.db import models  # noqa: F401 - fills the metadata
from calendar_app.db.engine import Base
from calendar_app.db.migrations import is_modelled


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the database's own types into a migration, because ours may change after it is written."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    include_name=is_modelled,
)
with context.begin_transaction():
    context.run_migrations()
