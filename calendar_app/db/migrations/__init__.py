"""The database's versions: numbered files, each up and down. Run from code, so that no working folder matters."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from calendar_app.db.engine import for_writing

# The full-text index and what SQLite keeps behind it are tables that no model describes.
INDEX = "search_index"
FOLDER = Path(__file__).resolve().parent


def alembic_config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    with for_writing(engine).begin() as connection:
        command.upgrade(alembic_config(connection), to)


def downgrade(engine: Engine, to: str = "base") -> None:
    with for_writing(engine).begin() as connection:
        command.downgrade(alembic_config(connection), to)


def head_revision() -> str:
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether what the database holds under this name is described by a model."""
    return kind != "table" or not (name or "").startswith(INDEX)
