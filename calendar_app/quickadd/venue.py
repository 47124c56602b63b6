"""Where it is: a venue that is known, by its name in any width or kana, or else a new one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import BLANK, Page, claim, original, set_aside, set_value

LONGEST = 100  # characters of a venue's name
SHOWN = 4

_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_IDLE = re.compile(r"[\s・()（）「」『』]")
_ENDS = re.compile(r"$|[\s\0、。,()/|]")
_MARKED = re.compile(r"(?:@|於|会場は|\bat (?:the )?)\s?$")
_GAPS = f" \n{BLANK}"
_PARTICLE = re.compile(
    r"(?:にて|において|で(?!き)|に(?!は)|が会場)(?:開催|実施)?(?:(?:いた)?します|されます|予定(?:です)?)?"
)
_SUFFIXES = (
    *(
        "館",
        "ホール",
        "センター",
        "公園",
        "広場",
        "会場",
        "(?<!教)室",
        "プラザ",
        "役所",
        "役場",
        "庁舎",
        "グラウンド",
        "グランド",
        "球場",
        "競技場",
    ),
    *(
        "学校",
        "高校",
        "大学",
        "保育園",
        "幼稚園",
        "こども園",
        "神社",
        "寺",
        "城",
        "城跡",
        "駅",
        "駅前",
        "堤",
        "湖畔",
        "通り",
        "商店街",
        "ロビー",
        "劇場",
    ),
    *(
        "シアター",
        "アリーナ",
        "ドーム",
        "スタジアム",
        "集会所",
        "道の駅",
        "モール",
        "タワー",
        "渓谷",
        "スキー場",
        "キャンプ場",
        "駐車場",
        "プール",
        "コート",
    ),
    *(
        "library",
        "hall",
        "park",
        "station",
        "center",
        "centre",
        "museum",
        "school",
        "shrine",
        "temple",
        "square",
        "stadium",
        "gym",
        "theatre",
        "theater",
    ),
)
_ROOM = r"(?: ?\d{1,2}(?:階|f))?(?: ?[^\s\0、。,()]{1,12}(?:室|ホール|広場|ロビー))?"
_LIKELY = re.compile(
    rf"(?<![^\s\0、。,/|(])[^\s\0、。,/|()@]{{0,28}}(?:{'|'.join(_SUFFIXES)}){_ROOM}(?=$|[\s\0、。,()/|]|にて|で(?:開催|の|$|\s)|に(?:て|集))"
)
_SAID = re.compile(
    r"(?:@ ?|於:? ?|会場は)(?P<marked>[^\s\0、。,]{2,40})|(?<![^\s\0、。])(?P<held>[^\s\0、。]{2,30}?)(?:にて|で開催|において)"
    r"|\b(?:at|in) (?P<english>(?:the )?(?!noon|midnight|\d)[a-z][\w'’ -]{1,60}?)(?=$|[,.;\n\0(]| on | from | for )"
)
_STRIP = " 、。,:()-~"


@dataclass(frozen=True, slots=True)
class KnownVenue:
    """A venue as the town knows it."""

    id: int
    name: str
    name_en: str = ""


def read_venue(page: Page, sections: Sequence[Section], places: Iterable[KnownVenue]) -> None:
    known = _known(tuple(places))
    for one in sections:
        if one.kind == "place" and _labelled(page, one, known):
            return
    free = [one for one in sections if one.kind in ("", "when")]
    if _named(page, free, known):
        return
    for one in free:
        for found in [*_SAID.finditer(page.plain, one.start, one.end)]:
            name = next(name for name, text in found.groupdict().items() if text)
            if _fill(page, found.span(), original(page, *found.span(name)), known):
                return
    _likely(page, free, known)


def _likely(page: Page, free: Sequence[Section], known: dict[str, list[KnownVenue]]) -> None:
    """A word that ends like a place, beside other words: alone it is what the event is called."""
    for one in free:
        for found in reversed([*_LIKELY.finditer(page.plain, one.start, one.end)]):
            rest = page.plain[one.start : found.start()] + page.plain[found.end() : one.end]
            if re.search(r"[^\W\d_]{2}", rest.replace(BLANK, " ")):
                behind = _PARTICLE.match(page.plain, found.end(), one.end)
                span = found.start(), behind.end() if behind else found.end()
                if _fill(page, span, original(page, *found.span()), known):
                    return


def folded(name: str) -> str:
    """One spelling of a name: half width, lower case, katakana, no spaces or brackets."""
    return _IDLE.sub("", _kana(unicodedata.normalize("NFKC", name).lower()))


def _kana(text: str) -> str:
    return text.translate(_KATAKANA)


@lru_cache(maxsize=4)
def _known(places: tuple[KnownVenue, ...]) -> dict[str, list[KnownVenue]]:
    """By each spelling in which it may be typed: whole, without its brackets, what stands in them, in English."""
    known: dict[str, list[KnownVenue]] = {}
    whole = {folded(place.name): place for place in places}
    for place in places:
        inner = re.findall(r"[(（]([^()（）]{2,})[)）]", place.name)
        outer = re.sub(r"[(（][^()（）]*[)）]", "", place.name)
        for name in dict.fromkeys(filter(None, map(folded, (place.name, outer, *inner, place.name_en)))):
            if len(name) > 1:
                known.setdefault(name, []).append(place)
        known[_kana(unicodedata.normalize("NFKC", place.name).lower())] = [place]
    return known | {name: [place] for name, place in whole.items() if len(name) > 1}


def _labelled(page: Page, one: Section, known: dict[str, list[KnownVenue]]) -> bool:
    """The first line behind the label. Of several lines the rest is left for the details."""
    text = page.plain[one.start : one.end]
    line = re.search(r"[^\n]*\S[^\n]*", text.replace(BLANK, " "))
    if not line:
        return False
    span = one.start + line.start(), one.start + line.end()
    return _fill(page, span, original(page, *span).strip(_STRIP), known)


def _named(page: Page, free: Sequence[Section], known: dict[str, list[KnownVenue]]) -> bool:
    """A known name that stands in the text; first one that stands alone, then the longest, then the last."""
    plain = _kana(page.plain)
    found = [hit for name in known if name in plain for one in free for hit in _hits(page, plain, name, one)]
    if not found:
        return False
    _alone, _length, at, end = max(found)
    behind = _PARTICLE.match(page.plain, end)
    before = _MARKED.search(page.plain, max(0, at - 8), at)
    span = before.start() if before else at, behind.end() if behind else end
    inside = not before and page.plain[at - 1 : at] == "(" and page.plain[end : end + 1] == ")"
    if inside and at > 1 and page.plain[at - 2] not in _GAPS:  # 「身体測定(めばえ)」 is its name
        return _fill(page, (at, end), original(page, at, end), known, keep=True)
    return _fill(page, span, original(page, at, end), known)


def _hits(page: Page, plain: str, name: str, one: Section) -> Iterator[tuple[bool, int, int, int]]:
    """Where the name stands as a word, not as a part of a longer one."""
    for found in re.finditer(re.escape(name), plain[: one.end]):
        at, end = found.span()
        joined = at > one.start and re.match(r"[^\W_]", plain[at - 1])
        if at < one.start or joined or not (_ENDS.match(page.plain, end) or _PARTICLE.match(page.plain, end)):
            continue
        alone = (at == one.start or plain[at - 1] in _GAPS) and (end >= one.end or plain[end] in _GAPS)
        yield alone, len(name), at, end


def _fill(
    page: Page, span: tuple[int, int], typed: str, known: dict[str, list[KnownVenue]], *, keep: bool = False
) -> bool:
    """The known venue that is meant, or a new one. `keep` leaves its name in the title."""
    key = folded(re.sub(r"^the ", "", typed, flags=re.IGNORECASE))
    if not key or not typed:
        return False
    if key in known:
        return _choose(page, span, typed, known[key], exact=folded(known[key][0].name) == key, keep=keep)
    ends = [place for name, found in known.items() if len(name) > 3 and key.endswith(name) for place in found]
    if ends:
        return _choose(page, span, typed, [max(ends, key=lambda one: len(one.name))], exact=False)
    begins = [place for name, found in known.items() if len(name) > 2 and key.startswith(name) for place in found]
    if begins and (place := max(begins, key=lambda one: len(one.name))):
        page.leftovers.append(original(page, *span).strip(_STRIP))  # a room or a way to it has no field
        return _choose(page, span, typed, [place], exact=False)
    within = {place.id: place for name, found in known.items() if len(key) > 1 and key in name for place in found}
    if within:
        return _choose(page, span, typed, list(within.values()), exact=False)
    if len(typed) > LONGEST or ("venue_id" in page.values) or ("venue_new" in page.values):
        return False
    set_value(page, "venue_new", typed)
    warn(page, "place_new", "venue_new", words=typed)
    claim(page, span, "venue_new", typed)
    return True


def _choose(
    page: Page, span: tuple[int, int], typed: str, found: list[KnownVenue], *, exact: bool, keep: bool = False
) -> bool:
    if len(found) > 1:
        mark = "・" if page.lang == "ja" else ", "
        warn(page, "place_unsure", "venue_id", words=typed, names=mark.join(one.name for one in found[:SHOWN]))
        set_aside(page, span)
        return True
    set_value(page, "venue_id", found[0].id)
    if not exact:
        warn(page, "place_assumed", "venue_id", words=typed, name=found[0].name)
    claim(page, span, "venue_id", found[0].name, keep=keep)
    return True
