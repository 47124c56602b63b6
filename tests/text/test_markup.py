import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.text.markup import clean, cut, html, plain, uri

BASE = "https://events.example.jp/events/k7m2p9qa"

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=x onclick=alert(1)>x</a>",
    "<body onload=alert(1)>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='data:text/html,<script>alert(1)</script>'>",
    "<base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script-->",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](<javascript:alert(1)>)",
    '[x](https://a.example "onclick=alert(1)")',
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://a.example/x.png)',
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://a.example/" onmouseover="alert(1))',
    'https://a.example/"onmouseover=alert(1)//',
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "|<script>alert(1)</script>|b|\n|-|-|\n|<img src=x onerror=alert(1)>|d|",
    "\x00<\x00script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]


class Tags(HTMLParser):
    """Every start tag with its attributes, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(text: str) -> None:
    for tag, attributes in Tags(text).found:
        assert tag not in {
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "svg",
            "math",
            "form",
            "base",
            "meta",
            "img",
        }
        assert set(attributes) <= ({"href", "title"} if tag == "a" else {"start"} if tag == "ol" else set())
        href = attributes.get("href") or ""
        assert not href or href.startswith(("https://", "http://", "mailto:", "tel:"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_script_handler_or_live_address_survives(payload: str) -> None:
    assert_harmless(html(payload, BASE))
    assert_harmless(html(f"- **{payload}**\n\n> {payload}", BASE))


@given(st.text(alphabet="<>\"'[]()!*_`#-|\\/: \n\tjavscript&;=onx/あ", max_size=200))
def test_no_mixture_of_marks_makes_live_html(text: str) -> None:
    assert_harmless(html(text, BASE))


@given(st.text(st.characters(), max_size=200))
def test_clean_text_is_sendable_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert all(unicodedata.category(one) not in ("Cc", "Cs") or one in "\t\n" for one in cleaned)
    assert not set(cleaned) & set("\u2028\u2029\ufeff\ufffe\uffff\ufdd0\U0001ffff")
    cleaned.encode()


def test_line_ends_become_one_kind() -> None:
    assert clean("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"


def test_a_title_is_one_line() -> None:
    assert clean("\n春の\r\n\t演奏会 \n", lines=False) == "春の 演奏会"


def test_what_people_typed_is_kept() -> None:
    typed = "ＡＢＣ１２３　①㈱ 👩‍👩‍👧‍👦 ❤️ 葛\U000e0100城市"
    assert clean(typed) == typed


def test_a_deleted_character_does_not_leave_text_undone() -> None:
    assert clean("か\x00\u3099") == "が"


@pytest.mark.parametrize("length", range(1, 12))
def test_a_cut_is_short_enough_and_halves_no_emoji(length: int) -> None:
    made = cut("桜👩‍👩‍👧‍👦の花か\u3099咲いた", length)
    assert len(made) <= length
    assert not made.removesuffix("…").endswith("\u200d")


def test_a_short_text_is_not_cut() -> None:
    assert cut("桜", 1) == "桜"
    assert cut("桜の花", 2) == "桜…"


def test_a_new_line_stays_a_new_line() -> None:
    assert html("一行目\n二行目", "") == "<p>一行目<br>\n二行目</p>"


def test_headings_stand_below_those_of_the_page() -> None:
    assert html("# 大\n###### 小", "") == "<h3>大</h3>\n<h6>小</h6>"


def test_a_line_under_text_and_an_indent_are_only_that() -> None:
    assert html("お知らせ\n-----\n\n    字下げ", "") == "<p>お知らせ</p>\n<hr>\n<p>字下げ</p>"


def test_a_picture_in_the_text_is_its_words() -> None:
    assert html("![満開<の>桜](x.png)", "") == "<p>満開&lt;の&gt;桜</p>"


@pytest.mark.parametrize(
    ("typed", "href"),
    [
        ("詳細はhttps://www.city.example.jp/a_b/をご覧ください", "https://www.city.example.jp/a_b/"),
        ("（https://example.jp/x）", "https://example.jp/x"),
        ("(https://example.jp/x(1)).", "https://example.jp/x(1)"),
        ("https://example.jp、", "https://example.jp"),
        ("https://example.jp/?a=1&b=2。", "https://example.jp/?a=1&amp;b=2"),
        ("https://example.jp/@name/a@b.jp", "https://example.jp/@name/a@b.jp"),
        ("問い合わせkanko@city.example.jpまで", "mailto:kanko@city.example.jp"),
    ],
)
def test_an_address_between_japanese_words_becomes_a_link(typed: str, href: str) -> None:
    assert f'<a href="{href}">' in html(typed, BASE)


def test_a_link_without_host_becomes_absolute_only_for_a_feed() -> None:
    assert 'href="https://events.example.jp/access"' in html("[交通](/access)", BASE)
    assert 'href="/access"' in html("[交通](/access)", "")


def test_a_link_that_hides_its_host_is_dropped() -> None:
    assert html("[x](//evil.example/)", BASE) == "<p><a>x</a></p>"


def test_an_endless_text_is_cut_and_answered() -> None:
    assert len(html("[" * 300_000, BASE)) < 21_000
    assert len(html("|a" * 100_000, BASE)) < 100_000
    assert len(plain("> " * 100_000)) <= 20_000


def test_plain_text_has_no_marks() -> None:
    typed = "# 持ち物\n\n- **水**\n- [要項](https://example.jp/y.pdf)\n\n1. 集合\n\n|時|所|\n|-|-|\n|9時|公園|\n\n`<b>`\n続き"
    assert (
        plain(typed)
        == "持ち物\n\n・水\n・要項 https://example.jp/y.pdf \n\n1. 集合\n\n時　所　\n9時　公園　\n\n<b>\n続き"
    )


def test_plain_text_names_a_bare_address_once() -> None:
    assert plain("詳細はhttps://example.jp/をどうぞ") == "詳細はhttps://example.jp/をどうぞ"
    assert plain("<https://example.jp/>") == "https://example.jp/"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            "https://桜市.jp/イベント?q=花 見#上",
            "https://xn--7st63u.jp/%E3%82%A4%E3%83%99%E3%83%B3%E3%83%88?q=%E8%8A%B1%20%E8%A6%8B#%E4%B8%8A",
        ),
        ("https://example.jp/a%20b?x=1&y=%E3%81%82", "https://example.jp/a%20b?x=1&y=%E3%81%82"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("javascript:alert(1)", ""),
        ("//evil.example/", ""),
        ("https://", ""),
        ("https://[x", ""),
        ("https://a.example:x/", ""),
        ("なし", ""),
    ],
)
def test_an_address_is_sent_in_ascii_or_not_at_all(typed: str, sent: str) -> None:
    assert uri(typed) == sent
    assert uri(sent) == sent
