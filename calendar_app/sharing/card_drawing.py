"""Draw a share card with Pillow: a photo or a pattern, and beside or below it a sheet with the words."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from calendar_app.sharing.card_content import Card, CardDay
from calendar_app.sharing.card_patterns import THEMES, pattern, petal
from calendar_app.sharing.fonts import Faces
from calendar_app.sharing.text_drawing import LEADING, Pen, fit_text

Box = tuple[int, int, int, int]

PAPER, INK, SOFT, LINE, OFF = "#fffdfb", "#211b26", "#5f5766", "#e6dde3", "#8d8493"
TONES = {"bad": "#a3121f", "warn": "#8a5200", "note": "#22307f", "good": "#1a6340"}
DAYS = {"sunday": "#b01f2e", "saturday": "#1d4fa6", "": "#5f5766"}
QUALITY = 88


@dataclass(frozen=True, slots=True)
class Frame:
    """The layout of one card size, in pixels:

    boxes for picture, text and status band. `unit` is the smallest text size.
    """

    size: tuple[int, int]
    picture: Box
    text: Box
    band: Box
    unit: int
    title: tuple[int, int]  # smallest and largest size
    date: int


# The app's own buttons cover the first 250 and the last 340 pixels of a story.
FRAMES = {
    "og": Frame((1200, 630), (730, 0, 1200, 630), (60, 48, 682, 584), (0, 0, 1200, 96), 27, (34, 66), 92),
    "square": Frame((1080, 1080), (0, 0, 1080, 420), (70, 468, 1010, 1030), (0, 350, 1080, 452), 31, (38, 76), 112),
    "story": Frame((1080, 1920), (0, 0, 1080, 900), (112, 900, 968, 1520), (56, 838, 1024, 962), 36, (46, 88), 120),
}
SHEET = (56, 838, 1024, 1580)  # of a story: it covers parts of the picture and of the pattern below
BAND_GAP, ROUND = 30, 36


def draw(card: Card, size: str, faces: Faces, photo: Path | None) -> bytes:
    """Draw the card as JPEG. The same card gives the same bytes."""
    frame = FRAMES[size]
    sheet = pattern(card.theme, frame.size) if size == "story" else Image.new("RGB", frame.size, PAPER)
    if photo or size != "story":
        sheet.paste(_picture(card, frame.picture, photo), frame.picture[:2])
    if card.off:
        sheet = ImageEnhance.Color(sheet).enhance(0.15)
    pen = Pen(ImageDraw.Draw(sheet), faces)
    if size == "story":
        pen.canvas.rounded_rectangle(SHEET, ROUND, fill=PAPER)
    left, top, right, bottom = frame.text
    if card.mark:
        _band(pen, card, frame)
        top = max(top, frame.band[3] + BAND_GAP)
    top = _head(pen, card, frame, (left, top, right))
    bottom = _foot(pen, card, frame, (left, top, right, bottom))
    _title(pen, card, frame, (left, top, right, bottom))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=QUALITY, subsampling=0, progressive=True, optimize=True)
    return buffer.getvalue()


def _picture(card: Card, box: Box, photo: Path | None) -> Image.Image:
    size = box[2] - box[0], box[3] - box[1]
    if photo is None:
        return pattern(card.theme, size)
    with Image.open(photo) as stored:
        stored.draft("RGB", size)  # decode no larger than needed
        return ImageOps.fit(stored.convert("RGB"), size, Image.Resampling.LANCZOS, centering=(0.5, 0.4))


def _band(pen: Pen, card: Card, frame: Frame) -> None:
    """Draw the status band: its word in white on its colour, then the reason if there is room."""
    left, top, right, bottom = frame.band
    pen.canvas.rounded_rectangle(
        (left, top, right, bottom - 1), ROUND if left else 0, TONES[card.tone], corners=(True, True, False, False)
    )
    size = (bottom - top) * 0.5
    base, start = (top + bottom) / 2 + size * 0.37, frame.text[0]
    end = pen.write((start, base), card.mark, size, "#ffffff")
    if reason := pen.legible(card.reason):
        room = right - (frame.text[0] - left) - end - frame.unit
        if room > frame.unit * 8:
            shown = pen.shortened(reason, frame.unit, room, False)
            pen.write((end + frame.unit, base - size * 0.06), shown, frame.unit, "#ffffff", False)


def _head(pen: Pen, card: Card, frame: Frame, box: tuple[int, int, int]) -> int:
    """Draw the city's flower and name. Gives the y at which the room below begins."""
    left, top, right = box
    unit, ink = frame.unit, THEMES[card.theme].ink
    side = round(unit * 1.25)
    pen.canvas.rounded_rectangle((left, top, left + side, top + side), unit * 0.3, fill=ink)
    _flower(pen, left + side / 2, top + side / 2, side * 0.36)
    name = pen.shortened(pen.legible(card.city), unit, right - left - side - unit * 0.6)
    pen.write((left + side + unit * 0.55, top + side * 0.5 + unit * 0.37), name, unit, SOFT)
    return top + side + round(unit * 1.0)


def _flower(pen: Pen, x: float, y: float, radius: float) -> None:
    for number in range(5):
        pen.canvas.polygon(petal(x, y, radius, 180 + number * 72), fill="#ffffff")


def _foot(pen: Pen, card: Card, frame: Frame, box: Box) -> int:
    """Draw place, time and date upwards from the bottom. Gives the y at which the room above ends."""
    left, _, right, bottom = box
    unit, room = frame.unit, right - left
    base: float = bottom
    if place := pen.legible(card.place):
        size = max(unit, min(unit * 1.18, unit * 1.18 * room / pen.width(place, unit * 1.18, False)))
        pen.write((left, base - size * 0.12), pen.shortened(place, size, room, False), size, INK, False)
        base -= size * 1.62
    if time := pen.legible(card.time):
        size = max(unit, min(unit * 1.5, unit * 1.5 * room / pen.width(time, unit * 1.5)))
        pen.write((left, base - size * 0.12), pen.shortened(time, size, room), size, OFF if card.off else INK)
        base -= size * 1.5
    if card.days:
        base = _days(pen, card, frame, (left, base, room))
    elif text := pen.legible(card.when):
        base = _words(pen, text, frame, card, (left, base, room))
    if base == bottom:
        return bottom
    line = round(base - unit * 0.55)
    pen.canvas.rectangle((left, line, left + unit * 2, line + max(3, unit // 7)), fill=THEMES[card.theme].ink)
    return line - round(unit * 0.7)


def _days(pen: Pen, card: Card, frame: Frame, at: tuple[float, float, float]) -> float:
    """Draw one or two days as large as the room allows. Gives the y of their top."""
    left, base, room = at
    size = frame.date * min(1.0, room / _days_width(pen, card, frame.date))
    x, colour = left, OFF if card.off else THEMES[card.theme].ink
    if card.year:
        x = left = pen.write((x, base - size * 0.1), card.year, size * 0.34, SOFT) + size * 0.12
    for number, day in enumerate(card.days):
        if number:
            x = pen.write((x + size * 0.14, base - size * 0.12), _until(day), size * 0.5, colour) + size * 0.1
        for run, share in _runs(day.text):
            x = pen.write((x, base - size * 0.1), run, size * share, colour)
        x = _weekday(pen, day, (x + size * 0.08, base - size * 0.1), size * 0.34, card.off)
    if card.when:
        pen.write((x + size * 0.12, base - size * 0.1), card.when, size * 0.34, SOFT)
    if card.off:
        middle = round(base - size * 0.42)
        pen.canvas.rectangle((left, middle, x - size * 0.1, middle + max(3, round(size * 0.05))), fill=OFF)
    return base - size * 1.05


def _until(day: CardDay) -> str:
    return "〜" if "月" in day.text else "–"


def _runs(text: str) -> Iterable[tuple[str, float]]:
    return [(run, 1.0 if run.isdigit() else 0.5) for run in re.findall(r"\d+|\D+", text)]


def _days_width(pen: Pen, card: Card, size: float) -> float:
    total = pen.width(card.year, size * 0.34) + size * 0.12 if card.year else 0.0
    for number, day in enumerate(card.days):
        total += pen.width(_until(day), size * 0.5) + size * 0.24 if number else 0
        total += sum(pen.width(run, size * share) for run, share in _runs(day.text))
        total += size * 0.08 + pen.width(day.weekday, size * 0.34) + size * 0.34 * 0.6
    return total + (pen.width(card.when, size * 0.34) + size * 0.12 if card.when else 0.0)


def _weekday(pen: Pen, day: CardDay, at: tuple[float, float], size: float, off: bool) -> float:
    x, base = at
    wide = pen.width(day.weekday, size) + size * 0.6
    box = (x, base - size * 1.12, x + wide, base + size * 0.32)
    pen.canvas.rounded_rectangle(box, size * 0.3, fill=OFF if off else DAYS[day.kind])
    pen.write((x + size * 0.3, base - size * 0.03), day.weekday, size, "#ffffff")
    return x + wide


def _words(pen: Pen, text: str, frame: Frame, card: Card, at: tuple[float, float, float]) -> float:
    """Draw a date that is not a day (4月下旬, 毎週土曜日), on one line if it fits, otherwise on two."""
    left, base, room = at
    size, setting = fit_text(pen, text, room, (frame.unit * 1.2, frame.unit * 2), frame.unit * 5.2)
    for line in reversed(setting.lines):
        pen.write((left, base - size * 0.12), line, size, OFF if card.off else THEMES[card.theme].ink)
        base -= size * 1.3
    return base + size * 0.1


def _title(pen: Pen, card: Card, frame: Frame, box: Box) -> None:
    """Draw the title in the room that is left, slightly above its middle."""
    left, top, right, bottom = box
    title, tall = pen.legible(card.title), bottom - top
    size, setting = fit_text(pen, title, right - left, frame.title, tall)
    height = size * (LEADING * (len(setting.lines) - 1) + 1)
    base = top + min((tall - height) * 0.42, size) + size * 0.88
    for line in setting.lines:
        pen.write((left, base), line, size, INK)
        base += size * LEADING
