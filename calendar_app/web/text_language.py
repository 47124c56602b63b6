"""The language of each text on a page: as the `lang` attribute (WCAG 2.2, 3.1.2), and in words for readers."""

import re
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from calendar_app.db.models import Entry
from calendar_app.db.models.columns import Translated
from calendar_app.entries import describe
from calendar_app.text import languages
from calendar_app.text.markup import html, linked
from calendar_app.web import config, lang
from calendar_app.web.forms import translations as translated_fields

TEXTS = ("title", "summary", "body")
JAPANESE = re.compile(r"[ぁ-ゖァ-ヺー㐀-䶿一-鿿々〆]")


def register(app: Flask) -> None:
    app.jinja_env.globals.update(
        tongue=tongue,
        tongue_remark=tongue_remark,
        as_written=as_written,
        languages_of=languages_of,
        translated=translated,
        said=said,
        said_remark=said_remark,
        linked_remark=linked_remark,
    )
    app.jinja_env.filters.update(spoken=spoken, formatted=formatted)


def tongue(row: Translated, field: str) -> Markup:
    """The `lang` attribute of a text; empty when the text is in the language of the page."""
    return _attribute(_of(row, field))


def tongue_remark(entry: Entry | None, words: str) -> Markup:
    """The `lang` attribute of a text of an entry that is no field: the description of a photo."""
    code = describe.remark_and_language(entry, words, lang())[1] if entry and words else ""
    return _attribute(code or config.language) if words else Markup("")


def as_written() -> Markup:
    """The `lang` attribute of a text without translations, which is in the language of the site."""
    return _attribute(config.language)


def said(row: Translated, field: str, within: str | None = None) -> Markup:
    """A field for this page's reader, marked with its language where that is another.

    With `within` that longer text is returned, in which only the field is marked: 「[Cancelled] 夏まつり」.
    """
    return _marked(*describe.text_and_language(row, field, lang()), within)


def said_remark(entry: Entry, words: str) -> Markup:
    """A text of an entry that is no field (a reason, a note, an answer), marked like a field."""
    return _marked(*describe.remark_and_language(entry, words, lang()), None)


def linked_remark(entry: Entry, words: str) -> Markup:
    """A question or an answer on the page of its entry, with its addresses as links, marked like a field."""
    text, code = describe.remark_and_language(entry, words, lang())
    return Markup("<span{}>{}</span>").format(_attribute(code or config.language), Markup(linked(text)))  # noqa: S704


def spoken(text: Any) -> Markup:
    """Mark a text of unknown origin, such as the name of a filter, by its letters: on a page in English or Korean, words in
    Japanese letters are Japanese. Chinese pages share the letters, so there the text stays as it is."""
    foreign = JAPANESE.search(str(text)) and not languages.wide(lang())
    return _marked(str(text), config.language, None) if foreign else escape(text)


def formatted(text: str) -> Markup:
    """A translated text with its Markdown as HTML, like that of the site's language, which is kept ready."""
    return Markup(html(text, ""))  # noqa: S704 - sanitised


def languages_of(entry: Entry) -> str:
    """The names of the other languages in which an entry's texts appear on this page; "" when there are none."""
    used = dict.fromkeys(_of(entry, field) for field in TEXTS if describe.text(entry, field, lang()))
    return languages.comma(lang()).join(languages.called(code, lang()) for code in used if code != lang())


def _marked(text: str, code: str, within: str | None) -> Markup:
    whole, attribute = escape(text if within is None else within), _attribute(code or config.language)
    if not (text and attribute):
        return whole
    return whole.replace(escape(text), Markup("<span{}>{}</span>").format(attribute, text), 1)


def _of(row: Translated, field: str) -> str:
    return describe.text_and_language(row, field, lang())[1] or config.language


def _attribute(code: str) -> Markup:
    return Markup("") if code == lang() else Markup(' lang="{}"').format(languages.tag(code))


def translated(form: Any) -> list[dict[str, Any]]:
    """The fields of a form in the other languages that the site offers."""
    return translated_fields.shown(form, [code for code in config.offered if code != config.language])
