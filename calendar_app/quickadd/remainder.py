"""Place the text that no reader claimed: its first words become the title, the rest the summary or the details."""

import re
from collections.abc import Iterator, Sequence

from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.reader import BLANK, Page, claim, hidden, original, set_value
from calendar_app.quickadd.titles import bare_title

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
_HEADING = re.compile(
    r"(?:(?:イベント|催し|行事)?の?(?:お知らせ|ご案内|案内|情報)|来る|下記の?とおり|日にち|期日|(?:各|毎)回|[^\s]{0,4}日|時間は?|meet|event|notice|news)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:です|ます|ません|ください|下さい|ました|でしょう)[。!！]?$|。")
_PAIRS = (("「", "」"), ("『", "』"), ("(", ")"), ("（", "）"), ("【", "】"), ("[", "]"), ("《", "》"), ("〈", "〉"))


def place_leftovers(page: Page, sections: Sequence[Section]) -> None:
    """Fill in the title, if it is still missing, and put all other unclaimed words into the summary or the details."""
    open_ = [section for section in sections if section.kind in ("", "when", "clock", "place")]
    if "title" not in page.values and (
        title := _choose_title(page, [section for section in sections if not section.kind])
    ):
        span, words = title
        set_value(page, "title", words)
        claim(page, span, "title", words)
    page.leftovers += [_with_stop(original(page, *run)) for section in open_ for run in _runs(page.plain, section)]
    left = "\n".join(filter(_is_telling, page.leftovers))
    page.leftovers = [left] if left else []
    if left:
        name = "summary" if len(left) <= SUMMARY and "\n" not in left else "body"
        earlier = page.values.get(name, "")
        page.values[name] = f"{left}\n\n{earlier}" if earlier else left


def _runs(plain: str, section: Section) -> Iterator[tuple[int, int]]:
    """Yield the spans of unclaimed words in a section."""
    for match in _RUN.finditer(plain, section.start, section.end):
        if match[0].strip(_LOOSE):
            yield match.span()


def _choose_title(page: Page, free: Sequence[Section]) -> tuple[tuple[int, int], str] | None:
    """Return the span and the words of the title: the first words outside labels that are no sentence and no mere heading."""
    plain = hidden(page.plain, page.aside)
    for start, end in (run for section in free for run in _runs(plain, section)):
        words = _as_title(
            original(page, start, end), preceding=plain[start - 1 : start], following=plain[end : end + 1]
        )
        fits = 1 < len(words) <= TITLE and re.search(r"[^\W\d_]", words)
        if fits and not (_SENTENCE.search(words) or _HEADING.fullmatch(words)):
            return (start, end), words
    return None


def _as_title(typed: str, *, preceding: str, following: str) -> str:
    """Strip what joined the words to claimed text. `preceding` and `following` are the letters around them: BLANK if claimed."""
    words = _clean(typed)
    if preceding == BLANK:
        words = _LED.sub("", words)
    words = _clean(_FOLLOWED.sub("", _clean(words)))
    if following == BLANK:
        words = _clean(_TOPIC.sub("", words))
    words = _clean(bare_title(words))
    return words[1:-1] if _QUOTED.fullmatch(words) else words


def _clean(text: str) -> str:
    """Strip marks at the edges that belonged to claimed words, and brackets that lost their other half."""
    text = text.strip(_LOOSE)
    if len(re.findall(_WAVE, text)) % 2:  # 「～学びを支えたもの～」 keeps its waves
        text = re.sub(rf"^{_WAVE}+|{_WAVE}+$", "", text).strip(_LOOSE)
    for opening, closing in _PAIRS:
        if text.startswith(opening) and text.endswith(closing) and text.count(opening) == 1 and opening in "【《〈[":
            text = text[1:-1].strip(_LOOSE)
        if text.count(opening) != text.count(closing):
            text = text.strip(opening + closing).strip(_LOOSE)
    return re.sub(r"[(（「『【]\s*[)）」』】]", "", text).strip(_LOOSE)


def _with_stop(text: str) -> str:
    """Clean a leftover text, but keep the full stop of its sentence."""
    cleaned = _clean(text)
    stop = re.search(r"[。!！？?]$", text.strip())
    return f"{cleaned}{stop[0]}" if stop and cleaned and not cleaned.endswith(stop[0]) else cleaned


def _is_telling(text: str) -> bool:
    """Tell whether a leftover text says anything. 「で」 between two claimed words does not."""
    return bool(re.search(r"[^\W_]", text)) and not re.fullmatch(
        r"(?:[にのはでをがと]|から|より|まで|頃|ごろ|時|(?:開催)?(?:いた)?します|です|[。!]|at|on|in|the|from|and|is)*",
        text,
    )
