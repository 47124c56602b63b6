"""Split text into the characters that people see: letters with marks, whole emoji, flags; and recognise pictures."""

import re
import unicodedata

# Extended_Pictographic of Unicode, the rare halves of its blocks included.
_PICTURE = (
    "©®‼⁉™ℹ↔-↙↩↪⌚⌛⌨⏏⏩-⏳⏸-⏺Ⓜ▪▫▶◀◻-◾☀-☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸-☺♀♂♈-♓♟♠♣♥♦♨♻♾♿⚒-⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰-⛵⛷-⛺⛽"
    "✂✅✈-✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓-❕❗❣❤➕-➗➡➰➿⤴⤵⬅-⬇⬛⬜⭐⭕〰〽㊗㊙"
    "\U0001f004\U0001f02c-\U0001f02f\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f201\U0001f202\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f3fa"
    "\U0001f400-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
)


_IS_PICTURE = re.compile(f"[{_PICTURE}]")


# Pictures in colour without asking; the others are letters until U+FE0F follows.
_COLOURED = re.compile(
    "[⌚⌛⏩-⏬⏰⏳◽◾☔☕♈-♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓-❕❗➕-➗➰➿⬛⬜⭐⭕\U0001f004-\U0001faff]"
)


_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")


_JOINS = re.compile("[\u200c\u200d\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")


_JOINER, _COLOUR, _KEY = "\u200d", "\ufe0f", "\u20e3"


def graphemes(text: str) -> list[str]:
    """Split text into graphemes: letters with marks, whole emoji, flags (UAX #29 without Indic and Hangul jamo)."""
    clusters: list[str] = []
    for letter in text:
        if clusters and _goes_on(clusters[-1], letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _goes_on(before: str, letter: str) -> bool:
    last = before[-1]
    if letter == "\n" or last == "\n":
        return before == "\r"
    if unicodedata.category(letter)[0] == "M" or _JOINS.match(letter):
        return last != "\r"
    if _FLAG.match(letter):
        return bool(_FLAG.fullmatch(before))
    return last == _JOINER and bool(_IS_PICTURE.match(letter) and _IS_PICTURE.match(before))


def pictorial(letter: str) -> bool:
    """Tell whether a letter is a picture, or part of one."""
    return bool(_COLOURED.match(letter) or _FLAG.match(letter) or letter in "\u200d\ufe0f\u20e3☀☁☂☃❤♡♥☎✉")


def emoji(grapheme: str) -> bool:
    """Tell whether a grapheme is drawn as a coloured picture: an emoji, a key, a flag."""
    return bool(
        _KEY in grapheme
        or _COLOURED.search(grapheme)
        or (_COLOUR in grapheme and _IS_PICTURE.match(grapheme))
        or len(_FLAG.findall(grapheme)) == 2
    )
