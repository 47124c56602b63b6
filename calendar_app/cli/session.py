"""A database session for the commands that write."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.operations import answer_files, startup


@contextmanager
def writing(config: Config) -> Iterator[Session]:
    """Yield a session on the configured database and commit it at the end."""
    answer_files.of(config, time.time)
    with write_session(make_engine(config.database_url)) as session:
        yield session
        session.commit()


def require_database(config: Config) -> None:
    """Refuse to go on without a database of this version, in one line."""
    try:
        startup.check_database(config)
    except startup.CannotStart as error:
        raise click.ClickException(str(error)) from error
