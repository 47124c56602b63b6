"""Writing on a picture in a Japanese font: measured, cut, set in lines as large as the room allows."""

import re
from functools import cache, lru_cache

from PIL import ImageDraw, ImageFont, features

from calendar_app.sharing.fonts import Faces
from calendar_app.text.graphemes import graphemes
from calendar_app.text.line_breaking import NOT_LAST, UGLY, Setting, set_lines

LEADING = 1.34  # of a heading, in its size
# Proportional kana and signs, as headings are set; only Pillow with raqm can.
TIGHT = ["palt"] if features.check("raqm") else None


class Pen:
    """Writes in two weights, measures, and leaves out what the font cannot write."""

    def __init__(self, canvas: ImageDraw.ImageDraw, faces: Faces) -> None:
        self.canvas = canvas
        self.faces = faces

    def font(self, size: float, bold: bool = True) -> ImageFont.FreeTypeFont:
        return _font(self.faces.bold if bold else self.faces.regular, round(size))

    def width(self, text: str, size: float, bold: bool = True) -> float:
        return self.font(size, bold).getlength(text, features=TIGHT)

    def write(self, at: tuple[float, float], text: str, size: float, colour: str, bold: bool = True) -> float:
        """From its left end on the baseline; where it ends."""
        self.canvas.text(at, text, font=self.font(size, bold), fill=colour, anchor="ls", features=TIGHT)
        return at[0] + self.width(text, size, bold)

    def legible(self, text: str) -> str:
        kept = (grapheme for grapheme in graphemes(text) if all(_has(self.faces.bold, letter) for letter in grapheme))
        return re.sub(r"\s+", " ", "".join(kept)).strip()

    def shortened(self, text: str, size: float, room: float, bold: bool = True) -> str:
        """On one line, with … where it was cut."""
        if self.width(text, size, bold) <= room:
            return text
        pieces = graphemes(text)
        while pieces and self.width("".join(pieces).rstrip() + "…", size, bold) > room:
            pieces.pop()
        return "".join(pieces).rstrip(NOT_LAST + " ") + "…"


@lru_cache(maxsize=128)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@lru_cache(maxsize=4096)
def _has(path: str, letter: str) -> bool:
    """Whether the font has a shape of its own for it."""
    if letter.isspace():
        return True
    font = _font(path, 24)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010ffff"))


def fit_text(pen: Pen, text: str, room: float, sizes: tuple[float, float], tall: float) -> tuple[float, Setting]:
    """The largest size that fits; a little smaller if that spares an ugly break; cut if even the smallest does not fit."""
    least, most = sizes
    found: tuple[float, Setting] | None = None
    size = most

    @cache
    def share(part: str) -> float:
        return pen.width(part, 100) / 100

    while size >= least:
        lines = share(text) * size // room  # at least so many more than one: a quick no to most sizes
        if size * (LEADING * lines + 1.1) > tall:
            size -= 2
            continue
        # Measured once and scaled: hinting may differ by a hair.
        setting = set_lines(text, lambda part, size=size: share(part) * size, room * 0.995)  # type: ignore[misc]
        if size * (LEADING * (len(setting.lines) - 1) + 1.1) <= tall:
            found = found or (size, setting)
            if setting.worst < UGLY:
                return size, setting
            if size < found[0] * 0.8:
                break
        size -= 2
    return found or _cut(pen, text, room, least, tall)


def _cut(pen: Pen, text: str, room: float, size: float, tall: float) -> tuple[float, Setting]:
    text = "".join(graphemes(text)[: int(room / size * 3) * (int(tall / size) + 1)])  # more than can be shown
    setting = set_lines(text, lambda part: pen.width(part, size), room)
    count = max(1, int((tall / size - 1.1) / LEADING) + 1)
    *whole, last = setting.lines[:count]
    rest = "".join(setting.lines[count - 1 :])
    return size, Setting(
        (*whole, pen.shortened(rest, size, room) if len(setting.lines) > count else last), setting.worst
    )
