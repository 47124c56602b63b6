"""Content codings and dates of HTTP requests (RFC 9110 sections 8.4, 12.5.3 and 5.6.7)."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import brotli


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=5))


COMPRESS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}


def chosen_encoding(accepted: str) -> str:
    """The coding of the answer, "br", "gzip" or "" for none, by an Accept-Encoding header."""
    names = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        names[name.strip()] = not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return next((coding for coding in COMPRESS if names.get(coding)), "")


def compressible(content_type: str, compress_ics: bool) -> bool:
    """Whether an answer of this type is worth compressing; calendars only where the setting says so."""
    if content_type.startswith("text/calendar"):
        return compress_ics
    return content_type.startswith(("text/", "application/")) or "svg" in content_type


def http_date(header: str | None) -> datetime | None:
    """The instant of an HTTP date, aware, in UTC; None without a valid date."""
    try:
        moment = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
