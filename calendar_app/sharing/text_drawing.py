"""Write Japanese text on a picture: measure it, shorten it, break it into lines as large as the room allows."""

import re
from functools import cache, lru_cache

from PIL import ImageDraw, ImageFont, features

from calendar_app.sharing.fonts import Faces
from calendar_app.text.graphemes import graphemes
from calendar_app.text.line_breaking import NOT_LAST, UGLY, Setting, set_lines

LEADING = 1.34  # line height of a heading, in its size
# Proportional kana and signs, as in headings; only Pillow with raqm supports it.
TIGHT = ["palt"] if features.check("raqm") else None


class Pen:
    """Measures and writes text in two weights, and drops characters that the font lacks."""

    def __init__(self, canvas: ImageDraw.ImageDraw, faces: Faces) -> None:
        self.canvas = canvas
        self.faces = faces

    def font(self, size: float, bold: bool = True) -> ImageFont.FreeTypeFont:
        """Load the font in a size in pixels."""
        return _font(self.faces.bold if bold else self.faces.regular, round(size))

    def width(self, text: str, size: float, bold: bool = True) -> float:
        """Measure a text, in pixels."""
        return self.font(size, bold).getlength(text, features=TIGHT)

    def write(self, at: tuple[float, float], text: str, size: float, colour: str, bold: bool = True) -> float:
        """Write from the left end of the baseline. Gives the x at which the text ends."""
        self.canvas.text(at, text, font=self.font(size, bold), fill=colour, anchor="ls", features=TIGHT)
        return at[0] + self.width(text, size, bold)

    def legible(self, text: str) -> str:
        """Drop the graphemes that the font cannot write and collapse spaces."""
        writable = (
            grapheme for grapheme in graphemes(text) if all(_has(self.faces.bold, letter) for letter in grapheme)
        )
        return re.sub(r"\s+", " ", "".join(writable)).strip()

    def shortened(self, text: str, size: float, room: float, bold: bool = True) -> str:
        """Shorten a text to one line; … marks a cut."""
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
    """Whether the font has a glyph for the letter."""
    if letter.isspace():
        return True
    font = _font(path, 24)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010ffff"))


def fit_text(pen: Pen, text: str, room: float, sizes: tuple[float, float], tall: float) -> tuple[float, Setting]:
    """Find the largest size that fits, slightly smaller if that avoids an ugly break.

    Cuts the text if the smallest size does not fit.
    """
    least, most = sizes
    best: tuple[float, Setting] | None = None
    size = most

    @cache
    def share(part: str) -> float:
        return pen.width(part, 100) / 100

    while size >= least:
        lines = share(text) * size // room  # a lower bound of further lines: rules out most sizes quickly
        if size * (LEADING * lines + 1.1) > tall:
            size -= 2
            continue
        # Measured once and scaled; hinting may differ slightly.
        setting = set_lines(text, lambda part, size=size: share(part) * size, room * 0.995)  # type: ignore[misc]
        if size * (LEADING * (len(setting.lines) - 1) + 1.1) <= tall:
            best = best or (size, setting)
            if setting.worst < UGLY:
                return size, setting
            if size < best[0] * 0.8:
                break
        size -= 2
    return best or _cut(pen, text, room, least, tall)


def _cut(pen: Pen, text: str, room: float, size: float, tall: float) -> tuple[float, Setting]:
    text = "".join(graphemes(text)[: int(room / size * 3) * (int(tall / size) + 1)])  # more than can be shown
    setting = set_lines(text, lambda part: pen.width(part, size), room)
    count = max(1, int((tall / size - 1.1) / LEADING) + 1)
    *whole, last = setting.lines[:count]
    rest = "".join(setting.lines[count - 1 :])
    return size, Setting(
        (*whole, pen.shortened(rest, size, room) if len(setting.lines) > count else last), setting.worst
    )
