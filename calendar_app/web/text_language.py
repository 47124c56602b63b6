"""The language of an entry's text: as the `lang` attribute for screen readers, and in words for readers."""

from typing import Any

from flask import Flask
from markupsafe import Markup

from calendar_app.db.models import Entry
from calendar_app.entries import describe
from calendar_app.text import languages
from calendar_app.web import config, lang
from calendar_app.web.forms import translations as translated_fields

TEXTS = ("title", "summary", "body")


def register(app: Flask) -> None:
    app.jinja_env.globals.update(tongue=tongue, as_written=as_written, languages_of=languages_of, translated=translated)


def tongue(entry: Entry, field: str) -> Markup:
    """The `lang` attribute of a text of an entry; empty when the text is in the language of the page."""
    return _attribute(_of(entry, field))


def as_written() -> Markup:
    """The `lang` attribute of a text without translations, which is in the language of the site."""
    return _attribute(config.language)


def languages_of(entry: Entry) -> str:
    """The names of the other languages in which an entry's texts appear on this page; "" when there are none."""
    used = dict.fromkeys(_of(entry, field) for field in TEXTS if describe.text(entry, field, lang()))
    return languages.comma(lang()).join(languages.called(code, lang()) for code in used if code != lang())


def _of(entry: Entry, field: str) -> str:
    return describe.text_and_language(entry, field, lang())[1] or config.language


def _attribute(code: str) -> Markup:
    return Markup("") if code == lang() else Markup(' lang="{}"').format(languages.tag(code))


def translated(form: Any) -> list[dict[str, Any]]:
    """The fields of a form in the other languages that the site offers."""
    return translated_fields.shown(form, [code for code in config.offered if code != config.language])
