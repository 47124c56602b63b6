"""Mark the searched words in a text. Uses the same pieces as the index, so that both agree."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from calendar_app.listings.search.query import Word
from calendar_app.text.markup import cut
from calendar_app.text.normalize import Piece, fold_with_places, pieces

BEFORE = 20  # letters of an excerpt before its first word
MOST_READ = 4000


class Segment(NamedTuple):
    """A stretch of a text; `lit` when it matches the search."""

    text: str
    lit: bool


def segments(text: str, words: Sequence[Word]) -> list[Segment]:
    """Split the text into matching and other segments; joined they are the text."""
    segments, done = [], 0
    for start, end in _merged(spans(text, words)):
        segments += [Segment(text[done:start], False), Segment(text[start:end], True)]
        done = end
    return [segment for segment in [*segments, Segment(text[done:], False)] if segment.text]


def excerpt(texts: Iterable[str], words: Sequence[Word], length: int) -> list[Segment]:
    """Return a line of about `length` letters that starts shortly before the first match, as segments.

    It comes from the first text with a match; where none has one, it is the beginning of the first text.
    """
    lines = [" ".join(text[:MOST_READ].split()) for text in texts if text]
    for line in lines:
        if found := spans(line, words):
            return segments(_from(line, min(found)[0], length), words)
    return [Segment(cut(line, length), False) for line in lines[:1]]


def _from(line: str, start: int, length: int) -> str:
    """Return about `length` letters of a line, from shortly before the letter `start`."""
    if start <= BEFORE or len(line) <= length:
        return cut(line, length)
    begun = line[start - BEFORE :]
    sentence = max(begun.rfind(mark, 0, BEFORE) for mark in "。！？.!?　 ")
    return "…" + cut(begun[sentence + 1 :], length)


def spans(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return start and end of each match."""
    folded, places = fold_with_places(text)
    known = list(pieces(folded))
    matches = [span for word in words if not word.excluded for span in _of_word(known, word)]
    return [(places[start], _end(text, places, end)) for start, end in matches]


def _of_word(known: list[Piece], word: Word) -> Iterator[tuple[int, int]]:
    *before, last = word.pieces
    for place, end in enumerate(known[len(before) :]):
        if (end.token == last or (word.open and end.token.startswith(last))) and all(
            piece.token == wanted for piece, wanted in zip(known[place : place + len(before)], before, strict=True)
        ):
            yield known[place].start, end.end if end.spaced else end.start + len(last)


def _end(text: str, places: list[int], end: int) -> int:
    """Return the end of a match: after the whole last letter, without the space that follows."""
    while end < len(places) - 1 and places[end] == places[end - 1]:
        end += 1
    stop = places[end]
    return stop - (len(text[:stop]) - len(text[:stop].rstrip(" \t\n　・")))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
