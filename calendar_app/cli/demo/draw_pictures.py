"""Draws the demo's pictures: `python -m calendar_app.cli.demo.draw_pictures` (needs Chromium and playwright, as the tests do).

Each is an SVG of a few layers, made by a seeded generator, rendered at 1600 × 1067 and kept as JPEG beside this file.
"""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from calendar_app.cli.demo import scenes
from calendar_app.cli.demo.drawing import TALL, WIDE, Rng

FOLDER = Path(__file__).resolve().parent / "pictures"


PICTURES: dict[str, Callable[[Rng], str]] = {
    "sakura-buke": scenes.samurai_street,
    "sakura-river": scenes.river,
    "sakura-night": scenes.night,
    "katakuri": scenes.flowers,
    "tazawako": scenes.lake,
    "komagatake": scenes.peak,
    "omatsuri": scenes.floats,
    "kouyou": scenes.gorge,
    "kamifusen": scenes.balloons,
    "hiburi": scenes.fire,
    "snow": scenes.snow,
    "ohanashi": scenes.book,
    "townhall": scenes.town,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDE, "height": TALL})
        for name, draw in PICTURES.items():
            page.set_content(
                f'<body style="margin:0"><svg width="{WIDE}" height="{TALL}" xmlns="http://www.w3.org/2000/svg">{draw(Rng(name))}</svg>'
            )
            Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(
                FOLDER / f"{name}.jpg", quality=76, progressive=True, optimize=True
            )
        browser.close()


if __name__ == "__main__":
    main()
