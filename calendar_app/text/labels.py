"""The words that every channel shares: status marks, notices, kinds, in every language."""

from babel.numbers import format_currency

from calendar_app.text import countries, languages
from calendar_app.text.languages import Words, tables, wide

# The marks before a title. "scheduled" has none. Pages, calendars and feeds share them.
STATUS_MARKS = tables(
    {
        "scheduled": {"ja": "", "en": ""},
        "cancelled": {"ja": "中止", "en": "Cancelled"},
        "postponed": {"ja": "延期", "en": "Postponed"},
        "rescheduled": {"ja": "日時変更", "en": "New date"},
        "moved_online": {"ja": "オンライン開催に変更", "en": "Moved online"},
        "full": {"ja": "満席", "en": "Full"},
        "over": {"ja": "終了", "en": "Over"},  # of an emergency
        "held": {"ja": "開催決定", "en": "Going ahead"},  # of a single date: the weather has been decided upon
    }
)

# The kind of a notice (a notable revision), which stands before the title of its feed item.
NOTICE_MARKS = tables(
    {
        "published": {"ja": "", "en": ""},
        "cancelled": STATUS_MARKS["cancelled"],
        "postponed": STATUS_MARKS["postponed"],
        "rescheduled": STATUS_MARKS["rescheduled"],
        "moved": {"ja": "会場変更", "en": "New venue"},
        "moved_online": STATUS_MARKS["moved_online"],
        "full": STATUS_MARKS["full"],
        "restored": {"ja": "開催", "en": "Going ahead"},
        "corrected": {"ja": "訂正", "en": "Correction"},
        "confirmed": {"ja": "日程決定", "en": "Dates confirmed"},
        "dates_added": {"ja": "日程追加", "en": "More dates"},
        "extended": {"ja": "申込期限延長", "en": "Apply until later"},
        "deadline": {"ja": "申込期限変更", "en": "New deadline"},
        "held": STATUS_MARKS["held"],
        "qa_published": {"ja": "回答", "en": "Answer"},
    }
)

# The importance of an announcement, which stands before its title where nothing else shows it.
IMPORTANCE_MARKS = tables(
    {
        "normal": {"ja": "", "en": ""},
        "important": {"ja": "重要", "en": "Important"},
        "emergency": {"ja": "緊急", "en": "Emergency"},
    }
)

# The rules for bad weather.
WEATHER = tables(
    {
        "": {"ja": "", "en": ""},
        "held": {"ja": "雨天決行", "en": "takes place in rain"},
        "light_rain": {"ja": "小雨決行・荒天中止", "en": "takes place in light rain, cancelled in a storm"},
        "cancelled": {"ja": "雨天中止", "en": "cancelled in rain"},
        "reserve": {"ja": "雨天順延", "en": "moved to the reserve date in rain"},
        "indoors": {"ja": "雨天時は屋内で開催", "en": "indoors in rain"},
    }
)


# Phrases that many entries use word for word, so that they can be translated.
PHRASES = tables(
    {
        "どなたでも": {"ja": "どなたでも", "en": "everybody"},
        "子育て": {"ja": "子育て", "en": "child care"},
        "親子": {"ja": "親子", "en": "parents and children"},
        "乳幼児": {"ja": "乳幼児", "en": "babies and toddlers"},
        "未就学児": {"ja": "未就学児", "en": "pre-school children"},
        "小学生": {"ja": "小学生", "en": "elementary school children"},
        "中学生": {"ja": "中学生", "en": "junior high school students"},
        "高校生": {"ja": "高校生", "en": "high school students"},
        "大人": {"ja": "大人", "en": "adults"},
        "女性": {"ja": "女性", "en": "women"},
        "高齢者": {"ja": "高齢者", "en": "older people"},
        "外国人": {"ja": "外国人", "en": "residents from abroad"},
        "観光客": {"ja": "観光客", "en": "visitors"},
        "申込不要": {"ja": "申込不要", "en": "no application needed"},
        "要申込": {"ja": "要申込", "en": "application needed"},
        "電話で申込": {"ja": "電話で申込", "en": "apply by telephone"},
        "先着順": {"ja": "先着順", "en": "first come, first served"},
        "抽選": {"ja": "抽選", "en": "by lot"},
        "当日午前6時に決定": {"ja": "当日午前6時に決定", "en": "at 6:00 on the day"},
        "前日午後5時に決定": {"ja": "前日午後5時に決定", "en": "at 17:00 on the day before"},
    }
)


def phrase(text: str, lang: str) -> str:
    """Return a set phrase in the reader's language; other text stays as written."""
    return PHRASES[text][lang] if text in PHRASES else text


def marked(title: str, mark: dict[str, str], lang: str) -> str:
    """Return the title with its mark: 【中止】夏まつり, "[Cancelled] Summer festival"."""
    word = mark[lang]
    if not word:
        return title
    return f"【{word}】{title}" if wide(lang) else f"[{word}] {title}"


# Where a licence can be read, by the names that are common in open data.
LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "PDL1.0": "https://www.digital.go.jp/resources/open_data/public_data_license_v1.0",
}


def licence_url(licence: str) -> str:
    """Return the address of a licence, or "" if it has none."""
    return licence if licence.startswith("https://") else LICENCES.get(licence, "")


FREE = Words({"ja": "無料", "en": "free"})
YEN = Words({"ja": "{:,}円", "en": "{:,} yen"})

# Labels of plain lines that are no field of their own; `fields.LABELS` has all of them.
LABELS = tables(
    {
        "when": {"ja": "日時", "en": "When"},
        "planned": {"ja": "当初の日時", "en": "Planned for"},
        "new_date": {"ja": "新しい日時", "en": "New date"},
        "where": {"ja": "場所", "en": "Where"},
        "repeats": {"ja": "くり返し", "en": "Repeats"},
    }
)


def bracketed(text: str, more: str, lang: str) -> str:
    """Add a remark in brackets: 「夏まつり（中止）」, "Summer festival (cancelled)"; without a remark return the text."""
    if not more:
        return text
    return f"{text}（{more}）" if wide(lang) else f"{text} ({more})"


def money(amount: int, lang: str) -> str:
    """Return an amount in whole units of the country's currency: 1,000円, "5 €"; 0 is 無料."""
    if amount == 0:
        return FREE[lang]
    currency = countries.here().currency
    if currency == "JPY":
        return YEN[lang].format(amount)
    locale = languages.locale(lang)
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=False).replace("\xa0", " ")
