"""Draws the demo's pictures: `python -m calendar_app.cli.demo.draw_pictures` (needs Chromium and playwright, as the tests do).

Each is an SVG of a few layers, made by a seeded generator, rendered at 1600 × 1067 and stored in `pictures/` as an upload is, in all
widths and kinds, so that loading the demo only copies files. `pictures.json` says under which names.
"""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from calendar_app.cli.demo import scenes
from calendar_app.cli.demo.drawing import TALL, WIDE, Rng
from calendar_app.entries.photos import store

FOLDER = Path(__file__).resolve().parent / "pictures"
LIST = FOLDER.with_suffix(".json")

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
    listed = json.loads(LIST.read_text())
    shutil.rmtree(FOLDER, ignore_errors=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDE, "height": TALL})
        for name, draw in PICTURES.items():
            page.set_content(
                f'<body style="margin:0"><svg width="{WIDE}" height="{TALL}" xmlns="http://www.w3.org/2000/svg">{draw(Rng(name))}</svg>'
            )
            stored = store(io.BytesIO(page.screenshot()), FOLDER)
            [picture] = [each for each in listed if each["file"] == f"{name}.jpg"]
            picture["stored"] = {part: getattr(stored, part) for part in ("name", "width", "height", "sizes")}
        browser.close()
    LIST.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
