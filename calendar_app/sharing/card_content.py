"""What stands on a share card, in words: handed to the drawing, which knows nothing of entries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardDay:
    """A date as a poster shows it: 4月15日 with large digits, the weekday in a box coloured by `kind` (sunday, saturday or none)."""

    text: str
    weekday: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card, in words. `days` are one or two, `when` what is said behind them, or instead."""

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
