"""The fields of an entry in other languages: one set for each language, of which a form shows those that the site offers."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Form, StringField, TextAreaField
from wtforms.validators import Length

from calendar_app.entries.revisions import Values
from calendar_app.text.languages import LANGUAGES

TEXTS = ("title", "summary", "body")


def name_of(text: str, code: str) -> str:
    """The name of a field: title_zh_hant."""
    return f"{text}_{code.replace('-', '_').lower()}"


class TranslatedFields:
    """`title_en`, `summary_en`, `body_en`, and so on for every language."""


for _code in LANGUAGES:
    setattr(TranslatedFields, name_of("title", _code), StringField(_("Title"), [Length(max=200)]))
    setattr(TranslatedFields, name_of("summary", _code), TextAreaField(_("Summary"), [Length(max=2000)]))
    setattr(TranslatedFields, name_of("body", _code), TextAreaField(_("Details"), [Length(max=20000)]))

NAMES = tuple(name_of(text, code) for code in LANGUAGES for text in TEXTS)


def shown(form: Form, codes: Iterable[str]) -> list[dict[str, Any]]:
    """The languages as a form shows them: which, its fields, what has been written, and whether something is wrong there."""
    made = []
    for code in codes:
        fields = [name_of(text, code) for text in TEXTS]
        written = next((form[one].data for one in fields if form[one].data), "")
        wrong = any(form[one].errors for one in fields)
        made.append({"language": LANGUAGES[code], "fields": fields, "written": written, "wrong": wrong})
    return made


def read(form: Form, was: Values) -> Values:
    """The translations as typed; those of which nothing was sent stay as they were."""
    made = {code: dict(texts) for code, texts in was.items()}
    for code in LANGUAGES:
        sent = {text: form[name_of(text, code)] for text in TEXTS if form[name_of(text, code)].raw_data}
        texts = made.get(code, {}) | {text: field.data.strip() for text, field in sent.items()}
        made[code] = {name: text for name, text in texts.items() if text}
    return {code: texts for code, texts in made.items() if texts}


def fill(form: Form, values: Values) -> None:
    for code in LANGUAGES:
        texts = values.get("translations", {}).get(code, {})
        if code == "easy":  # what was written before in a column of its own
            texts = {"summary": values.get("summary_easy", "")} | texts
        for text in TEXTS:
            form[name_of(text, code)].data = texts.get(text, "")
