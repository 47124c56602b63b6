"""Read accessibility from a text: 「手話通訳あり」「託児あり(要申込)」, and the deadline for requesting it."""

import re

from calendar_app.dates.formatting import say_date
from calendar_app.quickadd import dates
from calendar_app.quickadd.reader import BLANK, Page, claim, original, set_value
from calendar_app.text import facilities, facility_parser

NOTE = 300  # characters
# 「手話通訳が必要な方は4月5日までにご連絡ください。」: available on request.
_ASKED = re.compile(
    r"(?P<what>手話通訳|要約筆記|託児|車いす席|車椅子席|磁気ループ|点字(?:資料)?|通訳)(?:・(?:手話通訳|要約筆記|託児))?"
    rf"(?:を|が|の)?(?:ご?(?:必要|希望|利用))(?:な|の|する|される|に?なる)?(?:方|人|かた|場合)は[^。\n{BLANK}]{{1,100}}。?"
)


def read_facilities(page: Page) -> None:
    """Fill the `has_…` fields, `facilities_note` and `facilities_by`."""
    _read_asked(page)
    for mention in facility_parser.scan(page.plain):
        if mention.code not in facilities.TYPED:
            continue
        if set_value(page, f"has_{mention.code}", "yes" if mention.there else "no"):
            if mention.more:
                _note(page, f"{facilities.name(mention.code, page.lang)}：{_typed_inside(page, mention)}")
            claim(
                page,
                (mention.start, mention.end),
                f"has_{mention.code}",
                facilities.say(mention.code, mention.there, page.lang),
            )


def _read_asked(page: Page) -> None:
    """Read facilities that are available on request, with the request itself as a note."""
    for match in list(_ASKED.finditer(page.plain)):
        words = original(page, *match.span())
        code = next((code for code in facility_parser.named(match["what"])), "")
        if not code or not set_value(page, f"has_{code}", "yes"):
            continue
        _note(page, words)
        deadline = next(
            (mention for mention in dates.scan_dates(page.plain, page.today, *match.span()) if mention.days), None
        )
        if deadline and set_value(page, "facilities_by", deadline.days[-1].isoformat()):
            answer = f"{facilities.say(code, True, page.lang)} → {say_date(deadline.days[-1], page.lang)}"
        else:
            answer = facilities.say(code, True, page.lang)
        claim(page, match.span(), f"has_{code}", answer)


def _note(page: Page, words: str) -> None:
    earlier = page.values.get("facilities_note", "")
    page.values["facilities_note"] = f"{earlier} {words}".strip()[:NOTE]


def _typed_inside(page: Page, mention: facility_parser.Mention) -> str:
    """Return the bracketed remark of a mention as it was typed."""
    opening = page.plain.rindex("(", mention.start, mention.end)
    return original(page, opening + 1, mention.end).rstrip(")）")
