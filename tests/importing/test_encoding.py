"""Bytes as text: the encodings of Japan, damaged letters, and files that are no text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.importing import Unreadable, unreadable_message
from calendar_app.importing.encoding import decode, strip_markup

SENTENCE = "仙北市 桜まつり～①番会場（㈱髙田）、申込は４月１日から。\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_each_encoding_is_found_and_line_ends_are_one(encoding: str) -> None:
    found = decode((SENTENCE * 3).encode(encoding))
    assert (found.text, found.encoding, found.lost) == (SENTENCE.replace("\r", "") * 3, encoding, ())


@pytest.mark.parametrize("encoding", ["euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be"])
def test_encodings_without_a_mark_are_found_too(encoding: str) -> None:
    text = "名称,開始日\n春の　市,2027-04-01\n断水のお知らせ,2027-04-02\n"
    found = decode(text.encode(encoding))
    assert (found.text, found.encoding) == (text, encoding)


def test_the_lines_of_lost_letters_are_named() -> None:
    data = "よい行\nこわれた行\nよい行\n".encode()
    found = decode(data.replace("わ".encode(), b"\xe3\x82"))
    assert (found.encoding, found.lost) == ("utf-8", (2,))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    marked = f"、。{text}"
    assert decode(marked.encode()).text == marked


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"PK\x03\x04...", "office"),
        (b"\xd0\xcf\x11\xe0...", "office"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "binary"),
        (b"x" * 101, "too_big"),
    ],
)
def test_what_is_no_text_is_refused_in_both_languages(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(data, max_bytes=100)
    assert caught.value.code == code
    assert unreadable_message(caught.value, "ja") != unreadable_message(caught.value, "en")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("料金 &lt;大人&gt; 300円 &amp; 実費", "料金 <大人> 300円 & 実費"),
        ("<p>一</p><ul><li>二</li><li>三</li></ul>", "一\n二\n三"),
        ("10<20 で 30>20", "10<20 で 30>20"),
        ("<b onclick=x>太字</b><script>alert(1)</script>", "太字"),
    ],
)
def test_markup_becomes_text(text: str, said: str) -> None:
    assert strip_markup(text) == said
