"""The Japanese font of the share cards: the one that the settings name, or one that systems are known to have."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# Debian and Ubuntu, Fedora, Arch, macOS, then whatever else sets Japanese.
KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/System/Library/Fonts/ヒラギノ角ゴシック W6.ttc",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/truetype/takao-gothic/TakaoPGothic.ttf",
)
# A bold font's lighter sister, by its file name.
SISTERS = (("Bold", "Regular"), ("W6", "W3"))


class NoFont(LookupError):
    """There is no Japanese font: cards cannot be drawn. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Faces:
    bold: str
    regular: str


@lru_cache(maxsize=8)
def find(named: str = "") -> Faces:
    """The font files. `named` is CALENDAR_FONT; raises NoFont."""
    for path in [named] if named else KNOWN:
        if Path(path).is_file():
            return Faces(path, _sister(path))
    if named:
        raise NoFont(f"CALENDAR_FONT: there is no file {named}")
    raise NoFont("no Japanese font was found: install fonts-noto-cjk, or name a font file in CALENDAR_FONT")


def _sister(path: str) -> str:
    file = Path(path)
    for bold, regular in SISTERS:
        other = file.with_name(file.name.replace(bold, regular))
        if bold in file.name and other.is_file():
            return str(other)
    return path
