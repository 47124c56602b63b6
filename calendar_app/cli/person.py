"""`calendar-app person`, and `rotate-secret`: what the law and a lost key ask for."""

import json
import os
from datetime import UTC, datetime

import click

from calendar_app.cli.session import require_database, writing
from calendar_app.config import PREFIX, Config, write_secret
from calendar_app.config.sealing import Unreadable
from calendar_app.operations import personal_data, sealed_secrets


@click.group()
def person() -> None:
    """What is kept about one person: give it out, or erase it."""


@person.command("export")
@click.argument("email")
@click.pass_obj
def export_person(config: Config, email: str) -> None:
    """Print everything kept about a person as JSON."""
    require_database(config)
    with writing(config) as session:
        found = personal_data.collect(session, email, config.secret_key)
    if not found:
        raise click.ClickException(f"nothing is kept about {email}")
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@person.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase_person(config: Config, email: str, yes: bool) -> None:
    """Erase a person: account, name, address, questions, letters. It cannot be undone."""
    require_database(config)
    if not yes:
        click.confirm(f"erase everything about {email}?", abort=True)
    with writing(config) as session:
        counted = personal_data.erase(session, email, config.secret_key, at=datetime.now(UTC))
    if not counted:
        raise click.ClickException(f"nothing is kept about {email}")
    click.echo(", ".join(f"{name}: {count}" for name, count in counted.items()))
    click.echo(f"backups hold the old rows until they are {config.backups_kept} days old")


@click.command("rotate-secret")
@click.pass_obj
def rotate_secret(config: Config) -> None:
    """Replace the key that signs sessions and links; everybody signs in again."""
    path = config.instance / "secret_key"
    if not path.exists() or path.read_text().strip() != config.secret_key:
        raise click.ClickException(f"the key is a setting: change {PREFIX}SECRET_KEY itself")
    require_database(config)
    fresh = path.with_name(".secret_key.new")
    fresh.unlink(missing_ok=True)
    write_secret(fresh)
    try:
        with writing(config) as session:  # commits at its end: the file follows at once
            count = sealed_secrets.seal_again(session, config.secret_key, fresh.read_text())
    except Unreadable as error:
        raise click.ClickException("a secret was sealed with another key: see `calendar-app doctor`") from error
    os.replace(fresh, path)
    click.echo(f"replaced, and {count} secrets sealed anew; restart the server now. "
               "Sessions end, and signed links in letters stop working.")  # fmt: skip
