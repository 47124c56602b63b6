"""Where the words that were searched for stand in a text, found by the same pieces as the index finds them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from calendar_app.listings.search.query import Word
from calendar_app.text.markup import cut
from calendar_app.text.normalize import Piece, fold_with_places, pieces

BEFORE = 20  # letters of an excerpt before its first word
MOST_READ = 4000


class Part(NamedTuple):
    """A stretch of a text; `lit` when it was searched for."""

    text: str
    lit: bool


def parts(text: str, words: Sequence[Word]) -> list[Part]:
    """The text in stretches, searched for or not; together they are the text."""
    made, done = [], 0
    for start, end in _merged(spans(text, words)):
        made += [Part(text[done:start], False), Part(text[start:end], True)]
        done = end
    return [part for part in [*made, Part(text[done:], False)] if part.text]


def excerpt(text: str, words: Sequence[Word], length: int) -> str:
    """A line of the text of about that length, from shortly before the first word that was searched for."""
    line = " ".join(text[:MOST_READ].split())
    start = min((start for start, _end in spans(line, words)), default=0)
    if start <= BEFORE or len(line) <= length:
        return cut(line, length)
    begun = line[start - BEFORE :]
    sentence = max(begun.rfind(mark, 0, BEFORE) for mark in "。！？.!?　 ")
    return "…" + cut(begun[sentence + 1 :], length)


def spans(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Start and end of each place where one of the words stands."""
    folded, places = fold_with_places(text)
    known = list(pieces(folded))
    found = [span for word in words if not word.excluded for span in _of_word(known, word)]
    return [(places[start], _end(text, places, end)) for start, end in found]


def _of_word(known: list[Piece], word: Word) -> Iterator[tuple[int, int]]:
    count, last = len(word.pieces), word.pieces[-1]
    for place in range(len(known) - count + 1):
        some = known[place : place + count]
        if all(one.token == piece for one, piece in zip(some[:-1], word.pieces, strict=False)):
            end = some[-1]
            if end.token == last or (word.open and end.token.startswith(last)):
                yield some[0].start, end.end if end.spaced else end.start + len(last)


def _end(text: str, places: list[int], end: int) -> int:
    """Behind the letter before it, whole, and without the space that follows."""
    while end < len(places) - 1 and places[end] == places[end - 1]:
        end += 1
    stop = places[end]
    return stop - (len(text[:stop]) - len(text[:stop].rstrip(" \t\n　・")))


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(end, made[-1][1])
        else:
            made.append((start, end))
    return made
