"""Numbers in addresses, with limits: a number that the database or the calendar cannot hold gives 404, not an error."""

from typing import Any

from werkzeug.routing import BaseConverter, IntegerConverter, Map, ValidationError

from calendar_app.dates.limits import FIRST_YEAR, LAST_YEAR

LARGEST = 2**31 - 1  # the largest INTEGER of PostgreSQL


class Number(IntegerConverter):
    """The number of a row."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST} | options)


class Year(BaseConverter):
    """A year of four digits that the calendar has."""

    regex = r"[0-9]{4}"

    def to_python(self, value: str) -> int:
        """The year. Raises ValidationError when it lies outside the calendar."""
        year = int(value)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValidationError
        return year

    def to_url(self, value: int) -> str:
        return f"{value:04}"
