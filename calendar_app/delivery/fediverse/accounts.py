"""The accounts of this site in the fediverse: `events` of the town, one of each department, one of each tag in use.

`events` writes; the others boost what concerns them, so that who follows several reads it once. A name is given once and
for ever: people follow it. All accounts share one key, which the program makes and seals.
"""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from calendar_app.config import Config, sealing
from calendar_app.db.models import Department, Entry, EntryTag, FediverseAccount, FediverseFollower, Site, Tag
from calendar_app.delivery import turns
from calendar_app.delivery.messages import emergency
from calendar_app.listings.filters import Filter
from calendar_app.outgoing import signatures
from calendar_app.text import readings
from calendar_app.text.normalize import fold

TOWN = "events"
LONGEST = 40  # letters of a name made of a tag


class Off(Exception):
    """The fediverse is not turned on."""


def turn_on(session: Session, config: Config, site: Site) -> None:
    """Make what the accounts need: their key, their names, and their address, which stays once somebody follows."""
    site.fediverse_key = site.fediverse_key or turns.sealed(config, {"key": signatures.new_key()})
    if not site.fediverse_url or session.scalar(select(FediverseFollower.id).limit(1)) is None:
        site.fediverse_url = config.base_url
    complete(session)


def origin(session: Session) -> str:
    """Return the base address of the accounts: that of the site when they were first turned on. Raises Off."""
    site = session.get_one(Site, 1)
    if not site.follow_fediverse:
        raise Off
    return site.fediverse_url


def host(session: Session, config: Config) -> str:
    """Return the server's name, as in @events@calendar.example.jp."""
    return urlsplit(session.get_one(Site, 1).fediverse_url or config.base_url).netloc


def key(session: Session, config: Config) -> str:
    """Return the private key of all accounts (PEM). Raises sealing.Unreadable."""
    sealed = session.get_one(Site, 1).fediverse_key
    return str(json.loads(sealing.unseal(config.secret_key, turns.PURPOSE, sealed))["key"])


def shared(session: Session, config: Config) -> Mapping[str, str]:
    """Return what the channel needs for every receiver: the key, and the address of the accounts."""
    site = session.get_one(Site, 1)
    return {"signing_key": key(session, config), "origin": site.fediverse_url} if site.fediverse_key else {}


def complete(session: Session) -> None:
    """Give every department, and every tag in use, an account of its own; a name once given stays."""
    names = set(session.scalars(select(FediverseAccount.name)))
    if TOWN not in names:
        _add(session, names, TOWN)
    with_one = select(FediverseAccount.department_id).where(FediverseAccount.department_id.is_not(None))
    for department in session.scalars(select(Department).where(Department.id.not_in(with_one)).order_by(Department.id)):
        reserved = department.slug == TOWN or department.slug.startswith("tag-")
        name = f"department-{department.slug}" if reserved else department.slug
        _add(session, names, name, department_id=department.id)
    for tag in session.scalars(_tags_without().order_by(Tag.id)):
        _add(session, names, tag_name(tag.name), tag_id=tag.id)
    session.flush()


def lacking(session: Session) -> bool:
    """Whether a department or a tag waits for its account. Only looks."""
    if not session.get_one(Site, 1).follow_fediverse:
        return False
    with_one = select(FediverseAccount.department_id).where(FediverseAccount.department_id.is_not(None))
    departments = select(Department.id).where(Department.id.not_in(with_one)).limit(1)
    return session.scalar(departments) is not None or session.scalar(_tags_without().limit(1)) is not None


def _tags_without() -> Select[Tag]:
    with_one = select(FediverseAccount.tag_id).where(FediverseAccount.tag_id.is_not(None))
    used = select(EntryTag.tag_id).join(Entry, Entry.id == EntryTag.entry_id).where(Entry.published_at.is_not(None))
    return select(Tag).where(Tag.id.in_(used), Tag.id.not_in(with_one))


def _add(session: Session, names: set[str], wished: str, **of: int) -> None:
    """Add an account; a number makes a name that is taken another one."""
    name, number = wished, 1
    while name in names:
        number += 1
        name = f"{wished}-{number}"
    names.add(name)
    session.add(FediverseAccount(name=name, **of))


def tag_name(tag: str) -> str:
    """Return the name of a tag's account in Latin letters, which is all that Mastodon takes: 桜 is tag-sakura."""
    letters = re.sub("[^a-z0-9]+", "-", readings.to_latin(fold(tag))).strip("-")[:LONGEST].strip("-")
    return f"tag-{letters or 'x'}"


def find(session: Session, name: str) -> FediverseAccount | None:
    """Return the account of a name, in any case of its letters."""
    return session.get(FediverseAccount, name.lower())


def every(session: Session) -> list[FediverseAccount]:
    """Return all accounts: the town's, then departments, then tags."""
    order = (FediverseAccount.tag_id.is_not(None), FediverseAccount.department_id.is_not(None), FediverseAccount.name)
    return list(session.scalars(select(FediverseAccount).order_by(*order)))


def concerned(session: Session, entry: Entry) -> list[str]:
    """Return the names of the accounts that tell of an entry, the town's first. An emergency concerns every tag."""
    tags = [tag.id for tag in entry.tags]
    theirs = (FediverseAccount.department_id == entry.department_id) | (
        FediverseAccount.tag_id.is_not(None) if emergency(entry) else FediverseAccount.tag_id.in_(tags)
    )
    return [TOWN, *session.scalars(select(FediverseAccount.name).where(theirs).order_by(FediverseAccount.name))]


def address(base: str, name: str) -> str:
    """Return the id of an account."""
    return f"{base}/actors/{name}"


def names_of(base: str, addresses: Iterable[str]) -> list[str]:
    """Return the names of the accounts among some addresses."""
    start = address(base, "")
    return [each.removeprefix(start) for each in addresses if each.startswith(start)]


def of_filter(session: Session, wanted: Filter) -> list[str]:
    """Return the names of the accounts that tell just what a filter asks; without any, that of the whole town."""
    [(field, values)] = wanted.terms if len(wanted.terms) == 1 else [("", ())]
    query = select(FediverseAccount.name).order_by(FediverseAccount.name)
    if field == "tag":
        query = query.join(FediverseAccount.tag).where(Tag.name.in_(values))
    elif field == "department":
        query = query.join(FediverseAccount.department).where(Department.slug.in_(values))
    else:
        return [TOWN]
    return list(session.scalars(query)) or [TOWN]
