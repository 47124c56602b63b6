"""Define which letters count as equal when people search, and the pieces of text in the index.

Japanese has no spaces between words, so every letter begins a piece, together with the letter after it: 桜まつり is 桜ま, まつ,
つり, り. A word of two letters is one piece; a word of one letter is the beginning of a piece. In scripts with spaces each
word is one piece.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from operator import add
from typing import NamedTuple

VERSION = 2  # raise it when the same text gives other pieces; `calendar-app init` then rebuilds the index
LONGEST_WORD = 40

_ACCENTS = dict.fromkeys(range(0x300, 0x370))
# Katakana become hiragana, old and variant forms today's letters. Each letter becomes one letter.
_OLD = "舘澤櫻廣邊邉髙﨑嶋國學會藝龍瀧濱眞縣驛圓劍澁壽萬惠榮豐傳寶靜禮鐵體廳靈齋齊斎祭圖號賣續淺淸實樂櫟檜穗淵渕峯嶽"
_NEW = "館沢桜広辺辺高崎島国学会芸竜滝浜真県駅円剣渋寿万恵栄豊伝宝静礼鉄体庁霊斉斉斉祭図号売続浅清実楽櫟桧穂渕渕峰岳"
_SAME = {ord(old): new for old, new in zip(_OLD, _NEW, strict=True)}
_SAME |= {code: chr(code - 0x60) for code in range(0x30A1, 0x30F7)} | {ord("ヶ"): "が", ord("ヵ"): "か"}

_KANJI, _KANA = "一-鿿㐀-䶿々", "ぁ-ゖァ-ヺー"
_COUNTER = re.compile("(?<=[0-9一二三四五六七八九十百数何])[ヶケヵカ](?=[月所国年条村町])")  # 3ヶ月, 3ケ月, 3か月
_IN_NAMES = re.compile(f"(?<=[{_KANJI}])ケ(?![{_KANA}])")  # 鶴ケ池 is 鶴ヶ池 is 鶴が池, スケート is not
_DASH = re.compile(f"(?<=[{_KANA}])[-‐-―−~〜](?=[{_KANA}])")  # ラ-メン

_SPACED, _UNSPACED = r"[^\W_\u0e00-\U0010ffff]", r"[^\W_\x00-\u0dff]"
# Spaces between Japanese letters and apostrophes inside a word are ignored.
_GAP = re.compile(rf"(?<={_UNSPACED})[\s・]+(?={_UNSPACED})|(?<=[a-z])['’](?=[a-z])")
_RUN = re.compile(f"{_SPACED}+|{_UNSPACED}+")
_CLUSTER = re.compile("(?s:.)[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")


class Piece(NamedTuple):
    """A token of the index at `[start:end]` of the folded text. `spaced`: a whole word of a script with spaces."""

    token: str
    start: int
    end: int
    spaced: bool


def fold(text: str) -> str:
    """Fold text for comparison: width, case, accents, kana, old letters and spaces between Japanese make no difference."""
    return _GAP.sub("", _same_length(_letters(text)))


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its letters, the offset in the original; one more offset for the end."""
    letters, places = [], []
    for cluster in _CLUSTER.finditer(text):
        folded_cluster = _cluster(cluster[0])
        letters.append(folded_cluster)
        places += [cluster.start()] * len(folded_cluster)
    folded = _same_length("".join(letters))
    gaps = [number for gap in _GAP.finditer(folded) for number in range(*gap.span())]
    for number in reversed(gaps):
        del places[number]
    return _GAP.sub("", folded), [*places, len(text)]


@lru_cache(4096)
def _cluster(text: str) -> str:
    """Fold one letter with its marks. A text has few different ones."""
    return _letters(text)


def _letters(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_ACCENTS)
    return unicodedata.normalize("NFC", apart)


def _same_length(text: str) -> str:
    text = _IN_NAMES.sub("が", _COUNTER.sub("か", text))
    return _DASH.sub("ー", text).translate(_SAME)


def stem(word: str) -> str:
    """Return an English word without its plural ending; other words are left alone."""
    if len(word) < 4 or not word.isascii() or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "zes", "sses")) else word[:-1]


def pieces(folded: str) -> Iterator[Piece]:
    """Yield the tokens of a folded text for an index, in order, with their offsets."""
    for run in _RUN.finditer(folded):
        if _is_spaced(run[0]):
            yield Piece(_of_run(run[0])[0], run.start(), run.end(), True)
        else:
            for place, token in enumerate(_of_run(run[0]), run.start()):
                yield Piece(token, place, place + 1, False)


def tokens(folded: str) -> list[str]:
    """Return the tokens of a folded text for an index, in order."""
    return [token for run in _RUN.findall(folded) for token in _of_run(run)]


def runs(folded: str) -> list[str]:
    """Return words, and runs of Japanese letters."""
    return _RUN.findall(folded)


def _of_run(run: str) -> list[str]:
    if _is_spaced(run):
        return [stem(run)[:LONGEST_WORD]]
    return [*map(add, run, run[1:]), run[-1]]


def _is_spaced(run: str) -> bool:
    return run[0] < "\u0e00"


def whole_words(folded: str) -> set[str]:
    """Return the words that may be mistyped: four letters and more, no numbers; of Japanese those in kana or in kanji."""
    spaced = (token for run in runs(folded) if _is_spaced(run) for token in _of_run(run))
    japanese = re.findall(f"[ぁ-ゖー]{{4,20}}|[{_KANJI}]{{4,20}}", folded)
    return {word for word in (*spaced, *japanese) if len(word) >= 4 and word.isalpha()}


def is_kanji(word: str) -> bool:
    """Whether a word consists of kanji alone."""
    return re.fullmatch(f"[{_KANJI}]+", word) is not None
