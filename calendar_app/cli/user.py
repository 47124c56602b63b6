"""`calendar-app user`: add, list and change the people who may sign in."""

from datetime import UTC, datetime

import click
from sqlalchemy import select

from calendar_app.accounts import addresses, passwords, reset, sessions
from calendar_app.cli.session import writing
from calendar_app.config import Config
from calendar_app.db.models import Department, User

WEAK = {
    "short": "a password has at least 10 characters",
    "long": "a password has at most 128 characters",
    "guessable": "this password is easy to guess: take several words that do not belong together",
}


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--department", help="Slug of the department.")
@click.option("--admin", is_flag=True)
@click.password_option()
@click.pass_obj
def add_user(config: Config, email: str, name: str, department: str | None, admin: bool, password: str) -> None:
    """Let a person sign in."""
    _check(password, email, name)
    made = passwords.hash_password(password)
    email = addresses.normalize(email)
    with writing(config) as session:
        if session.scalar(select(User).where(User.email == email)):
            raise click.ClickException(f"{email} is there already")
        home = session.scalar(select(Department).where(Department.slug == department)) if department else None
        if department and home is None:
            raise click.ClickException(f"no department {department}")
        session.add(make_user(email, name, made, home, "admin" if admin else "member"))
    click.echo(f"{email} can sign in")


def _check(password: str, *known: str) -> None:
    """Raises ClickException for a password that is refused."""
    if code := passwords.weakness(password, known):
        raise click.ClickException(WEAK[code])


def make_user(email: str, name: str, password_hash: str, department: Department | None, role: str) -> User:
    return User(
        email=email,
        name=name,
        password=password_hash,
        active=True,
        role=role,
        department_id=department.id if department else None,
        created_at=datetime.now(UTC),
    )


@user.command("list")
@click.pass_obj
def list_users(config: Config) -> None:
    """Who may sign in."""
    with writing(config) as session:
        for person in session.scalars(select(User).order_by(User.email)):
            click.echo(f"{person.email}\t{person.name}\t{person.role}\t{'' if person.active else 'closed'}")


@user.command("password")
@click.argument("email")
@click.password_option()
@click.pass_obj
def set_password(config: Config, email: str, password: str) -> None:
    """Set a new password and end every session of this person."""
    _check(password, email)
    made = passwords.hash_password(password)
    with writing(config) as session:
        person = session.scalar(select(User).where(User.email == addresses.normalize(email)))
        if person is None:
            raise click.ClickException(f"nobody signs in as {email}")
        person.password = made
        sessions.end_all(session, person)
        reset.end_around(session, person, at=datetime.now(UTC))
    click.echo("changed")
