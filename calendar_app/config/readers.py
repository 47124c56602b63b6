"""Read the text of each kind of setting. Every reader raises ValueError, which says what was expected."""

from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from calendar_app.text import countries
from calendar_app.text import languages as tongues

DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")


def text(value: str) -> str:
    return value.strip()


def folder(value: str) -> str:
    if value.strip() and not value.strip().startswith("/"):
        raise ValueError("a folder's full path, which begins with /")
    return value.strip()


def number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.strip().isascii() or not value.strip().isdecimal() or not low <= int(value) <= high:
            raise ValueError(f"a number from {low} to {high}")
        return int(value)

    return read


def roles(value: str) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(value.replace(",", " ").split()))
    if set(given) - {"member", "head", "admin"}:
        raise ValueError("some of admin head member")
    return given


def reactions(value: str) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(value.replace(",", " ").split()))
    if given == ("off",):
        return ()
    if set(given) - {"want", "went", "thanks", "useful"}:
        raise ValueError("off, or some of want went thanks useful")
    return given


def hub(value: str) -> str:
    if value.strip() in ("own", "off"):
        return value.strip()
    parts = urlsplit(value.strip())
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("own, off or the https address of a hub")
    return value.strip()


def groups(value: str) -> tuple[tuple[str, str, str], ...]:
    """Read the groups of a sign-in service: each with a department's slug and a role."""
    found = []
    for part in value.replace(",", " ").split():
        group, _, place = part.rpartition("=")
        department, _, role = place.partition(":")
        if not group or role not in ("member", "head", "admin") or not (department or role == "admin"):
            raise ValueError("group=department:role, such as kanko-staff=kanko:member it=:admin")
        found.append((group, department, role))
    return tuple(found)


def issuer(value: str) -> str:
    parts = urlsplit(value.strip())
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    if value.strip() and (
        not (parts.scheme == "https" or local) or not parts.hostname or parts.query or parts.fragment
    ):
        raise ValueError("the issuer's address, such as https://login.city.example.jp/realms/staff")
    return value.strip()


def server(value: str) -> str:
    parts = urlsplit(value.strip())
    if value.strip() and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("a server's address, such as http://localhost:5000")
    return value.strip()


def servers(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(server(address) for address in value.split()))


def purge_form(value: str) -> str:
    if value not in ("varnish", "fastly", "cloudflare"):
        raise ValueError("varnish, fastly or cloudflare")
    return value


def switch(value: str) -> bool:
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("on or off")


def port(parts: SplitResult) -> int | None:
    """The port of an address; -1 if it has none that can be."""
    try:
        return parts.port if parts.port != 0 else -1
    except ValueError:
        return -1


def base_url(value: str) -> str:
    parts = urlsplit(value.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address such as https://calendar.example.jp")
    if parts.path:
        raise ValueError(
            f"an address without a path, such as {parts.scheme}://{parts.netloc}: give the calendar a host name"
        )
    if port(parts) == -1 or "@" in parts.netloc:
        raise ValueError("an address such as https://calendar.example.jp, with a port up to 65535 if any")
    return parts.geturl()


def database_url(value: str) -> str:
    # By the text alone: SQLAlchemy takes a second to load, and not every command needs it.
    scheme, _, rest = value.strip().partition("://")
    if value.strip() and (scheme not in DATABASES or not rest.strip("/") or port(urlsplit(value.strip())) == -1):
        raise ValueError("sqlite:////folder/calendar.db or postgresql+psycopg://user:password@host/name")
    return value.strip()


def body_code(value: str) -> str:
    """全国地方公共団体コード: five digits with the weights 6 to 2, and a check digit."""
    code = value.strip()
    if not code.isascii() or not code.isdecimal() or len(code) != 6:
        raise ValueError("six digits, in quotation marks in config.toml")
    check = (11 - sum(int(digit) * weight for digit, weight in zip(code, range(6, 1, -1), strict=False)) % 11) % 10
    if int(code[5]) != check:
        raise ValueError(f"{code[:5]}{check}, if the first five digits are right: the last one is their check digit")
    return code


def tiles(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not all(mark in parts.path for mark in ("{z}", "{x}", "{y}")):
        raise ValueError("an address with {z}, {x} and {y} in its path")
    return value.strip()


def timezone(value: str) -> str:
    # ZoneInfo("Asia") opens a directory and dies of it: ask the list, not the file system.
    if value not in available_timezones():
        raise ValueError("a time zone such as Asia/Tokyo")
    return value


def log_form(value: str) -> str:
    if value not in ("text", "json"):
        raise ValueError("text or json")
    return value


def contact(value: str) -> str:
    if value.strip() and not value.strip().startswith(("mailto:", "https://")):
        raise ValueError("an address such as mailto:security@city.example.jp or https://…")
    return value.strip()


def language(value: str) -> str:
    if value not in (*tongues.STAFF, *countries.LANGUAGES):
        raise ValueError(" or ".join(dict.fromkeys((*tongues.STAFF, *countries.LANGUAGES))))
    return value


def country(value: str) -> str:
    """Read the code of a country or of one of its regions, which the list of holidays must know."""
    found = countries.country(value)
    if found.code != "JP":
        from holidays import country_holidays  # takes half a second, and Japan needs none of it

        try:
            country_holidays(found.code, subdiv=found.region or None, years=())
        except NotImplementedError as error:
            raise ValueError("a country, and a region of it, whose holidays are known, such as DE-BB") from error
    return value.strip().upper()


def languages(value: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(map(tongues.spelled, value.replace(",", " ").split())))
    if unknown := set(codes) - tongues.LANGUAGES.keys():
        raise ValueError(f"some of {' '.join(tongues.LANGUAGES)}, not {' '.join(sorted(unknown))}")
    return codes


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(map(ip_network, value.replace(",", " ").split()))
    except ValueError as error:
        raise ValueError("networks such as 10.20.0.0/16 192.168.7.0/24") from error


def mail_server(value: str) -> str:
    parts = urlsplit(value.strip())
    if value.strip() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or port(parts) == -1):
        raise ValueError("an address such as smtp://user:password@mail.example.jp:587, or smtps://…")
    return value.strip()


def mail_from(value: str) -> str:
    if value.strip() and not parseaddr(value)[1].strip("@").count("@"):
        raise ValueError("an address such as calendar@example.jp")
    return value.strip()
