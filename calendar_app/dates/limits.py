"""Limit the days that pages and filters accept: wide enough for every town, and far enough from the limits of `date`."""

import re
from datetime import date

FIRST_YEAR, LAST_YEAR = 1900, 2199
_DAY = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_day(text: str) -> date | None:
    """Parse YYYY-MM-DD. None for any other text and for a year outside the limits."""
    written = _DAY.fullmatch(text)
    if not written or not FIRST_YEAR <= int(written[1]) <= LAST_YEAR:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
