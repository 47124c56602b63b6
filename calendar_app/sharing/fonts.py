"""Find the Japanese font of the share cards: the one in the settings, or one in a known place."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# Debian and Ubuntu, Fedora, Arch, macOS, then other Japanese fonts.
KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/System/Library/Fonts/ヒラギノ角ゴシック W6.ttc",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/truetype/takao-gothic/TakaoPGothic.ttf",
)
# Parts of the file names of a bold and a regular font.
SISTERS = (("Bold", "Regular"), ("W6", "W3"))


class NoFont(LookupError):
    """No Japanese font exists, so no card can be drawn. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Paths of a bold and a regular font file; both are the same file when only one exists."""

    bold: str
    regular: str


@lru_cache(maxsize=8)
def find(named: str = "") -> Faces:
    """Give the font files; `named` is the setting CALENDAR_FONT. Raises NoFont when there is none."""
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
