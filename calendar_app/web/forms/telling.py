"""The ticks beside the buttons that change an entry for the public: which channels are told, and in which words."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import parse_qs

from flask import request
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, User
from calendar_app.delivery import announcing
from calendar_app.listings import filters
from calendar_app.web import config, current_user, lang, now, session

TICKED, SHOWN = "tell", "tell_shown"  # fields: the receivers that are ticked, and all that the form showed


@dataclass(frozen=True, slots=True)
class Tick:
    """A channel with its tick. `only`: the filter in words; `words`: what it will say, "" when that is not known yet."""

    id: int
    name: str
    label: str
    only: str
    ticked: bool
    words: str


def ticks(entry: Entry | None = None, *, first: bool = False) -> list[Tick]:
    """List the channels for a form: as ticked in the form that was sent, else as this person usually ticks them.

    `first`: with the first words about a draft; its channels whose filter it does not meet are left out.
    """
    user: User = current_user
    home = entry.department_id if entry else user.department_id
    chosen = announcing.choices(session, user, home)
    said = announcing.first_words(session, entry, config, at=now()) if first and entry and chosen else {}
    sent, typed = set(_ids(SHOWN)), set(_ids(TICKED))
    return [
        Tick(
            choice.id,
            choice.name,
            choice.label[lang()],
            _only(choice.query),
            choice.id in typed if choice.id in sent else choice.ticked,
            said.get(choice.id, ""),
        )
        for choice in chosen
        if not said or said.get(choice.id)
    ]


def sparing(of: Session) -> AbstractContextManager[None]:
    """Record the public changes inside with the channels that the sent form showed and left unticked."""
    return announcing.sparing(of, set(_ids(SHOWN)) - set(_ids(TICKED)))


def in_words(of: Session, entry: Entry) -> list[tuple[str, str]]:
    """Return what each channel will say of an entry as it stands in the session, with the channel's name.

    For an entry that is public already these are the words for its newest change.
    """
    user: User = current_user
    names = {choice.id: choice.name for choice in announcing.choices(of, user, entry.department_id)}
    tell = announcing.last_words if entry.public else announcing.first_words
    said = tell(of, entry, config, at=now())
    return [(names[number], text) for number, text in said.items() if text and number in names]


def _ids(name: str) -> list[int]:
    return [int(number) for number in request.form.getlist(name) if number.isdecimal() and len(number) < 10]


def _only(query: str) -> str:
    try:
        return "・".join(filters.words(session, filters.read_filter(parse_qs(query)), lang()))
    except filters.BadFilter:
        return ""
