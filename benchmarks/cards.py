"""Measure the drawing of share cards in each size, with and without a photo. The first card of a process counts apart."""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image

from calendar_app.sharing import card_drawing, fonts
from calendar_app.sharing.card_content import Card, CardDay
from calendar_app.sharing.cards import SIZES

CARD = Card(
    "仙北市 まちのカレンダー",
    "角館の桜まつり",
    "spring",
    days=(CardDay("4月15日", "木"), CardDay("5月5日", "水・祝", "sunday")),
)
LONG = replace(CARD, title="あいう、漢字とカナの長い題名。" * 13, place="桧木内川堤")
ROUNDS = 7


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        Image.effect_noise((1600, 1067), 60).convert("RGB").save(photo, quality=82)
        begun = time.perf_counter()
        card_drawing.draw(CARD, "og", fonts.find(), None)
        print(f"{'the first of a process: font, pattern':<44}{(time.perf_counter() - begun) * 1000:>7.0f} ms")
        for size in SIZES:
            for what, card, picture in (("pattern", CARD, None), ("photo", CARD, photo), ("200 letters", LONG, None)):
                milliseconds, kilobytes = _best(card, size, picture)
                print(f"{f'{size}, {what}':<44}{milliseconds:>7.0f} ms {kilobytes:>6.0f} kB")


def _best(card: Card, size: str, photo: Path | None) -> tuple[float, float]:
    seconds, drawn = [], b""
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        drawn = card_drawing.draw(card, size, fonts.find(), photo)
        seconds.append(time.perf_counter() - begun)
    return min(seconds) * 1000, len(drawn) / 1000


if __name__ == "__main__":
    main()
