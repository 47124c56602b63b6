"""Write the whole public site as static files, and later only what has changed since.

The files lie in `live` of the folder, as the answers for a web server in front do (`web.front`), with the same index: it knows
what each file shows. A second run renders only what a revision has touched since, or what the list of addresses has anew,
and removes what answers no more. Each file is replaced whole. The number of the last revision is written at the end, so a run
that was broken off is made good by the next one.
"""

import hashlib
import io
import json
import mimetypes
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from flask import Flask

from calendar_app.db.engine import RevisionReader
from calendar_app.entries.last_changes import EVERYTHING
from calendar_app.operations.answer_files import AnswerFiles
from calendar_app.web.front import FEED_TYPES, file_name
from calendar_app.web.negotiation import COMPRESS, compressible
from calendar_app.web.touched import SHOWS
from calendar_app.web.wsgi import Environ, ask

ROUNDS = 5  # until nothing changes while it is written
STATE = "export.json"
TYPES = FEED_TYPES | {
    "json": "application/json",  # feeds and tables alike
    "html": "text/html; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
    "cap": "application/cap+xml; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "avif": "image/avif",
}
EXTENSION = re.compile(r"/[^/]+\.[a-z0-9]{2,11}$")
# What a page needs besides: pictures and the program's own files. A static file's name need not hold its version here.
NEEDED = re.compile(rb'["\s,](/(?:static|photos)/[^"\s,?&<>]+)')


class Export:
    """One export of the site into one folder. `program` stands for all that makes bytes: code, templates, settings."""

    def __init__(
        self, app: Flask, inner: Callable[..., Iterable[bytes]], folder: Path, revisions: RevisionReader
    ) -> None:
        self.inner = inner
        self.base = app.extensions["calendar_config"].base_url
        self.state = folder / STATE
        self.revisions = revisions
        self.files = AnswerFiles(folder, 2**62, time.time, lasting=True)
        self.files.open("export", float("inf"))
        self.written = self.removed = 0

    def run(self, addresses: Callable[[], Iterable[str]], about: str, say: Callable[[str], None]) -> None:
        """Write until nothing has changed meanwhile. `about` stands for all that makes bytes besides the town's data."""
        for _ in range(ROUNDS):
            number = self.revisions.newest().number
            stale = self._stale(about)
            self._write({exported_name(address) or "": address for address in addresses()}, stale, say)
            self.state.write_text(json.dumps({"number": number, "about": about}))
            if self.revisions.newest().number == number:
                break
        self._list_types()

    def close(self) -> None:
        self.files.index.close()

    def _stale(self, about: str) -> set[str] | None:
        """The names of the files that may be wrong since the last run; None: all."""
        last = json.loads(self.state.read_text()) if self.state.exists() else {}
        if last.get("about") != about:
            return None
        touches = [touched for _, touched in self.revisions.touches_after(last["number"])]
        if any(touched is None or EVERYTHING in touched for touched in touches):
            return None
        return (
            set(self.files.index.showing({key for touched in touches for key in touched or ()})) if touches else set()
        )

    def _write(self, wanted: dict[str, str], stale: set[str] | None, say: Callable[[str], None]) -> None:
        present = self.files.index.present()
        wanted |= {name: f"/{name[2:]}" for name in present if name.startswith(("-/static/", "-/photos/"))}
        gone = present - wanted.keys() - {"-/404.html"}
        todo = [(name, wanted[name]) for name in wanted if stale is None or name in stale or name not in present]
        todo = [("-/404.html", "/404"), *todo] if stale is None else todo
        begun = time.monotonic()
        while todo:
            name, address = todo.pop()
            needed, kept = self._render(name, address)
            if not kept and name in present:
                gone.add(name)
            for path, shows in needed.items():
                if f"-{path}" not in wanted:
                    wanted[f"-{path}"] = path
                    self._render(f"-{path}", path, shows)
            self.written += kept
            if time.monotonic() - begun > 1:
                say(f"{self.written} files, {len(todo)} addresses to come")
                begun = time.monotonic()
        self.files.drop(sorted(gone))
        self.removed += len(gone)

    def _render(
        self, name: str, address: str, of_page: frozenset[str] | None = None
    ) -> tuple[dict[str, frozenset[str] | None], bool]:
        """Write one answer, if it is one. Return what its page needs besides, with what the page shows; and whether it was written."""
        environ = _environ(address, self.base)
        status, headers, body = ask(self.inner, environ)
        named = {header.lower(): value for header, value in headers}
        missing = name == "-/404.html"
        if not missing and (not status.startswith("200") or "public" not in named.get("cache-control", "")):
            return {}, False
        bodies = {"": body}
        if compressible(named["content-type"], compress_ics=False) and len(body) > 256:
            bodies |= {coding: compress(body) for coding, compress in COMPRESS.items()}
        shows = frozenset({"-"}) if missing or name.startswith("-/static/") else environ.get(SHOWS) or of_page
        self.files.index.forget([name])
        self.files.keep(name, bodies, shows, lambda: True)
        needed = NEEDED.findall(body) if named["content-type"].startswith("text/html") else []
        return {unquote(path.decode()): shows for path in needed}, True

    def _list_types(self) -> None:
        """Say beside the files which type each has, for stores that are told it."""
        names = sorted(self.files.index.present())
        lines = (f"live/{name}\t{_type(name)}\n" for name in names)
        part = self.state.with_name("types.tsv.part")
        part.write_text("".join(lines))
        part.replace(self.state.with_name("types.tsv"))


def exported_name(address: str) -> str | None:
    """Return the file of an address (percent-encoded): as in front, but a path with any extension keeps it."""
    path, mark, query = address.partition("?")
    raw = unquote(path).encode().decode("latin-1")
    name = file_name(raw + mark + query)
    return name.removesuffix(".html") if name and EXTENSION.search(path) and name.endswith(".html") else name


def _type(name: str) -> str:
    extension = name.rpartition(".")[2]
    return TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _environ(address: str, base: str) -> Environ:
    path, _, query = address.partition("?")
    scheme, _, host = base.partition("://")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path).encode().decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": address,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "HTTP_HOST": host,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def digest(folders: Iterable[Path], words: str) -> str:
    """Return what stands for all files below some folders, and some words."""
    total = hashlib.sha256(words.encode())
    for path in _files_below(folders):
        total.update(path.read_bytes())
    return total.hexdigest()[:32]


def _files_below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
