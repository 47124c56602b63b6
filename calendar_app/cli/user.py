"""`calendar-app user`: add, list and change the people who may sign in."""

import secrets
from datetime import UTC, datetime

import click
from argon2 import PasswordHasher
from sqlalchemy import select

from calendar_app.cli.session import writing
from calendar_app.config import Config
from calendar_app.db.models import Department, User


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
    if len(password) < 10:
        raise click.ClickException("a password has at least 10 characters")
    with writing(config) as session:
        if session.scalar(select(User).where(User.email == email.lower())):
            raise click.ClickException(f"{email} is there already")
        home = session.scalar(select(Department).where(Department.slug == department)) if department else None
        if department and home is None:
            raise click.ClickException(f"no department {department}")
        session.add(make_user(email, name, password, home, "admin" if admin else "member"))
    click.echo(f"{email} can sign in")


def make_user(email: str, name: str, password: str, department: Department | None, role: str) -> User:
    return User(
        email=email.lower(),
        name=name,
        password=PasswordHasher().hash(password),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
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
    with writing(config) as session:
        person = session.scalar(select(User).where(User.email == email.lower()))
        if person is None:
            raise click.ClickException(f"nobody signs in as {email}")
        person.password, person.fs_uniquifier = PasswordHasher().hash(password), secrets.token_hex(32)
    click.echo("changed")
