import locale
import logging
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from lxml import etree

from calendar_app.dates.recurrence import expand
from calendar_app.formats import Feed, atom_rss
from calendar_app.formats._feedgen import NAMESPACES
from calendar_app.text.markup import clean
from helpers.feed_samples import (
    CANCELLED,
    CONCERT,
    HOSTILE,
    LOGS,
    MARKET,
    MODIFIED,
    PHOTO,
    SEASON,
    assert_golden,
    feed,
    item,
)

FORMATS = {"atom": atom_rss.render_atom, "rss": atom_rss.render_rss}
ATOM = "{http://www.w3.org/2005/Atom}"
BOTH = pytest.mark.parametrize("form", FORMATS)


def read(form: str, log: Feed) -> feedparser.FeedParserDict:
    parsed = feedparser.parse(FORMATS[form](log))
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def xml(form: str, log: Feed) -> etree._Element:
    return etree.fromstring(FORMATS[form](log))


@BOTH
@pytest.mark.parametrize("name", LOGS)
def test_bytes_are_those_of_the_golden_file(name: str, form: str) -> None:
    assert_golden(f"{name}.{form}", FORMATS[form](LOGS[name]))


@BOTH
def test_items_stay_in_the_order_given(form: str) -> None:
    items = [item(CONCERT, id=f"tag:x,2027:{number}", title=str(number)) for number in range(5)]
    assert [one.title for one in read(form, feed(*items)).entries] == ["0", "1", "2", "3", "4"]


@BOTH
def test_each_format_names_itself_and_links_the_page(form: str) -> None:
    log = feed(item(CONCERT))
    selves = xml(form, log).iter(f"{ATOM}link")
    assert [link.get("href") for link in selves if link.get("rel") == "self"] == [log.links[form]]
    assert read(form, log).feed.link == log.page_url


@BOTH
def test_a_picture_is_enclosed_with_its_true_size(form: str) -> None:
    (entry,) = read(form, feed(item(CONCERT, images=(PHOTO, replace(PHOTO, url="https://x.example/2.jpg"))))).entries
    (enclosure,) = entry.enclosures
    assert (enclosure.href, enclosure.type, enclosure.length) == (PHOTO.url, "image/jpeg", "182345")
    assert [one["url"] for one in entry.media_content] == [PHOTO.url, "https://x.example/2.jpg"]
    assert entry.media_content[0]["filesize"] == "182345"
    assert f'alt="{PHOTO.alt}"' in entry.content[0].value


@BOTH
def test_the_first_line_says_when_and_where(form: str) -> None:
    (entry,) = read(form, feed(item(CONCERT))).entries
    assert entry.summary.split("\n")[0] == "2027年4月18日（日） 18:30〜20:30 仙北市民会館"
    assert entry.content[0].type == "text/html"


@BOTH
def test_programs_are_told_the_time_and_place_of_an_event(form: str) -> None:
    timed, season = read(form, feed(item(CONCERT), item(SEASON, id="tag:x,2027:s"))).entries
    assert timed.ev_startdate == "2027-04-18T18:30:00+09:00"
    assert timed.ev_enddate == "2027-04-18T20:30:00+09:00"
    assert timed.ev_location == "仙北市民会館, 秋田県仙北市角館町中菅沢77-30"
    assert timed.ev_organizer == "仙北市"
    assert timed.where.coordinates == (140.5611, 39.5932)
    assert (season.ev_startdate, season.ev_enddate) == ("2027-04-15", "2027-05-05")


@BOTH
def test_an_item_about_one_date_of_a_series_says_that_date(form: str) -> None:
    moved = expand(MARKET.repeat, MODIFIED.date().replace(year=2028))[2]
    (entry,) = read(form, feed(item(MARKET, instance=moved))).entries
    assert entry.ev_startdate == "2027-04-17T09:00:00+09:00"


def test_atom_times_are_utc_in_whole_seconds() -> None:
    late = MODIFIED + timedelta(microseconds=7)
    document = xml("atom", feed(item(CONCERT, published=late, updated=late), updated=late))
    times = [one.text for name in ("updated", "published") for one in document.iter(ATOM + name)]
    assert times == ["2027-03-20T05:00:00Z"] * 3


def test_rss_names_the_department_without_its_mail() -> None:
    document = xml("rss", feed(item(CONCERT)))
    assert document.findtext(f".//{{{NAMESPACES['dc']}}}creator") == "生涯学習課"
    assert document.find(".//item/author") is None
    assert document.find(".//guid").get("isPermaLink") == "false"


def test_an_atom_entry_links_page_picture_and_calendar_each_as_what_it_is() -> None:
    (entry,) = xml("atom", feed(item(CONCERT, images=(PHOTO,)))).iter(f"{ATOM}entry")
    links = {link.get("rel"): dict(link.attrib) for link in entry.iter(f"{ATOM}link")}
    assert links["alternate"]["hreflang"] == "ja"
    assert links["enclosure"]["length"] == "182345"
    assert links["related"] == {"rel": "related", "type": "text/calendar", "href": f"{CONCERT.url}.ics"}


def test_an_atom_feed_has_an_author_and_no_base() -> None:
    document = xml("atom", feed())
    assert document.findtext(f"{ATOM}author/{ATOM}name") == "仙北市"
    assert "{http://www.w3.org/XML/1998/namespace}base" not in document.attrib


@BOTH
def test_labels_stand_once(form: str) -> None:
    (entry,) = read(form, feed(item(CONCERT, categories=("桜",), tags=("桜", "桜", "", "角館")))).entries
    assert [one.term for one in entry.tags] == ["桜", "角館"]


@BOTH
def test_a_long_title_is_cut(form: str) -> None:
    (entry,) = read(form, feed(item(CANCELLED, title="【中止】" + "長" * 200))).entries
    assert len(entry.title) == 100
    assert entry.title.startswith("【中止】")


@BOTH
@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_arrives_cleaned_and_breaks_nothing(typed: str, form: str) -> None:
    one = replace(CONCERT, organizer=typed, categories=(typed,))
    hostile = item(
        one,
        title=typed,
        lead=typed,
        text=typed,
        department=typed,
        tags=(typed,),
        images=(replace(PHOTO, alt=typed),),
    )
    document = xml(form, feed(hostile, title=typed, description=typed, publisher=typed, licence=typed))
    titles = [one.text or "" for one in document.iter("title", f"{ATOM}title")]
    assert {title[:90] for title in titles} == {clean(typed, lines=False)[:90] or "—"}
    summary = next(document.iter("description" if form == "rss" else f"{ATOM}summary"))
    assert summary.text is None or clean(summary.text) == summary.text


@BOTH
def test_markup_in_a_title_stays_text(form: str) -> None:
    (entry,) = xml(form, feed(item(CONCERT, title="<b>A&B</b>"))).iter("item", f"{ATOM}entry")
    assert next(entry.iter("title", f"{ATOM}title")).text == "<b>A&B</b>"


@BOTH
def test_one_broken_item_is_left_out_and_logged(form: str, caplog: pytest.LogCaptureFixture) -> None:
    broken = item(replace(CONCERT, timezone="Nowhere/Land"), id="tag:x,2027:broken")
    with caplog.at_level(logging.ERROR):
        entries = read(form, feed(item(CANCELLED), broken, item(SEASON, id="tag:x,2027:s"))).entries
    assert [one.title for one in entries] == ["花火大会", "角館の桜まつり"]
    assert "tag:x,2027:broken" in caplog.text


@BOTH
def test_writing_never_switches_the_locale_of_the_process(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shared by all threads: feedgen as it comes left a Japanese process in C for good."""

    def refused(*_: object) -> None:
        raise AssertionError("the locale was touched")

    monkeypatch.setattr(locale, "setlocale", refused)
    assert len(read(form, feed(item(CONCERT))).entries) == 1
