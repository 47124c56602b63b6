"""Name the groups of people that events are for, and find them in texts."""

from typing import NamedTuple

from calendar_app.text.languages import Words


class Audience(NamedTuple):
    """A group; a text that contains one of its words is for it."""

    name: Words[str]
    words: tuple[str, ...]


def _audience(ja: str, en: str, easy: str, *words: str) -> Audience:
    return Audience(Words({"ja": ja, "en": en, "easy": easy}), words)


AUDIENCES: dict[str, Audience] = {
    "parents": _audience(
        *("子育て", "Small children and parents", "小さい 子どもと 家族"),
        *(
            "子育て",
            "乳幼児",
            "乳児",
            "幼児",
            "未就学",
            "赤ちゃん",
            "親子",
            "保護者",
            "妊婦",
            "妊娠",
            "園児",
            "0歳",
            "1歳",
        ),
        *("parents", "toddlers", "babies"),
    ),
    "children": _audience(
        "小学生",
        "School children",
        "小学生",
        "小学生",
        "小・中学生",
        "小中学生",
        "児童",
        "子ども",
        "こども",
        "親子",
        "children",
        "kids",
    ),
    "teens": _audience(
        *("中高生・若者", "Teenagers", "中学生・高校生"),
        *("中学生", "高校生", "中高生", "小中学生", "小・中学生", "大学生", "専門学生", "若者", "teen", "students"),
    ),
    "seniors": _audience(
        *("高齢者", "Older people", "お年より"),
        *("高齢者", "シニア", "お年寄り", "60歳以上", "65歳以上", "70歳以上", "75歳以上", "seniors", "older"),
    ),
    "foreign": _audience(
        *("外国人住民", "Foreign residents", "外国人"),
        *("外国人", "外国の", "外国から", "外国籍", "留学生", "技能実習生", "foreign"),
    ),
    "visitors": _audience(
        *("観光・移住", "Visitors and newcomers", "観光の 人"),
        *("観光客", "観光", "旅行者", "移住", "visitors", "tourists"),
    ),
}


def name(code: str, lang: str) -> str:
    """Return the name of a group."""
    return AUDIENCES[code].name[lang]


def words(value: str) -> tuple[str, ...]:
    """Return the words that identify a group, or the value itself if it is no group."""
    return AUDIENCES[value].words if value in AUDIENCES else (value,)


def of(text: str) -> list[str]:
    """Return the codes of the groups that a text names."""
    return [code for code, audience in AUDIENCES.items() if any(word in text for word in audience.words)]
