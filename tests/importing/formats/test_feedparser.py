"""Generated feeds, as written and as served: feedparser is a second opinion on ids, titles, addresses and dates."""

from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone
from html import escape

import feedparser
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.importing import detect
from helpers.import_samples import SETTING

WORDS = st.text(st.sampled_from("桜まつり髙①～市民会館 Q&A<>\"'é12"), min_size=1, max_size=12).filter(str.strip)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
ZONES = st.sampled_from([0, 9, -5]).map(lambda hours: timezone(timedelta(hours=hours)))
ITEMS = st.lists(st.tuples(WORDS, MOMENTS, ZONES), min_size=1, max_size=4)
DATES = {
    "rss": lambda moment: f"{moment:%a, %d %b %Y %H:%M:%S %z}",
    "atom": lambda moment: moment.isoformat(),
}


def rss(number: int, title: str, date: str) -> str:
    return f'<item><guid isPermaLink="false">{number}</guid><title>{title}</title><link>news/{number}.html</link><pubDate>{date}</pubDate></item>'


def atom(number: int, title: str, date: str) -> str:
    return f'<entry><id>urn:{number}</id><title>{title}</title><link href="{number}.html"/><updated>{date}</updated></entry>'


def document(kind: str, encoding: str, items: list[str]) -> bytes:
    base = 'xml:base="https://town.example/"'
    around = {
        "rss": f'<rss version="2.0" {base}><channel><title>町</title>{"".join(items)}</channel></rss>',
        "atom": f'<feed xmlns="http://www.w3.org/2005/Atom" {base}><title>町</title>{"".join(items)}</feed>',
    }
    return f'<?xml version="1.0" encoding="{encoding}"?>{around[kind]}'.encode(
        "cp932" if "JIS" in encoding else encoding, "xmlcharrefreplace"
    )


@given(kind=st.sampled_from(["rss", "atom"]), encoding=st.sampled_from(["utf-8", "utf-16", "Shift_JIS"]), items=ITEMS)
def test_feedparser_reads_generated_feeds_alike(
    kind: str, encoding: str, items: list[tuple[str, datetime, timezone]]
) -> None:
    write = rss if kind == "rss" else atom
    moments = [moment.replace(tzinfo=zone) for _, moment, zone in items]
    written = [
        write(number, escape(escape(title)) if kind == "rss" else escape(title), DATES[kind](moment))
        for number, ((title, _, _), moment) in enumerate(zip(items, moments, strict=True))
    ]
    data = document(kind, encoding, written)
    rows, entries = detect.parse_file(data, SETTING).rows, feedparser.parse(data).entries
    assert len(rows) == len(entries) == len(items)
    for row, other, moment in zip(rows, entries, moments, strict=True):
        values = row.values
        assert (row.source_uid, values["url"]) == (other.id, other.link)
        assert datetime.fromisoformat(values["published"]) == moment.astimezone(UTC)
        parsed = other.get("published_parsed") or other.updated_parsed
        assert timegm(parsed) == moment.timestamp()
    assert [row.values["title"] for row in rows] == [" ".join(title.split()) for title, _, _ in items]
