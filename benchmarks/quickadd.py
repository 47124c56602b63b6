"""How fast a line is read, and how often rightly: `python -m benchmarks.quickadd [FOLDER OF CSV FILES] [SEED]`.

Speed is that of the phrasings in tests/data. With a folder of event lists (50 columns, UTF-8), 100 rows are drawn at
random. Of each a notice is made from its title, its dates in one of four ways of writing, and its own free texts; the
structured columns are the truth. The free texts hold other dates, office hours and sums, which is what makes it hard.
Then two columns of real free text alone, whatever they say, against the columns that hold the same: how to apply, and
the remarks on the dates. Last, every distinct free text of more than five letters: how many are read whole, read with a
doubt that is told, or hold nothing that the reader knows.
"""

import csv
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from calendar_app.dates.formatting import say_date
from calendar_app.quickadd import KnownVenue, Reading, parse_text
from calendar_app.quickadd.titles import bare_title

PHRASINGS = Path(__file__).resolve().parent.parent / "tests" / "data" / "quickadd.tsv"
TODAY = date(2027, 3, 1)
SAMPLE, ROUNDS = 100, 5
FREE = (
    "概要",
    "説明",
    "日時備考",
    "申込方法",
    "料金(詳細)",
    "対象者",
    "集合場所",
    "アクセス方法",
    "駐車場情報",
    "備考",
)
ASSUMED = {"place_new", "place_assumed", "year_assumed", "past"}  # assumptions that every reading may make
_ECHO = re.compile(r"(?:開始|終了|申込期限)(?:日|日時|時刻)\s*[:：]\s*[\d/.:年月日 -]+")
_NEWS = re.compile(
    r"(?:を(?:開催|実施)します|のお知らせ|のご案内)[!！]*$"
)  # remarks on a title that are not part of it

Row = dict[str, str]


def main() -> None:
    _speed()
    if len(sys.argv) > 1:
        rows = list(_rows(Path(sys.argv[1])))
        seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
        _notices(random.Random(seed).sample(rows, min(SAMPLE, len(rows))), random.Random(seed), rows)
        _columns(rows)
        _free_texts(Path(sys.argv[1]))


def _free_texts(folder: Path) -> None:
    texts: dict[str, date] = {}
    for row in _rows(folder):
        posted = _posted(row)
        for name in FREE:
            if len(text := _free(row.get(name) or "")) > 5:
                texts.setdefault(text, posted)
    counts = Counter(_outcome(text, posted) for text, posted in texts.items())
    print(f"\n{len(texts)} distinct free texts")
    for name in ("read", "doubted", "nothing read"):
        print(f"{name:40}{counts[name]:5} of {len(texts)}")


def _outcome(text: str, posted: date) -> str:
    reading = parse_text(text, posted)
    if any(doubt.code not in ASSUMED for doubt in reading.doubts):
        return "doubted"
    return "read" if any(finding.field != "title" for finding in reading.understood) else "nothing read"


def _speed() -> None:
    lines = [
        line.split("\t")[0].replace("\\n", "\n") for line in PHRASINGS.read_text().splitlines() if line[:2] != "# "
    ]
    venues = [KnownVenue(number, f"会場{number}") for number in range(200)]
    for name, texts in (("phrasings", lines), ("notices of 4,000 characters", [("\n".join(lines))[:4000]] * 20)):
        best = min(_timed(texts, venues) for _round in range(ROUNDS))
        print(f"{name:32}{len(texts) / best:12,.0f} per second")


def _timed(texts: list[str], venues: list[KnownVenue]) -> float:
    begun = time.perf_counter()
    for text in texts:
        parse_text(text, TODAY, venues=venues)
    return time.perf_counter() - begun


def _rows(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from (row for row in csv.DictReader(file) if row.get("名称") and row.get("開始日"))


def _notices(sample: list[Row], choice: random.Random, rows: list[Row]) -> None:
    names = sorted({_place(row) for row in rows} - {""})
    venues = [KnownVenue(number, name) for number, name in enumerate(names, 1)]
    right, totals = Counter[str](), Counter[str]()
    for row in sample:
        write = choice.choice((_labelled, _bracketed, _prose, _line))
        draft = parse_text(write(row), _posted(row), venues=venues)
        checks = _checks(row, draft, venues)
        for name, good in checks.items():
            totals[name] += 1
            right[name] += good
        whole = all(checks.values())
        totals["fully right"] += 1
        right["fully right"] += whole
        totals["wrong and without any doubt told"] += 1
        right["wrong and without any doubt told"] += not whole and not draft.doubts
        if "-v" in sys.argv and not whole:
            print([name for name, good in checks.items() if not good], write(row), draft.values, sep="\n", end="\n\n")
    _print(f"{len(sample)} notices made of random rows", right, totals)


def _posted(row: Row) -> date:
    """The day of posting: a month before the start or before the deadline."""
    days = [date.fromisoformat(day) for day in (row["開始日"], row["申込期限日"]) if day]
    return min(days) - timedelta(30)


def _columns(rows: list[Row]) -> None:
    right, totals = Counter[str](), Counter[str]()
    for text, day in sorted(
        {(_free(row["申込方法"]), row["申込期限日"]) for row in rows if row["申込期限日"] and row["申込方法"]}
    ):
        if re.search(r"\d月|\d/\d", text):
            draft = parse_text(f"申込：{text}", date.fromisoformat(day) - timedelta(30))
            totals["deadline in 申込方法"] += 1
            right["deadline in 申込方法"] += draft.values.get("deadline_date") == day
    for row in {(_free(row["日時備考"]), row["開始日"], row["開始時刻"][:5], row["終了時刻"][:5]) for row in rows}:
        text, day, *clock = row
        values = parse_text(f"日時：{text}", date.fromisoformat(day) - timedelta(30)).values if text else {}
        if clock[0] and values.get("start_time"):
            totals["times in 日時備考, where both say one"] += 1
            right["times in 日時備考, where both say one"] += values["start_time"] == clock[0]
    _print("real columns alone", right, totals)


def _print(heading: str, right: Counter[str], totals: Counter[str]) -> None:
    print(f"\n{heading}")
    for name, number in totals.items():
        print(f"{name:40}{right[name]:5} of {number}")


def _checks(row: Row, draft: Reading, venues: list[KnownVenue]) -> dict[str, bool]:
    """The facts of a notice, each with whether the reader found it."""
    values = draft.values
    last = row["終了日"] or row["開始日"]
    same_day = last == row["開始日"]
    checks = {
        "title": values.get("title")
        in (_title(row), _NEWS.sub("", _title(row)), bare_title(_title(row)).strip("「」")),
        "date": (values.get("start_date"), values.get("end_date", values.get("start_date"))) == (row["開始日"], last),
    }
    if row["開始時刻"]:
        ends = values.get("end_time", "") == row["終了時刻"][:5] or not (same_day and row["終了時刻"])
        checks["time"] = values.get("start_time") == row["開始時刻"][:5] and ends
    if place := _place(row):
        checks["venue"] = values.get("venue_id") in [venue.id for venue in venues if venue.name == place]
    if row["料金(基本)"]:
        checks["fee"] = values.get("fee") == row["料金(基本)"]
    if row["定員"]:
        checks["capacity"] = values.get("capacity") == row["定員"]
    if row["申込期限日"] and _has(row["申込方法"], row["申込期限日"]):
        checks["deadline"] = values.get("deadline_date") == row["申込期限日"]
    return checks


def _has(text: str, day: str) -> bool:
    """Tell whether the free text contains this day."""
    month, number = int(day[5:7]), int(day[8:])
    return bool(re.search(rf"(?<!\d){month}(?:月|/){number}(?!\d)", _free(text)))


def _free(text: str) -> str:
    return _ECHO.sub("", text).strip()


def _title(row: Row) -> str:
    return re.sub(r"\s+", " ", row["名称"].strip())


def _place(row: Row) -> str:
    return re.sub(r"\s+", " ", row["集合場所"].strip())


def _when(row: Row, say: Callable[[date], str]) -> str:
    first, last = row["開始日"], row["終了日"] or row["開始日"]
    days = say(date.fromisoformat(first)) + (f"〜{say(date.fromisoformat(last))}" if last != first else "")
    clock = row["開始時刻"][:5] + (f"〜{row['終了時刻'][:5]}" if row["終了時刻"] else "") if row["開始時刻"] else ""
    return f"{days} {clock}".strip()


def _fee(row: Row) -> str:
    return {"": "", "0": "無料"}.get(row["料金(基本)"], f"{row['料金(基本)']}円")


def _parts(row: Row, say: Callable[[date], str]) -> list[tuple[str, str]]:
    pairs = [
        *(
            ("日時", _when(row, say)),
            ("場所", _place(row)),
            ("内容", row["説明"]),
            ("定員", row["定員"] and f"{row['定員']}人"),
        ),
        *(("参加費", _fee(row)), ("申込", _free(row["申込方法"])), ("問い合わせ", row["連絡先名称"])),
    ]
    return [(name, text.strip()) for name, text in pairs if text.strip()]


def _labelled(row: Row) -> str:
    return "\n".join([_title(row), *(f"{name}：{text}" for name, text in _parts(row, lambda day: say_date(day, "ja")))])


def _bracketed(row: Row) -> str:
    parts = _parts(row, lambda day: f"{day.month}月{day.day}日({'月火水木金土日'[day.weekday()]})")
    return "\n".join([f"■{_title(row)}", *(f"【{name}】{text}" for name, text in parts)])


def _prose(row: Row) -> str:
    """A notice with only the label of the application: title, date and place in one line, then the free text."""
    head = [_title(row), _when(row, lambda day: f"{day.month}月{day.day}日"), _place(row)]
    rest = [row["説明"], row["定員"] and f"定員{row['定員']}人", f"参加費{_fee(row)}" if _fee(row) else ""]
    apply = f"申込方法：{_free(row['申込方法'])}" if _free(row["申込方法"]) else ""
    return "\n".join(filter(None, [" ".join(filter(None, head)), *rest, apply]))


def _line(row: Row) -> str:
    head = [
        _when(row, lambda day: f"{day.month}/{day.day}"),
        _title(row),
        _place(row),
        row["定員"] and f"定員{row['定員']}名",
    ]
    apply = f"\n申込：{_free(row['申込方法'])}" if _free(row["申込方法"]) else ""
    return " ".join(filter(None, [*head, _fee(row)])) + apply


if __name__ == "__main__":
    main()
