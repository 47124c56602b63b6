"""Words that mean the same to people who search: other spellings, other words. Staff add their own at the desk.

A text that holds a word is found by the others of its group too. The index holds them, so a search costs no more.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

BEFORE_AND_AFTER = 8  # letters around a word that its other spelling keeps, so that 桜祭り finds 桜まつり
MOST_PLACES = 3  # of one word in one text
SHORTEST_ANYWHERE = 3  # a shorter word in kana counts only when it stands alone in its script

Group = Sequence[str]

GROUPS: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in """
    桜 さくら サクラ
    子ども 子供 こども 児童 キッズ
    熊 クマ くま
    祭り まつり 祭
    お祭り おまつり お祭
    町歩き まち歩き 街歩き まちあるき 散策
    車椅子 車いす 車イス 車イスOK
    障がい 障害 障碍
    申込 申し込み 申込み 応募
    締切 締め切り 〆切 締切り
    問合せ 問い合わせ お問い合わせ
    温泉 おんせん
    雪祭り 雪まつり
    紅葉 もみじ こうよう
    花火 はなび
    ゴミ ごみ 廃棄物
    断水 停水
    通行止め 通行止 交通規制 通行規制
    予防接種 ワクチン 接種
    健診 検診 健康診断
    赤ちゃん 赤ん坊 乳児 ベビー
    お年寄り 高齢者 シニア
    体験 ワークショップ
    音楽会 コンサート 演奏会
    マラソン ランニング
    スキー場 ゲレンデ
    市場 マルシェ 朝市
    図書館 としょかん
    展覧会 展示会 作品展
    避難 ひなん
    引越 引っ越し 引越し
    蕎麦 そば ソバ
    手作り 手づくり てづくり
    無料 タダ
    映画 上映会 シネマ
    駐車場 パーキング
    トイレ お手洗い 便所
    水芭蕉 水ばしょう ミズバショウ
    片栗 カタクリ かたくり
    武家屋敷 ぶけやしき
    雛 ひな ひいな
    """.strip().splitlines()
)

_HIRAGANA, _KATAKANA = "ぁ-ゖ", "ァ-ヺー"


def elsewise(text: str, groups: Iterable[Group]) -> list[str]:
    """Return, for each word of a group in the text, its surroundings with each other word of that group instead."""
    plain = unicodedata.normalize("NFKC", text)
    found: dict[str, None] = {}
    for group in groups:
        for word in group:
            if word in plain:
                found |= dict.fromkeys(_said_otherwise(plain, word, group))
    return list(found)


def _said_otherwise(text: str, word: str, group: Group) -> Iterator[str]:
    places = list(_pattern(word).finditer(text))[:MOST_PLACES]
    for place in places:
        before = text[max(0, place.start() - BEFORE_AND_AFTER) : place.start()]
        after = text[place.end() : place.end() + BEFORE_AND_AFTER]
        yield from (before + other + after for other in group if other not in word and word not in other)


def _pattern(word: str) -> re.Pattern[str]:
    """Return where a word stands: a Latin one between its like, a short one in kana between other letters."""
    if word.isascii():
        return re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    for script in (_HIRAGANA, _KATAKANA):
        if len(word) < SHORTEST_ANYWHERE and re.fullmatch(f"[{script}]+", word):
            return re.compile(f"(?<![{script}]){re.escape(word)}(?![{script}])")
    return re.compile(re.escape(word))
