"""Break a heading into lines as Japanese printers do: no line starts or ends with a forbidden sign (禁則), words stay
whole, breaks fall between phrases, and all lines are about equally long.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from calendar_app.text.graphemes import graphemes

NOT_FIRST = (
    "、。，．・：；？！?!.,:;)]｣」』】〉》）］｝〕”’…‥ー〜～々ゝヽ％°℃ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
NOT_LAST = "（［｛「『【〈《〔([｢“‘￥＃№第約"
UGLY = 0.3  # cost of a break that disturbs reading

_LATIN = re.compile(r"[A-Za-z0-9À-ɏ'’&@#%+*/_.,:-]")
_COUNTERS = "年月日時分秒回個人円歳才番度本件号周期位名組部階枚種"


@dataclass(frozen=True, slots=True)
class Setting:
    """A text in lines. `worst` is the cost of its ugliest break."""

    lines: tuple[str, ...]
    worst: float  # the ugliest of its breaks


def set_lines(text: str, width: Callable[[str], float], room: float) -> Setting:
    """Break text into the fewest lines of at most `room`, measured by `width`, at the best places."""
    words = _fitting(_words(" ".join(text.split())), width, room)
    if not words:
        return Setting((), 0)
    widths = [width(word) for word in words]
    count = _fewest(words, widths, width, room)
    ends = _best(words, widths, min(room, sum(widths) / count), room, count)
    starts = [0, *ends[:-1]]
    lines = tuple("".join(words[start:end]).strip() for start, end in zip(starts, ends, strict=True))
    return Setting(lines, max((_cost(words[end - 1], words[end]) for end in ends[:-1]), default=0))


def fill(text: str, width: Callable[[str], float], room: float) -> list[str]:
    """Fill lines one after the other, as in a newspaper column; an empty text is one empty line."""
    lines = [""]
    for word in _fitting(_words(text), width, room):
        if lines[-1] and width(lines[-1] + word.rstrip(" ")) > room:
            lines.append("")
        lines[-1] += word
    return [line.rstrip(" ") for line in lines]


def _words(text: str) -> list[str]:
    """Return the unbreakable words in order; a space stays with the word before it."""
    words: list[str] = []
    for letter in graphemes(text):
        if words and _joined(words[-1], letter):
            words[-1] += letter
        else:
            words.append(letter)
    return words


def _joined(before: str, letter: str) -> bool:
    last = before[-1]
    if letter == " " or letter in NOT_FIRST or last in NOT_LAST:
        return True
    if last.isdigit() and letter in _COUNTERS:
        return True
    return bool(_LATIN.match(last) and _LATIN.match(letter))


def _fitting(words: list[str], width: Callable[[str], float], room: float) -> list[str]:
    """Cut words that are wider than a line."""
    parts: list[str] = []
    for word in words:
        if width(word.strip()) <= room:
            parts.append(word)
            continue
        piece = ""
        for letter in graphemes(word):
            if piece and width(piece + letter) > room:
                parts.append(piece)
                piece = ""
            piece += letter
        parts.append(piece)
    return parts


def _fewest(words: list[str], widths: list[float], width: Callable[[str], float], room: float) -> int:
    count, used = 1, 0.0
    for word, wide in zip(words, widths, strict=True):
        if used and used + width(word.rstrip()) > room:
            count, used = count + 1, 0.0
        used += wide
    return count


def _best(words: list[str], widths: list[float], ideal: float, room: float, count: int) -> list[int]:
    """Return where each of `count` lines ends, by the least sum of unevenness and ugliness (Knuth and Plass)."""
    spaces = [wide * 0.3 if word.endswith(" ") else 0.0 for word, wide in zip(words, widths, strict=True)]
    costs = [*(_cost(words[place], words[place + 1]) for place in range(len(words) - 1)), 0.0]
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _number in range(count):
        reached: dict[int, tuple[float, int]] = {}
        for start, (cost, _) in best[-1].items():
            used = 0.0
            for end in range(start + 1, len(words) + 1):
                used += widths[end - 1]
                if used - spaces[end - 1] > room and end > start + 1:
                    break
                total = cost + ((used - ideal) / room) ** 2 + costs[end - 1]
                if end not in reached or total < reached[end][0]:
                    reached[end] = total, start
        best.append(reached)
    ends, end = [], len(words)
    for number in range(count, 0, -1):
        ends.append(end)
        end = best[number][end][1]
    return ends[::-1]


_COSTS = {"hk": 0.02, "hc": 0.02, "hl": 0.02, "kc": 0.08, "ck": 0.08, "kl": 0.08, "lk": 0.1, "cl": 0.1, "lc": 0.1}
_COSTS |= {"hh": 0.3, "kk": 0.32, "ch": 0.4, "kh": 0.5, "cc": 0.6, "lh": 0.4, "ll": 0.5}


def _cost(before: str, after: str) -> float:
    """Return the cost of a break: small behind a space or a sign and where kana end, high inside a word."""
    last, first = before[-1], after[0]
    if last in " 、。・：！？」』）】〉》…" or first in NOT_LAST[:12]:
        return 0.0
    return _COSTS[_script(last) + _script(first)]


def _script(letter: str) -> str:
    """h(iragana), c (katakana), l(atin and signs), k(anji)."""
    if "\u3041" <= letter <= "\u309f":
        return "h"
    if "\u30a0" <= letter <= "\u30ff":
        return "c"
    return "l" if letter < "\u2e80" else "k"
