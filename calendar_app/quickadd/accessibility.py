"""What a line says about how people can come: 「手話通訳あり」「託児あり(要申込)」, and by when one must ask for it."""

import re

from calendar_app.dates.formatting import say_date
from calendar_app.quickadd import dates
from calendar_app.quickadd.reader import BLANK, Page, claim, original, set_value
from calendar_app.text import facilities, facility_parser

NOTE = 300  # characters
# 「手話通訳が必要な方は4月5日までにご連絡ください。」: there is some for those who ask.
_ASKED = re.compile(
    r"(?P<what>手話通訳|要約筆記|託児|車いす席|車椅子席|磁気ループ|点字(?:資料)?|通訳)(?:・(?:手話通訳|要約筆記|託児))?"
    rf"(?:を|が|の)?(?:ご?(?:必要|希望|利用))(?:な|の|する|される|に?なる)?(?:方|人|かた|場合)は[^。\n{BLANK}]{{1,100}}。?"
)


def read_facilities(page: Page) -> None:
    _read_asked(page)
    for one in facility_parser.scan(page.plain):
        if one.code not in facilities.TYPED:
            continue
        if set_value(page, f"has_{one.code}", "yes" if one.there else "no"):
            if one.more:
                _note(page, f"{facilities.name(one.code, page.lang)}：{_typed_inside(page, one)}")
            claim(page, (one.start, one.end), f"has_{one.code}", facilities.say(one.code, one.there, page.lang))


def _read_asked(page: Page) -> None:
    for found in list(_ASKED.finditer(page.plain)):
        words = original(page, *found.span())
        code = next((one for one in facility_parser.named(found["what"])), "")
        if not code or not set_value(page, f"has_{code}", "yes"):
            continue
        _note(page, words)
        by = next((one for one in dates.scan_dates(page.plain, page.today, *found.span()) if one.days), None)
        if by and set_value(page, "facilities_by", by.days[-1].isoformat()):
            said = f"{facilities.say(code, True, page.lang)} → {say_date(by.days[-1], page.lang)}"
        else:
            said = facilities.say(code, True, page.lang)
        claim(page, found.span(), f"has_{code}", said)


def _note(page: Page, words: str) -> None:
    before = page.values.get("facilities_note", "")
    page.values["facilities_note"] = f"{before} {words}".strip()[:NOTE]


def _typed_inside(page: Page, one: facility_parser.Found) -> str:
    """What stood in its brackets, as it was typed."""
    opening = page.plain.rindex("(", one.start, one.end)
    return original(page, opening + 1, one.end).rstrip(")）")
