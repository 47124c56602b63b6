"""Move the clock, do an act, ask two applications over one database, and compare what every consumer shows with the truth."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from end_to_end.replay import acts, consumers, series_acts, town_acts, wider_acts
from end_to_end.replay.model import AHEAD, BACK, LIMIT, Seen, Truth, in_calendar, shown, status_lines, urgent
from end_to_end.replay.town import Town
from helpers.clients import Answer

ACTS = acts.ACTS + wider_acts.WIDER + series_acts.SERIES + town_acts.TOWNWIDE
MINUTES = (0, 0, 1, 45, 300, 900)  # between two acts; now and then, weeks
Ask = Callable[..., Answer]  # a path, and headers with underscores


class Wrong(AssertionError):
    """A consumer shows something else than the truth."""


class Replay:
    def __init__(self, town: Town, servers: list[Ask]) -> None:
        self.town, self.steps = town, 0
        self.servers = servers
        self.held: dict[str, Answer] = {}  # the last answer by address, as programs keep it
        self.reader: set[str] = set()  # the guids that a feed reader has shown
        self.subscriber = consumers.Subscriber()
        self.kinds: Counter[str] = Counter()
        self.recent: list[str] = []

    def run(self, steps: int, stop_clock: Callable[[Any], None]) -> None:
        for _ in range(steps):
            try:
                self.step(stop_clock)
            except Exception as error:
                raise Wrong(
                    f"seed {self.town.seed}, step {self.steps}, after {self.recent[-6:]}: {error!r}"[:3000]
                ) from error

    def step(self, stop_clock: Callable[[Any], None]) -> None:
        """The clock moves, over what is due; somebody acts; every reader asks."""
        town = self.town
        self.steps += 1
        weeks = timedelta(days=town.chance.randint(5, 25)) if town.chance.random() < 0.01 else timedelta()
        town.at += timedelta(minutes=town.chance.choice(MINUTES), seconds=town.chance.randint(0, 59)) + weeks
        stop_clock(town.at)
        town.tick()
        if town.chance.random() < 0.3:
            self.compare()  # it is readers who come first after a moment that is due
        town.do_due()
        self.act()
        town.tick()
        self.compare()

    def act(self) -> None:
        """One that has something to be done to; what fails has changed nothing."""
        for _ in range(20):
            act, kept = self.town.chance.choice(ACTS), dict(self.town.done)
            try:
                act(self.town)
            except LookupError:
                self.town.session.rollback()
                self.town.done = kept
                continue
            self.town.session.commit()
            self.kinds[act.__name__] += 1
            self.recent.append(f"{act.__name__} {self.town.at:%d %H:%M:%S}")
            return

    def compare(self) -> None:
        """Two readers ask, each by its own habits: a step costs little, and whatever it broke shows in one that follows."""
        rarer = [self.day, self.table, self.filtered, self.short, self.archive, self.english]
        for check in self.town.chance.sample([self.calendar, self.calendar, self.feeds, self.feeds, *rarer], 2):
            check(self.town.today())

    def ask(self, address: str) -> bytes:
        """What one server answers; now and then both, each from its own cache: they must agree."""
        first, second = self.town.chance.sample(self.servers, 2)
        answer = self._again(first, address)
        same(f"status of {address}", answer.status, 200)
        self.held[address] = answer
        if self.town.chance.random() < 0.2:
            same(f"both at {address}", second(address).body, answer.body)
        return answer.body

    def _again(self, server: Ask, address: str) -> Answer:
        """The answer to whoever holds the last one, of whichever server: asked by its tag, by its date alone, or afresh."""
        held = self.held.get(address)
        names = {"etag": "If_None_Match", "last-modified": "If_Modified_Since"}
        condition = self.town.chance.choice([*names, ""])
        if held is None or condition not in held.headers:
            return server(address)
        answer = server(address, **{names[condition]: held.headers[condition]})
        return held if answer.status == 304 else answer

    def calendar(self, today: date) -> None:
        body = consumers.read_calendar(self.ask("/calendar.ics"))
        held, left_out = in_calendar(list(self.town.truths.values()), today, LIMIT)
        window = today - BACK, today + AHEAD
        same("calendar", consumers.dates(body, *window), shown(held, *window) | self.urgent(today))
        lines = status_lines(list(self.town.truths.values()), self.town.at)
        of_held = {one.public_id: lines[one.public_id] for one in held if one.public_id in lines}
        same("status lines", consumers.status_lines(body), of_held)
        same("left out", consumers.left_out(body), left_out)
        same("subscriber", self.subscriber.fetch(body), [])

    def feeds(self, _: date) -> None:
        form = self.town.chance.choice(["atom", "rss", "json"])
        body = self.ask(f"/feed.{form}")
        items = consumers.json_feed(body) if form == "json" else consumers.syndicated(body)
        public = {one.public_id: one for one in self.town.truths.values() if one.public}
        same("items of what is not public", {one.public_id for one in items} - public.keys(), set())
        same("titles", [one.title for one in items if public[one.public_id].title not in one.title], [])
        same("pictures", [one.guid for one in items if bool(one.pictures) != public[one.public_id].photo], [])
        new = [one for one in items if one.guid not in self.reader and one.at >= self.town.owed_since()]
        new = [one for one in new if one.public_id not in self.town.untold]
        same("news", sorted(one.title.partition("（")[0] for one in new), self.town.headings())
        self.reader |= {one.guid for one in items}
        self.town.read()

    def day(self, today: date) -> None:
        day = today + timedelta(days=self.town.chance.randint(-10, 40))
        page = self.ask(f"/calendar/{day:%Y/%m/%d}").decode()
        public = [one for one in self.town.truths.values() if one.public]
        wanted = {one.public_id: {one.heading(one.said(date)) for date in one.within(day, day)} for one in public}
        found = consumers.day_page(page)
        alarms = [one for one in public if one.emergency and not one.over(self.town.at)]
        same("alarms", [one.title for one in alarms if one.title not in page], [])
        same(f"days of {day}", set(found), {id_ for id_, headings in wanted.items() if headings})
        same(f"titles of {day}", {id_: title for id_, title in found.items() if title not in wanted[id_]}, {})

    def table(self, today: date) -> None:
        wanted, _ = in_calendar(list(self.town.truths.values()), today, sys.maxsize)
        same(
            "open data",
            consumers.open_data(self.ask("/events.csv")),
            {one.public_id: one.heading(one.status) for one in wanted},
        )

    def filtered(self, today: date) -> None:
        for name in self.town.chance.sample([*self.town.former, *self.town.tags], 1):
            now = self.town.former.get(name, name)
            if not any(now in one.tags for one in self.town.truths.values()):
                continue
            address = f"/calendar.ics?tag={now}"
            if now != name:
                moved = self.servers[0](f"/calendar.ics?tag={quote(name)}")
                same(
                    f"{name} leads on",
                    moved.headers.get("location", ""),
                    f"https://calendar.example.jp{quote(address, safe='/?=')}",
                )
            self._tagged(self.ask(address), now, today)

    def short(self, today: date) -> None:
        for code, tag in self.town.codes.items():
            self._tagged(self.ask(f"/f/{code}.ics"), tag, today)
            break

    def _tagged(self, body: bytes, tag: str, today: date) -> None:
        held, _ = in_calendar([one for one in self.town.truths.values() if tag in one.tags], today, LIMIT)
        window = today - BACK, today + AHEAD
        found = consumers.dates(consumers.read_calendar(body), *window)
        same(f"calendar of {tag}", found, shown(held, *window) | self.urgent(today))

    def urgent(self, today: date) -> set[Seen]:
        return urgent(list(self.town.truths.values()), today, self.town.at)

    def archive(self, today: date) -> None:
        year = today.year - (today.month < 4)
        first, last = date(year, 4, 1), date(year + 1, 3, 31)
        held = [one for one in self.town.truths.values() if one.public and one.dates and one.within(first, last)]
        if held:
            body = consumers.read_calendar(self.ask(f"/archive/{year}.ics"))
            same(f"archive of {year}", consumers.dates(body, first, last), shown(held, first, last))

    def english(self, today: date) -> None:
        held, _ = in_calendar(list(self.town.truths.values()), today, LIMIT)
        window = today - BACK, today + AHEAD
        english = consumers.read_calendar(self.ask("/calendar.ics?lang=en"))
        found = {(one.public_id, one.title.rpartition("] ")[2]) for one in consumers.dates(english, *window)}
        alarms = {one.public_id for one in self.urgent(today)}
        held += [one for one in self.town.truths.values() if one.public_id in alarms]
        wanted = {(one.public_id, english_title(one)) for one in held if shown([one], *window) or not one.dates}
        same("English titles", found, wanted)


def english_title(truth: Truth) -> str:
    return truth.english or truth.title


def same(name: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        if isinstance(found, bytes):
            found, wanted = set(found.decode().splitlines()), set(wanted.decode().splitlines())
        if isinstance(found, dict):
            found, wanted = set(found.items()), set(wanted.items())
        if isinstance(found, set):
            found, wanted = (sorted(map(_plain, one - other)) for one, other in ((found, wanted), (wanted, found)))
        raise Wrong(f"{name}: found {found!r} instead of {wanted!r}")


def _plain(one: Any) -> Any:
    return [str(part) for part in one] if isinstance(one, Seen) else str(one)
