"""Log lines as text or JSON, without personal data; and the failures of each day, for the status page."""

import json
import logging
import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

MOST_BYTES = 2**20  # of a day's failures
DAYS = 7
# Addresses of mail and of the network, and what looks like a key: 20 characters or more with a digit among them.
PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<mail>"),
    (
        re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b|\b[0-9a-f:]*::[0-9a-f:]+\b"),
        "<ip>",
    ),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]{20,}(?![\w-])"), "<key>"),
    (re.compile(r"(://)[^/@\s]+@"), r"\1<user>@"),
)


def configure(form: str, instance: Path) -> None:
    """Send the log of this process to standard error, as "text" or "json", and its failures to a file of the day."""
    spoken = logging.StreamHandler(sys.stderr)
    spoken.setFormatter(JSONLines() if form == "json" else TextLines("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [spoken, Failures(instance)]
    root.setLevel(logging.INFO if form == "json" else logging.WARNING)


def clean(text: str) -> str:
    """Take addresses and keys out of a text, and keep it in one line."""
    for pattern, shown in PERSONAL:
        text = pattern.sub(shown, text)
    return text.replace("\r", "\\r").replace("\n", "\\n")


def as_dict(record: logging.LogRecord) -> dict[str, Any]:
    """Give a record as JSON has it. Of an exception: its type and where it came from, not its values."""
    fields = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": clean(record.getMessage())[:2000],
    }
    if record.exc_info and record.exc_info[1]:
        fields |= _exception(record.exc_info[1])
    return fields


def _exception(error: BaseException) -> dict[str, Any]:
    frames, trace = [], error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        frames.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return {"error": type(error).__name__, "where": frames[-8:]}


class JSONLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(as_dict(record), ensure_ascii=False)


class TextLines(logging.Formatter):
    """As usual, without addresses and keys."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for pattern, shown in PERSONAL:
            text = pattern.sub(shown, text)
        return text


class Failures(logging.Handler):
    """Keeps errors in a file of the day, up to its limit; files of the week before last go."""

    def __init__(self, instance: Path) -> None:
        super().__init__(logging.ERROR)
        self.folder = instance / "failures"

    def emit(self, record: logging.LogRecord) -> None:
        try:
            day = datetime.fromtimestamp(record.created, UTC).date()
            self.folder.mkdir(parents=True, exist_ok=True)
            file = file_of(self.folder, day)
            if not file.exists():
                self._drop_old(day)
            if not file.exists() or file.stat().st_size < MOST_BYTES:
                with file.open("a") as opened:
                    opened.write(JSONLines().format(record) + "\n")
        except OSError:
            self.handleError(record)

    def _drop_old(self, day: date) -> None:
        oldest = file_of(self.folder, day - timedelta(days=DAYS)).name
        for path in self.folder.glob("*.jsonl"):
            if path.name < oldest:
                path.unlink(missing_ok=True)


def file_of(folder: Path, day: date) -> Path:
    """Give the file of a day's failures (UTC)."""
    return folder / f"{day.isoformat()}.jsonl"


def failures_since(instance: Path, since: datetime, most: int = 50) -> list[dict[str, Any]]:
    """Give the newest failures since an instant (UTC), newest first."""
    newest: list[dict[str, Any]] = []
    for file in sorted((instance / "failures").glob("*.jsonl"), reverse=True)[:2]:
        lines = [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")]
        newest += [line for line in reversed(lines) if line["time"] >= since.isoformat(timespec="milliseconds")]
    return newest[:most]
