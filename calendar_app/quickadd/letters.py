"""Recognise the frame of a letter or a mail: its date, addressees, greetings and headers, which announce no event."""

import re

from calendar_app.quickadd.reader import BLANK, Page, blank, original

_HEADER = re.compile(
    r"(?m)^ *(?:from|to|cc|bcc|date|sent|reply-to|差出人|送信者|宛先|送信日時|日付) ?: ?[^\n]*(?=\n|$)", re.IGNORECASE
)
_MAIL = re.compile(r"(?m)^ *(?:subject|件名|from|差出人) ?:", re.IGNORECASE)
_DATE_LINE = re.compile(r"(?m)^ *(?:令和|平成|r\.?)? ?(?:\d{1,4}|元)年 ?\d{1,2}月 ?\d{1,2}日 *(?:発行|付)?$")
_ADDRESSEES = re.compile(r"(?m)^ *[^\n]{0,24}(?:各位|殿|の皆様へ?|の皆さまへ?|保護者の?皆様|様) *$")
_SENDER = re.compile(
    r"(?m)^ *[^\n。、:]{2,24}(?:(?:町|市|村|県|会|校|園|館)長(?: {1,2}[^\n。、:]{2,10})?|(?:協会|委員会|連盟|公民館|センター|小学校|中学校|係|課)) *$"
)
_GREETING = re.compile(
    r"(?m)^[^\n]*(?:時下|ますます|益々|(?:早春|春暖|陽春|新緑|初夏|盛夏|残暑|初秋|秋冷|晩秋|初冬|厳寒|向春|薫風)の(?:候|みぎり)|ご清栄|ご清祥|ご健勝|お喜び申し上げ|お慶び申し上げ|標記の?|下記の?(?:とおり|通り|により|日程)"
    r"|ご案内(?:申し上げます|いたします)|(?:つきまして|さて)は?、)[^\n]*$"
)
_NOTE_BELOW, _END = re.compile(r"(?m)^ *記 *$"), re.compile(r"(?m)^ *以 ?上 *$")


def set_frame_aside(page: Page) -> None:
    """Hide the frame of a letter or a mail from the readers. Its lines stay among the words that nobody read."""
    below, addressees = _NOTE_BELOW.search(page.plain), _ADDRESSEES.search(page.plain)
    patterns: list[re.Pattern[str]] = []
    if _MAIL.search(page.plain[:400]):
        patterns.append(_HEADER)
    if below or addressees:
        patterns += [_ADDRESSEES, _GREETING]
    top = below.start() if below else addressees.end() if addressees else 0
    for pattern in patterns:
        _set_aside(page, pattern, len(page.plain))
    if top:
        _set_aside(page, _DATE_LINE, top)
        _set_aside(page, _SENDER, top)
    for pattern in (_NOTE_BELOW, _END) if below else ():
        for match in list(pattern.finditer(page.plain)):
            blank(page, *match.span())


def _set_aside(page: Page, pattern: re.Pattern[str], stop: int) -> None:
    for match in list(pattern.finditer(page.plain, 0, stop)):
        if match[0].strip(f" {BLANK}"):
            page.leftovers.append(original(page, *match.span()))
            blank(page, *match.span())
