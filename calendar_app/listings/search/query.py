"""Read what a person types to search, and give it one canonical spelling.

All words must match; "some words" must match together; -word must not match.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from calendar_app.text import readings
from calendar_app.text.markup import clean
from calendar_app.text.normalize import fold, runs, tokens

LONGEST, MOST_WORDS = 100, 8
SHORTEST_BEGINNING = 3  # "art" finds "artist", "no" does not find "november"
SHORTEST_LONG_SOUND = 4  # コンピューター is コンピュータ too

_TYPED = re.compile(r'(-?)"([^"]*)"?|([^\s"]+)')
_QUOTES = str.maketrans("“”„‟−", '""""-')


@dataclass(frozen=True, slots=True)
class Word:
    """One search term: pieces that follow each other. With `open` the last piece may be the beginning of a longer one.

    An entry with one of `sounds` has the term too; the flag says whether the sound may go on.
    """

    text: str
    together: bool
    excluded: bool
    pieces: tuple[str, ...]
    open: bool
    sounds: tuple[tuple[str, bool], ...] = ()

    def __str__(self) -> str:
        return ("-" if self.excluded else "") + (f'"{self.text}"' if self.together else self.text)


@lru_cache(1000)
def read(typed: str) -> tuple[Word, ...]:
    """Return the search terms: at most eight, in a hundred characters. Empty when nothing can be searched."""
    text = unicodedata.normalize("NFKC", clean(typed[: 4 * LONGEST], lines=False).translate(_QUOTES))
    words: dict[str, Word] = {}
    for match in _TYPED.finditer(text):
        word = _word(match)
        length = len(" ".join([*words, str(word)]))
        if word.pieces and len(words) < MOST_WORDS and length <= LONGEST:
            words.setdefault(str(word), word)
    return tuple(words.values())


def spelled(typed: str) -> str:
    """Return the canonical spelling, "" when nothing can be searched. Reading it again gives the same terms."""
    return " ".join(map(str, read(typed)))


def put_right(typed: str, unknown: str, known: str) -> str:
    """Return the search with one word replaced; "" when the replacement is ""."""
    return " ".join(known if str(word) == unknown else str(word) for word in read(typed)) if known else ""


def _word(match: re.Match[str]) -> Word:
    minus, phrase, plain = match.groups()
    together = plain is None
    excluded = minus == "-" if together else plain.startswith("-")
    text = " ".join((phrase if together else plain.lstrip("-")).split())[: LONGEST - 3].strip()
    folded = fold(text)
    if not together and folded.endswith("ー") and len(folded) > SHORTEST_LONG_SOUND:
        folded = folded[:-1]
    sounds = () if together else readings.sought(folded)
    return Word(text, together, excluded, *_pieces(folded, together), sounds)


def _pieces(folded: str, together: bool) -> tuple[tuple[str, ...], bool]:
    """Return the pieces as the index has them, and whether the last is open.

    The index pairs each Japanese letter with its successor, which a search does not know for its last letter. So that
    letter alone is open, or else is dropped.
    """
    pieces = tokens(folded)
    if not pieces:
        return (), False
    last = runs(folded)[-1]
    if last[0] >= "\u0e00":
        return (tuple(pieces), True) if len(last) == 1 else (tuple(pieces[:-1]), False)
    goes_on = not together and len(pieces[-1]) >= SHORTEST_BEGINNING and not last.isdecimal()
    return tuple(pieces), goes_on
