"""Write an entry as the city's bulletin (広報) and newspapers print it: running text, or a list headed 時・所・内・対・定・料・申・問.

The agreed form: digits and Latin letters are half-width, kana full-width; weekdays and telephone numbers stand in
half-width brackets, 4月20日(火)、観光課(0187-00-0000); ranges use 〜; a full-width space follows a heading; no addresses, no
pictures.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time

from calendar_app.dates import formatting
from calendar_app.db.models import Entry, Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.sharing import counting, kit
from calendar_app.text import facilities, graphemes, labels, languages
from calendar_app.text.languages import Words

MOST_OTHERS = 6
_ALSO = Words({"ja": "{}、ほか{}", "en": "{}, also {}"})
_MORE = Words({"ja": "・", "en": ", "})
_STOPS = (".", "!", "?", "。", "！", "？")
_SIGNS = str.maketrans({"~": "〜", "～": "〜", "!": "！", "?": "？", ",": "、", ";": "；"})
_WIDE_SIGNS = "～！？：；＝"
_RESPELLED = re.compile("[\uff01-\uff5e\u2460-\u24ff\u3200-\u33ff]")
_WEB = re.compile(r"https?://[!-~]+")
_NOT_LATIN = r"(?<=[^\x00-\x7f])"
# A sign stays half-width between Latin letters and digits (1,500円; 10:30); beside Japanese it becomes full-width.
_BESIDE_JAPANESE = re.compile(rf"{_NOT_LATIN}[~!?,;]|[~!?,;](?=[^\x00-\x7f]|$)|～")
_GAPS = re.compile(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])")
_PHONE = re.compile(
    r"[\s、:：（(]*(?:電話|TEL|Tel|☎)?[\s:：.]*(0\d{1,4}[-(（]\d{1,4}[-)）]\d{3,4})(?:\s*[（(]?(内線\s*\d+)[)）]?)?[）)]?"
)


def plain_form(text: str) -> str:
    """Put a text into the agreed widths, on one line."""
    text = "".join(_width(letter) for letter in unicodedata.normalize("NFC", _half_kana(_WEB.sub("", text))))
    text = _BESIDE_JAPANESE.sub(lambda match: match[0].translate(_SIGNS), re.sub(r"\s*\n\s*", " ", text))
    return _GAPS.sub("", re.sub(r"[ \t]+", " ", text)).strip()


def _width(letter: str) -> str:
    """Narrow full-width Latin letters, digits and brackets; spell out characters that printers render differently (①,
    ㈱).
    """
    if letter in "　，":
        return {"　": " ", "，": "、"}[letter]
    if "①" <= letter <= "⑳":
        return f"({unicodedata.normalize('NFKC', letter)})"
    if letter not in _WIDE_SIGNS and _RESPELLED.match(letter):
        return unicodedata.normalize("NFKC", letter)
    return "" if graphemes.pictorial(letter) else letter


def _half_kana(text: str) -> str:
    return re.sub(r"[\uff61-\uff9f]+", lambda match: unicodedata.normalize("NFKC", match[0]), text)


def contact_text(contact: str, department: str) -> str:
    """Write a contact as 観光課(0187-00-0000). A number alone is preceded by the department's name."""
    text = plain_form(contact)
    text = department + text if text[:1].isdigit() else text
    return _PHONE.sub(lambda match: f"({'、'.join(filter(None, match.groups()))})", text)


def column_paragraph(entry: Entry, site_view: SiteView, today: date) -> str:
    """Write an entry as one paragraph: 「角館の桜まつり　4月20日(火)〜5月5日(水・祝)、桧木内川堤。…問 観光課(0187-00-0000)」."""
    if not languages.formal(site_view.lang):
        return _english(entry, site_view, today)
    return _run(kit.heading(entry, "ja"), dict(_facts(entry, site_view, today)))


def occurrence_paragraph(occurrence: Occurrence, others: Sequence[Occurrence], site_view: SiteView, today: date) -> str:
    """Write one date of an event as one paragraph, with its `others`. `today` only decides which year is left out."""
    event, lang = occurrence.event, site_view.lang
    heading = labels.marked(describe.text(event, "title", lang), labels.STATUS_MARKS[describe.status(occurrence)], lang)
    when = describe.when(event, lang, occurrence, today=today)
    if others:
        rest = _MORE[lang].join(say_day(other.first_day, lang) for other in others[:MOST_OTHERS])
        when = _ALSO[lang].format(when, rest)
    where = describe.place(occurrence.venue or event.venue, lang)
    if not languages.formal(lang):
        more = [
            describe.remark(event, occurrence.note or event.reason, lang),
            describe.text(event, "summary", lang),
            *describe.details(event, lang, occurrence.venue),
        ]
        contact = kit.contact(event, lang)
        sentences = [heading, when, where.name if where else "", *more, contact and f"Contact: {contact}"]
        return " ".join(text if text.endswith(_STOPS) else f"{text}." for text in sentences if text)
    facts = dict(_facts(event, site_view, today)) | {
        "時": plain_form(when),
        "所": plain_form(where.name if where else ""),
    }
    if occurrence.note:
        facts["内"] = _stopped(plain_form(occurrence.note)) + facts.get("内", "").removeprefix(
            _stopped(plain_form(event.reason))
        )
    return _run(heading, {name: facts[name] for name in ("時", "所", *facts) if facts.get(name)})


def _run(heading: str, facts: dict[str, str]) -> str:
    """Join a heading and its facts into running text."""
    opening = "、".join(facts.pop(name) for name in ("時", "所") if name in facts)
    text, contact = facts.pop("内", ""), facts.pop("問", "")
    more = "、".join(_long(name, value) for name, value in facts.items())
    sentences = "".join(_stopped(sentence) for sentence in (opening, text, more) if sentence)
    return f"{plain_form(heading)}　{sentences}" + (f"問 {contact}" if contact else "")


def say_day(day: date, lang: str) -> str:
    """Write a day without its year: 11月30日(月)."""
    text = formatting.say_date(day, lang, today=day)
    return plain_form(text) if languages.formal(lang) else text


def say_span(first: date, last: date, lang: str) -> str:
    """Write a range of days, inclusive."""
    begin, end = (datetime.combine(bound, time()) for bound in (first, last))
    text = formatting.say_when(begin, end, True, lang)
    return plain_form(text) if languages.formal(lang) else text


def fact_list(entry: Entry, site_view: SiteView, today: date) -> str:
    """Write an entry as a list, one fact a line behind the one-letter headings of bulletins."""
    if not languages.formal(site_view.lang):
        return "\n".join(filter(None, _lines(entry, site_view, today)))
    heading = plain_form(kit.heading(entry, "ja"))
    return "\n".join([f"■{heading}", *(f"{name}　{value}" for name, value in _facts(entry, site_view, today))])


_LONG = {"対": "対象は", "定": "定員", "料": "料金は", "申": "申込は", "締": "締切は", "雨": "雨天時は", "他": ""}


def _long(name: str, value: str) -> str:
    """Give a fact with its word, 「定員20人」, unless the text says it already (申込不要)."""
    return ("" if "申込" in value[:3] else _LONG[name]) + value.rstrip("。")


def _facts(entry: Entry, site_view: SiteView, today: date) -> list[tuple[str, str]]:
    event = entry if isinstance(entry, Event) else None
    facts = [
        *(_of_event(event, today) if event else ()),
        (
            "内",
            "".join(
                _stopped(plain_form(sentence))
                for sentence in (kit.status_note(entry, site_view), kit.summary_paragraph(entry, "ja"))
                if sentence
            ),
        ),
        *(_how(event) if event else ()),
    ]
    plain_facts = [(name, plain_form(value)) for name, value in facts if value]
    return (
        [*plain_facts, ("問", contact_text(kit.contact(entry, site_view.lang), entry.department.name))]
        if kit.contact(entry, site_view.lang)
        else plain_facts
    )


def _of_event(event: Event, today: date) -> list[tuple[str, str]]:
    where = describe.place(event.venue, "ja")
    dates = kit.date_text(event, "ja", today)
    first = f"当初の予定は{dates}" if event.status == "postponed" else dates
    time = "、".join(filter(None, [first, kit.repeat_text(event, "ja")]))
    return [("時", time), ("所", where.name if where else "")]


def _how(event: Event) -> list[tuple[str, str]]:
    fee = "、".join(filter(None, [labels.money(event.fee, "ja") if event.fee is not None else "", event.fee_note]))
    deadline = describe.moment(event.apply_deadline, "ja") if event.apply_deadline else ""
    return [
        ("対", event.audience),
        ("定", f"{event.capacity}人" if event.capacity else ""),
        ("料", fee),
        ("申", event.apply),
        ("締", deadline),
        ("雨", describe.weather(event, "ja")),
        ("他", facilities.sentence(_offered(event), "ja")),
    ]


def _offered(event: Event) -> facilities.Known:
    """Give the facilities that the event adds to those of its venue."""
    return {code: True for code, there in event.facilities.items() if there and code not in facilities.OF_PLACE}


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "！", "？", ")」")) else f"{sentence}。"


def _lines(entry: Entry, site_view: SiteView, today: date) -> list[str]:
    parts = kit.post_parts(entry, site_view, today)
    contact = kit.contact(entry, site_view.lang)
    return [
        parts.title,
        parts.note,
        parts.when,
        parts.place,
        parts.summary,
        *parts.facts,
        contact and f"Contact: {contact}",
    ]


def _english(entry: Entry, site_view: SiteView, today: date) -> str:
    sentences = _lines(entry, site_view, today)
    return " ".join(
        sentence if sentence.endswith((".", "!", "?", "。", "！", "？")) else f"{sentence}."
        for sentence in sentences
        if sentence
    )


def count_characters(text: str) -> int:
    """Count 字数 as a bulletin's editor does: line ends do not count."""
    return counting.count_graphemes(text.replace("\n", ""))
