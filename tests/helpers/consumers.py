"""Programs that are not ours, asked what they see: by their libraries, or as a citizen starts them on a command line."""

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import extruct
import vobject

LIBICAL = ("libical.so.3", "libical.dylib")


class Known(NamedTuple):
    """A VEVENT as any program knows it."""

    uid: str
    title: str


def by_vobject(calendar: bytes) -> list[Known]:
    parsed = vobject.readOne(calendar.decode())
    parsed.validate(raiseException=True)
    return sorted(Known(event.uid.value, event.summary.value) for event in parsed.vevent_list)


class Libical:
    """libical (GNOME, KDE): its own parser, and its table of what a component must and may have."""

    def __init__(self) -> None:
        self._library = _library()
        for name, gives in (
            ("icalparser_parse_string", ctypes.c_void_p),
            ("icalcomponent_get_first_component", ctypes.c_void_p),
            ("icalcomponent_get_next_component", ctypes.c_void_p),
            ("icalcomponent_get_uid", ctypes.c_char_p),
            ("icalcomponent_get_summary", ctypes.c_char_p),
        ):
            getattr(self._library, name).restype = gives

    def read(self, calendar: bytes) -> tuple[list[Known], int]:
        """The events, and how many errors there are: lines it could not read, and rules of RFC 5545 and 5546 broken."""
        kind = self._call("icalcomponent_string_to_kind", b"VEVENT")
        root = ctypes.c_void_p(self._call("icalparser_parse_string", calendar))
        events, component = [], self._call("icalcomponent_get_first_component", root, kind)
        while component:
            texts = (self._call(f"icalcomponent_get_{name}", ctypes.c_void_p(component)) for name in ("uid", "summary"))
            events.append(Known(*(text.decode() for text in texts)))
            component = self._call("icalcomponent_get_next_component", root, kind)
        good = self._call("icalrestriction_check", root)
        errors = self._call("icalcomponent_count_errors", root) + (not good)
        self._call("icalcomponent_free", root)
        return sorted(events), errors

    def _call(self, name: str, *arguments: Any) -> Any:
        return getattr(self._library, name)(*arguments)


def _library() -> ctypes.CDLL:
    for name in LIBICAL:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise RuntimeError("libical was not found; `make setup-test` installs it")


class Agenda:
    """Somebody's folder: vdirsyncer subscribes to calendars and fills it, khal shows it."""

    def __init__(self, folder: Path, url: str, queries: Sequence[str]) -> None:
        self.folder = folder
        names = [f"c{number}" for number in range(len(queries))]
        for name in names:
            (folder / name).mkdir(parents=True)
        pairs = (
            PAIR.format(name=name, folder=folder, url=url, query=q) for name, q in zip(names, queries, strict=True)
        )
        (folder / "vdirsyncer.conf").write_text(f'[general]\nstatus_path = "{folder}/status/"\n' + "".join(pairs))
        calendars = "".join(f"[[{name}]]\npath = {folder}/{name}/\n" for name in names)
        (folder / "khal.conf").write_text(f"[calendars]\n{calendars}{KHAL.format(folder=folder)}")

    def fill(self) -> list[int]:
        """Fetch everything; how many files each calendar has then."""
        self._run("vdirsyncer", "discover", answer="y\n" * 99)
        self._run("vdirsyncer", "sync")
        return [len(list(path.glob("*.ics"))) for path in sorted(self.folder.glob("c*")) if path.is_dir()]

    def shown(self, first: str, last: str) -> list[dict[str, str]]:
        """What khal lists, day by day; clocks in Tokyo, none for whole days."""
        fields = ("uid", "title", "start-date-long", "start-time", "status")
        wanted = [part for field in fields for part in ("--json", field)]
        output = self._run("khal", "list", *wanted, first, last)
        return [event for line in output.splitlines() for event in json.loads(line)]

    def _run(self, program: str, *arguments: str, answer: str = "") -> str:
        return run(
            self.folder,
            [Path(sys.executable).parent / program, "-c", self.folder / f"{program}.conf", *arguments],
            answer,
        )


PAIR = """
[pair {name}]
a = "{name}_web"
b = "{name}_disk"
collections = null
conflict_resolution = "a wins"
[storage {name}_web]
type = "http"
url = "{url}/calendar.ics{query}"
[storage {name}_disk]
type = "filesystem"
path = "{folder}/{name}/"
fileext = ".ics"
"""
KHAL = """
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Asia/Tokyo
default_timezone = Asia/Tokyo
[sqlite]
path = {folder}/khal.db
"""


def by_newsboat(folder: Path, urls: Sequence[str]) -> dict[str, list[tuple[str, str, str]]]:
    """What newsboat keeps of each feed: guid, title and link, in order of its arrival."""
    program = shutil.which("newsboat")
    if not program:
        raise RuntimeError("newsboat was not found; `make setup-test` installs it")
    folder.mkdir()
    (folder / "urls").write_text("\n".join(urls) + "\n")
    (folder / "config").write_text("max-items 0\nprepopulate-query-feeds no\n")
    files = {"-u": "urls", "-C": "config", "-c": "cache.db"}
    run(folder, [program, *(part for flag, name in files.items() for part in (flag, folder / name)), "-x", "reload"])
    with sqlite3.connect(folder / "cache.db") as cache:
        rows = cache.execute("SELECT feedurl, guid, title, url FROM rss_item WHERE deleted = 0 ORDER BY id").fetchall()
    return {url: [tuple(row[1:]) for row in rows if row[0] == url] for url in urls}


def by_extruct(page: str, url: str) -> dict[str, Any]:
    """JSON-LD, Open Graph and microformats, as collectors of the web read them."""
    metadata: dict[str, Any] = extruct.extract(page, base_url=url, syntaxes=["json-ld", "opengraph", "microformat"])
    return metadata


def run(folder: Path, command: Sequence[str | Path], answer: str = "") -> str:
    """A program that finds its home in this folder and nothing of ours anywhere else."""
    xdg = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
    surroundings = os.environ | xdg | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}
    done = subprocess.run(command, input=answer, capture_output=True, text=True, env=surroundings, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
