"""Written Japanese is found by its sound, typed in kana or in Latin letters."""

import pytest

from calendar_app.text import readings
from calendar_app.text.readings import from_latin, sought, sounds


def hears(text: str, typed: str) -> bool:
    """Whether a text is found by a typed sound, as the index compares them."""
    held = sounds(text)
    return any(
        token.startswith(wanted) if goes_on else token == wanted for wanted, goes_on in sought(typed) for token in held
    )


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("桜まつり", "さくら"),
        ("桜まつり", "さくらまつり"),
        ("角館の桜まつり", "sakura"),
        ("町歩き", "まちあるき"),
        ("熊に注意", "kuma"),
        ("紅葉の季節", "koyo"),
        ("紅葉の季節", "kouyou"),
        ("防災訓練", "bosai"),
    ],
)
def test_a_text_is_found_by_its_sound(text: str, typed: str) -> None:
    assert hears(text, typed)


@pytest.mark.parametrize(
    ("text", "typed"), [("熊本の話", "くま"), ("奥まった店", "くま"), ("桜", "くら"), ("さくら", "桜")]
)
def test_a_sound_within_a_word_finds_nothing(text: str, typed: str) -> None:
    assert not hears(text, typed)


@pytest.mark.parametrize(
    ("word", "kana"),
    [
        ("sakura", "さくら"),
        ("shimbun", "しんぶん"),
        ("kekkon", "けっこん"),
        ("matcha", "まっちゃ"),
        ("onna", "おんな"),
        ("ryujin", "りゅじん"),
        ("concert", ""),
        ("桜", ""),
    ],
)
def test_latin_letters_become_kana(word: str, kana: str) -> None:
    assert from_latin(word) == kana


def test_without_the_analyser_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "analyser", lambda: None)
    assert sounds("桜まつり") == []
