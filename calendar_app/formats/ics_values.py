"""Write values of iCalendar properties that icalendar itself writes in a form that some programs misread."""

from typing import Any, Self

from icalendar.prop import vText

from calendar_app.text.markup import clean


class SafeText(vText):
    r"""TEXT that is cleaned, and escaped also where icalendar writes it raw (NAME, X-…) or mistakes C:\New for an
    escape."""

    def __new__(cls, value: str, params: dict[str, Any] | None = None) -> Self:
        return super().__new__(cls, clean(value), params=params)

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return escaped.encode()


class Geo(str):
    """LAT;LON with six decimals, where icalendar would write 1e-05 and nan."""

    def to_ical(self) -> bytes:
        return self.encode()
