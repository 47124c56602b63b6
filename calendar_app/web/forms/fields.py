"""Helpers for one input of a form, its value and its errors, and for two inputs that hold one moment."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request
from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, SelectMultipleField

from calendar_app.dates import formatting
from calendar_app.web.converters import LARGEST

Moment = datetime | None


@dataclass(frozen=True, slots=True)
class Mend:
    """A date whose weekday does not fit it: the error, and the two possible days, each as (words, typed)."""

    message: str
    ways: list[tuple[str, str]]


class Form(FlaskForm):
    """A form as browsers send it. A body in JSON, which Flask-WTF would read as fields, is an empty form here."""

    class Meta(FlaskForm.Meta):
        """How the form is read."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The fields and files that were sent."""
            return None if request.is_json else super().wrap_formdata(form, formdata)


def strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def number(value: str) -> int | None:
    return int(value) if value and value != "None" else None


def whole(text: str) -> int:
    """A number that a form or a query sends for a row. Raises ValueError beyond what the database can hold, as for no number:
    `request.form.get(name, 0, whole)` gives 0 then.
    """
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("beyond the largest number of a row")
    return number


def lang() -> str:
    """The language of error messages."""
    return "ja" if str(get_locale()).startswith("ja") else "en"


def wrong(field: Field, message: str) -> None:
    """Add an error to an input, once."""
    if message not in field.errors:
        field.errors = [*field.errors, message]


def in_words(field: Field) -> str:
    """The value of an input as a person reads it: of a list, the labels of the chosen entries."""
    if isinstance(field, SelectField | SelectMultipleField):
        held = field.data if isinstance(field.data, list) else [field.data]
        return "、".join(str(choice.label) for choice in field.choices if field.coerce(choice.value) in held)
    return str(field.data if field.data is not None else "")


def moment(day: Field, clock: Field | None, today: date, otherwise: time) -> Moment:
    """Read the inputs of a day and a time as one wall-clock moment; `otherwise` is the time where none is typed.

    None when the day is empty or cannot be read; then the error stands at its input. A wrong weekday sets `day.mend`.
    """
    parsed_day, parsed_clock = _day(day, today), _clock(clock, otherwise)  # both, so that both faults are told at once
    return None if parsed_day is None or parsed_clock is None else parsed_day + parsed_clock


def _day(day: Field, today: date) -> datetime | None:
    if not day.data.strip():
        return None
    try:
        parsed_day = formatting.parse_date(day.data, today)
        day.mend = None
    except formatting.BadDate as error:
        if error.code != "weekday_mismatch":
            wrong(day, formatting.message(error, lang()))
            return None
        parsed_day = error.parameters["day"]
        days = parsed_day, error.parameters["nearest"]
        day.mend = Mend(formatting.message(error, lang()), [(_short(possible), f"{possible}") for possible in days])
    return datetime.combine(parsed_day, time())


def _clock(clock: Field | None, otherwise: time) -> timedelta | None:
    if clock is None or not clock.data.strip():
        return timedelta(hours=otherwise.hour, minutes=otherwise.minute)
    try:
        return formatting.parse_time(clock.data)
    except formatting.BadDate as error:
        wrong(clock, formatting.message(error, lang()))
        return None


def mends(form: Any) -> dict[str, Mend]:
    """The proposals for dates with a wrong weekday, by the names of their inputs, after the form has been read."""
    return {field.name: field.mend for field in form if getattr(field, "mend", None)}


def _short(day: date) -> str:
    return formatting.say_span(datetime.combine(day, time()), None, True, lang())


def split(day: Field, clock: Field, value: Moment, *, midnight: str = "00:00") -> None:
    """Fill the inputs of a day and a time with a moment. `midnight` is "" where an empty time means midnight."""
    day.data = f"{value:%Y-%m-%d}" if value else ""
    clock.data = f"{value:%H:%M}".replace("00:00", midnight) if value else ""


def iso(value: Moment) -> str | None:
    return value.isoformat() if value else None


def parsed(text: str | None) -> Moment:
    return datetime.fromisoformat(text) if text else None
