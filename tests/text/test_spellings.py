"""A text is found by other spellings of its words."""

import pytest

from calendar_app.text.spellings import GROUPS, elsewise


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("角館の桜まつり", "角館の桜祭り"),
        ("クマ出没注意", "熊出没注意"),
        ("ｸﾏに注意", "熊に注意"),
        ("子ども食堂", "子供食堂"),
    ],
)
def test_another_spelling_keeps_its_surroundings(text: str, other: str) -> None:
    assert other in elsewise(text, GROUPS)


@pytest.mark.parametrize(
    ("text", "groups"), [("クマモト", [("クマ", "熊")]), ("art party", [("part", "piece")]), ("桜", [])]
)
def test_a_word_within_another_is_no_word(text: str, groups: list[tuple[str, ...]]) -> None:
    assert elsewise(text, groups) == []
