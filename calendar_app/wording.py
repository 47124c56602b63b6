"""The few words that every channel must say alike: status marks, notices, kinds. One table, both languages."""

from typing import Literal

Lang = Literal["ja", "en"]

# What stands before a title. "scheduled" has none. The same mark in a page, a calendar and a feed.
STATUS_MARKS: dict[str, dict[str, str]] = {
    "scheduled": {"ja": "", "en": ""},
    "cancelled": {"ja": "中止", "en": "Cancelled"},
    "postponed": {"ja": "延期", "en": "Postponed"},
    "rescheduled": {"ja": "日時変更", "en": "New date"},
    "moved_online": {"ja": "オンライン開催に変更", "en": "Moved online"},
    "full": {"ja": "満席", "en": "Full"},
}

# What a notice (a notable revision) is about; stands before the title of its feed item.
NOTICE_MARKS: dict[str, dict[str, str]] = {
    "published": {"ja": "", "en": ""},
    "cancelled": STATUS_MARKS["cancelled"],
    "postponed": STATUS_MARKS["postponed"],
    "rescheduled": STATUS_MARKS["rescheduled"],
    "moved": {"ja": "会場変更", "en": "New venue"},
    "moved_online": STATUS_MARKS["moved_online"],
    "full": STATUS_MARKS["full"],
    "restored": {"ja": "開催", "en": "Going ahead"},
    "corrected": {"ja": "訂正", "en": "Correction"},
}


def marked(title: str, mark: dict[str, str], lang: str) -> str:
    """The title with its mark: 【中止】夏まつり, "[Cancelled] Summer festival"."""
    word = mark.get(lang, mark["en"])
    if not word:
        return title
    return f"【{word}】{title}" if lang == "ja" else f"[{word}] {title}"


# Labels of the plain lines in a calendar description or a feed: "料金：300円".
LABELS: dict[str, dict[str, str]] = {
    "fee": {"ja": "料金", "en": "Fee"},
    "free": {"ja": "無料", "en": "free"},
    "capacity": {"ja": "定員", "en": "Places"},
    "audience": {"ja": "対象", "en": "For"},
    "apply": {"ja": "申込", "en": "How to apply"},
    "apply_start": {"ja": "申込開始", "en": "Apply from"},
    "apply_deadline": {"ja": "申込期限", "en": "Apply by"},
    "weather": {"ja": "雨天時", "en": "Weather"},
    "date_note": {"ja": "日時について", "en": "About the dates"},
    "organizer": {"ja": "主催", "en": "Organiser"},
    "contact": {"ja": "問い合わせ", "en": "Contact"},
}

NOT_CONFIRMED = {"ja": "日程調整中", "en": "dates to be confirmed"}


def labelled(label: str, value: str, lang: str) -> str:
    return f"{LABELS[label][lang]}：{value}" if lang == "ja" else f"{LABELS[label][lang]}: {value}"


def yen(amount: int, lang: str) -> str:
    if amount == 0:
        return LABELS["free"][lang]
    return f"{amount:,}円" if lang == "ja" else f"{amount:,} yen"
