"""Split a notice with labels (■日時：…, 【場所】…, 時・所・対象・定員) into its labelled parts."""

import re
from dataclasses import dataclass

from calendar_app.quickadd.reader import Page, blank, original

_WORDS = {
    "title": (
        "名称",
        "催し名",
        "催物名",
        "催しもの",
        "イベント名",
        "行事名",
        "事業名",
        "講座名",
        "件名",
        "subject",
        "タイトル",
        "title",
        "event",
        "what",
    ),
    "when": (
        *(
            "日時",
            "日程",
            "とき",
            "時",
            "日",
            "開催日",
            "開催日時",
            "開催日程",
            "期日",
            "期間",
            "会期",
            "開催期間",
            "実施日",
            "実施日時",
        ),
        *("日にち", "受診日", "活動日", "回収日", "公演日", "接種期間", "実施期間", "開催期日", "収集日", "試験日"),
        *("展示期間", "月日", "when", "date", "dates", "date and time", "date & time"),
    ),
    "clock": (
        "時間",
        "開催時間",
        "開館時間",
        "開演時間",
        "開始時間",
        "開演",
        "開始時刻",
        "時刻",
        "開式",
        "開会",
        "開会式",
        "開講式",
        "時間帯",
        "time",
    ),
    "place": (
        "場所",
        "ところ",
        "所",
        "会場",
        "開催場所",
        "開催会場",
        "実施場所",
        "開催地",
        "where",
        "venue",
        "place",
        "location",
    ),
    "audience": ("対象", "対象者", "参加対象", "対", "参加資格", "for", "who", "audience"),
    "capacity": ("定員", "募集人数", "募集人員", "募集定員", "定", "capacity", "places"),
    "fee": (
        *(
            "参加費",
            "参加料",
            "料金",
            "費用",
            "入場料",
            "入場",
            "受講料",
            "会費",
            "観覧料",
            "材料費",
            "金額",
            "料",
            "費",
            "¥",
            "\\",
        ),
        *("fee", "cost", "price", "admission"),
    ),
    "apply": (
        *(
            "申込",
            "申込み",
            "申し込み",
            "申込方法",
            "申込み方法",
            "申し込み方法",
            "申込先",
            "お申込み",
            "お申し込み",
            "応募方法",
            "予約",
            "申",
        ),
        *("参加方法", "apply", "how to apply", "registration", "booking"),
    ),
    "open": ("申込開始", "受付開始", "申込開始日", "受付開始日", "申込み開始", "予約開始"),
    "deadline": (
        "申込期限",
        "申込締切",
        "申込み締切",
        "締切",
        "締切日",
        "〆切",
        "締め切り",
        "申込期間",
        "申込受付",
        "受付期間",
        "募集期間",
        "応募締切",
        "申込締切日",
        "申込期日",
        "予約受付",
        "予約期間",
        "応募期間",
        "締め切り日",
        "deadline",
        "apply by",
    ),
    "contact": (
        *(
            "問",
            "問合せ",
            "問い合わせ",
            "問合せ先",
            "問い合わせ先",
            "お問い合わせ",
            "お問合せ",
            "お問い合わせ先",
            "お問合せ先",
            "連絡先",
            "担当",
        ),
        *(
            "申込み・問い合わせ",
            "申込・問合せ",
            "申し込み・問い合わせ",
            "申込・問",
            "お申し込み・お問い合わせ",
            "問・申",
            "申・問",
            "contact",
            "enquiries",
        ),
    ),
    "organizer": ("主催", "主催者", "主", "organiser", "organizer", "organized by", "organised by"),
    "weather": ("雨天時", "雨天の場合", "雨天", "荒天時", "荒天の場合", "天候"),
    "tags": ("ハッシュタグ", "タグ", "tags"),
    "body": (
        *(
            "内容",
            "内",
            "プログラム",
            "講師",
            "出演",
            "出演者",
            "持ち物",
            "持参品",
            "持物",
            "服装",
            "その他",
            "備考",
            "注意",
            "注意事項",
            "交通",
            "アクセス",
        ),
        *(
            "駐車場",
            "共催",
            "後援",
            "協力",
            "協賛",
            "指導",
            "曲目",
            "演題",
            "テーマ",
            "集合",
            "集合場所",
            "受付",
            "受付時間",
            "開場",
            "集合時間",
            "集合・解散",
            "コース",
            "行先",
            "行き先",
            "区間",
            "区域",
            "休館日",
            "details",
            "bring",
            "note",
            "notes",
        ),
    ),
}
_KIND = {word: kind for kind, words in _WORDS.items() for word in words}
_SPACED = "|".join(
    " {0,2}".join(map(re.escape, word)) if len(word) < 4 and not word.isascii() else re.escape(word)
    for word in sorted(_KIND, key=len, reverse=True)
)
_BULLETS = r"(?:[■□●○◆◇◎▼▽▲△▶►★☆※・*＊•◯\-]|\(?\d{1,2}(?:[.)、]| (?=[^\d\s]))|[ア-オ][.、 ])"
_LABEL = re.compile(
    rf"(?:^|\n)[ \0]*(?:{_BULLETS} ?)*(?:[\[【〔《<(「『] ?(?P<framed>{_SPACED}) ?[\]】〕》>)」』] ?[:=]?"
    rf"|(?P<plain>{_SPACED})(?: ?[:=/|]|(?= *(?:\n|$))| (?=\S)(?<=[^a-z] )))"
    rf"|[\[【〔《](?P<inner>{_SPACED})[\]】〕》] ?:?"
    rf"|(?<=[\s\0、。/|]){_BULLETS}?(?P<inline>{_SPACED}) ?[:=](?!/)"
    rf"|(?<![^\s\0]){_BULLETS}(?P<bulleted>{_SPACED})(?: ?[:=/|]| )"
)
_LINE_END = re.compile(r"(?<=\S)\s*\n")
_BLANK_LINE = re.compile(r"\n[ ]*\n")


@dataclass(frozen=True, slots=True)
class Section:
    """A part `plain[start:end]` of the page, and its label as typed.

    `kind` is a key of `_WORDS`, or "" for text before the first label and for text after an empty line that ends a part.
    """

    kind: str
    label: str
    start: int
    end: int


def split_sections(page: Page) -> list[Section]:
    """Return the parts of the page in order, and blank the labels."""
    matches = list(_LABEL.finditer(page.plain))
    if not matches:
        return [Section("", "", 0, len(page.plain))]
    sections = [Section("", "", 0, matches[0].start())]
    ends = [match.start() for match in matches[1:]] + [len(page.plain)]
    for match, end in zip(matches, ends, strict=True):
        word = next(text for text in match.groups() if text)
        kind = _KIND[word if word in _KIND else re.sub(" ", "", word)]
        label = original(page, *match.span(match.lastgroup or 0))
        # Text after an empty line does not belong to the venue, the fee …; the details may have several paragraphs.
        if kind == "title" and (line := _LINE_END.search(page.plain, match.end(), end)):
            sections += [Section(kind, label, match.end(), line.start()), Section("", "", line.start(), end)]
            continue
        gap = _BLANK_LINE.search(page.plain, match.end(), end) if page.plain[match.end() : end].strip() else None
        if gap and kind != "body" and page.plain[match.end() : gap.start()].strip():
            sections += [Section(kind, label, match.end(), gap.start()), Section("", "", gap.start(), end)]
        else:
            sections.append(Section(kind, label, match.end(), end))
    for match in matches:
        blank(page, match.start() + (page.plain[match.start()] == "\n"), match.end())
    return sections
