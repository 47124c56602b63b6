"""Photos: one upload checked, stripped of everything personal, stored in several widths under a name made from its content.

The server never decodes a picture: a short-lived child under limits does (`photo_worker`).
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

WORKER = Path(__file__).with_name("photo_worker.py")
SECONDS = 20
CHUNK = 64 * 1024
AT_ONCE = threading.BoundedSemaphore(2)
NAME = re.compile(r"(?P<stem>[0-9a-f]{24})-[1-9][0-9]{0,4}\.(?:jpg|webp)")

MESSAGES = {
    "too_large": {"ja": "写真が大きすぎます。小さくしてから選び直してください。", "en": "The photo is too large. Please choose a smaller one."},
    "too_many_pixels": {"ja": "写真の画素数が多すぎます。縮小してから選び直してください。", "en": "The photo has too many pixels. Please shrink it first."},
    "not_a_picture": {
        "ja": "この形式は使えません。JPEG・PNG・WebP の写真を選んでください。",
        "en": "This is not a picture we can use. Please choose a JPEG, PNG or WebP photo.",
    },
    "broken": {"ja": "写真が壊れていて開けません。別の写真を選んでください。", "en": "The photo is damaged. Please choose another."},
    "took_too_long": {"ja": "写真の処理に時間がかかりすぎました。別の写真を選んでください。", "en": "The photo took too long. Please choose another."},
    "empty": {"ja": "ファイルが空です。写真を選び直してください。", "en": "The file is empty. Please choose the photo again."},
}  # fmt: skip


class BadPhoto(ValueError):
    """An upload that cannot be used; `code` is a key of MESSAGES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def message(error: BadPhoto, lang: str) -> str:
    return MESSAGES[error.code][lang]


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture on disk: `sizes` gives the bytes of each file, width and height are those of the largest."""

    name: str
    width: int
    height: int
    widths: tuple[int, ...]
    sizes: dict[str, int]


def file_name(name: str, width: int, kind: str) -> str:
    """`kind` is "jpg" or "webp"."""
    return f"{name}-{width}.{kind}"


def path_of(folder: Path, name: str) -> Path | None:
    """Where a file of ours lies, or None for a name that is not one of ours."""
    return folder / name[:2] / name if NAME.fullmatch(name) else None


def take(stream: BinaryIO, folder: Path, *, limit: int = 32 * 1024 * 1024) -> Stored:
    """Check and store one upload of at most `limit` bytes. Raises BadPhoto; nothing is left behind then."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as workshop:
        original = Path(workshop) / "original"
        _receive(stream, original, limit)
        with AT_ONCE:
            report = _decode(original)
        return _store(Path(workshop), folder, report)


def sweep(folder: Path, *, older_than: float, now: float) -> None:
    """Remove what a crash left behind: workshops that are older than so many seconds."""
    for left in folder.glob(".new-*"):
        if now - left.stat().st_mtime > older_than:
            shutil.rmtree(left, ignore_errors=True)


def _receive(stream: BinaryIO, original: Path, limit: int) -> None:
    size = 0
    with original.open("wb") as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise BadPhoto("too_large")
            file.write(chunk)
    if not size:
        raise BadPhoto("empty")


def _decode(original: Path) -> dict[str, object]:
    log = original.with_name("errors.txt")
    with original.open("rb") as file, log.open("wb") as errors:
        try:
            done = subprocess.run(  # noqa: S603 - our own program; the picture is its standard input
                [sys.executable, "-I", WORKER],
                stdin=file,
                stdout=errors,
                stderr=errors,
                cwd=original.parent,
                env={},  # no secret of ours is in its reach
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BadPhoto("took_too_long") from None
    if done.returncode < 0:  # killed by a limit, or crashed: the picture's doing
        raise BadPhoto("took_too_long" if done.returncode == -signal.SIGXCPU else "broken")
    if done.returncode > 0:  # a full disk, a broken installation
        raise RuntimeError(log.read_text(errors="replace")[-2000:])
    report: dict[str, object] = json.loads((original.parent / "report.json").read_text())
    if refused := report.get("refused"):
        raise BadPhoto(str(refused))
    return report


def _store(workshop: Path, folder: Path, report: dict[str, object]) -> Stored:
    widths = tuple(int(width) for width in report["widths"])  # type: ignore[attr-defined]
    name = hashlib.sha256((workshop / f"{widths[-1]}.jpg").read_bytes()).hexdigest()[:24]
    shelf = folder / name[:2]
    shelf.mkdir(exist_ok=True)
    sizes = {}
    for width in widths:
        for kind in ("jpg", "webp"):
            final = shelf / file_name(name, width, kind)
            _move(workshop / f"{width}.{kind}", final)
            sizes[final.name] = final.stat().st_size
    _sync(shelf)
    return Stored(name, widths[-1], int(str(report["height"])), widths, sizes)


def _move(made: Path, final: Path) -> None:
    """A crash leaves the old file or the new one under its name, never half of one."""
    _sync(made)
    os.replace(made, final)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
