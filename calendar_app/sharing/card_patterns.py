"""Draw backgrounds for cards without a photo, after traditional Japanese patterns:

one for each season and one for news.
"""

import math
import random
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

Point = tuple[float, float]
Draw = ImageDraw.ImageDraw


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a pattern.

    `ink` has a contrast of at least 4.5:1 on white; `ground` and `figure` colour the pattern alone.
    """

    ink: str
    ground: tuple[str, str]
    figure: str


THEMES = {
    "spring": Theme("#a8245a", ("#f9dde6", "#f0b7ca"), "#ffffff"),
    "summer": Theme("#17557f", ("#2c7da8", "#174f7a"), "#9cd0e8"),
    "autumn": Theme("#9a3f12", ("#d9843b", "#ab4a1c"), "#f6cf9b"),
    "winter": Theme("#2d4a72", ("#5d7fa6", "#324f78"), "#c9dbee"),
    "news": Theme("#a8245a", ("#8f2350", "#5f1537"), "#e8a9c2"),
}


LARGEST = 1080, 1920


def pattern(theme: str, size: tuple[int, int]) -> Image.Image:
    """Draw a theme's pattern in its two colours, cropped from its top left; `size` is at most LARGEST."""
    wide, tall = size
    picture = _shade(THEMES[theme].ground, size)
    picture.paste(Image.new("RGB", size, THEMES[theme].figure), mask=_veil(theme).crop((0, 0, wide, tall)))
    return picture


@lru_cache(maxsize=len(THEMES))
def _veil(theme: str) -> Image.Image:
    """Draw the mask of a pattern's figures (2 MB each), at twice the size so that edges are smooth."""
    wide, tall = LARGEST[0] * 2, LARGEST[1] * 2
    veil = Image.new("L", (wide, tall), 0)
    DRAWN[theme](ImageDraw.Draw(veil), wide, tall)
    return veil.resize(LARGEST, Image.Resampling.BOX)


def _shade(colours: tuple[str, str], size: tuple[int, int]) -> Image.Image:
    """Draw a vertical gradient from the first colour to the second."""
    ramp = Image.linear_gradient("L").resize(size, Image.Resampling.BILINEAR)
    return Image.composite(Image.new("RGB", size, colours[1]), Image.new("RGB", size, colours[0]), ramp)


def _blossoms(draw: Draw, wide: int, tall: int) -> None:
    """桜: evenly scattered flowers of five notched petals, with loose petals between them."""
    dice = random.Random(27)  # noqa: S311 - the same flowers on every card
    placed: list[tuple[float, float, float]] = []
    for _ in range(1500):
        x, y, radius = dice.uniform(0, wide), dice.uniform(0, tall), dice.choice((46, 64, 92, 128))
        if all(math.hypot(x - a, y - b) > (radius + other) * 1.12 for a, b, other in placed):
            placed.append((x, y, radius))
            turn, strength = dice.uniform(0, 72), dice.choice((105, 150, 205))
            for number in range(5):
                draw.polygon(petal(x, y, radius, turn + number * 72), fill=strength)
            draw.ellipse((x - radius * 0.09, y - radius * 0.09, x + radius * 0.09, y + radius * 0.09), fill=40)
    for _ in range(120):
        draw.polygon(
            petal(dice.uniform(0, wide), dice.uniform(0, tall), dice.uniform(22, 34), dice.uniform(0, 360)), fill=170
        )


def petal(x: float, y: float, radius: float, degrees: float) -> list[Point]:
    """Give the outline of a petal that begins at (x, y) and points in the direction of `degrees`."""
    turn = math.radians(degrees)
    outline = [(0.0, 0.06), (-0.2, 0.24), (-0.33, 0.5), (-0.34, 0.74), (-0.24, 0.93), (-0.1, 1.0), (0.0, 0.86)]
    points = outline + [(-a, b) for a, b in reversed(outline[:-1])]
    return [
        (
            x + radius * (a * math.cos(turn) - b * math.sin(turn)),
            y + radius * (a * math.sin(turn) + b * math.cos(turn)),
        )
        for a, b in points
    ]


def _waves(draw: Draw, wide: int, tall: int) -> None:
    """青海波: rows of waves, each row overlapping the one behind it."""
    radius = 104
    for row in range(-1, tall // (radius // 2) + 3):
        y = row * radius / 2 + radius
        for x in range(-radius + (radius if row % 2 else 0), wide + 2 * radius, 2 * radius):
            for number, part in enumerate((1.0, 0.78, 0.56, 0.34)):
                reach = radius * part
                box = (x - reach, y - reach, x + reach, y + reach)
                draw.ellipse(box, fill=0, outline=150 - number * 18, width=5)


def _rings(draw: Draw, wide: int, tall: int) -> None:
    """七宝: overlapping rings."""
    radius = 92
    for row in range(-1, tall // radius + 2):
        for x in range((row % 2) * radius - radius, wide + 2 * radius, 2 * radius):
            y = row * radius
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=120, width=5)
            draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=95)


def _hemp(draw: Draw, wide: int, tall: int) -> None:
    """麻の葉: six-pointed leaves on a grid of triangles."""
    side = 150.0
    height = side * math.sqrt(3) / 2
    for row in range(-1, int(tall / height) + 2):
        for column in range(-1, int(wide / side) + 2):
            x, y = column * side + (side / 2 if row % 2 else 0), row * height
            below, right = (x + side / 2, y + height), (x + side, y)
            for corners in (((x, y), right, below), (right, below, (x + side * 1.5, y + height))):
                middle = (sum(point[0] for point in corners) / 3, sum(point[1] for point in corners) / 3)
                for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
                    draw.line((a, b), fill=115, width=4)
                    draw.line((a, middle), fill=115, width=4)


DRAWN = {"spring": _blossoms, "summer": _waves, "autumn": _rings, "winter": _hemp, "news": _hemp}
