"""Decode the bytes of a file: find its encoding and the lines with lost letters. The cost is linear.

Files from Excel in Japan are CP932, whose codec knows ～ － ① 髙 ㈱; the codecs named shift_jis, euc_jp and iso2022_jp do
not. Letters that vendors added to EUC-JP and ISO-2022-JP stand at the same row and cell as in CP932, which reads them.
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
_SHIFT_JIS = {"shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms932", "ms_kanji", "csshiftjis"}
_EUC_JP = {"euc-jp", "x-euc-jp", "eucjp", "eucjp-ms", "cp51932"}
_DECLARED = re.compile(rb"""<\?xml\b[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]([^\x1b]*)")
_ESCAPES = re.compile(rb"\x1b\([BJ]")
_UNLIKELY = re.compile("[\ufffd\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]")
_LOST = "\ufffd"
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]{0,200}>", re.IGNORECASE)
_LINK = re.compile(
    r"""<a\s[^<>]{0,500}?href\s*=\s*["'](?P<address>https?://[^"'\s<>]{1,500})["'][^<>]{0,500}>(?P<words>[^<]{0,500})</a>""",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?(?:br|p|div|a|b|i|u|ul|ol|li|span|strong|em|html|body|font|table|img|h[1-6])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded file. `lost` lists the first lines, numbered from 1, with letters that cannot be decoded."""

    text: str
    encoding: str
    lost: tuple[int, ...]


def decode(data: bytes, max_bytes: int = MAX_BYTES, charset: str = "") -> Decoded:
    """Decode a text file, with line ends as \\n. Raises Unreadable: empty, too_big, office, binary.

    `charset` is what HTTP said of it, or "". It and an XML declaration are believed if the letters bear them out.
    """
    if len(data) > max_bytes:
        raise Unreadable("too_big", most=round(max_bytes / 1_000_000, 1))
    if not data.strip():
        raise Unreadable("empty")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("office")
    text, encoding = _read(data, charset)
    if "\0" in text:
        raise Unreadable("binary")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text, encoding, _lost(text))


def strip_markup(text: str, *, links: bool = False) -> str:
    """Turn text that may be HTML into plain text: other programs write markup into fields that must not have any.

    With `links` the address of a link follows its words, unless they are the address.
    """
    if not _TAG.search(text):
        return html.unescape(text)
    bare = nh3.clean(_BREAKS.sub("\n", _LINK.sub(_with_address, text) if links else text), tags=set())
    lines = (" ".join(line.split()) for line in html.unescape(bare).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _with_address(link: re.Match[str]) -> str:
    return link[0] if link["address"] in link["words"] else f"{link['words']} {link['address']} "


def _read(data: bytes, charset: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding
    if wide := _utf_16_without_mark(data):
        return data.decode(wide, "replace"), wide
    if _ISO_2022_JP.search(data):  # all its bytes are ASCII, so test it before UTF-8
        euc = _ISO_2022_JP.sub(lambda run: bytes(byte | 0x80 for byte in run[1]), data)
        return _ESCAPES.sub(b"", euc).decode("euc_jp", "vendor_letters"), "iso2022_jp"
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8"), "utf-8"
    declared = _DECLARED.search(data[:500])
    stated = (_codec(charset), _codec(declared[1].decode() if declared else ""))
    encodings = dict.fromkeys((*filter(None, stated), *_GUESSES))
    readings = [(data.decode(encoding, _ON_ERROR.get(encoding, "replace")), encoding) for encoding in encodings]
    return min(readings, key=lambda reading: _UNLIKELY.subn("", reading[0])[1])


def _codec(name: str) -> str:
    """Return the codec of an encoding that a file or its server names; "" if there is none for text."""
    name = name.strip().strip("\"'").lower()
    if name in _SHIFT_JIS:
        return "cp932"
    if name in _EUC_JP:
        return "euc_jp"
    try:
        found = codecs.lookup(name)
        b"".decode(name)  # refuses codecs that are not of text
    except (LookupError, ValueError):
        return ""
    return found.name


def _vendor_letters(error: UnicodeError) -> tuple[str, int]:
    """Read a pair of bytes that euc_jp does not know by its row and cell, as CP932 has them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or min(pair) < 0xA1 or max(pair) > 0xFE:
        return _LOST, error.start + 1
    row, cell = pair[0] - 0xA0, pair[1] - 0xA0
    lead = (row + 1) // 2 + (0x80 if row < 63 else 0xC0)
    trail = cell + 0x9E if row % 2 == 0 else cell + (0x3F if cell < 64 else 0x40)
    return bytes((lead, trail)).decode("cp932", "replace"), error.start + 2


codecs.register_error("vendor_letters", _vendor_letters)
_ON_ERROR = {"euc_jp": "vendor_letters"}


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
