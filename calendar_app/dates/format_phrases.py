"""The phrases of `formatting`. Other languages come from catalogs; names of days and months from CLDR."""

from calendar_app.dates.parse import MONTHS, WEEKDAYS_EN, WEEKDAYS_JA
from calendar_app.text.languages import Words

WEEKDAYS = {
    "ja": tuple(WEEKDAYS_JA),
    "en": tuple(name[:3] for name in WEEKDAYS_EN),
    "easy": tuple(f"{name}曜日" for name in WEEKDAYS_JA),
}
# Where CLDR's names are not the ones we want: it writes Sept.
MONTH_NAMES = {"en": {"wide": MONTHS, "abbreviated": tuple(name[:3] for name in MONTHS)}}
HOLIDAY = Words(  # itself, its substitute
    {
        "ja": ("祝", "振休"),
        "en": ("holiday", "holiday"),
        "easy": ("休みの日", "休みの日"),
    }
)
MONTH = Words({"ja": "{year}年{month}月", "en": "{name} {year}", "easy": "{year}年 {month}月"})
DATE = Words(  # the whole; then its year and its holiday, each with what joins it to the rest
    {
        "ja": ("{year}{day.month}月{day.day}日（{weekday}{mark}）", "{}年", "・{}"),
        "en": ("{weekday} {day.day} {name}{year}{mark}", " {}", " ({})"),
        "easy": ("{year}{day.month}月{day.day}日（{weekday}{mark}）", "{}年 ", "・{}"),
    }
)
SHORT_DATE = Words(
    {
        "ja": ("{day.month}/{day.day}({weekday}{mark})", "", "・{}"),
        "en": ("{weekday} {day.day} {name}{year}", " {}", ""),
        "easy": DATE["easy"],
    }
)
DAY = Words(  # without its weekday; then its year
    {
        "ja": ("{year}{day.month}月{day.day}日", "{}年"),
        "en": ("{day.day} {name}{year}", " {}"),
        "easy": ("{year}{day.month}月{day.day}日", "{}年 "),
    }
)
TIME = {  # "past" is the hour from noon; other languages say times as CLDR knows
    "ja": {"am": "午前{hour}時{minutes}", "noon": "正午", "past": "午後0時{minutes}", "pm": "午後{hour}時{minutes}"},
    "en": dict.fromkeys(("am", "noon", "past", "pm"), "{at.hour}:{at.minute:02}"),
    "easy": {
        "am": "午前{hour}時{minutes}",
        "noon": "昼の12時",
        "past": "昼の12時{minutes}",
        "pm": "午後{hour}時{minutes}",
    },
}
WHEN = Words(
    {
        "ja": {
            "whole": "{day}〜{until}",
            "open": "{day}{begin}から",
            "moment": "{day}{begin}",
            "day": "{day}{begin}〜{finish}",
            "midnight": "{day}{begin}〜翌日{finish}",
            "night": "{day}{begin}〜翌日{finish}",
            "days": "{day}{begin}〜{until}{finish}",
        },
        "en": {
            "whole": "{day} – {until}",
            "open": "{day}, from {begin}",
            "moment": "{day}, {begin}",
            "day": "{day}, {begin}–{finish}",
            "midnight": "{day}, {begin} – {finish} (next day)",
            "night": "{day}, {begin} – {finish} (next day)",
            "days": "{day}, {begin} – {until}, {finish}",
        },
        "easy": {
            "whole": "{day}から {until}まで",
            "open": "{day} {begin}から",
            "moment": "{day} {begin}",
            "day": "{day} {begin}から {finish}まで",
            "midnight": "{day} {begin}から 夜の12時まで",
            "night": "{day} {begin}から 次の日の {finish}まで",
            "days": "{day} {begin}から {until} {finish}まで",
        },
    }
)
SPAN = Words(
    {
        "ja": {
            "whole": "{day}–{until}",
            "open": "{day} {begin}から",
            "moment": "{day} {begin}",
            "day": "{day} {begin}–{finish}",
            "midnight": "{day} {begin}–翌{finish}",
            "night": "{day} {begin}–翌{finish}",
            "days": "{day} {begin}–{until} {finish}",
        },
        "en": {
            "whole": "{day} – {until}",
            "open": "{day} from {begin}",
            "moment": "{day} {begin}",
            "day": "{day} {begin}–{finish}",
            "midnight": "{day} {begin} – {finish} (next day)",
            "night": "{day} {begin} – {finish} (next day)",
            "days": "{day} {begin} – {until} {finish}",
        },
        "easy": WHEN["easy"],
    }
)
