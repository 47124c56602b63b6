"""Feeds as towns' programs write them: letters of vendors, bare ampersands, dates of every kind, relative addresses, JSON Feed."""

import json

import pytest

from calendar_app.importing import ImportRow, ParsedFile, Unreadable, detect
from calendar_app.importing.formats.feed_dates import parse_feed_date
from helpers.import_samples import SETTING, codes, read_text

ITEMS = "<item><title>一つめ</title></item><item><title>髙橋①会館～</title></item><item><title>三つめ</title></item>"
VENDOR_EUC = "髙①".encode("cp932"), b"\xfc\xe2\xad\xa1"  # Python's euc_jp has neither


def rss(items: str, encoding: str = "utf-8", head: str = "<link>https://town.example/</link>") -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def titles(feed: ParsedFile) -> list[str]:
    return [row.values["title"] for row in feed.rows]


def first(items: str, **more: str) -> ImportRow:
    return read_text(rss(items, **more)).rows[0]


@pytest.mark.parametrize("name", ["Shift_JIS", "Windows-31J", "x-sjis", "utf-8"])
def test_letters_of_vendors_cost_no_item(name: str) -> None:
    feed = detect.parse_file(rss(ITEMS, name).encode("cp932"), SETTING)
    assert titles(feed) == ["一つめ", "髙橋①会館～", "三つめ"]
    assert not feed.notes


def test_euc_jp_with_letters_of_vendors_is_read() -> None:
    data = rss(ITEMS.replace("髙橋①会館～", "XX橋"), "EUC-JP").encode("euc_jp").replace(b"XX", VENDOR_EUC[1])
    assert titles(detect.parse_file(data, SETTING))[1] == "髙①橋"


def test_utf_16_without_a_mark_is_read_and_blank_lines_before_the_prolog_do_no_harm() -> None:
    data = ("\n\n" + rss(ITEMS, "UTF-16BE")).encode("utf-16-be")
    assert len(detect.parse_file(data, SETTING).rows) == 3


def test_the_charset_of_the_answer_decides_what_the_bytes_leave_open() -> None:
    data = rss("<item><title>Caf\u00e9 \u017d</title></item>", "utf-8").encode("iso8859-2")
    assert titles(detect.parse_file(data, SETTING, charset="ISO-8859-2")) == ["Café Ž"]


def test_a_wrong_charset_of_the_answer_is_not_believed() -> None:
    assert titles(detect.parse_file(rss(ITEMS).encode(), SETTING, charset="Shift_JIS"))[1] == "髙橋①会館～"


def test_a_bare_ampersand_stays_in_title_address_and_text() -> None:
    row = first(
        "<item><title>Q&A 相談会</title><link>http://town.example/?a=1&b=2</link><description>A & B</description></item>"
    )
    assert (row.values["title"], row.values["url"], row.values["body"]) == (
        "Q&A 相談会",
        "http://town.example/?a=1&b=2",
        "A & B",
    )


def test_names_of_letters_that_only_html_knows_are_letters() -> None:
    row = first("<item><title>Caf&eacute;&nbsp;&amp;&#x20;<![CDATA[&]]></title></item>")
    assert row.values["title"] == "Café & &"


def test_a_damaged_feed_says_how_many_items_are_lost() -> None:
    feed = read_text(rss("<item><title>a</title></item>") + "<item><title>b</title></item>")
    assert titles(feed) == ["a"]
    assert [(note.code, note.found) for note in feed.notes] == [("items_lost", "1 / 2")]


TEN = "2027-04-01T01:00:00+00:00"  # ten o'clock in the town
NIGHT = "2027-03-31T15:00:00+00:00"  # the first of April begins in the town


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        *((f"Thu, 01 Apr 2027 10:00:00 {zone}", TEN) for zone in ("JST", "+0900", "GMT+9", "GMT+0900", "(JST)")),
        *((text, TEN) for text in ("2027-04-01T10:00:00", "2027/04/01 10:00:00", "2027-04-01T10:00+09:00")),
        *((text, TEN) for text in ("Thursday, 01-Apr-27 10:00:00 JST", "木, 01 4月 2027 10:00:00 +0900")),
        *(
            (text, TEN)
            for text in ("20270401T100000", "2027年4月1日 午前10:00", "Thu,01 April 2027 10:00", "令和9年4月1日10:00")
        ),
        *((text, NIGHT) for text in ("2027/04/01", "2027.04.01", "2027年4月1日", "1 Apr 2027", "令和9年4月1日")),
        ("Thu, 01 Apr 2027 10:00:00 CEST", "2027-04-01T08:00:00+00:00"),
        ("Sat, Oct 28 2023 08:28:28 PM", "2023-10-28T11:28:28+00:00"),
        ("2027-04-01T10:00:00Z", "2027-04-01T10:00:00+00:00"),
        ("Thu, 01 Apr 2027 12:00 AM GMT", "2027-04-01T00:00:00+00:00"),
    ],
)
def test_dates_in_every_way_of_writing(text: str, moment: str) -> None:
    found = parse_feed_date(text, "Asia/Tokyo")
    assert found
    assert found.isoformat() == moment


@pytest.mark.parametrize("text", ["きのう", "2027-02-30", "Thu, 01 Apr 2027 10:00:00 XYZ", "01/04/27", "99999999999"])
def test_a_date_that_is_unclear_is_told(text: str) -> None:
    row = first(f"<item><title>a</title><guid>1</guid><pubDate>{text}</pubDate></item>")
    assert (row.values["published"], codes(row)) == (None, ["bad_date"])


def test_relative_addresses_are_resolved_and_paragraphs_stay_apart() -> None:
    row = read_text(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://town.example/news/"><title>x</title><link href="/"/>'
        '<entry><title type="html">桜&amp;lt;まつり</title><id>urn:1</id><link href="5.html"/><content type="xhtml">'
        '<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>一</h:p><h:p>二<h:br/>三</h:p></h:div></content></entry></feed>'
    ).rows[0]
    assert (row.values["title"], row.values["url"]) == ("桜<まつり", "https://town.example/news/5.html")
    assert row.values["body"].split() == ["一", "二", "三"]


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>/news/1.html</link>", "https://town.example/news/1.html"),
        ("<guid>https://town.example/2</guid>", "https://town.example/2"),
        ('<guid isPermaLink="false">https://town.example/2</guid>', ""),
        ("<link>https://[x/</link>", ""),
    ],
)
def test_the_page_of_an_item(item: str, url: str) -> None:
    assert first(f"<item><title>a</title>{item}</item>").values["url"] == url


def test_json_feed_is_read_like_the_other_feeds() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://town.example/",
        "items": [
            {
                "id": 7,
                "title": "断水のお知らせ",
                "url": "news/7",
                "content_html": "<p>一</p><p>二</p>",
                "date_published": "2027-04-01T10:00:00+09:00",
                "tags": ["水道"],
            },
            "x",
        ],
    }
    whole, broken = read_text(json.dumps(feed)).rows
    assert (whole.kind, whole.source_uid, whole.values["url"]) == ("announcement", "7", "https://town.example/news/7")
    assert (whole.values["body"], whole.values["tags"], whole.values["published"]) == ("一\n二", ["水道"], TEN)
    assert broken.refused == "no_title"


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"items": 1}', '{"a":' * 100_000])
def test_json_that_is_no_feed_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_text(text)
