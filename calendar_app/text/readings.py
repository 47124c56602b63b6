"""Say how written Japanese sounds, for the search index: 桜 is さくら, 町歩き is まちあるき.

The analyser (SudachiPy with its small dictionary) is optional and takes part only when an entry is saved. Without it
entries are found by their letters and by the reading that staff typed. A request turns Latin letters into kana by rules.
"""

import re
from functools import cache
from typing import Any

from calendar_app.text.normalize import fold

START, END, LOOSE = "‹", "›", "«"  # around sounds in the index; none is a letter, so that no word collides
LONGEST_SOUND, WORDS_TOGETHER = 12, 3
LONGEST_READ = 4000  # letters of one text; the analyser refuses more than 49,149 bytes

_SILENT = {"助詞", "助動詞", "補助記号", "空白", "記号", "接尾辞"}  # parts of speech that nobody begins a search with
_KANJI = re.compile("[一-鿿㐀-䶿々]")
_KANA = re.compile("[ぁ-ゖー]{2,}")
_LONG = re.compile("(?<=[おこそとのほもよろごぞどぼぽょぉ])[うお]|(?<=[うくすつぬふむゆるぐずぶぷゅ])う|ー")

_VOWELS = "aiueo"
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "y": "や　ゆ　よ",
    "r": "らりるれろ",
    "w": "わ　　　を",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_GLIDES = {"a": "ゃ", "u": "ゅ", "o": "ょ"}
_SYLLABLES = {
    head + vowel: kana for head, row in _ROWS.items() for vowel, kana in zip(_VOWELS, row, strict=True) if kana != "　"
}
_SYLLABLES |= {head + "y" + vowel: _ROWS[head][1] + glide for head in "ksnhmrgzbp" for vowel, glide in _GLIDES.items()}
_SYLLABLES |= {
    head + vowel: kana + glide
    for head, kana in (("sh", "し"), ("ch", "ち"), ("j", "じ"))
    for vowel, glide in (*_GLIDES.items(), ("i", ""))
}
_SYLLABLES |= {"tsu": "つ", "fu": "ふ"}
_LATIN = {kana: spelling for spelling, kana in _SYLLABLES.items()}  # the later, Hepburn's, stands
_KANA_SYLLABLE = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)))
_SYLLABLE = re.compile("|".join(sorted(_SYLLABLES, key=len, reverse=True)))
_NASAL = re.compile("n(?=[^aiueoyn]|$)|n(?=n[aiueoy])|m(?=[bmp])")
_DOUBLED = re.compile(r"([kstpcgzdbj])(?=\1)|t(?=ch)")


@cache
def analyser() -> Any:
    """Return the analyser of written Japanese, None where it is not installed."""
    try:
        from sudachipy import Dictionary, SplitMode
    except ImportError:
        return None
    return Dictionary(dict="small").tokenizer(mode=SplitMode.A)


def sounds(text: str) -> list[str]:
    """Return the tokens by which the text is found when its sound is typed. Each content word begins one.

    A token joins up to three words, so that 町歩き is found by まち and by まちあるき. A word of two kana is a token
    of its own with an end, lest くま find 熊本. `LOOSE` tokens lack long vowels, as Latin letters mostly do.
    """
    reader = analyser()
    if reader is None or not _KANJI.search(text):
        return []
    words = [_sound(word) for word in reader.tokenize(text[:LONGEST_READ])]
    found: dict[str, None] = {}
    for place, (sound, begins, _) in enumerate(words):
        together = words[place : place + WORDS_TOGETHER]
        if begins and any(has_kanji for _, _, has_kanji in together):
            found |= dict.fromkeys(_tokens(sound, _joined(together)))
    return list(found)


def sought(folded: str) -> tuple[tuple[str, bool], ...]:
    """Return the tokens that a typed word in kana or Latin letters asks for, and whether each may go on.

    Empty for any other word.
    """
    if _KANA.fullmatch(folded):
        return (_asked(START, folded),)
    kana = from_latin(folded)
    if len(kana) < 2:
        return ()
    loose = without_long(kana)
    return (_asked(START, kana), _asked(LOOSE, loose)) if len(loose) > 1 else (_asked(START, kana),)


def from_latin(word: str) -> str:
    """Return Latin letters as hiragana (Hepburn or Kunrei spelling); "" when they are no Japanese word."""
    if not (word.isascii() and word.isalpha()):
        return ""
    spelled = _DOUBLED.sub("っ", _NASAL.sub("ん", word))
    kana = _SYLLABLE.sub(lambda match: _SYLLABLES[match[0]], spelled)
    return "" if any(letter.isascii() for letter in kana) else kana


def to_latin(text: str) -> str:
    """Return folded text in Latin letters (Hepburn): 雪まつり is yukimatsuri. What has no known sound stays as it is."""
    reader = analyser()
    kana = (
        "".join(
            word.surface() if word.surface().isascii() else fold(word.reading_form())
            for word in reader.tokenize(text[:LONGEST_READ])
        )
        if reader
        else text
    )
    spelled = _KANA_SYLLABLE.sub(lambda match: _LATIN[match[0]], kana).replace("ん", "n").replace("ー", "")
    return re.sub("っ(.)", r"\1\1", spelled)


def without_long(kana: str) -> str:
    """Return kana without the vowels that Latin spelling leaves out: こうよう is こよ."""
    return _LONG.sub("", kana)


def _asked(mark: str, kana: str) -> tuple[str, bool]:
    return (mark + kana[:LONGEST_SOUND], True) if len(kana) > 2 else (mark + kana + END, False)


def _sound(word: Any) -> tuple[str, bool, bool]:
    """Return a word's sound, whether a search may begin with it, and whether it holds a kanji."""
    sound = fold(word.reading_form())
    begins = bool(_KANA.fullmatch(sound)) and word.part_of_speech()[0] not in _SILENT
    return sound, begins, bool(_KANJI.search(word.surface()))


def _joined(words: list[tuple[str, bool, bool]]) -> str:
    together = ""
    for sound, _, _ in words:
        if not re.fullmatch("[ぁ-ゖー]+", sound):
            break
        together += sound
    return together[:LONGEST_SOUND]


def _tokens(sound: str, together: str) -> list[str]:
    loose, short = without_long(together), without_long(sound)
    written = [START + together] + ([START + sound + END] if len(sound) == 2 else [])
    return written + ([LOOSE + loose] if loose != together else []) + ([LOOSE + short + END] if len(short) == 2 else [])
