"""Every setting: name, default, meaning, check. Declared once; the command line, the docs and the tests read it here.

A setting comes from the environment (`CALENDAR_…`) or else from `config.toml` in the instance folder.
"""

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from calendar_app.config import readers
from calendar_app.text import countries
from calendar_app.text import languages as tongues

ROOT = Path(__file__).resolve().parent.parent.parent
PREFIX = "CALENDAR_"
SECRET = (
    "secret_key",
    "metrics_token",
    "database_url",
    "mail_server",
    "oidc_client_secret",
    "translation_key",
)  # may hold a password: not for logs


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it and says what is expected."""


def setting(default: Any, read: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning})


def default_instance() -> Path:
    """The folder of a checkout's data; an installed copy keeps its data outside of the program, in the account's own folder."""
    if (ROOT / "pyproject.toml").is_file():
        return ROOT / "instance"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "calendar-app"


@dataclass(frozen=True, slots=True)
class Config:
    instance: Path = setting(
        default_instance(), Path, "Folder of this installation: database, photos, config.toml, secret key."
    )
    database_url: str = setting(
        "", readers.database_url, "SQLAlchemy address of the database; empty is SQLite in the instance folder."
    )
    country: str = setting("JP", readers.country, "Country or region (DE-BB): holidays, weeks, money, language, map.")
    base_url: str = setting(
        "http://127.0.0.1:8000", readers.base_url, "The public address; the only source of absolute links."
    )
    site_name: str = setting("仙北市 まちのカレンダー", readers.text, "The calendar's name in Japanese.")
    site_name_en: str = setting("Semboku City Calendar", readers.text, "The calendar's name in English.")
    publisher: str = setting("仙北市", readers.text, "Who publishes: the author of every feed.")
    publisher_en: str = setting("Semboku City", readers.text, "The publisher's name in English.")
    body_code: str = setting(
        "052159", readers.body_code, "The city's code in open data, six digits with the check digit."
    )
    prefecture: str = setting("秋田県", readers.text, "The prefecture, as open data names it.")
    municipality: str = setting("仙北市", readers.text, "The city, as open data names it.")
    licence: str = setting("CC BY 4.0", readers.text, "The licence under which feeds and open data may be used.")
    tiles: str = setting(
        "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png",
        readers.tiles,
        "Where the map's pictures come from, once a reader asks for the map.",
    )
    tiles_credit: str = setting("地理院タイル", readers.text, "Whose pictures they are, as the map says it.")
    site_id: str = setting(
        "", readers.text, "Authority in UIDs and tag: URIs; read once by `init`, then kept in the database for ever."
    )
    timezone: str = setting("Asia/Tokyo", readers.timezone, "The city's time zone.")
    language: str = setting("ja", readers.language, "Language of a page that names none: ja, en or the country's.")
    languages: tuple[str, ...] = setting(
        ("ja", "easy", "en"), readers.languages, "Languages of the public pages: some of ja easy en zh zh-Hant ko de."
    )
    secret_key: str = setting(
        "", readers.text, "Signs sessions; empty is a key that `init` writes into the instance folder."
    )
    cache_mb: int = setting(64, readers.number(1, 65536), "Memory for ready answers, in MiB for each server process.")
    files: str = setting(
        "", readers.folder, "Folder of ready answers as files, from which a web server in front answers; empty: none."
    )
    files_mb: int = setting(1024, readers.number(1, 1048576), "Disk for ready answers as files, in MiB.")
    compress_ics: bool = setting(
        False, readers.switch, "Compress text/calendar too (one Outlook version was seen to fail on it)."
    )
    trusted_proxies: int = setting(0, readers.number(0, 10), "How many proxies stand in front and set X-Forwarded-For.")
    upload_mb: int = setting(32, readers.number(1, 1024), "Largest upload of one form, in MiB.")
    threads: int = setting(16, readers.number(1, 256), "Threads that answer requests in each server process.")
    processes: int = setting(1, readers.number(1, 64), "Server processes.")
    work_seconds: int = setting(
        10, readers.number(1, 3600), "How often the worker looks for what has become due, in seconds."
    )
    fetch_networks: tuple[IPv4Network | IPv6Network, ...] = setting(
        (), readers.networks, "Networks of your own from which sources may be read, besides the public internet."
    )

    websub: str = setting(
        "own", readers.hub, "The WebSub hub that feeds name: own, off, or the https address of another hub."
    )
    purge: tuple[str, ...] = setting(
        (), readers.servers, "Where shared caches in front are purged; empty: none may keep."
    )
    purge_form: str = setting("varnish", readers.purge_form, "How that is said: as varnish, fastly or cloudflare do.")
    purge_token: str = setting("", readers.text, "The token that these caches ask for, if any.")
    font: str = setting(
        "", readers.text, "Japanese font file of the share cards, bold; empty looks where systems keep Noto Sans CJK."
    )

    translation_server: str = setting(
        "",
        readers.server,
        "A LibreTranslate server that proposes translations at the desk, such as http://localhost:5000; empty is none.",
    )
    translation_key: str = setting("", readers.text, "The key that this server asks for, if any.")

    mail_server: str = setting(
        "",
        readers.mail_server,
        "Where mail is handed in: smtp://user:password@host:port or smtps://…; empty sends none.",
    )
    mail_from: str = setting(
        "", readers.mail_from, "Who mail is from; empty is calendar@ and the host of the public address."
    )

    questions: bool = setting(
        True, readers.switch, "Whether citizens may ask, report mistakes and say thanks on the pages: on or off."
    )
    questions_days: int = setting(
        90,
        readers.number(1, 3650),
        "Days after the answer when name, mail address and origin of a question are deleted.",
    )

    reactions: tuple[str, ...] = setting(
        ("want", "went", "thanks", "useful"),
        readers.reactions,
        "Reactions that pages offer: some of want (I want to go) went thanks useful; off: none.",
    )

    second_factor: tuple[str, ...] = setting(
        (), readers.roles, "Who needs a second factor: some of admin head member; empty leaves it to everybody."
    )
    oidc_issuer: str = setting(
        "", readers.issuer, "Single sign-on: the issuer (OpenID Connect) at which staff sign in; empty is none."
    )
    oidc_client_id: str = setting("", readers.text, "The name of this calendar at that issuer.")
    oidc_client_secret: str = setting("", readers.text, "The secret that the issuer gave this calendar.")
    oidc_name: str = setting("職員アカウント", readers.text, "What the button of single sign-on calls it in Japanese.")
    oidc_name_en: str = setting("your city account", readers.text, "What the button calls it in English.")
    oidc_scopes: str = setting("openid email profile", readers.text, "What is asked of the issuer.")
    oidc_groups_claim: str = setting("groups", readers.text, "The claim that holds a person's groups.")
    oidc_groups: tuple[tuple[str, str, str], ...] = setting(
        (),
        readers.groups,
        "Groups, with department and role: kanko-staff=kanko:member it=:admin; who is in none is not let in. Empty uses no groups.",
    )
    oidc_link_by_mail: bool = setting(
        False, readers.switch, "Whether the issuer's verified mail address finds an account the first time: on or off."
    )
    password_roles: tuple[str, ...] = setting(
        ("member", "head", "admin"), readers.roles, "Who may sign in by password; administrators always may."
    )
    session_idle_hours: int = setting(
        72, readers.number(1, 8760), "Hours after which a browser that was not used has to sign in again."
    )
    session_days: int = setting(14, readers.number(1, 365), "Days after which every browser has to sign in again.")
    sign_in_days: int = setting(
        90,
        readers.number(1, 3650),
        "Days after which the record of who signed in, and of what was refused, is deleted.",
    )
    backups: str = setting(
        "", readers.text, "Folder of the backups, better on another disk; empty is backups/ in the instance folder."
    )
    backups_kept: int = setting(
        14, readers.number(0, 3650), "Days whose newest backup is kept; 0: the worker makes no backups."
    )
    backup_hour: int = setting(3, readers.number(0, 23), "Hour of the nightly backup, in the city's time.")

    log: str = setting("text", readers.log_form, "Form of the log lines: text or json.")
    metrics_token: str = setting(
        "", readers.text, "Token with which /metrics may be read from elsewhere; empty: only from this machine itself."
    )
    security_contact: str = setting(
        "", readers.contact, "Where a weakness is reported, as mailto: or https:; empty is the form for questions."
    )

    @property
    def backup_folder(self) -> Path:
        return Path(self.backups) if self.backups else self.instance / "backups"

    @property
    def hub(self) -> str:
        """The address of the WebSub hub, "" without one."""
        return {"own": f"{self.base_url}/websub", "off": ""}.get(self.websub, self.websub)

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

    def sign_in_service(self, lang: str) -> str:
        return tongues.named(self.oidc_name, self.oidc_name_en, lang)

    def publisher_name(self, lang: str) -> str:
        return tongues.named(self.publisher, self.publisher_en, lang)


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. Raises BadSetting for a name or a value we do not know."""
    instance = Path(environ.get(PREFIX + "INSTANCE") or default_instance()).resolve()
    settings = _from_file(instance / "config.toml") | _from_environ(environ)
    known = {f.name: f for f in fields(Config)}
    if unknown := sorted(settings.keys() - known.keys()):
        raise BadSetting(f"unknown setting: {', '.join(PREFIX + name.upper() for name in unknown)}")
    values = {name: _read(name, known[name].metadata["read"], raw) for name, raw in settings.items()} | {
        "instance": instance
    }
    values = countries.choose(countries.country(values.get("country", "JP"))).settings | values
    values["database_url"] = values.get("database_url") or f"sqlite:///{instance / 'calendar.db'}"
    values["secret_key"] = values.get("secret_key") or _kept_secret(instance)
    return Config(**values)


def _from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}


def _from_file(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, OSError) as error:  # no TOML, no UTF-8; not ours to read
        raise BadSetting(f"{path}: {error}") from error
    return {name: " ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in table.items()}


def _read(name: str, read: Callable[[str], Any], raw: str) -> Any:
    try:
        return read(raw)
    except ValueError as error:
        shown = "…" if name in SECRET else repr(raw)
        raise BadSetting(f"{PREFIX}{name.upper()}={shown}: expected {error}") from error


def _kept_secret(instance: Path) -> str:
    path = instance / "secret_key"
    try:
        if not path.exists():
            instance.mkdir(parents=True, exist_ok=True)
            write_secret(path)
        return path.read_text().strip()
    except OSError as error:
        raise BadSetting(f"{path} cannot be read or written: {error.strerror}") from error


def write_secret(path: Path) -> None:
    """Write a new key where there is none. Of two processes that start at once, one writes."""
    with suppress(FileExistsError), open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secrets.token_urlsafe(48))
