"""Store an uploaded picture: check it, remove all personal data, and keep it in several widths as AVIF, WebP and JPEG.

This process never opens or keeps the original: a child process (`photo_worker`) decodes it under limits. Files are
named by their content and appear whole or not at all.
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
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

LIMIT = 32 * 1024 * 1024
KINDS = ("jpg", "webp", "avif")  # avif only for smaller copies, and not for older photos

WORKER = Path(__file__).with_name("photo_worker.py")
LOOK_SECONDS = 30.0  # a child that has used no processor from one look to the next hangs
CHUNK = 64 * 1024
WORK_PREFIX = ".upload-"
FILE_NAME = re.compile(r"([0-9a-f]{2})[0-9a-f]{22}-(?:[1-9][0-9]{0,3}\.(jpg|webp|avif)|1200x630\.jpg)")
CARD = (1200, 630)  # pixels, the size in which social networks show the picture of a link

# A child may use 1 GiB: two at a time, however many people upload at once.
_children = threading.BoundedSemaphore(2)

MESSAGES: dict[str, dict[str, str]] = {
    "empty": {
        "ja": "ファイルが空です。写真をもう一度選んでください。",
        "en": "The file is empty. Please choose the photo again.",
    },
    "too_large": {
        "ja": "ファイルが大きすぎます。サイズを小さくした写真を選んでください。",
        "en": "The file is too large. Please choose a smaller version of the photo.",
    },
    "not_a_picture": {
        "ja": "この形式は使えません。JPEG・PNG・WebP の写真を選んでください。",
        "en": "This kind of file cannot be used. Please choose a JPEG, PNG or WebP photo.",
    },
    "too_many_pixels": {
        "ja": "画像の縦横の画素数が大きすぎます。縮小した写真を選んでください。",
        "en": "The picture has too many pixels. Please choose a scaled-down version.",
    },
    "broken": {
        "ja": "写真を読み取れませんでした。ファイルが壊れているようです。別の写真を選ぶか、保存し直したものを選んでください。",
        "en": "The photo could not be read; the file seems damaged. Please choose another, or save it again first.",
    },
    "took_too_long": {
        "ja": "写真の処理に時間がかかりすぎました。縮小した写真でもう一度お試しください。",
        "en": "The photo took too long to process. Please try again with a scaled-down version.",
    },
}


class BadPhoto(ValueError):
    """The upload cannot be used; `code` is a key of MESSAGES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A stored picture: `width` and `height` of the largest copy in pixels, `sizes` in bytes by file name."""

    name: str
    width: int
    height: int
    sizes: dict[str, int]
    widths: tuple[int, ...]


def store(stream: BinaryIO, folder: Path, *, limit: int = LIMIT) -> StoredPhoto:
    """Store copies of a picture below `folder`; the same picture twice gives one set of files. `limit` is in bytes.

    Raises BadPhoto when the upload cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=folder) as work:
        room = Path(work)
        with tempfile.TemporaryFile(dir=room) as upload:
            _receive(stream, upload, limit)
            report = _shrink(upload, room)
        return _keep(room, report, folder)


def message(error: BadPhoto, lang: str) -> str:
    """Return the text of an error in `lang`, or else in English."""
    words = MESSAGES[error.code]
    return words.get(lang, words["en"])


def file_name(name: str, width: int, kind: str) -> str:
    """Return the file name of the copy of this width in pixels."""
    return f"{name}-{width}.{kind}"


def width_of(file: str) -> int:
    """Return the width in pixels from a copy's file name."""
    return int(file.rpartition("-")[2].partition(".")[0])


def card_name(name: str) -> str:
    """Return the file name of a picture's card."""
    return f"{name}-{CARD[0]}x{CARD[1]}.jpg"


def is_card(file: str) -> bool:
    """Whether a file name is that of a card."""
    return file.endswith(card_name(""))


def make_card(folder: Path, name: str, width: int) -> None:
    """Make the copy of CARD's size from our own JPEG on first request, and store it beside that.

    A wide picture is cropped above and below; a tall one stands whole on white. Raises FileNotFoundError for a bad
    name.
    """
    from PIL import Image, ImageOps  # slow to load, and few requests need it

    source, final = path_of(folder, file_name(name, width, "jpg")), path_of(folder, card_name(name))
    if not source or not final:
        raise FileNotFoundError(name)
    with Image.open(source, formats=("JPEG",)) as picture:
        wide = picture.width > picture.height
        card = ImageOps.fit(picture, CARD) if wide else ImageOps.pad(picture, CARD, color="white")
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=folder) as room:
        card.save(part := Path(room) / final.name, quality=82, progressive=True)
        _to_disk(part)
        os.replace(part, final)


def path_of(folder: Path, file: str) -> Path | None:
    """Return where a stored file of this name belongs, whether or not it exists; None for a name that is not ours."""
    match = FILE_NAME.fullmatch(file)
    return folder / match[1] / file if match else None


def sweep(folder: Path, older_than_seconds: float, now: datetime) -> int:
    """Delete the leftovers of crashed uploads and return their number. An upload under way is seconds old."""
    removed = 0
    for left in folder.glob(f"{WORK_PREFIX}*"):
        with suppress(FileNotFoundError):  # its own upload may have just tidied up
            if now.timestamp() - left.stat().st_mtime > older_than_seconds:
                shutil.rmtree(left)
                removed += 1
    return removed


def _receive(stream: BinaryIO, upload: BinaryIO, limit: int) -> None:
    """Copy at most limit + 1 bytes, and leave `upload` at its start."""
    left = limit + 1
    while left and (chunk := stream.read(min(CHUNK, left))):
        upload.write(chunk)
        left -= len(chunk)
    if not left:
        raise BadPhoto("too_large")
    if not upload.tell():
        raise BadPhoto("empty")
    upload.seek(0)


def _shrink(upload: BinaryIO, room: Path) -> dict[str, Any]:
    """Let the child process write into `room` and return its report. The child inherits no environment, which may hold
    secrets."""
    command = [sys.executable, "-I", str(WORKER)]
    log = room / "errors.txt"
    with _children, log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own program; the picture is its standard input
            command, stdin=upload, stdout=errors, stderr=errors, cwd=room, env={}
        )
        ended = _wait(child)
    if ended in (-signal.SIGXCPU, -signal.SIGKILL):
        raise BadPhoto("took_too_long")
    if ended < 0:
        raise BadPhoto("broken")
    if ended > 0:  # not the picture's fault: a full disk, a broken installation
        raise RuntimeError(log.read_text(errors="replace")[-2000:])
    report: dict[str, Any] = json.loads((room / "report.json").read_text())
    if "refused" in report:
        raise BadPhoto(report["refused"])
    return report


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child's return code; kill it when it hangs. One that works ends by its ten seconds of processor,
    however long they take on a busy machine.
    """
    used = -1
    try:
        while True:
            try:
                return child.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                before, used = used, _processor_ticks(child.pid)
                if used == before:
                    return -signal.SIGKILL
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def _processor_ticks(pid: int) -> int:
    """The processor time that a process has used, in the kernel's ticks; 0 on systems without /proc."""
    with suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(after_name[11]) + int(after_name[12])  # utime and stime, proc_pid_stat(5)
    return 0


def _keep(room: Path, report: dict[str, Any], folder: Path) -> StoredPhoto:
    """Move the copies to their final names. Each is on disk before it becomes visible."""
    with (room / f"{report['width']}.jpg").open("rb") as largest:
        name = hashlib.file_digest(largest, "sha256").hexdigest()[:24]
    home = folder / name[:2]
    home.mkdir(exist_ok=True)
    sizes: dict[str, int] = {}
    for width in report["widths"]:
        for kind in KINDS:
            copy, final = room / f"{width}.{kind}", home / file_name(name, width, kind)
            if not copy.exists():
                continue
            _to_disk(copy)
            os.replace(copy, final)
            sizes[final.name] = final.stat().st_size
    _to_disk(home)
    _to_disk(folder)
    return StoredPhoto(name, report["width"], report["height"], sizes, tuple(report["widths"]))


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
