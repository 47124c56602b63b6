"""The text of a rule: what is taken, what is refused and why, how it is stored and how it is said."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates.rrule import BadRule, normalise
from calendar_app.dates.rrule_text import say


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("freq=weekly;until=20270331;byday=fr,tu", "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270331"),
        ("INTERVAL=1;FREQ=DAILY;WKST=MO;COUNT=3", "FREQ=DAILY;COUNT=3"),
        ("FREQ=WEEKLY;WKST=SU;INTERVAL=02;COUNT=3", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=3"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,20,20;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=20,-1;COUNT=3"),
        ("FREQ=MONTHLY;BYDAY=-1SU,+2SA;COUNT=3", "FREQ=MONTHLY;BYDAY=2SA,-1SU;COUNT=3"),
        (
            "FREQ=YEARLY;BYSETPOS=1;BYDAY=MO;BYMONTHDAY=8;BYMONTH=9,4;COUNT=3",
            "FREQ=YEARLY;BYMONTH=4,9;BYMONTHDAY=8;BYDAY=MO;BYSETPOS=1;COUNT=3",
        ),
        ("FREQ=DAILY;UNTIL=20260505", "FREQ=DAILY;UNTIL=20260505"),
        ("FREQ=DAILY;UNTIL=20260505T235959", "FREQ=DAILY;UNTIL=20260505"),
        ("FREQ=DAILY;UNTIL=20260505T145959Z", "FREQ=DAILY;UNTIL=20260505"),
        ("FREQ=DAILY;UNTIL=20260505T150000Z", "FREQ=DAILY;UNTIL=20260506"),
    ],
)
def test_a_rule_is_stored_in_one_canonical_form(typed: str, stored: str) -> None:
    assert normalise(typed) == stored


def test_until_in_utc_is_placed_in_the_zone_of_the_event() -> None:
    rule = "FREQ=DAILY;UNTIL=20260505T040000Z"
    assert normalise(rule, timezone="Asia/Tokyo").endswith("UNTIL=20260505")
    assert normalise(rule, timezone="America/Los_Angeles").endswith("UNTIL=20260504")


def refusal(rule: str) -> str:
    with pytest.raises(BadRule) as caught:
        normalise(rule)
    assert str(caught.value)
    return caught.value.code


def test_a_rule_without_an_end_is_refused_unless_it_is_given_one() -> None:
    assert refusal("FREQ=DAILY") == "unbounded"
    assert normalise("FREQ=DAILY", bound=date(2027, 3, 31)) == "FREQ=DAILY;UNTIL=20270331"
    assert normalise("FREQ=DAILY;COUNT=2", bound=date(2027, 3, 31)) == "FREQ=DAILY;COUNT=2"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("", "text"),
        ("every day", "text"),
        ("RRULE:FREQ=DAILY;COUNT=2", "text"),
        ("FREQ=DAILY;COUNT=2;", "text"),
        ("FREQ=DAILY;COUNT=2\r\nSUMMARY=X", "text"),
        ("FREQ=DAILY;COUNT=2\n", "text"),
        ("FREQ=DAILY;COUNT=２", "text"),
        ("FREQ=DAILY;COUNT=2;BYMONTH=" + ",".join(["1"] * 200), "text"),
        ("COUNT=2", "freq"),
        ("FREQ=FORTNIGHTLY;COUNT=2", "freq"),
        ("FREQ=SECONDLY;COUNT=2", "sub_daily"),
        ("FREQ=MINUTELY;COUNT=2", "sub_daily"),
        ("FREQ=HOURLY;COUNT=2", "sub_daily"),
        ("FREQ=DAILY;BYHOUR=1,2;COUNT=2", "part"),
        ("FREQ=YEARLY;BYWEEKNO=20;COUNT=2", "part"),
        ("FREQ=YEARLY;BYEASTER=0;COUNT=2", "part"),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "duplicate"),
        ("FREQ=DAILY;FREQ=SECONDLY;COUNT=2", "duplicate"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=2", "value"),
        ("FREQ=DAILY;INTERVAL=401;COUNT=2", "value"),
        ("FREQ=DAILY;INTERVAL=-1;COUNT=2", "value"),
        ("FREQ=DAILY;INTERVAL=1,2;COUNT=2", "value"),
        ("FREQ=DAILY;COUNT=0", "value"),
        ("FREQ=DAILY;COUNT=1000000000", "value"),
        ("FREQ=DAILY;COUNT=" + "9" * 380, "value"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "value"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "value"),
        ("FREQ=YEARLY;BYMONTH=13;COUNT=2", "value"),
        ("FREQ=YEARLY;BYMONTH=-1;COUNT=2", "value"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "value"),
        ("FREQ=MONTHLY;BYDAY=0MO;COUNT=2", "value"),
        ("FREQ=WEEKLY;BYDAY=MO,;COUNT=2", "value"),
        ("FREQ=WEEKLY;WKST=2MO;COUNT=2", "value"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367;COUNT=2", "value"),
        ("FREQ=DAILY;UNTIL=20260230", "value"),
        ("FREQ=DAILY;UNTIL=2026W101", "value"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "value"),
        ("FREQ=DAILY;UNTIL=20260505;COUNT=2", "two_ends"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2", "mixture"),
        ("FREQ=WEEKLY;BYDAY=2MO;COUNT=2", "mixture"),
        ("FREQ=MONTHLY;BYDAY=6MO;COUNT=2", "mixture"),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=20MO;COUNT=2", "mixture"),
        ("FREQ=MONTHLY;BYDAY=2SA,SU;COUNT=2", "mixture"),
        ("FREQ=MONTHLY;BYSETPOS=1;COUNT=2", "mixture"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=2", "mixture"),
    ],
)
def test_what_is_not_an_allowed_rule_is_refused_with_a_reason(rule: str, code: str) -> None:
    assert refusal(rule) == code


@given(st.text(max_size=60) | st.text("FREQ=DAILYWKM;,0123456789-+BUNTZ", max_size=60))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    with suppress(BadRule):
        assert normalise(text, bound=date(2028, 12, 31)).startswith("FREQ=")


@pytest.mark.parametrize(
    ("rule", "ja", "en"),
    [
        ("FREQ=DAILY", "毎日", "every day"),
        ("FREQ=DAILY;INTERVAL=2", "隔日", "every 2 days"),
        ("FREQ=DAILY;INTERVAL=3;BYDAY=SA,SU", "3日ごと（土・日曜日のみ）", "every 3 days, only on Saturday and Sunday"),
        ("FREQ=WEEKLY", "毎週", "every week"),
        (
            "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270331",
            "毎週火・金曜日（2027年3月31日まで）",
            "every Tuesday and Friday, until 31 March 2027",
        ),
        ("FREQ=WEEKLY;BYDAY=SA;COUNT=10", "毎週土曜日（全10回）", "every Saturday, 10 times"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "隔週土曜日", "every 2 weeks on Saturday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=SA", "3週ごとの土曜日", "every 3 weeks on Saturday"),
        ("FREQ=WEEKLY;BYMONTH=6,7;BYDAY=TU", "6月・7月の毎週火曜日", "every Tuesday in June and July"),
        ("FREQ=MONTHLY;BYDAY=2SA", "毎月第2土曜日", "every month on the 2nd Saturday"),
        ("FREQ=MONTHLY;BYDAY=1TU,3TU", "毎月第1・第3火曜日", "every month on the 1st Tuesday and the 3rd Tuesday"),
        (
            "FREQ=MONTHLY;BYDAY=1MO,3WE",
            "毎月第1月曜日・第3水曜日",
            "every month on the 1st Monday and the 3rd Wednesday",
        ),
        ("FREQ=MONTHLY;BYDAY=-1SU", "毎月最終日曜日", "every month on the last Sunday"),
        ("FREQ=MONTHLY;BYDAY=-2SU", "毎月最後から2番目の日曜日", "every month on the 2nd to last Sunday"),
        ("FREQ=MONTHLY;BYDAY=SA", "毎月の毎週土曜日", "every month on every Saturday"),
        ("FREQ=MONTHLY;BYMONTHDAY=20", "毎月20日", "every month on the 20th"),
        ("FREQ=MONTHLY;BYMONTHDAY=11,-1", "毎月11日・末日", "every month on the 11th and the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "毎月13日（金曜日のみ）", "every month on the 13th (only Friday)"),
        (
            "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1",
            "毎月の土・日曜日のうち最後の日",
            "every month on the last day among Saturday and Sunday",
        ),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=2SA", "3か月ごとの第2土曜日", "every 3 months on the 2nd Saturday"),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=3SU", "毎年9月第3日曜日", "every year on the 3rd Sunday of September"),
        (
            "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=7,8,9",
            "毎年9月7日・8日・9日",
            "every year on the 7th, the 8th and the 9th of September",
        ),
        (
            "FREQ=YEARLY;BYMONTH=4,9;BYDAY=3SU",
            "毎年4月・9月の第3日曜日",
            "every year on the 3rd Sunday of April and September",
        ),
        ("FREQ=YEARLY;COUNT=1", "毎年（全1回）", "every year, once"),
    ],
)
def test_a_rule_is_said_in_words(rule: str, ja: str, en: str) -> None:
    assert say(rule, "ja") == ja
    assert say(rule, "en") == en
