"""Parts of the demo's pictures: skies, hills, petals, trees. Each function returns SVG; the random numbers are seeded."""

import math
import random

WIDE, TALL = 1600, 1067
Rng = random.Random


def sky(top: str, bottom: str) -> str:
    stops = f'<stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/>'
    return f'<defs><linearGradient id="sky" x2="0" y2="1">{stops}</linearGradient></defs><rect width="1600" height="1067" fill="url(#sky)"/>'


def disc(x: float, y: float, radius: float, colour: str, opacity: float = 1) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}" fill="{colour}" opacity="{opacity:.2f}"/>'


def hills(rng: Rng, height: float, swing: float, colour: str, opacity: float = 1) -> str:
    """One range of hills across the picture; its ridge is a sum of three waves."""
    waves = [(rng.uniform(0.6, 1.4) * n, rng.uniform(0, 6.3), swing / n) for n in (1, 2.3, 4.7)]
    ridge = [
        (x, height - sum(a * math.sin(f * x / WIDE * 6.3 + p) for f, p, a in waves)) for x in range(0, WIDE + 1, 20)
    ]
    points = " ".join(f"{x},{y:.0f}" for x, y in ridge)
    return f'<polygon points="0,{TALL} {points} {WIDE},{TALL}" fill="{colour}" opacity="{opacity}"/>'


def mountain(peak: tuple[float, float], width: float, colour: str, snow: str = "") -> str:
    x, y = peak
    body = f'<path d="M{x - width} {TALL} Q{x - width * 0.25} {y + 120} {x} {y} Q{x + width * 0.3} {y + 140} {x + width} {TALL}Z" fill="{colour}"/>'
    cap = f'<path d="M{x - 95} {y + 105} Q{x - 40} {y + 40} {x} {y} Q{x + 50} {y + 45} {x + 110} {y + 115} L{x + 60} {y + 85} L{x + 20} {y + 125} L{x - 30} {y + 88}Z" fill="{snow}"/>'
    return body + (cap if snow else "")


def scatter(
    rng: Rng, count: int, area: tuple[float, float, float, float], size: tuple[float, float], colours: list[str]
) -> str:
    left, top, right, bottom = area
    return "".join(
        disc(
            rng.uniform(left, right),
            rng.uniform(top, bottom),
            rng.uniform(*size),
            rng.choice(colours),
            rng.uniform(0.55, 1),
        )
        for _ in range(count)
    )


def blossom(rng: Rng, x: float, y: float, radius: float, count: int, colours: list[str]) -> str:
    """Many petals around a centre, denser towards the middle."""
    parts = []
    for _ in range(count):
        angle, far = rng.uniform(0, 6.3), radius * math.sqrt(rng.random())
        parts.append(
            disc(
                x + far * math.cos(angle),
                y + far * math.sin(angle) * 0.75,
                rng.uniform(4, 15),
                rng.choice(colours),
                rng.uniform(0.5, 0.95),
            )
        )
    return "".join(parts)


def branch(
    rng: Rng, x: float, y: float, angle: float, length: float, width: float, tips: list[tuple[float, float]]
) -> str:
    """A branch that divides in two repeatedly. It appends the end points to `tips`."""
    if length < 45:
        tips.append((x, y))
        return ""
    end_x, end_y = x + length * math.cos(angle), y + length * math.sin(angle)
    line = f'<path d="M{x:.0f} {y:.0f} L{end_x:.0f} {end_y:.0f}" stroke="#4a3536" stroke-width="{width:.1f}" stroke-linecap="round"/>'
    for turn in (-rng.uniform(0.25, 0.6), rng.uniform(0.25, 0.6)):
        line += branch(rng, end_x, end_y, angle + turn, length * rng.uniform(0.68, 0.82), width * 0.68, tips)
    return line


def tree(rng: Rng, x: float, y: float, size: float, colours: list[str], petals: int = 40) -> str:
    tips: list[tuple[float, float]] = []
    wood = branch(rng, x, y, -1.57 + rng.uniform(-0.1, 0.1), size, size / 7, tips)
    return wood + "".join(blossom(rng, tip_x, tip_y, size * 0.42, petals, colours) for tip_x, tip_y in tips)


def weeping(rng: Rng, x: float, colours: list[str]) -> str:
    """A weeping cherry (シダレザクラ): long hanging branches with blossoms."""
    parts = []
    for _ in range(46):
        top, reach = rng.uniform(-80, 120), rng.uniform(-420, 420)
        length = rng.uniform(260, 720) * (1 - abs(reach) / 900)
        parts.append(
            f'<path d="M{x + reach * 0.4:.0f} {top:.0f} q{reach * 0.6:.0f} 60 {reach * 0.6 + rng.uniform(-20, 20):.0f} {length:.0f}" fill="none" stroke="#6b4a50" stroke-width="2.5" opacity=".6"/>'
        )
        parts.extend(
            blossom(rng, x + reach * (0.4 + 0.6 * math.sqrt(t / 14)), top + 40 + length * t / 14, 26, 7, colours)
            for t in range(1, 15)
        )
    return "".join(parts)


PINK = ["#fff", "#fde7ef", "#f9cbdc", "#f3a9c4", "#fbdbe6"]
RED = ["#d8432f", "#e8742c", "#f0a030", "#b92d2b", "#f4c04a"]
LIT = ["#ffd9e6", "#ffc2d6", "#ffeef4", "#f79bbb"]
SNOW = ["#fff", "#f2f6fb"]
