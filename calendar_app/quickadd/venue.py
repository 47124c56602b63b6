"""Read the venue of a text: a known one, by its name in any width or kana, or else a new one."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from calendar_app.quickadd import venue_words
from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import BLANK, Page, claim, original, set_aside, set_value
from calendar_app.text import languages

LONGEST = 100  # characters of a venue's name
SHOWN = 4

_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_IDLE = re.compile(r"[\s・()（）「」『』]")
_ENDS = re.compile(r"$|[\s\0、。,()/|]")
_MARKED = re.compile(r"(?:@|於|会場は|\bat (?:the )?)\s?$")
_GAPS = f" \n{BLANK}"
_PARTICLE = re.compile(
    r"(?:にて|において|で(?!き)|に(?!は)|が会場)(?:開催|実施)?(?:(?:いた)?します|されます|予定(?:です)?|行い(?:ます)?|行う|開きます)?"
)
_STRIP = " 、。,:()-~"


@dataclass(frozen=True, slots=True)
class KnownVenue:
    """A venue that the town has registered."""

    id: int
    name: str
    name_en: str = ""


Names = dict[str, list[KnownVenue]]  # by folded spelling


def read_venue(page: Page, sections: Sequence[Section], places: Iterable[KnownVenue]) -> None:
    """Fill in `venue_id` or `venue_new`: from the labelled part, a known name, a phrase such as 「…にて」, or a likely name."""
    known = _by_spelling(tuple(places))
    for section in sections:
        if section.kind == "place" and _read_labelled(page, section, known):
            return
    free = [section for section in sections if section.kind in ("", "when")]
    for section in free:
        if unknown := venue_words.UNKNOWN.search(page.plain, section.start, section.end):
            warn(page, "place_unknown", "venue_new", words=original(page, *unknown.span()))
            claim(page, unknown.span(), "venue_new", original(page, *unknown.span()))
            return
    if _read_known_name(page, free, known):
        return
    for section in free:
        for match in [*venue_words.SAID.finditer(page.plain, section.start, section.end)]:
            name = next(name for name, text in match.groupdict().items() if text)
            if _fill(page, match.span(), original(page, *match.span(name)), known):
                return
    _read_likely_name(page, free, known) or _read_english_name(page, free, known)


def _read_english_name(page: Page, free: Sequence[Section], known: Names) -> bool:
    """Read a place of several words between commas: "…, Chuo Community Center". The first words are the title."""
    for section in free:
        for match in list(venue_words.ENGLISH_PART.finditer(page.plain, section.start, section.end)):
            name = match["name"].strip()
            words = original(page, *match.span("name")).strip(_STRIP)
            titled = all(word[:1].isupper() for word in re.findall(r"[A-Za-z]\S*", words))
            if not (venue_words.ENGLISH_END.search(name) or (titled and words)):
                continue
            if re.search(r"[a-z]{2}", page.plain[: match.start()].replace(BLANK, " ")) and _fill(
                page, match.span("name"), words, known
            ):
                return True
    return False


def _read_likely_name(page: Page, free: Sequence[Section], known: Names) -> bool:
    """Read a word that ends like a place and has other words beside it; alone it would be the title."""
    for section in free:
        for match in reversed([*venue_words.LIKELY.finditer(page.plain, section.start, section.end)]):
            rest = page.plain[section.start : match.start()] + page.plain[match.end() : section.end]
            if re.search(r"[^\W\d_]{2}", rest.replace(BLANK, " ")):
                behind = _PARTICLE.match(page.plain, match.end(), section.end)
                span = match.start(), behind.end() if behind else match.end()
                if _fill(page, span, original(page, *match.span()), known):
                    return True
    return False


def folded(name: str) -> str:
    """Fold a name to one spelling: half width, lower case, katakana, without spaces or brackets."""
    return _IDLE.sub("", _kana(unicodedata.normalize("NFKC", name).lower()))


def _kana(text: str) -> str:
    return text.translate(_KATAKANA)


@lru_cache(maxsize=4)
def _by_spelling(places: tuple[KnownVenue, ...]) -> Names:
    """List the venues by every spelling that people may type: whole, without brackets, the text in brackets, in English."""
    known: Names = {}
    whole = {folded(place.name): place for place in places}
    for place in places:
        inner = re.findall(r"[(（]([^()（）]{2,})[)）]", place.name)
        outer = re.sub(r"[(（][^()（）]*[)）]", "", place.name)
        for name in dict.fromkeys(filter(None, map(folded, (place.name, outer, *inner, place.name_en)))):
            if len(name) > 1:
                known.setdefault(name, []).append(place)
        known[_kana(unicodedata.normalize("NFKC", place.name).lower())] = [place]
    return known | {name: [place] for name, place in whole.items() if len(name) > 1}


def _read_labelled(page: Page, section: Section, known: Names) -> bool:
    """Read the first line of a labelled part; its other lines stay for the details."""
    text = page.plain[section.start : section.end]
    line = re.search(r"[^\n]*\S[^\n]*", text.replace(BLANK, " "))
    if not line:
        return False
    span = section.start + line.start(), section.start + line.end()
    return _fill(page, span, original(page, *span).strip(_STRIP), known)


def _read_known_name(page: Page, free: Sequence[Section], known: Names) -> bool:
    """Read a known name in the text: prefer one that stands alone, then the longest, then the last."""
    plain = _kana(page.plain)
    hits = [hit for name in known if name in plain for section in free for hit in _hits(page, plain, name, section)]
    if not hits:
        return False
    _alone, _length, start, end = max(hits)
    name_end = end
    if (room := venue_words.IN_ROOM.match(page.plain, end)) and not venue_words.ROUTE.search(
        page.plain[start : room.end()]
    ):
        end = room.end()
    behind = _PARTICLE.match(page.plain, end)
    before = _MARKED.search(page.plain, max(0, start - 8), start)
    span = before.start() if before else start, behind.end() if behind else end
    inside = not before and page.plain[start - 1 : start] == "(" and page.plain[end : end + 1] == ")"
    if inside and start > 1 and page.plain[start - 2] not in _GAPS:  # 「身体測定(めばえ)」 is the event's name
        return _fill(page, (start, end), original(page, start, end), known, keep=True)
    if end > name_end:
        page.leftovers.append(original(page, start, end))  # the room has no field
    return _fill(page, span, original(page, start, name_end), known)


def _hits(page: Page, plain: str, name: str, section: Section) -> Iterator[tuple[bool, int, int, int]]:
    """Yield where a name stands as a word of its own: whether alone on its line, its length, its start and end."""
    for match in re.finditer(re.escape(name), plain[: section.end]):
        start, end = match.span()
        joined = start > section.start and re.match(r"[^\W_]", plain[start - 1])
        if (
            start < section.start
            or joined
            or not any(pattern.match(page.plain, end) for pattern in (_ENDS, _PARTICLE, venue_words.IN_ROOM))
        ):
            continue
        alone = (start == section.start or plain[start - 1] in _GAPS) and (end >= section.end or plain[end] in _GAPS)
        yield alone, len(name), start, end


def _fill(page: Page, span: tuple[int, int], typed: str, known: Names, *, keep: bool = False) -> bool:
    """Fill in the known venue that is meant, or a new one. `keep` leaves its name in the title."""
    typed = venue_words.ONLINE.sub("", re.sub(r"^いずれも|です。?$", "", typed)).strip(_STRIP)
    key = folded(re.sub(r"^the ", "", typed, flags=re.IGNORECASE))
    if not key or not typed or venue_words.ROUTE.search(typed):
        return False
    if key in known:
        return _choose(page, span, typed, known[key], exact=folded(known[key][0].name) == key, keep=keep)
    if place := _longest(known, lambda name: len(name) > 3 and key.endswith(name)):
        return _choose(page, span, typed, [place], exact=False)
    if place := _longest(known, lambda name: len(name) > 2 and key.startswith(name)):
        page.leftovers.append(original(page, *span).strip(_STRIP))  # a room or a way to it has no field
        return _choose(page, span, typed, [place], exact=False)
    room = venue_words.IN_ROOM.search(unicodedata.normalize("NFKC", typed).lower())
    if room and room.start() > 1 and (base := folded(typed[: room.start()])) != key and len(base) > 2:
        fitting = {place.id: place for name, places in known.items() if name.endswith(base) for place in places}
        if len(fitting) == 1:
            page.leftovers.append(original(page, *span).strip(_STRIP))
            return _choose(page, span, typed, list(fitting.values()), exact=False)
    within = {place.id: place for name, places in known.items() if len(key) > 1 and key in name for place in places}
    if within:
        return _choose(page, span, typed, list(within.values()), exact=False)
    return _fill_new(page, span, typed)


def _longest(known: Names, fits: Callable[[str], bool]) -> KnownVenue | None:
    """Return the venue with the longest name of those that have a fitting spelling."""
    places = [place for name, places in known.items() if fits(name) for place in places]
    return max(places, key=lambda place: len(place.name), default=None)


def _fill_new(page: Page, span: tuple[int, int], typed: str) -> bool:
    if len(typed) > LONGEST or "venue_id" in page.values or "venue_new" in page.values:
        return False
    set_value(page, "venue_new", typed)
    warn(page, "place_new", "venue_new", words=typed)
    claim(page, span, "venue_new", typed)
    return True


def _choose(
    page: Page, span: tuple[int, int], typed: str, places: list[KnownVenue], *, exact: bool, keep: bool = False
) -> bool:
    """Fill in the only venue that is meant, or warn that there are several. `exact`: the typed words are its name."""
    if len(places) > 1:
        mark = "・" if languages.wide(page.lang) else ", "
        warn(page, "place_unsure", "venue_id", words=typed, names=mark.join(place.name for place in places[:SHOWN]))
        set_aside(page, span)
        return True
    place = places[0]
    set_value(page, "venue_id", place.id)
    if not exact:
        warn(page, "place_assumed", "venue_id", words=typed, name=place.name)
    claim(page, span, "venue_id", place.name, keep=keep)
    return True
