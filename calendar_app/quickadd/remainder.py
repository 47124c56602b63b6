"""What the other readers left: the first words are the title, the rest goes to the summary or the details, visibly."""

import re
from collections.abc import Iterator, Sequence

from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.reader import BLANK, Page, claim, original, set_value

TITLE = 200  # characters
SUMMARY = 200

_RUN = re.compile(rf"[^{BLANK}\n]+")
_LOOSE = " 　\t、。,.・:：;；/|｜=＝→⇒-–—*＊■□●○◆◇◎▼▽▲△▶►★☆※♪"
_WAVE = "[~〜～]"
_LED = re.compile(
    r"^(?:に(?:は|て)?|の|は|で|を|が|と|から|より|まで|頃|ごろ|at|on|in|from|the|and|,)(?=\s|[^ぁ-んa-zA-Z]|$)|^(?:に|の|は|で|、)+"
)
_FOLLOWED = re.compile(
    r"(?:(?:を|が)(?:開催|実施)?(?:します|いたします|致します|されます|行います|あります|開きます)|のお知らせ|のご案内)[。!！]*$"
    r"|。$|[ 、,](?:at|on|in|from|@|で|に)$"
)
_TOPIC = re.compile(r"(?<=.)[はをが]$")
_QUOTED = re.compile(r"「[^「」]+」|『[^『』]+』")
_HEADING = re.compile(r"(?:(?:イベント|催し|行事)?の?(?:お知らせ|ご案内|案内|情報)|event|notice|news)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:です|ます|ません|ください|下さい|ました|でしょう)[。!！]?$|。")
_PAIRS = (("「", "」"), ("『", "』"), ("(", ")"), ("（", "）"), ("【", "】"), ("[", "]"), ("《", "》"), ("〈", "〉"))


def place_leftovers(page: Page, sections: Sequence[Section]) -> None:
    open_ = [one for one in sections if one.kind in ("", "when", "clock", "place")]
    if "title" not in page.values and (chosen := _chosen(page, [one for one in sections if not one.kind])):
        span, words = chosen
        set_value(page, "title", words)
        claim(page, span, "title", words)
    page.leftovers += [_kept(original(page, *run)) for one in open_ for run in _runs(page.plain, one)]
    left = "\n".join(filter(_telling, page.leftovers))
    page.leftovers = [left] if left else []
    if left:
        name = "summary" if len(left) <= SUMMARY and "\n" not in left else "body"
        before = page.values.get(name, "")
        page.values[name] = f"{left}\n\n{before}" if before else left


def _runs(plain: str, one: Section) -> Iterator[tuple[int, int]]:
    """What is not understood, piece by piece."""
    for found in _RUN.finditer(plain, one.start, one.end):
        if found[0].strip(_LOOSE):
            yield found.span()


def _chosen(page: Page, free: Sequence[Section]) -> tuple[tuple[int, int], str] | None:
    """The first words that can be a title: no sentence, no mere heading, not behind a label."""
    plain = page.plain
    for start, end in page.aside:
        plain = f"{plain[:start]}{BLANK * (end - start)}{plain[end:]}"
    for start, end in (run for one in free for run in _runs(plain, one)):
        typed = _clean(original(page, start, end))
        words = _LED.sub("", typed) if plain[start - 1 : start] == BLANK else typed
        words = _clean(_FOLLOWED.sub("", _clean(words)))
        words = _clean(_TOPIC.sub("", words)) if plain[end : end + 1] == BLANK else words
        words = words[1:-1] if _QUOTED.fullmatch(words) else words
        fits = 1 < len(words) <= TITLE and re.search(r"[^\W\d_]", words)
        if fits and not (_SENTENCE.search(words) or _HEADING.fullmatch(words)):
            return (start, end), words
    return None


def _clean(text: str) -> str:
    """Without the marks at its edges that belonged to what was taken out, and without brackets that lost their other half."""
    text = text.strip(_LOOSE)
    if len(re.findall(_WAVE, text)) % 2:  # 「～学びを支えたもの～」 keeps its own
        text = re.sub(rf"^{_WAVE}+|{_WAVE}+$", "", text).strip(_LOOSE)
    for opening, closing in _PAIRS:
        if text.startswith(opening) and text.endswith(closing) and text.count(opening) == 1 and opening in "【《〈[":
            text = text[1:-1].strip(_LOOSE)
        if text.count(opening) != text.count(closing):
            text = text.strip(opening + closing).strip(_LOOSE)
    return re.sub(r"[(（「『【]\s*[)）」』】]", "", text).strip(_LOOSE)


def _kept(text: str) -> str:
    """As it was typed, with the full stop of its sentence."""
    cleaned = _clean(text)
    stop = re.search(r"[。!！？?]$", text.strip())
    return f"{cleaned}{stop[0]}" if stop and cleaned and not cleaned.endswith(stop[0]) else cleaned


def _telling(text: str) -> bool:
    """Whether it says anything: 「で」 between two things that were understood does not."""
    return bool(re.search(r"[^\W_]", text)) and not re.fullmatch(
        r"(?:[にのはでをがと]|から|より|まで|頃|ごろ|時|(?:開催)?(?:いた)?します|です|[。!]|at|on|in|the|from|and|is)*",
        text,
    )
