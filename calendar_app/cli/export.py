"""`calendar-app export`: the whole public site as static files."""

import dataclasses
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from calendar_app.cli.session import require_database, writing
from calendar_app.config import SECRET, Config


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--language", "languages", multiple=True, help="One more language than the site's own; may be repeated.")
@click.pass_obj
def export(config: Config, folder: Path, languages: tuple[str, ...]) -> None:
    """Write the whole public site as static files into FOLDER; later, only what has changed."""
    from sqlalchemy.orm import Session

    from calendar_app import attach, build
    from calendar_app.db.engine import RevisionReader
    from calendar_app.listings import public_addresses
    from calendar_app.web import PACKAGE, setup, site_export

    require_database(config)
    if unknown := set(languages) - set(config.offered):
        raise click.UsageError(f"the site is not offered in {', '.join(sorted(unknown))}: see CALENDAR_LANGUAGES")
    _do_due(config)
    config = dataclasses.replace(config, files="")  # this process serves nobody
    app = build(config)
    inner = app.wsgi_app
    engine = attach(app, config).extensions["calendar_engine"]
    queries = ["", *(f"?lang={code}" for code in languages if code != config.language)]

    def addresses() -> list[str]:
        with Session(engine) as session:
            pages = list(public_addresses.pages(session, config.language))
            return [page + query for page in pages for query in queries] + list(public_addresses.files(session))

    writer = site_export.Export(app, inner, folder.resolve(), RevisionReader(engine))
    with closing(writer):
        writer.run(addresses, _about(config, [PACKAGE, setup.template_folder()], languages), click.echo)
    engine.dispose()
    click.echo(f"{writer.written} files written, {writer.removed} removed, below {folder / 'live'}")


def _do_due(config: Config) -> None:
    """Publish and end what is due, as whoever asks first would."""
    from sqlalchemy.orm import Session

    from calendar_app.db.engine import make_engine
    from calendar_app.entries import due

    at = datetime.now(UTC)
    with Session(make_engine(config.database_url)) as session:
        waits = due.waits(session, at=at)
    if waits:
        with writing(config) as session:
            due.run(session, at=at)


def _about(config: Config, folders: list[Path], languages: tuple[str, ...]) -> str:
    """Stand for all that makes bytes besides the town's data: the day, the program, the settings."""
    from calendar_app.web import site_export

    settings = {
        field.name: getattr(config, field.name) for field in dataclasses.fields(config) if field.name not in SECRET
    }
    day = datetime.now(config.zone).date()
    return site_export.digest(folders, f"{day} {settings} {sorted(languages)}")
