"""Every setting: name, default, meaning, check. Declared once; the command line, the docs and the tests read it here.

A setting comes from the environment (`CALENDAR_…`) or else from `config.toml` in the instance folder.
"""

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from calendar_app.text import languages as tongues

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "CALENDAR_"


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it and says what is expected."""


def _text(value: str) -> str:
    return value.strip()


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not low <= (number := int(value)) <= high:
            raise ValueError(f"a number from {low} to {high}")
        return number

    return read


def _switch(value: str) -> bool:
    return (dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("", "0", "false", "no", "off"), False))[
        value.lower()
    ]


def _base_url(value: str) -> str:
    parts = urlsplit(value.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address such as https://calendar.example.jp")
    return parts.geturl()


def _tiles(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not all(mark in parts.path for mark in ("{z}", "{x}", "{y}")):
        raise ValueError("an address with {z}, {x} and {y} in its path")
    return value.strip()


def _timezone(value: str) -> str:
    # ZoneInfo("Asia") opens a directory and dies of it: ask the list, not the file system.
    if value not in available_timezones():
        raise ValueError("a time zone such as Asia/Tokyo")
    return value


def _language(value: str) -> str:
    if value not in tongues.STAFF:
        raise ValueError("ja or en")
    return value


def _languages(value: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(map(tongues.spelled, value.replace(",", " ").split())))
    if unknown := set(codes) - tongues.LANGUAGES.keys():
        raise ValueError(f"some of {' '.join(tongues.LANGUAGES)}, not {' '.join(sorted(unknown))}")
    return codes


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(map(ip_network, value.replace(",", " ").split()))
    except ValueError as error:
        raise ValueError("networks such as 10.20.0.0/16 192.168.7.0/24") from error


def _mail_server(value: str) -> str:
    parts = urlsplit(value.strip())
    if value.strip() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0):
        raise ValueError("an address such as smtp://user:password@mail.example.jp:587, or smtps://…")
    return value.strip()


def _mail_from(value: str) -> str:
    if value.strip() and not parseaddr(value)[1].strip("@").count("@"):
        raise ValueError("an address such as calendar@example.jp")
    return value.strip()


def setting(default: Any, read: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Config:
    instance: Path = setting(
        ROOT / "instance", Path, "Folder of this installation: database, photos, config.toml, secret key."
    )
    database_url: str = setting(
        "", _text, "SQLAlchemy address of the database; empty is SQLite in the instance folder."
    )
    base_url: str = setting(
        "http://127.0.0.1:8000", _base_url, "The public address; the only source of absolute links."
    )
    site_name: str = setting("仙北市 まちのカレンダー", _text, "The calendar's name in Japanese.")
    site_name_en: str = setting("Semboku City Calendar", _text, "The calendar's name in English.")
    publisher: str = setting("仙北市", _text, "Who publishes: the author of every feed.")
    publisher_en: str = setting("Semboku City", _text, "The publisher's name in English.")
    body_code: str = setting("052159", _text, "The city's code in open data, six digits with the check digit.")
    prefecture: str = setting("秋田県", _text, "The prefecture, as open data names it.")
    municipality: str = setting("仙北市", _text, "The city, as open data names it.")
    licence: str = setting("CC BY 4.0", _text, "The licence under which feeds and open data may be used.")
    tiles: str = setting(
        "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png",
        _tiles,
        "Where the map's pictures come from, once a reader asks for the map.",
    )
    tiles_credit: str = setting("地理院タイル", _text, "Whose pictures they are, as the map says it.")
    site_id: str = setting(
        "", _text, "Authority in UIDs and tag: URIs; read once by `init`, then kept in the database for ever."
    )
    timezone: str = setting("Asia/Tokyo", _timezone, "The city's time zone.")
    language: str = setting("ja", _language, "Language of a page that names none: ja or en.")
    languages: tuple[str, ...] = setting(
        ("ja", "easy", "en"), _languages, "Languages of the public pages: some of ja easy en zh zh-Hant ko."
    )
    secret_key: str = setting("", _text, "Signs sessions; empty is a key that `init` writes into the instance folder.")
    cache_mb: int = setting(64, _number(1, 65536), "Memory for ready answers, in MiB for each server process.")
    compress_ics: bool = setting(
        False, _switch, "Compress text/calendar too (one Outlook version was seen to fail on it)."
    )
    trusted_proxies: int = setting(0, _number(0, 10), "How many proxies stand in front and set X-Forwarded-For.")
    upload_mb: int = setting(32, _number(1, 1024), "Largest upload of one form, in MiB.")
    threads: int = setting(4, _number(1, 256), "Threads that answer requests in each server process.")
    processes: int = setting(1, _number(1, 64), "Server processes.")
    work_seconds: int = setting(10, _number(1, 3600), "How often the worker looks for what has become due, in seconds.")
    fetch_networks: tuple[IPv4Network | IPv6Network, ...] = setting(
        (), _networks, "Networks of your own from which sources may be read, besides the public internet."
    )

    font: str = setting(
        "", _text, "Japanese font file of the share cards, bold; empty looks where systems keep Noto Sans CJK."
    )

    mail_server: str = setting(
        "", _mail_server, "Where mail is handed in: smtp://user:password@host:port or smtps://…; empty sends none."
    )
    mail_from: str = setting("", _mail_from, "Who mail is from; empty is calendar@ and the host of the public address.")

    questions: bool = setting(
        True, _switch, "Whether citizens may ask, report mistakes and say thanks on the pages: on or off."
    )
    questions_days: int = setting(
        90, _number(1, 3650), "Days after the answer when name, mail address and origin of a question are deleted."
    )

    @property
    def sender(self) -> str:
        return self.mail_from or f"calendar@{urlsplit(self.base_url).hostname}"

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages of the public pages, in one order; that of pages that name none is always among them."""
        return tuple(code for code in tongues.LANGUAGES if code == self.language or code in self.languages)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def worker_alive(self) -> Path:
        """A file whose time is that of the worker's last round."""
        return self.instance / "worker.alive"

    @property
    def worker_seen(self) -> float:
        """When the worker last began a round, in seconds since 1970; 0.0 if it never has."""
        return self.worker_alive.stat().st_mtime if self.worker_alive.exists() else 0.0

    @property
    def photos(self) -> Path:
        return self.instance / "photos"

    @property
    def cards(self) -> Path:
        return self.instance / "cards"

    def name(self, lang: str) -> str:
        return tongues.named(self.site_name, self.site_name_en, lang)

    def publisher_name(self, lang: str) -> str:
        return tongues.named(self.publisher, self.publisher_en, lang)


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. Raises BadSetting for a name or a value we do not know."""
    instance = Path(environ.get(PREFIX + "INSTANCE") or ROOT / "instance").resolve()
    settings = _from_file(instance / "config.toml") | _from_environ(environ)
    known = {f.name: f for f in fields(Config)}
    if unknown := sorted(settings.keys() - known.keys()):
        raise BadSetting(f"unknown setting: {', '.join(PREFIX + name.upper() for name in unknown)}")
    values = {name: _read(name, known[name].metadata["read"], raw) for name, raw in settings.items()} | {
        "instance": instance
    }
    values["database_url"] = values.get("database_url") or f"sqlite:///{instance / 'calendar.db'}"
    values["secret_key"] = values.get("secret_key") or _kept_secret(instance)
    return Config(**values)


def _from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {name: str(value) for name, value in tomllib.load(file).items()}


def _read(name: str, read: Callable[[str], Any], raw: str) -> Any:
    try:
        return read(raw)
    except (ValueError, KeyError) as error:
        raise BadSetting(f"{PREFIX}{name.upper()}={raw!r}: expected {error}") from error


def _kept_secret(instance: Path) -> str:
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        # "x": two processes that start at once must not write two keys.
        try:
            with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
    return path.read_text().strip()
