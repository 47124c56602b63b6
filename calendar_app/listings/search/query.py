"""What a person types to search: words that must all be there, "some words together", -word for what must not. And its one spelling."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from calendar_app.text.markup import clean
from calendar_app.text.normalize import fold, runs, tokens

LONGEST, MOST_WORDS = 100, 8
SHORTEST_BEGINNING = 3  # "art" finds "artist", "no" does not find "november"
SHORTEST_LONG_SOUND = 4  # コンピューター is コンピュータ too

_TYPED = re.compile(r'(-?)"([^"]*)"?|([^\s"]+)')
_QUOTES = str.maketrans("“”„‟−", '""""-')


@dataclass(frozen=True, slots=True)
class Word:
    """One thing to look for: pieces that follow each other. `open`: the last of them may be the beginning of a longer one."""

    text: str
    together: bool
    excluded: bool
    pieces: tuple[str, ...]
    open: bool

    def __str__(self) -> str:
        return ("-" if self.excluded else "") + (f'"{self.text}"' if self.together else self.text)


@lru_cache(1000)
def read(typed: str) -> tuple[Word, ...]:
    """The words of what was typed, eight at most, in a hundred characters. Nothing when there is nothing to look for."""
    text = unicodedata.normalize("NFKC", clean(typed[: 4 * LONGEST], lines=False).translate(_QUOTES))
    words: dict[str, Word] = {}
    for found in _TYPED.finditer(text):
        word = _word(found)
        length = len(" ".join([*words, str(word)]))
        if word.pieces and len(words) < MOST_WORDS and length <= LONGEST:
            words.setdefault(str(word), word)
    return tuple(words.values())


def spelled(typed: str) -> str:
    """The one way to write it, "" when there is nothing to look for; reading that again gives the same."""
    return " ".join(map(str, read(typed)))


def put_right(typed: str, unknown: str, known: str) -> str:
    """The same words, one of them another; "" when it is not known what it should be."""
    return " ".join(known if str(word) == unknown else str(word) for word in read(typed)) if known else ""


def _word(found: re.Match[str]) -> Word:
    minus, phrase, plain = found.groups()
    together = plain is None
    excluded = minus == "-" if together else plain.startswith("-")
    text = " ".join((phrase if together else plain.lstrip("-")).split())[: LONGEST - 3].strip()
    folded = fold(text)
    if not together and folded.endswith("ー") and len(folded) > SHORTEST_LONG_SOUND:
        folded = folded[:-1]
    return Word(text, together, excluded, *_pieces(folded, together))


def _pieces(folded: str, together: bool) -> tuple[tuple[str, ...], bool]:
    """As an index has them. Nobody knows what follows the last Japanese letter: it is looked for as a beginning, or not at all."""
    made = tokens(folded)
    if not made:
        return (), False
    last = runs(folded)[-1]
    if last[0] >= "\u0e00":
        return (tuple(made), True) if len(last) == 1 else (tuple(made[:-1]), False)
    goes_on = not together and len(made[-1]) >= SHORTEST_BEGINNING and not last.isdecimal()
    return tuple(made), goes_on
