"""Any bytes give rows or a clear refusal, never another error; every defect can be said, every mend be stored."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates.recurrence import check
from calendar_app.importing import (
    DEFECTS,
    UNREADABLE,
    ParsedFile,
    Unreadable,
    defect_message,
    detect,
    mend,
    unreadable_message,
)
from helpers.import_samples import FOLDER, SETTING, stored_repeat

FILES = sorted(FOLDER.iterdir())
TOKENS = [
    *(b"TZID=Asia", b"DTSTART;VALUE=DATE:00010101", b"RRULE:FREQ=SECONDLY", b"RRULE:FREQ=DAILY;INTERVAL=0"),
    *(b"99991231", b"T240000", b"P999999999D", b"UNTIL=99991231", b"RECURRENCE-ID:20270413T100000Z", b"TZID=UTC"),
    *(b"\xff", b"\x00", b'"', b";", b",", b"\n", b"BEGIN:VEVENT", b"END:VEVENT", b"END:VCALENDAR", b"<item>", b"</"),
    *(b"2202-12-01", b"1e999", b"NaN", b"10:00~9:00", "毎週土日祝".encode(), "第6金曜".encode(), b"0001-01-01"),
]


def assert_sound(source: ParsedFile) -> None:
    """What the preview and the saving rely on."""
    taken = [one for one in source.rows if not one.refused]
    assert len({one.source_uid for one in taken}) == len(taken)
    for one in source.rows:
        for defect in one.defects:
            assert defect_message(defect, "ja") != defect_message(defect, "en")
        assert not one.refused or one.refused in [defect.code for defect in one.defects]
        json.dumps(mend(one).values)
    for one in map(mend, taken):
        assert one.values["title"]
        if one.kind == "event":
            assert one.values["start"]
            assert not one.values["end"] or one.values["end"] >= one.values["start"]
            check(stored_repeat(one.values))


def attempt(data: bytes) -> None:
    try:
        source = detect.parse_file(data, SETTING)
    except Unreadable as error:
        source, refusal = None, error
    if source:
        assert_sound(source)
    else:
        assert unreadable_message(refusal, "ja") != unreadable_message(refusal, "en")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_is_sound(path) -> None:
    attempt(path.read_bytes())


@given(st.randoms(use_true_random=False), st.sampled_from(FILES))
def test_damaged_files_give_rows_or_a_refusal(dice: random.Random, path) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(data))
        if dice.random() < 0.5:
            data[at : at + dice.randint(0, 12)] = dice.choice(TOKENS)
        else:
            del data[at : at + dice.randint(1, 60)]
        data = data or bytearray(b" ")
    attempt(bytes(data))


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_refusal(data: bytes) -> None:
    attempt(data)


@pytest.mark.parametrize("table", [DEFECTS, UNREADABLE], ids=["defects", "unreadable"])
def test_every_message_is_there_in_both_languages(table: dict[str, dict[str, str]]) -> None:
    assert all(said["ja"].endswith("。") or "。" in said["ja"] for said in table.values())
    assert all(said["en"].endswith(".") or "." in said["en"] for said in table.values())


def test_no_message_is_for_a_defect_that_nobody_finds() -> None:
    source = "".join(path.read_text() for path in (FOLDER.parents[2] / "calendar_app" / "importing").rglob("*.py"))
    made = {"cancelled_in_words", "postponed_in_words", "full_in_words", "bad_start", "bad_end"}
    unused = [code for code in DEFECTS if source.count(f'"{code}"') < 2 and code not in made]
    assert not unused
