"""Find facilities in text as people write them: 「手話通訳あり」「託児なし」「車いす可」, and in cells of open data.

A facility counts only with a yes or a no.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from calendar_app.text.facilities import Known

_NOUNS = {
    "ostomate": r"オストメイト(?:対応|用)?(?:の?(?:設備|トイレ))?",
    "toilet": r"(?:多機能|多目的|バリアフリー|だれでも|誰でも|車いす用|車椅子用|障害者用|身障者用)トイレ",
    "parking": r"(?:(?:身体)?障[害がい]+者用?|身障者用?|車いす用|車椅子用|優先|思いやり)(?:の?駐車(?:場|スペース)|パーキング)",
    "wheelchair": r"(?:車いす|車椅子|車イス)(?:使用者)?(?:で|の|での|による)?(?:入場|来場|利用|観覧|参加|席|対応)?|スロープ",
    "dogs": r"(?:補助犬|盲導犬|介助犬|聴導犬)(?:、|・|や)?(?:盲導犬|介助犬|聴導犬)?(?:の|も|を)?(?:同伴|同行|入場)?",
    "pram": r"ベビーカー(?:で|の|での)?(?:入場|来場|利用|参加)?",
    "nursing": r"(?:授乳(?:室|スペース|コーナー)|おむつ(?:替え|交換)(?:台|の?場所|スペース|コーナー)?|ベビー(?:ルーム|ベッド))",
    "quiet": r"(?:カームダウン|クールダウン)[・･]?(?:クールダウン)?(?:スペース|ルーム|エリア)?|静かに(?:休める|過ごせる)(?:場所|部屋)",
    "loop": r"(?:磁気(?:誘導)?|ヒアリング)ループ",
    "signing": r"手話(?:通訳者?)?",
    "captions": r"要約筆記|(?:リアルタイム|日本語)?字幕|文字通訳|筆談",
    "braille": r"(?:点字|拡大文字|大きな文字)(?:の|版)?(?:資料|プログラム|パンフレット|案内)?",
    "childcare": r"(?:無料)?(?:託児(?:所|室|サービス|コーナー)?|一時保育|保育サービス)",
    "languages": r"(?:(?:英|中国|韓国|外国|ベトナム|ポルトガル|スペイン)語|やさしい日本語|多言語)(?:の|での|による)?(?:通訳|案内|対応|資料)?|通訳",
    "carers": r"(?:介助者|介護者|付添者?|付き添い)(?:の方)?(?:\d+ ?[人名])?(?:まで)?(?:は|も)?",
}
_YES = r"有り?(?!料)|あり(?:ます)?(?!が)|可(?!否|能性)(?:能)?(?:です)?|でき(?:ます|る)|完備|付き?(?!添)|つき|対応(?:して)?(?:い?ます)?|用意(?:しま|してい|があり)?(?:ます|す)?|設置|歓迎|大丈夫|ok|無料|○|◯"
_NO = r"無し?(?!料)|なし|ありません|いません|ございません|不可|でき(?:ません|ない)|行いません|ご遠慮ください|有料|×"
# What may stand between a noun and its yes or no.
_LINK = r"(?:\s*[:：]\s*|\s*(?:が|は|も|の|に|を)?\s*|\s*(?:の|に)?(?:用意|ご用意|対応|設備)(?:が|は|も)?\s*)"
_SAID = {
    code: re.compile(
        rf"(?P<noun>{noun})(?P<link>{_LINK})(?:(?P<no>{_NO})|(?P<yes>{_YES}))(?P<more>\s*\([^()\n]{{1,60}}\))?"
    )
    for code, noun in _NOUNS.items()
}
# 「手話通訳・要約筆記あり」: earlier nouns of the same list.
_BEFORE = {
    code: re.compile(rf"(?P<noun>{noun})\s*(?:・|、|,|/|及び|および|と|や)\s*$") for code, noun in _NOUNS.items()
}
_LISTS = re.compile(r"[、,;；/／・\n。]|\s{2,}")
_BARE = {code: re.compile(rf"(?:{noun})(?:の?(?:有無|設置|同伴|貸出))?") for code, noun in _NOUNS.items()}


@dataclass(frozen=True, slots=True)
class Mention:
    """A facility named at `[start:end]` of a text. `there` is yes or no; `more` is the remark in brackets."""

    code: str
    there: bool
    start: int
    end: int
    more: str = ""


def scan(text: str) -> Iterator[Mention]:
    """Yield the mentions in a folded text (NFKC, lower case), in order, without overlaps."""
    mentions: list[Mention] = []
    for code, pattern in _SAID.items():
        for match in pattern.finditer(text):
            if any(mention.start < match.end() and match.start() < mention.end for mention in mentions):
                continue
            there = match["yes"] is not None if code != "carers" else (match["yes"] or "") == "無料"
            if code == "carers" and (match["yes"] or match["no"]) not in ("無料", "有料"):
                continue
            if code in ("languages", "signing", "braille") and re.match("無料|でき", match["yes"] or match["no"]):
                continue  # a free course of it, or a person who knows it
            mentions.append(Mention(code, there, *match.span(), (match["more"] or "").strip(" ()")))
            mentions += _listed(text, match.start(), there)
    yield from sorted(mentions, key=lambda mention: mention.start)


def named(words: str) -> Iterator[str]:
    """Yield the facilities whose noun begins these words."""
    return (code for code, noun in _NOUNS.items() if re.match(noun, words))


def _listed(text: str, end: int, there: bool) -> Iterator[Mention]:
    """Yield the facilities listed before this place, which share its yes or no."""
    for code, pattern in _BEFORE.items():
        if code != "carers" and (before := pattern.search(text, max(0, end - 40), end)):
            yield Mention(code, there, *before.span())
            yield from _listed(text, before.start(), there)
            return


def read_cell(cell: str, code: str = "") -> tuple[Known, str]:
    """Parse a cell of a table; return the facilities, and the cell if it says more. `code`: the column is about that alone."""
    folded = unicodedata.normalize("NFKC", cell).strip().lower()
    if code and (plain := _yes_or_no(folded)) is not None:
        return {code: plain}, ""
    known: Known = {}
    rest = []
    for part in filter(None, (part.strip() for part in _LISTS.split(folded))):
        bare = next((name for name, pattern in _BARE.items() if pattern.fullmatch(part)), "")
        mentions = list(scan(part))
        if bare and not mentions:
            known.setdefault(bare, True)
            rest += [part] if bare == "languages" else []  # which ones
            continue
        known |= {mention.code: mention.there for mention in mentions if mention.code not in known}
        if sum(mention.end - mention.start for mention in mentions) < len(part) or any(
            mention.more for mention in mentions
        ):
            rest.append(part)
    return known, cell.strip() if rest else ""


def _yes_or_no(text: str) -> bool | None:
    words = {"有": True, "あり": True, "可": True, "○": True, "1": True, "yes": True, "true": True, "対応可": True}
    words |= {
        "無": False,
        "なし": False,
        "不可": False,
        "×": False,
        "0": False,
        "no": False,
        "false": False,
        "対応不可": False,
    }
    return words.get(text)
