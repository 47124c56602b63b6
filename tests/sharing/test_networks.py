"""Counting as the networks count, and texts that fit, against truths worked out by hand and the page's own script."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendar_app.sharing.counting import count_graphemes, count_mastodon, count_utf16_units, count_x
from calendar_app.sharing.networks import NETWORKS, Network
from calendar_app.sharing.posts import PostParts, compose, hashtag, hashtags, shorten
from calendar_app.text.graphemes import graphemes
from helpers.node import Node, running

LONG = "https://calendar.example.jp/events/abcdefgh?lang=en"
# Text; X's weight; graphemes; Mastodon; UTF-16 units.
TRUTHS = [
    ("", 0, 0, 0, 0),
    ("abc", 3, 3, 3, 3),
    ("桜", 2, 1, 1, 1),
    ("角館の桜まつり", 14, 7, 7, 7),
    ("ｻｸﾗ", 6, 3, 3, 3),
    ("ﾊﾟ", 4, 1, 1, 2),
    ("か\u3099", 2, 1, 1, 2),  # NFC makes it one letter
    ("が", 2, 1, 1, 1),
    ("e\u0301", 1, 1, 1, 2),
    ("é", 1, 1, 1, 1),
    ("Ａ１", 4, 2, 2, 2),
    ("（水）", 6, 3, 3, 3),
    ("a b\n", 4, 4, 4, 4),
    ("a\r\nb", 4, 3, 3, 4),
    ("–—", 2, 2, 2, 2),
    ("…", 2, 1, 1, 1),  # outside the four light ranges
    ("“x”", 3, 3, 3, 3),
    ("€", 2, 1, 1, 1),
    ("дом", 3, 3, 3, 3),
    ("ไทย", 3, 3, 3, 3),
    ("한글", 4, 2, 2, 2),
    ("𠮷野家", 6, 3, 3, 4),
    ("葛\U000e0100", 4, 1, 1, 3),  # a variant of the letter: X counts both
    ("🌸", 2, 1, 1, 2),
    ("🌸🌸", 4, 2, 2, 4),
    ("👨‍👩‍👧‍👦", 2, 1, 1, 11),
    ("👍🏽", 2, 1, 1, 4),
    ("🇯🇵", 2, 1, 1, 4),
    ("🇯🇵🇫🇷", 4, 2, 2, 8),
    ("🇯", 2, 1, 1, 2),
    ("1️⃣", 2, 1, 1, 3),
    ("☀", 2, 1, 1, 1),
    ("☀️", 2, 1, 1, 2),
    ("❤️‍🔥", 2, 1, 1, 5),
    ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2, 1, 1, 14),
    ("©", 1, 1, 1, 1),
    ("™", 2, 1, 1, 1),
    ("https://a.jp", 23, 12, 23, 12),
    (LONG, 23, 51, 23, 51),
    (f"桜{LONG}", 25, 52, 24, 52),
    (f"{LONG}桜", 25, 52, 24, 52),
    (f"（{LONG}）", 27, 53, 25, 53),
    (f"See {LONG}.", 28, 56, 28, 56),
    (f"{LONG} {LONG}", 47, 103, 47, 103),
    ("example.com", 23, 11, 11, 11),
    ("city.semboku.akita.jp", 23, 21, 21, 21),
    ("a.jp", 4, 4, 4, 4),
    ("kanko@example.jp", 16, 16, 16, 16),
    ("10:30-12.00", 11, 11, 11, 11),
    ("#仙北市 #桜", 11, 7, 7, 7),
    ("\u200b", 1, 1, 1, 1),
    ("㈱①", 4, 2, 2, 2),
]


@pytest.fixture(scope="module")
def page_script() -> Iterator[Node]:
    with running("counting.mjs") as node:
        yield node


@pytest.mark.parametrize(("text", "x", "graphs", "toot", "utf16"), TRUTHS, ids=[repr(row[0])[:30] for row in TRUTHS])
def test_every_network_counts_as_it_does(text: str, x: int, graphs: int, toot: int, utf16: int) -> None:
    assert (count_x(text), count_graphemes(text), count_mastodon(text), count_utf16_units(text)) == (
        x,
        graphs,
        toot,
        utf16,
    )


def test_page_counts_as_the_server_does(page_script: Node) -> None:
    for text, x, graphs, toot, utf16 in TRUTHS:
        said = page_script.ask(text)
        assert (said["weigh"], said["letters"], said["mastodon"], said["units"]) == (x, graphs, toot, utf16), text
        assert said["bytes"] == len(text.encode())


def test_graphemes_are_those_of_the_browser(page_script: Node) -> None:
    for text, _, graphs, _, _ in TRUTHS:
        assert page_script.ask(text)["engine"] == graphs, text


ANYTHING = st.text(
    st.sampled_from("桜aZ1 。、.\n/:@#－ｶﾞ゙\u0301\u200d\ufe0f\u20e3🌸👩👍🏽🇯🇵❤☀©𠮷한é\U000e0100")
    | st.characters(codec="utf-8", exclude_categories=("Cs", "Cn"))  # letters to come are known to one side only
)
TOGETHER = st.lists(
    st.sampled_from([LONG, "example.com", "a.jp", "桜", "https://", ".", "…", "🌸", " "]) | ANYTHING
).map("".join)


@given(TOGETHER)
def test_page_and_server_agree_on_anything(page_script: Node, text: str) -> None:
    said = page_script.ask(text)
    assert (said["weigh"], said["letters"], said["mastodon"], said["units"]) == (
        count_x(text),
        count_graphemes(text),
        count_mastodon(text),
        count_utf16_units(text),
    )


@given(TOGETHER)
def test_graphemes_put_together_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("仙北市", "#仙北市"),
        ("Semboku City", "#SembokuCity"),
        ("桜 まつり！", "#桜まつり"),
        ("子ども・子育て", "#子ども子育て"),
        ("＃２０２７年", "#2027年"),
        ("ﾊﾟｰﾃｨｰ", "#パーティー"),
        ("人々のサークル", "#人々のサークル"),
        ("rock'n'roll", "#rocknroll"),
        ("snake_case", "#snake_case"),
        ("🌸桜🌸", "#桜"),
        ("2027", ""),
        ("！？", ""),
        ("", ""),
    ],
)
def test_hashtags_hold_letters_only(name: str, tag: str) -> None:
    assert hashtag(name) == tag


def test_a_hashtag_stands_once_and_in_order() -> None:
    assert hashtags(["仙北市", "Sakura", "桜", "sakura", "仙 北 市", "1"]) == ("#仙北市", "#Sakura", "#桜")


@pytest.mark.parametrize(
    ("text", "limit", "said"),
    [
        ("短い文。", 10, "短い文。"),
        ("桜が咲きました。屋台も並びます。", 10, "桜が咲きました。…"),
        ("武家屋敷通り、桧木内川堤、抱返り渓谷", 14, "武家屋敷通り、桧木内川堤…"),
        ("あいうえおかきくけこ", 5, "あいうえ…"),
        ("The cherry blossoms are out", 15, "The cherry…"),
        ("The cherry blossoms are out", 20, "The cherry blossoms…"),
        ("Incomprehensibilities", 6, "Incom…"),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2, "👨‍👩‍👧‍👦…"),
        ("桜", 0, ""),
    ],
)
def test_texts_are_cut_where_a_reader_would_pause(text: str, limit: int, said: str) -> None:
    assert shorten(text, lambda tried: count_graphemes(tried) <= limit) == said


HOSTILE = st.text(max_size=300) | st.sampled_from(
    ["桜" * 300, "🇯🇵" * 150, "👨‍👩‍👧‍👦" * 50, "a.example.com " * 30, f"{LONG}" * 6, "゙" * 300]
)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
@settings(max_examples=20)
@given(title=HOSTILE, when=HOSTILE, note=HOSTILE, place=HOSTILE, summary=HOSTILE, tags=st.lists(HOSTILE, max_size=40))
def test_no_text_of_any_entry_is_too_long(
    network: Network, title: str, when: str, note: str, place: str, summary: str, tags: list[str]
) -> None:
    parts = PostParts(
        title,
        when=when,
        place=place,
        note=note,
        summary=summary,
        facts=(summary, note),
        access=(place,),
        link=LONG,
        tags=hashtags(tags),
    )
    said = compose(parts, network)
    assert network.fits(said)
    assert LONG in said.split("\n")
    assert sum(word.startswith("#") for word in said.split("\n")[-1].split(" ")) <= max(network.tags, 1)
