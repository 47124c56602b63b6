"""The fields of an entry in other languages: one set for each language. A form shows the languages of the site."""

from collections.abc import Iterable
from typing import Any

from wtforms import Form

from calendar_app.entries.revisions import Values
from calendar_app.text.languages import LANGUAGES
from calendar_app.web.forms.declared import typed

# What most entries need; the page of translations has every text.
TEXTS = ("title", "summary", "body")


def name_of(text: str, code: str) -> str:
    """The name of a field: title_zh_hant."""
    return f"{text}_{code.replace('-', '_').lower()}"


class TranslatedFields:
    """`title_en`, `summary_en`, `body_en`, and so on for every language."""


for _code in LANGUAGES:
    for _text in TEXTS:
        setattr(TranslatedFields, name_of(_text, _code), typed(_text, hint=False))

NAMES = tuple(name_of(text, code) for code in LANGUAGES for text in TEXTS)


def shown(form: Form, codes: Iterable[str]) -> list[dict[str, Any]]:
    """The languages as a form shows them: each with its inputs, the first text written, and whether it has an error."""
    languages = []
    for code in codes:
        inputs = [name_of(text, code) for text in TEXTS]
        written = next((form[name].data for name in inputs if form[name].data), "")
        wrong = any(form[name].errors for name in inputs)
        languages.append({"language": LANGUAGES[code], "fields": inputs, "written": written, "wrong": wrong})
    return languages


def read(form: Form, was: Values) -> Values:
    """The translations as typed. A text that the form did not send stays as it was."""
    translations = {code: dict(texts) for code, texts in was.items()}
    for code in LANGUAGES:
        sent = {text: form[name_of(text, code)] for text in TEXTS if form[name_of(text, code)].raw_data}
        texts = translations.get(code, {}) | {text: field.data.strip() for text, field in sent.items()}
        translations[code] = {name: text for name, text in texts.items() if text}
    return {code: texts for code, texts in translations.items() if texts}


def fill(form: Form, values: Values) -> None:
    """Fill the inputs of every language with the translations in `values`."""
    for code in LANGUAGES:
        texts = values.get("translations", {}).get(code, {})
        if code == "easy":  # older versions kept this text in its own column
            texts = {"summary": values.get("summary_easy", "")} | texts
        for text in TEXTS:
            form[name_of(text, code)].data = texts.get(text, "")
