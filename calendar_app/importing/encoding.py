"""Decode the bytes of a file: find its encoding and the lines with lost letters. The cost is linear.

Files from Excel in Japan are CP932, whose codec knows ～ － ① 髙 ㈱; the codec named shift_jis does not.
"""

import codecs
import html
import re
from contextlib import suppress
from dataclasses import dataclass

import nh3

from calendar_app.importing import MAX_BYTES, Unreadable

MOST_LOST = 20  # lines that are listed

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("utf-8", "cp932", "euc_jp")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_UNLIKELY = re.compile("[\ufffd\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]")
_LOST = "\ufffd"
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:br|p|div|a|b|i|u|ul|ol|li|span|strong|em|html|body|font|table|img|h[1-6])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded file. `lost` lists the first lines, numbered from 1, with letters that cannot be decoded."""

    text: str
    encoding: str
    lost: tuple[int, ...]


def decode(data: bytes, max_bytes: int = MAX_BYTES) -> Decoded:
    """Decode a text file, with line ends as \\n. Raises Unreadable: empty, too_big, office, binary."""
    if len(data) > max_bytes:
        raise Unreadable("too_big", most=round(max_bytes / 1_000_000, 1))
    if not data.strip():
        raise Unreadable("empty")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("office")
    text, encoding = _read(data)
    if "\0" in text:
        raise Unreadable("binary")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text, encoding, _lost(text))


def strip_markup(text: str) -> str:
    """Turn text that may be HTML into plain text: other programs write markup into fields that must not have any."""
    if not _TAG.search(text):
        return html.unescape(text)
    bare = nh3.clean(_BREAKS.sub("\n", text), tags=set())
    lines = (" ".join(line.split()) for line in html.unescape(bare).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _read(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding
    if wide := _utf_16_without_mark(data):
        return data.decode(wide, "replace"), wide
    if _ISO_2022_JP.search(data):  # all its bytes are ASCII, so test it before UTF-8
        return data.decode("iso2022_jp", "replace"), "iso2022_jp"
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8"), "utf-8"
    readings = [(data.decode(encoding, "replace"), encoding) for encoding in _GUESSES]
    return min(readings, key=lambda reading: _UNLIKELY.subn("", reading[0])[1])


def _utf_16_without_mark(data: bytes) -> str:
    """Recognise UTF-16 without a byte order mark: every second byte of its ASCII is zero, and few other bytes are."""
    head = data[:2000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 20 < len(head) or min(even, odd) * 4 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _lost(text: str) -> tuple[int, ...]:
    if _LOST not in text:
        return ()
    numbers = [number for number, line in enumerate(text.split("\n"), 1) if _LOST in line]
    return tuple(numbers[:MOST_LOST])
