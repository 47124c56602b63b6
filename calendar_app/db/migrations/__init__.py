"""Run the migrations from code, so that no working directory matters. Each numbered file goes up and down.

Alembic is imported when it is asked: a server's process never needs it, and it is a tenth of what that imports.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from calendar_app.db.engine import for_writing

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

# The full-text index and SQLite's tables behind it have no model.
INDEX = "search_index"
FOLDER = Path(__file__).resolve().parent


def alembic_config(connection: sa.Connection | None = None) -> "Config":
    """Build Alembic's configuration for a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Migrate up to a version, in one transaction."""
    from alembic import command

    with for_writing(engine).begin() as connection:
        command.upgrade(alembic_config(connection), to)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Migrate down to a version, in one transaction."""
    from alembic import command

    with for_writing(engine).begin() as connection:
        command.downgrade(alembic_config(connection), to)


def revisions() -> set[str]:
    """Give the names of all versions that this program knows."""
    return {script.revision for script in _scripts().walk_revisions()}


def current_revision(connection: sa.Connection) -> str | None:
    """Give the version of a database, None if it has no tables of ours."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def head_revision() -> str:
    """Give the newest version's name."""
    return _scripts().get_current_head() or ""


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config())


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a model describes the database's object of this name; Alembic's `include_name`."""
    return kind != "table" or not (name or "").startswith(INDEX)
