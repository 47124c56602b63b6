"""RSS and Atom as announcements: the three formats, broken ones, hostile ones; feedparser as a second opinion."""

import feedparser
import pytest

from calendar_app.importing import Unreadable, detect
from helpers.import_samples import FOLDER, SETTING, codes, read, read_text

OURS = sorted([*FOLDER.parent.glob("*.rss"), *FOLDER.parent.glob("*.atom")])
FEEDS = [FOLDER / "rss20.xml", FOLDER / "rss10_euc_jp.rdf", FOLDER / "atom.xml"]


@pytest.mark.parametrize(
    ("name", "shape", "encoding"),
    [("rss20.xml", "RSS 2.0", "utf-8"), ("rss10_euc_jp.rdf", "RSS 1.0", "euc_jp"), ("atom.xml", "Atom", "utf-8")],
)
def test_every_item_is_an_announcement(name: str, shape: str, encoding: str) -> None:
    source = read(name)
    assert (source.shape, source.encoding) == (shape, encoding)
    assert {one.kind for one in source.rows} == {"announcement"}


def test_an_item_of_rss() -> None:
    one, *_ = read("rss20.xml").rows
    assert one.source_uid == "tag:example.jp,2027:1"
    assert one.values["title"] == "図書館の休館 & 点検"
    assert one.values["body"] == "点検のため\n休みます。"  # the longer text, without its script
    assert (one.values["url"], one.values["tags"]) == ("https://www.example.jp/1", ["図書館"])
    assert one.values["published"] == "2027-04-01T00:00:00+00:00"


def test_an_item_of_rdf_is_known_by_what_it_is_about() -> None:
    (one,) = read("rss10_euc_jp.rdf").rows
    assert (one.source_uid, one.values["title"]) == ("https://www.example.jp/2", "断水のお知らせ")
    assert (one.values["published"], one.values["tags"]) == ("2027-04-02T01:00:00+00:00", ["水道"])


def test_an_entry_of_atom_links_to_its_page_and_not_to_its_enclosure() -> None:
    (one,) = read("atom.xml").rows
    assert (one.values["url"], one.values["title"]) == ("https://www.example.jp/3", "花<満開>")
    assert (one.values["published"], one.values["tags"]) == ("2027-04-03T00:00:00+00:00", ["花"])


def test_poor_items_are_named_or_refused() -> None:
    _, poor, empty = read("rss20.xml").rows
    assert (poor.values["title"], poor.values["url"]) == ("題名のないお知らせ", "")  # javascript: is no page
    assert codes(poor) == ["bad_date", "no_uid"]
    assert empty.refused == "no_title"


def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    assert [one.values["title"] for one in read("unescaped_ampersand.xml").rows] == ["祭り & 市", "切れた"]


def test_entities_are_neither_fetched_nor_expanded() -> None:
    (one,) = read("entities.xml").rows
    assert one.values["body"] == "始め&file;&b;終わり"


@pytest.mark.parametrize("path", [*FEEDS, *OURS], ids=lambda path: path.name)
def test_feedparser_reads_the_same_items(path) -> None:
    data = path.read_bytes()
    rows, entries = detect.parse_file(data, SETTING).rows, feedparser.parse(data).entries
    assert len(rows) == len(entries)
    for mine, other in zip(rows, entries, strict=True):
        if not mine.defects:
            assert mine.source_uid == other.get("id", other.link)
            assert mine.values["url"] == other.link


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<!DOCTYPE html><html><body>お知らせ</body></html>", "web_page"),
        ("<opml version='2.0'></opml>", "no_feed"),
        ("<", "no_feed"),
        ("<rss><channel>" + "<item><title>x</title></item>" * 5001, "too_many"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_text(text)
    assert caught.value.code == code


def test_a_feed_nested_too_deeply_is_cut_off() -> None:
    assert read_text("<rss>" + "<a>" * 100_000).rows == ()
