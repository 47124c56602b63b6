"""`calendar-app demo`: fill an empty database with the demo city."""

import os
from datetime import UTC, datetime

import click
import sqlalchemy as sa
from sqlalchemy import select

from calendar_app.cli.session import writing
from calendar_app.config import Config
from calendar_app.db.models import Entry
from calendar_app.text.languages import LANGUAGES


@click.command()
@click.option("--if-empty", is_flag=True, help="Leave a database that holds entries as it is.")
@click.pass_obj
def demo(config: Config, if_empty: bool) -> None:
    """Load the demo city: a year of Semboku around today."""
    from calendar_app.cli.demo import PASSWORD, PEOPLE, load_city

    now = datetime.now(UTC)
    with writing(config) as session:
        if not session.scalar(select(sa.func.count(Entry.id))):
            today = now.astimezone(config.zone).date()
            load_city(session, today=today, at=now, photo_folder=config.photos, say=click.echo)
            _show_every_language(config)
        elif not if_empty:
            raise click.ClickException("the database holds entries already; `make demo-reset` puts them aside")
    click.echo(f"demo sign-in: {PEOPLE[0][0]}  password: {PASSWORD}  at {config.base_url}/staff/")


def _show_every_language(config: Config) -> None:
    """Offer the pages of the demo in every language, unless the settings name the languages."""
    path = config.instance / "config.toml"
    settings = path.read_text() if path.exists() else ""
    if "languages" not in settings and "CALENDAR_LANGUAGES" not in os.environ:
        path.write_text(f'{settings}languages = "{" ".join(LANGUAGES)}"\n')
