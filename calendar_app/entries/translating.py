"""Say the texts of an entry, a venue, a department, a kind or a hashtag in another language: what there is to say, and save it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.db.models import Category, Department, Entry, Event, Tag, User, Venue
from calendar_app.entries import describe, publishing, revisions
from calendar_app.entries.revisions import Values
from calendar_app.entries.search_index import Reference

REFERENCES: dict[type[Any], tuple[str, ...]] = {
    Venue: ("name", "address", "access", "facilities_note"),
    Department: ("name", "contact", "hours"),
    Category: ("name",),
    Tag: ("name",),
}
LONGEST = 2000  # characters of a text that is no field of an entry
TRANSLATABLE = {
    kind: tuple(name for name, field in known.items() if field.translatable) for kind, known in fields.KINDS.items()
}
LINES = ("text", "markdown")  # types of several lines


@dataclass(frozen=True, slots=True)
class Text:
    """A text and what it is called in another language.

    `field` is "" for a remark: a text of an entry that is no field. `ready`: readers of that language have it without a
    translation of its own, because it is a set phrase.
    """

    field: str
    original: str
    translation: str
    ready: bool
    limit: int
    lines: bool

    @property
    def key(self) -> str:
        """Name the text among those of its row."""
        return self.field or f"texts:{self.original}"

    @property
    def missing(self) -> bool:
        """Whether readers of that language get the original."""
        return not (self.translation or self.ready)


def texts(row: Entry | Reference, code: str) -> list[Text]:
    """Return every text of a row that is not empty, with its translation into the language of this code."""
    names = TRANSLATABLE[row.kind] if isinstance(row, Entry) else REFERENCES[type(row)]
    found = [_field(row, name, code) for name in names if getattr(row, name)]
    return found + [_remark(row, words, code) for words in _remarks(row)] if isinstance(row, Entry) else found


def missing(row: Entry | Reference, code: str) -> list[Text]:
    """Return the texts of a row that readers of a language get in the original."""
    return [text for text in texts(row, code) if text.missing]


def store(
    session: Session, row: Entry | Reference, code: str, typed: Mapping[str, str], *, actor: User, at: datetime
) -> bool:
    """Save translations into the language of this code, by the keys of their texts; an empty one is taken away.

    Texts that `typed` does not name stay as they are. Returns False when nothing differs. Raises Invalid when an entry
    cannot be saved.
    """
    revisions.lock(session)
    said = {text.key: text for text in texts(row, code)}
    changed = {
        key: words.strip()[: said[key].limit]
        for key, words in typed.items()
        if key in said and words.strip() != said[key].translation
    }
    if not changed:
        return False
    values: Values = {"translations": row.translations | {code: _merged(row.translations.get(code, {}), changed)}}
    if isinstance(row, Entry):
        return publishing.save(session, row, values, actor=actor, at=at)
    if code == "en" and "name" in changed and not isinstance(row, Tag):  # an English name has a column of its own
        values["name_en"] = values["translations"]["en"].pop("name", "")
    publishing.save_reference(session, row, values, actor=actor, at=at)
    return True


def _merged(held: Values, changed: Mapping[str, str]) -> Values:
    """Return the translations into one language with these changes, without empty ones."""
    remarks = dict(held.get("texts", {}))
    plain = {name: words for name, words in held.items() if name != "texts"}
    for key, words in changed.items():
        name, _, original = key.partition(":")
        (remarks if original else plain)[original or name] = words
    kept = {name: words for name, words in plain.items() if words}
    said = {original: words for original, words in remarks.items() if words}
    return kept | ({"texts": said} if said else {})


def _field(row: Entry | Reference, name: str, code: str) -> Text:
    field = fields.FIELDS.get(name) if isinstance(row, Entry) else None
    column = f"{name}_{code}"  # name_en of a venue, summary_easy of an entry
    translation = row.translations.get(code, {}).get(name) or getattr(row, column, "")
    ready = not translation and describe.text_and_language(row, name, code)[1] == code
    lines = field.type in LINES if field else name == "access"
    limit = (field.limit if field else 0) or LONGEST
    return Text(name, str(getattr(row, name)), str(translation), ready, limit, lines)


def _remark(row: Entry, words: str, code: str) -> Text:
    translation = row.translations.get(code, {}).get("texts", {}).get(words, "")
    ready = not translation and describe.remark_and_language(row, words, code)[1] == code
    return Text("", words, translation, ready, LONGEST, "\n" in words)


def _remarks(entry: Entry) -> list[str]:
    """Return the texts of an entry that are no fields, each once: reason, notes of single dates, photos, questions and answers."""
    found = [photo.alt for photo in entry.photos]
    if isinstance(entry, Event):
        found += [entry.reason, *(date.get("note") or "" for date in entry.overrides)]
    found += [words for row in entry.answers for words in (row.public_question, row.public_answer)]
    return list(dict.fromkeys(filter(None, found)))
