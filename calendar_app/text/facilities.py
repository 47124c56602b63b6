"""The facilities that decide whether people can come: wheelchairs, toilets, sign language, child care …, with words and icons.

Known facilities are a dict of code to True (present) or False (absent); a missing code is unknown. A venue states its own;
an event adds to them, or overrides them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from calendar_app.text import languages
from calendar_app.text.languages import Words

Known = dict[str, bool]


class Facility(NamedTuple):
    """A facility. `of_place`: it belongs to a building, whatever takes place there. `icon` is a path of lines, 24 × 24.

    `name` is its name; `yes` and `no` say whether it is there, in easy Japanese only where readers need the sentence.
    """

    of_place: bool
    name: Words[str]
    yes: Words[str]
    no: Words[str]
    icon: str


def _facility(
    name: tuple[str, str], yes: tuple[str, str, str], no: tuple[str, str, str], icon: str, *, of_place: bool = False
) -> Facility:
    """Names are Japanese and English, answers Japanese, English and easy Japanese."""

    def words(texts: tuple[str, ...]) -> Words[str]:
        return Words({lang: text for lang, text in zip(("ja", "en", "easy"), texts, strict=False) if text})

    return Facility(of_place, words(name), words(yes), words(no), icon)


FACILITIES: dict[str, Facility] = {
    "wheelchair": _facility(
        ("車いす", "Wheelchair access"),
        ("車いす可", "wheelchair access", "車いすで 入ることが できます"),
        ("車いす不可", "no wheelchair access", "車いすで 入ることが できません"),
        "M10 3.5a1.5 1.5 0 1 0 .01 0M10 8v6h5l3 5.5M10 10.5h4.5M7.5 12a5 5 0 1 0 6.5 7",
        of_place=True,
    ),
    "toilet": _facility(
        ("多機能トイレ", "Accessible toilet"),
        ("多機能トイレあり", "accessible toilet", "広い トイレが あります"),
        ("多機能トイレなし", "no accessible toilet", "広い トイレは ありません"),
        "M6 3h4v8H6zM6 11h12a6 6 0 0 1-5 6l1 4H8l1-4a6 6 0 0 1-3-6M20 6v4",
        of_place=True,
    ),
    "ostomate": _facility(
        ("オストメイト対応トイレ", "Ostomate toilet"),
        ("オストメイト対応トイレあり", "ostomate toilet", "オストメイトの 人が 使える トイレが あります"),
        ("オストメイト対応トイレなし", "no ostomate toilet", "オストメイトの 人が 使える トイレは ありません"),
        "M12 2.5a2 2 0 1 0 .01 0M8 21V9h8v12M5 15V9h14v6M12 12v5M9.5 14.5h5",
        of_place=True,
    ),
    "parking": _facility(
        ("障害者用駐車場", "Accessible parking"),
        ("障害者用駐車場あり", "accessible parking", "体の 不自由な 人の 駐車場が あります"),
        ("障害者用駐車場なし", "no accessible parking", "体の 不自由な 人の 駐車場は ありません"),
        "M4 3h16v18H4zM9.5 17V7H13a3 3 0 0 1 0 6H9.5",
        of_place=True,
    ),
    "dogs": _facility(
        ("補助犬", "Assistance dogs"),
        ("補助犬同伴可", "assistance dogs welcome", "盲導犬などと いっしょに 入ることが できます"),
        ("補助犬同伴不可", "no assistance dogs", "盲導犬などと いっしょに 入ることが できません"),
        "M4 7l3-3 3 3h6l4 5v2h-3l-1 7h-2l-1-6H9l-1 6H6L5 11zM14 4v3",
        of_place=True,
    ),
    "pram": _facility(
        ("ベビーカー", "Prams"),
        ("ベビーカー可", "prams welcome", "ベビーカーで 入ることが できます"),
        ("ベビーカー不可", "no prams", "ベビーカーで 入ることが できません"),
        "M3 4h3l2 8.5h11.5A7.5 7.5 0 0 0 12 5v7.5M9 12.5l8 4M18 12.5l-8 4M8.5 17a1.7 1.7 0 1 0 .01 0M17.5 17a1.7 1.7 0 1 0 .01 0",
        of_place=True,
    ),
    "nursing": _facility(
        ("授乳・おむつ替え", "Nursing and nappies"),
        (
            "授乳・おむつ替えの場所あり",
            "place to nurse and change nappies",
            "赤ちゃんに ミルクを あげる 場所が あります",
        ),
        (
            "授乳・おむつ替えの場所なし",
            "no place to nurse or change nappies",
            "赤ちゃんに ミルクを あげる 場所は ありません",
        ),
        "M9.5 8h5l1 3v8a2 2 0 0 1-2 2h-3a2 2 0 0 1-2-2v-8zM10 8V5.5h4V8M12 5.5V2.5M8.5 13H12M8.5 17H12",
        of_place=True,
    ),
    "quiet": _facility(
        ("静かに休める場所", "Quiet space"),
        ("静かに休める場所あり", "quiet space", "静かに 休む 場所が あります"),
        ("静かに休める場所なし", "no quiet space", "静かに 休む 場所は ありません"),
        "M3 20v-9h2.5v5h13v-3a2 2 0 0 1 2.5 2v5M5.5 18.5h13M9 12.5h6M12 3h4l-4 5h4M18 3.5h2.5l-2.5 3h2.5",
        of_place=True,
    ),
    "loop": _facility(
        ("磁気ループ", "Hearing loop"),
        ("磁気ループあり", "hearing loop", "補聴器で よく 聞こえる 機械が あります"),
        ("磁気ループなし", "no hearing loop", "補聴器で よく 聞こえる 機械は ありません"),
        "M7 10a5 5 0 0 1 10 0c0 4-4 4-4 7.5a2.5 2.5 0 0 1-5 0M10 10a2 2 0 0 1 4 0M3 14V6M20.5 17h-4M18.5 17v4",
        of_place=True,
    ),
    "signing": _facility(
        ("手話通訳", "Sign language"),
        ("手話通訳あり", "sign language interpretation", "手話の 通訳が います"),
        ("手話通訳なし", "no sign language interpretation", "手話の 通訳は いません"),
        "M8 13V5.5a1.5 1.5 0 0 1 3 0V11M11 10V4a1.5 1.5 0 0 1 3 0v7M14 10.5V6a1.5 1.5 0 0 1 3 0v9a6 6 0 0 1-6 6c-3 0-4.5-2-6.5-6l-1-2a1.5 1.5 0 0 1 2.5-1.4L8 14M20 5l1.5-1.5M20.5 9H22",
    ),
    "captions": _facility(
        ("要約筆記・字幕", "Captions"),
        ("要約筆記・字幕あり", "captions or note-taking", "話を 文字で 見ることが できます"),
        ("要約筆記・字幕なし", "no captions or note-taking", "話を 文字で 見ることは できません"),
        "M3 5h18v14H3zM6.5 12h5M14.5 12h3M6.5 15.5h7.5M16.5 15.5h1",
    ),
    "braille": _facility(
        ("点字・大きな文字", "Braille or large print"),
        ("点字・大きな文字の資料あり", "material in Braille or large print", "点字や 大きい 文字の 紙が あります"),
        (
            "点字・大きな文字の資料なし",
            "no material in Braille or large print",
            "点字や 大きい 文字の 紙は ありません",
        ),
        "M5 7a1.2 1.2 0 1 0 .01 0M5 11a1.2 1.2 0 1 0 .01 0M10 7a1.2 1.2 0 1 0 .01 0M10 15a1.2 1.2 0 1 0 .01 0M13.5 18L17.5 6l4 12M15 14.5h5",
    ),
    "childcare": _facility(
        ("託児", "Child care"),
        ("託児あり", "child care on site", "子どもを 預かります"),
        ("託児なし", "no child care", "子どもを 預かることは できません"),
        "M8 3a2.2 2.2 0 1 0 .01 0M4 21v-7a4 4 0 0 1 7.5-2l2.5 4M17 11a1.7 1.7 0 1 0 .01 0M14 21v-3a3 3 0 0 1 6 0v3",
    ),
    "languages": _facility(
        ("外国語・やさしい日本語", "Other languages"),
        (
            "外国語・やさしい日本語の案内あり",
            "help in other languages or easy Japanese",
            "外国語や やさしい 日本語で 話します",
        ),
        (
            "外国語・やさしい日本語の案内なし",
            "no help in other languages",
            "外国語や やさしい 日本語では 話しません",
        ),
        "M3 4h18v13h-9l-5 4v-4H3zM8.5 14L12 6.5l3.5 7.5M9.7 11.5h4.6",
    ),
    "carers": _facility(
        ("介助者の料金", "Carers free of charge"),
        ("介助者無料", "carers free of charge", "手伝う 人は お金が いりません"),
        ("介助者有料", "carers pay too", "手伝う 人も お金が いります"),
        "M8 4a2.2 2.2 0 1 0 .01 0M16 4a2.2 2.2 0 1 0 .01 0M3.5 21v-6a4.5 4.5 0 0 1 8.5-2 4.5 4.5 0 0 1 8.5 2v6M12 13v8",
    ),
    "online": _facility(
        ("オンライン参加", "Online"),
        ("オンラインで参加可", "can be joined online", "インターネットで 見ることが できます"),
        ("オンライン参加なし", "not online", "インターネットで 見ることは できません"),
        "M3 4h18v12H3zM8 20.5h8M12 16v4.5M10.5 7.5v5l4-2.5z",
    ),
}
# Other common words for each facility, by which people search.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "wheelchair": ("車いす", "車椅子", "車イス"),
    "toilet": ("バリアフリートイレ", "多目的トイレ", "誰でもトイレ", "だれでもトイレ", "車いす用トイレ"),
    "ostomate": ("オストメイト", "オストメイト用トイレ"),
    "parking": ("優先駐車場", "身障者用駐車場", "思いやり駐車場"),
    "dogs": ("補助犬", "盲導犬", "介助犬", "聴導犬"),
    "pram": ("ベビーカー", "ベビーカーのまま"),
    "nursing": ("授乳室", "授乳スペース", "おむつ替え", "おむつ交換", "ベビーベッド"),
    "quiet": ("カームダウン", "クールダウン"),
    "loop": ("ヒアリングループ", "磁気誘導ループ"),
    "signing": ("手話", "手話通訳者"),
    "captions": ("要約筆記", "字幕", "文字通訳", "筆談"),
    "braille": ("点字", "点字資料", "拡大文字", "音声案内"),
    "childcare": ("託児", "一時保育", "託児所"),
    "languages": ("外国語通訳", "通訳", "英語対応", "外国語対応", "やさしい日本語"),
    "carers": ("介助者", "介護者", "付添"),
    "online": ("オンライン", "オンライン配信"),
}
OF_PLACE = tuple(code for code, facility in FACILITIES.items() if facility.of_place)
# All but "online", which follows from the address to join.
TYPED = tuple(code for code in FACILITIES if code != "online")


def cleaned(value: Any) -> Known:
    """Return the valid facilities of any JSON value, in their order."""
    held = value if isinstance(value, Mapping) else {}
    return {code: held[code] for code in FACILITIES if isinstance(held.get(code), bool)}


def joined(place: Mapping[str, bool], own: Mapping[str, bool], *, online: bool = False) -> Known:
    """Combine the facilities of a venue with those of an event, which take precedence."""
    of_place = {code: place[code] for code in OF_PLACE if code in place}
    return cleaned(of_place | ({"online": True} if online else {}) | dict(own))


def say(code: str, there: bool, lang: str) -> str:
    """Return the words for a facility that is there, or is not."""
    return (FACILITIES[code].yes if there else FACILITIES[code].no)[lang]


def name(code: str, lang: str) -> str:
    """Return the name of a facility."""
    return FACILITIES[code].name[lang]


def sentence(known: Mapping[str, bool], lang: str) -> str:
    """Write all known facilities in one line: first those present, then those absent."""
    answers = [say(code, there, lang) for there in (True, False) for code, has in known.items() if has is there]
    if languages.plain(lang):
        return "".join(f"{answer}。" for answer in answers)
    return languages.comma(lang).join(answers)


def searched(known: Mapping[str, bool]) -> list[str]:
    """Return the words that find the facilities present."""
    spellings = [[*FACILITIES[code].name.values(), *SPELLINGS.get(code, ())] for code, there in known.items() if there]
    return [word for words in spellings for word in words]
