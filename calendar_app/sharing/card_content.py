"""The words on a share card. They are handed to the drawing, which knows nothing of entries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardDay:
    """A date on a card:

    4月15日 in large digits and the weekday in a box, coloured by `kind` ("sunday", "saturday" or "").
    """

    text: str
    weekday: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The words on a card. `days` holds no, one or two days; `when` is the text after them, or in their place."""

    city: str
    title: str
    theme: str
    mark: str = ""
    tone: str = ""
    reason: str = ""
    year: str = ""
    days: tuple[CardDay, ...] = ()
    when: str = ""
    time: str = ""
    place: str = ""
    off: bool = False
