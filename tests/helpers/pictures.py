"""Pictures of every kind of page for docs/: on a phone and on a desk, of the demo city on a day in April. `make pictures`."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers import town

town.NOW = datetime(2027, 4, 23, tzinfo=UTC)  # before the others take it from there: the cherries are open
town.STOPPED = town.NOW + timedelta(hours=1)

from PIL import Image  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

from calendar_app.cli.demo import PASSWORD  # noqa: E402
from calendar_app.db.models import Event  # noqa: E402
from calendar_app.text.languages import LANGUAGES  # noqa: E402
from helpers import cities, pages  # noqa: E402
from helpers.services import ROOT, browser  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
GAP, GROUND = 24, "#e9e6ea"
# By name: where it is. {season} and {entry} are the cherry-blossom festival, on its page and at the desk.
PUBLIC = {
    "home": "/",
    "month": "/calendar/2027/04",
    "day": "/calendar/2027/04/24",
    "event": "{season}",
    "weekend": "/weekend",
    "agenda": "/agenda",
    "seasons": "/seasons",
    "search": "/search?q=桜",
    "deadlines": "/deadlines",
    "announcements": "/announcements/",
    "archive": "/archive/2026",
    "subscribe": "/subscribe",
    "embed": "/embed/build",
    "sheet": "/paper/2027/04/wall",
    "for": "/for/parents",
    "ask": "{season}/ask",
    "press": "/press",
    "open-data": "/open-data",
    "lost": "/nowhere",
    "english": "/?lang=en",
    "easy": "{season}?lang=easy",
    "korean": "/?lang=ko",
}
STAFF = {
    "desk": "/staff/",
    "form": "/staff/events/new",
    "announcement": "/staff/announcements/new",
    "published": "/staff/entries/{entry}",
    "edit": "/staff/entries/{entry}/edit",
    "history": "/staff/entries/{entry}/history",
    "status": "/staff/entries/{entry}/status",
    "dates": "/staff/entries/{series}/dates",
    "now": "/staff/events/{entry}/now",
    "share": "/staff/entries/{entry}/share",
    "entries": "/staff/entries",
    "entries-month": "/staff/entries?view=month",
    "questions": "/staff/questions?show=all",
    "question": "/staff/questions/1",
    "templates": "/staff/templates",
    "press": "/staff/press",
    "read-after": "/staff/news",
    "freshness": "/staff/freshness",
    "translations": "/staff/translations",
    "ready-sentences": "/staff/ready-sentences",
    "many-dates": "/staff/bulk",
    "clashes": "/staff/clashes",
    "import": "/staff/import",
    "sources": "/staff/sources",
    "channels": "/staff/channels",
    "venues": "/staff/venues",
    "departments": "/staff/departments",
    "tags": "/staff/tags",
    "people": "/staff/people",
    "server": "/staff/status",
    "fediverse": "/staff/fediverse",
    "spellings": "/staff/spellings",
    "reach": "/staff/reach/",
    "tokens": "/staff/me/tokens",
    "hand-over": "/staff/handover",
    "me": "/staff/me",
}


class Folders:
    """What the cities need of pytest: folders that go away at the end."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def getbasetemp(self) -> Path:
        return self.base

    def mktemp(self, name: str) -> Path:
        folder = self.base / name
        folder.mkdir()
        return folder


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as base, opened_town(Path(base)) as (city, names), browser() as chromium:
        context = chromium.new_context(locale="ja-JP", reduced_motion="reduce", service_workers="block")
        page = context.new_page()
        take(page, city, {name: path.format_map(names) for name, path in PUBLIC.items()})
        sign_in(page, city)
        take(page, city, {f"staff-{name}": path.format_map(names) for name, path in STAFF.items()})


@contextmanager
def opened_town(base: Path) -> Iterator[tuple[pages.City, dict[str, str]]]:
    """The demo city, and what stands for the names in its paths."""
    config = pages.own_copy(cities.demo(Folders(base)), Folders(base))  # type: ignore[arg-type]
    config = replace(config, languages=tuple(LANGUAGES))
    with pages.arranged(config) as session:
        festival = pages.event_like(
            session, Event.title == "角館の桜まつり", Event.start < town.NOW.replace(tzinfo=None)
        )
        series = pages.event_like(session, Event.rule != "")
        names = {"season": f"/events/{festival.public_id}", "entry": festival.public_id, "series": series.public_id}
    with cities.stopped_clock(), pages.served(config, pages.City()) as city:
        yield city, names


def sign_in(page: Page, city: pages.City) -> None:
    page.goto(f"{city.url}/staff/")
    page.fill("#email", "demo@example.jp")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"{city.url}/staff/")


def take(page: Page, city: pages.City, paths: dict[str, str]) -> None:
    """Phone and desk beside each other, the part that is seen without scrolling."""
    for name, path in paths.items():
        page.goto(city.url + path)
        shots = [shot(page, size) for size in (pages.PHONE, {"width": 1280, "height": 844})]
        both = Image.new("RGB", (sum(picture.width for picture in shots) + 3 * GAP, shots[0].height + 2 * GAP), GROUND)
        both.paste(shots[0], (GAP, GAP))
        both.paste(shots[1], (shots[0].width + 2 * GAP, GAP))
        both.save(FOLDER / f"{name}.webp", quality=72, method=6)
        print(name)


def shot(page: Page, size: dict[str, int]) -> Image.Image:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


if __name__ == "__main__":
    main()
