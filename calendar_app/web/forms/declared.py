"""Fields of a form made from the table of fields: the right input, its label, hint, limit and checks."""

import unicodedata
from typing import Any

from flask_babel import lazy_gettext
from wtforms import Field, Form, IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from calendar_app import fields
from calendar_app.text.markup import uri
from calendar_app.web.forms.fields import number, strip

DAY = 60  # characters of a date or a time, however it is written


class AmountField(IntegerField):
    """A whole number as people type it: 1,000 or ５００円."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        folded = (unicodedata.normalize("NFKC", typed).replace(",", "").strip() for typed in valuelist)
        super().process_formdata([typed.rstrip("円回") for typed in folded])


INPUTS: dict[fields.Type, type[Field]] = {
    "line": StringField,
    "text": TextAreaField,
    "markdown": TextAreaField,
    "url": StringField,
    "integer": AmountField,
    "choice": SelectField,
    "reference": SelectField,
}
DIRECT = tuple(INPUTS)  # types of which one input holds the whole value


def typed(name: str, *, required: str = "", hint: bool = True, **more: Any) -> Any:
    """The input of a field. `required` is the error when it stays empty; `more` goes to the input's class."""
    field = fields.FIELDS[name]
    checks: list[Any] = [DataRequired(required)] if required else []
    checks += [Length(max=field.limit)] if field.limit and field.type != "choice" else []
    if field.type == "integer" and field.bounds:
        checks = [Optional(), NumberRange(*field.bounds)]
    if field.type == "url":
        checks = [Optional(), *checks, web_address]
        more = {"filters": [strip], "render_kw": {"inputmode": "url", "autocomplete": "off"}} | more
    if field.type == "reference":
        more = {"coerce": number} | more
    description = lazy_gettext(field.hint) if hint and field.hint else ""
    return INPUTS[field.type](lazy_gettext(field.label), checks, description=description, **more)


def day(name: str, description: Any = "", *, required: str = "") -> Any:
    """The input of the day of a moment; its time of day has an input beside it."""
    checks = [DataRequired(required)] if required else []
    label = lazy_gettext(fields.FIELDS[name].label)
    return StringField(label, [*checks, Length(max=DAY)], description=description)


def web_address(_form: Form, field: Field) -> None:
    """Raises ValidationError unless it is an address of the web."""
    if not uri(field.data):
        raise ValidationError(lazy_gettext("Please enter an address that begins with https://."))


def complete(form: Any, kind: str) -> None:
    """Give a form's class an input for every field that stands in its generic part; `generic` lists them."""
    form.generic = [name for name, field in fields.KINDS[kind].items() if field.form == "generic"]
    for name in form.generic:
        setattr(form, name, typed(name))


def direct(kind: str) -> tuple[str, ...]:
    """The fields of which a form has one input with the value itself."""
    return tuple(name for name in fields.names(kind, *DIRECT) if fields.FIELDS[name].form)
