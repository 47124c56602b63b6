"""Fuzz what reads bytes of strangers, guided by coverage: `python -m benchmarks.fuzz [SECONDS] [TARGET …]`.

atheris mutates an input and keeps what reaches code that no input reached before; the code of C libraries is not seen.
An exception that a target does not declare, or an input that takes over ten seconds, ends the target; its input stays in
`build/fuzz/` and belongs in a small test. Without atheris, which is no dependency, the module says so and checks nothing.
"""

import importlib.util
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "fuzz"
SECONDS = 600
LONGEST = 10  # seconds for one input
MEGABYTES = 3000
TODAY = date(2027, 3, 1)
WORDS = {
    "importer": (
        *("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "DTSTART", ";VALUE=DATE:", ";TZID=Asia/Tokyo:", "DTEND:"),
        *("RRULE:FREQ=", "MONTHLY;BYDAY=", "EXDATE:", "RDATE;VALUE=PERIOD:", "RECURRENCE-ID:", "DURATION:-PT", "UID:"),
        *("UNTIL=", "COUNT=", "BYSETPOS=", "X-CALENDAR-APP-", "令和9年", "開始日", "終了日", "イベント名", "毎週火曜日"),
        *("<rss><channel>", "<item>", "<pubDate>", "<entry xmlns='http://www.w3.org/2005/Atom'>", "<!ENTITY", "&#x"),
    ),
    "quickadd": (
        *("令和", "元年", "年", "月", "日", "上旬", "午前", "午後", "時", "半", "分", "〜", "毎週", "第2・4土曜", "隔週"),
        *("全8回", "を除く", "祝日", "締切", "会場：", "定員", "無料", "日時：", "雨天順延", "10:00-12:00", "翌", "未定"),
        *("月末", "毎月", "から", "まで", "（日）", "4/29", "件名：", "申込み", "http://", "１", "❶", "\u3000"),
    ),
    "markdown": (
        *("](http://", "![", "<http:", "```", "> ", "- ", "1. ", "| a |", "|---|", "**", "~~", "&#", "\\", "javascript:"),
        *("data:", "mailto:a@b.jp", "//host", "\u202e", "　", "[a]: ", "\t"),
    ),
    "photos": ("Exif", "ICC_PROFILE", "IHDR", "IDAT", "tRNS", "acTL", "fcTL", "iCCP", "GIF89a", "RIFF", "WEBPVP8X", "ftypavif"),
}  # fmt: skip


def main() -> None:
    """Fuzz each target for SECONDS in a process of its own. Exits 1 when one of them failed."""
    words = sys.argv[1:]
    seconds = int(words.pop(0)) if words and words[0].isdigit() else SECONDS
    if importlib.util.find_spec("atheris") is None:
        print("fuzzing by coverage: not checked: atheris is not installed")
        return
    failed = [name for name in words or WORDS if not _fuzz(name, seconds)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}; the inputs are in {KEPT}")


def _fuzz(name: str, seconds: int) -> bool:
    """Start a target over its corpus, which grows from run to run, and say how it went."""
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="calendar-fuzz-") as folder:
        seeds, dictionary = Path(folder) / "seeds", Path(folder) / "words"
        seeds.mkdir()
        for number, data in enumerate(_seeds(name)):
            (seeds / str(number)).write_bytes(data)
        dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS[name]))
        limits = (f"-max_total_time={seconds}", f"-timeout={LONGEST}", f"-rss_limit_mb={MEGABYTES}", "-max_len=20000")
        files = (f"-dict={dictionary}", f"-artifact_prefix={KEPT}/{name}-", str(corpus), str(seeds))
        command = [sys.executable, "-m", "benchmarks.fuzz_target", name, "-print_final_stats=1", *limits, *files]
        done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, errors="replace")
    runs = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"{name}: {' '.join(runs) or 'no'} inputs, {'no failure' if done.returncode == 0 else 'FAILED'}", flush=True)
    if done.returncode:
        print(done.stderr[-4000:], flush=True)
    return done.returncode == 0


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _seeds(name: str) -> Iterator[bytes]:
    tests = ROOT / "tests"
    if name == "importer":
        yield from (path.read_bytes() for path in sorted((tests / "data").rglob("*.*")) if path.suffix != ".tsv")
    elif name == "photos":
        yield from _pictures()
    else:
        for path in sorted((tests / "quickadd" / "corpus").glob("tuned_*.txt")):
            yield from (part.encode() for part in path.read_text().split("\n\n"))


def _pictures() -> Iterator[bytes]:
    from PIL import Image

    for mode in ("RGB", "RGBA", "P", "L", "1", "I;16", "CMYK"):
        for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
            exif = Image.Exif()
            exif[0x0112] = 6
            written = BytesIO()
            with suppress(OSError, ValueError, KeyError):  # a format that has no such mode
                Image.new(mode, (16, 9), 1).save(written, kind, exif=exif)
                yield written.getvalue()


def importer() -> Callable[[bytes], object]:
    """A file becomes rows with their defects in words, or is refused by Unreadable."""
    from calendar_app.importing import ImportContext, Unreadable, defect_message, detect, mend, unreadable_message

    context = ImportContext("Asia/Tokyo", TODAY, date(2029, 3, 31))

    def read(data: bytes) -> None:
        try:
            parsed = detect.parse_file(data, context)
        except Unreadable as error:
            unreadable_message(error, "ja")
            return
        for row in parsed.rows:
            mend(row)
            for defect in row.defects:
                defect_message(defect, "en")

    return read


def quickadd() -> Callable[[bytes], object]:
    """A typed text becomes readings. Nothing is refused."""
    from calendar_app.quickadd import KnownVenue, parse_notice

    venues = (KnownVenue(1, "川瀬町民会館", "Kawase Town Hall"), KnownVenue(2, "道の駅かわせ", ""))
    return lambda data: parse_notice(data.decode("utf-8", "replace"), TODAY, venues=venues, tags=("桜", "祭"))


def markdown() -> Callable[[bytes], object]:
    """A text becomes HTML without script, and plain text. Nothing is refused."""
    from calendar_app.text import markup

    def render(data: bytes) -> None:
        text = data.decode("utf-8", "surrogatepass" if data.isascii() else "replace")
        made = markup.html(text, "https://town.example/") + markup.linked(text)
        assert "<script" not in made, made
        assert 'href="javascript' not in made, made
        markup.plain(text)

    return render


def photos() -> Callable[[bytes], object]:
    """A picture is decoded and cleaned, or refused, as in the child process of an upload but without its limits."""
    from calendar_app.entries import photo_worker

    warnings.simplefilter("ignore")

    def decode(data: bytes) -> None:
        with suppress(photo_worker.Refused):
            photo_worker.decoded(BytesIO(data))

    return decode


if __name__ == "__main__":
    main()
