"""Share cards: what stands on them, that nothing is cut off, who gets them."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import due, publishing
from calendar_app.entries.urls import SiteView
from calendar_app.sharing import card_drawing, cards, fonts
from calendar_app.sharing.card_content import Card, CardDay
from calendar_app.sharing.card_drawing import FRAMES, PAPER, SHEET
from calendar_app.sharing.card_patterns import THEMES
from calendar_app.sharing.cards import SIZES
from calendar_app.text.line_breaking import NOT_FIRST, NOT_LAST, set_lines
from helpers.town import STOPPED, announce

JA = SiteView("ja", "ja", "https://calendar.example.jp", "仙北市 まちのカレンダー", "仙北市", "Asia/Tokyo", "site")
EN = replace(JA, lang="en", name="Semboku City Calendar", publisher="Semboku City")
LONG = (
    "市制施行記念 角館・田沢湖・西木三地区合同 二十歳のつどい実行委員会説明会ならびに会場下見（オンライン同時配信あり）"
)
PLAIN = Card(
    "仙北市 まちのカレンダー",
    "角館の桜まつり",
    "spring",
    days=(CardDay("4月15日", "木"), CardDay("5月5日", "水・祝", "sunday")),
)
KINDS = {
    "plain": PLAIN,
    "long title": replace(PLAIN, title=LONG, place="たざわ湖スキー場特設会場（スキーセンターレラ駐車場）", time="午前10時〜午後0時30分"),
    "endless": replace(PLAIN, title="あ" * 200, place="場" * 100, year="2027年", time="午前" * 40, mark="中止", tone="bad", reason="雨" * 500),
    "two years": replace(PLAIN, year="2026年", days=(CardDay("12月31日", "木"), CardDay("2027年1月11日", "月・振休", "sunday")), when="ほか"),
    "latin": replace(PLAIN, title="Donaudampfschifffahrtsgesellschaftskapitaen " * 3, place="W" * 80),
    "words": replace(PLAIN, days=(), when="2027年10月中旬〜下旬（日程調整中）", mark="延期", tone="warn", off=True),
    "pictures": replace(PLAIN, title="🌸さくら🌸\U000f0000", place="👨‍👩‍👧‍👦", days=(), when="🌸"),
}  # fmt: skip


def drawn(card: Card, size: str, photo: Path | None = None) -> Image.Image:
    return Image.open(io.BytesIO(card_drawing.draw(card, size, fonts.find(), photo))).convert("RGB")


@pytest.mark.parametrize(("kind", "size"), list(product(KINDS, SIZES)))
def test_every_word_stands_inside_the_margins(kind: str, size: str) -> None:
    """Ink is looked for on the paper around the words: between the margins' edge and the picture, nothing may be."""
    card, frame = KINDS[kind], FRAMES[size]
    picture = drawn(card, size)
    assert picture.size == SIZES[size]
    left, top, right, bottom = frame.text
    top = frame.band[3] if card.mark else top
    edges = (
        SHEET
        if size == "story"
        else (0, 0, frame.picture[0], 630)
        if size == "og"
        else (0, frame.picture[3], 1080, 1080)
    )
    margins = [
        (edges[0] + 4, top + 40, left - 8, edges[3] - 40),
        (right + 8, top + 40, edges[2] - 4, edges[3] - 40),
        (edges[0] + 40, bottom + 12, edges[2] - 40, edges[3] - 4),
    ]
    for box in margins:
        ink = ImageChops.difference(picture.crop(box), Image.new("RGB", (box[2] - box[0], box[3] - box[1]), PAPER))
        assert ink.convert("L").point(lambda value: 255 if value > 40 else 0).getbbox() is None, box


@pytest.mark.parametrize("theme", THEMES)
def test_words_of_every_season_are_readable(theme: str) -> None:
    channels = [int(THEMES[theme].ink[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.04 / (light + 0.05) >= 4.5


def test_the_same_card_is_the_same_bytes() -> None:
    assert card_drawing.draw(PLAIN, "og", fonts.find(), None) == card_drawing.draw(PLAIN, "og", fonts.find(), None)


def test_a_photo_fills_its_place_and_loses_its_colour_when_the_event_is_off(tmp_path: Path) -> None:
    Image.new("RGB", (1600, 1067), (200, 30, 30)).save(photo := tmp_path / "photo.jpg")
    red, green, _ = drawn(PLAIN, "og", photo).getpixel((1000, 300))  # type: ignore[misc]
    assert red > green + 120
    red, green, _ = drawn(replace(PLAIN, off=True), "og", photo).getpixel((1000, 300))  # type: ignore[misc]
    assert abs(red - green) < 40


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("角館の桜まつり", ["角館の桜まつり"]),
        ("角館のお祭り（角館祭りのやま行事）", ["角館のお祭り", "（角館祭りのやま行事）"]),
        ("夜桜ライトアップ（武家屋敷通り）", ["夜桜ライトアップ", "（武家屋敷通り）"]),
        ("春の花、秋の紅葉、冬の雪あかり", ["春の花、", "秋の紅葉、", "冬の雪あかり"]),
        ("Bread baking for families", ["Bread baking", "for families"]),
    ],
)
def test_titles_break_where_a_reader_would_breathe(title: str, lines: list[str]) -> None:
    room = {"春": 7, "B": 14}.get(title[0], 11)
    assert list(set_lines(title, len, room).lines) == lines


@pytest.mark.parametrize("room", range(3, 30))
@pytest.mark.parametrize(
    "title",
    [
        LONG,
        "「さくら」、「もみじ」。そして…「ゆき」！",
        "第3回2027年5月3日（月・祝）10:30〜",
        "カヌー・ボート・ヨット・サーフィン",
    ],
)
def test_no_line_begins_or_ends_with_what_must_not_stand_there(title: str, room: int) -> None:
    lines = set_lines(title, len, room).lines
    assert "".join(lines).replace(" ", "") == title.replace(" ", "")
    assert max(map(len, lines)) <= room
    if room >= 8:  # narrower than a word, it is broken anywhere
        assert not [line for line in lines[1:] if line[0] in NOT_FIRST]
        assert not [line for line in lines[:-1] if line[-1] in NOT_LAST]


Post = Callable[..., Event]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"year": "2027年", "days": (CardDay("4月15日", "木"), CardDay("5月5日", "水・祝", "sunday")), "theme": "spring"}),
        (
            {"start": "2027-07-24T18:00", "end": "2027-07-25T01:30", "all_day": False},
            {"days": (CardDay("7月24日", "土", "saturday"),), "time": "午後6時〜翌日午前1時30分", "theme": "summer"},
        ),
        ({"start": "2027-10-11T00:00:00", "end": "2027-10-31T00:00:00", "precision": "part", "certainty": "planned"}, {"days": ()}),
        (
            {"start": "2027-12-04T10:00", "end": "2027-12-04T12:00", "all_day": False, "rule": "FREQ=WEEKLY;UNTIL=20280131"},
            {"days": (), "when": "毎週土曜日", "time": "午前10時〜正午", "theme": "winter"},
        ),
        (
            {"start": "2027-12-28T00:00:00", "end": "2028-01-03T00:00:00"},
            {"days": (CardDay("12月28日", "火"), CardDay("2028年1月3日", "月"))},
        ),
    ],
)  # fmt: skip
def test_a_card_says_the_dates_as_they_are(
    write: Session, post: Post, values: dict[str, object], expected: dict[str, object]
) -> None:
    said = cards.card(post(write, **values), JA)
    assert {name: getattr(said, name) for name in expected} == expected


@pytest.mark.parametrize("precision", ["part", "exact"])
def test_a_date_that_has_passed_undecided_does_not_wait_on_the_picture(
    precision: str, write: Session, post: Callable[..., Event]
) -> None:
    event = post(
        write, start="2027-03-01T00:00:00", end="2027-03-01T00:00:00", precision=precision, certainty="planned"
    )
    before = cards.card(event, JA)
    due.run(write, at=STOPPED + timedelta(days=1))
    after = cards.card(event, JA)
    assert ["日程調整中" in card.when + card.time for card in (before, after)] == [True, False]


def test_an_english_card_speaks_english(write: Session, post: Post) -> None:
    said = cards.card(post(write, translations={"en": {"title": "Cherry Blossom Festival"}}), EN)
    assert (said.title, said.place, said.year) == ("Cherry Blossom Festival", "Hinokinai River bank", "2027")
    assert said.days == (CardDay("15 Apr", "Thu"), CardDay("5 May", "Wed", "sunday"))


@pytest.mark.parametrize("size", SIZES)
def test_a_published_event_has_its_picture_until_it_is_withdrawn(
    client: FlaskClient, write: Session, post: Post, size: str
) -> None:
    event = post(write)
    draft = publishing.create(
        write,
        "event",
        {"title": "秘密", "start": "2027-05-01T10:00", "department_id": 1},
        actor=None,
        at=event.created_at,
    )
    write.commit()
    address = f"/cards/{event.public_id}-{size}.jpg"
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.data)).size == SIZES[size]
    assert client.get(f"/cards/{draft.public_id}-{size}.jpg").status_code == 404
    publishing.withdraw(write, event, "まちがい", actor=None, at=event.created_at)
    write.commit()
    assert client.get(address).status_code == 410


def test_a_page_names_a_new_picture_when_what_it_shows_has_changed(
    client: FlaskClient, write: Session, post: Post
) -> None:
    event = post(write)
    write.commit()

    def offered() -> str:
        found = re.search(r'property="og:image" content="([^"]+)"', client.get(f"/events/{event.public_id}").text)
        assert found
        return found[1]

    before = offered()
    assert before.startswith(f"https://calendar.example.jp/cards/{event.public_id}-og.jpg?v=")
    assert client.get(before).status_code == 200
    publishing.cancel(write, event, "荒天のため", actor=None, at=event.created_at)
    write.commit()
    assert offered() != before


def test_without_a_font_only_the_pictures_are_missing(
    client: FlaskClient, write: Session, monkeypatch: pytest.MonkeyPatch, post: Post
) -> None:
    event = post(write)
    write.commit()
    monkeypatch.setattr(fonts, "KNOWN", ())
    fonts.find.cache_clear()
    answer = client.get(f"/cards/{event.public_id}-og.jpg")
    fonts.find.cache_clear()
    assert answer.status_code == 503
    assert "fonts-noto-cjk" in answer.text
    assert "og:image" not in client.get(f"/events/{event.public_id}").text


def test_a_font_that_is_named_and_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(fonts.NoFont, match="CALENDAR_FONT"):
        fonts.find(str(tmp_path / "nothing.ttc"))


def test_kept_cards_are_bounded(write: Session, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "MOST", 2)
    for number in range(4):
        event = post(write, title=f"催し{number}")
        cards.render(event, "og", JA, folder=tmp_path / "cards", pictures=tmp_path, font="")
    assert len(list((tmp_path / "cards").iterdir())) == 2


@pytest.mark.parametrize("importance", ["normal", "emergency"])
def test_news_have_cards_too(client: FlaskClient, write: Session, importance: str) -> None:
    entry = announce(write, title="クマ出没注意", importance=importance)
    write.commit()
    assert client.get(f"/cards/{entry.public_id}-og.jpg").status_code == 200


def test_the_qr_code_is_the_address_of_the_page(client: FlaskClient, write: Session, post: Post) -> None:
    event = post(write)
    write.commit()
    png = Image.open(io.BytesIO(client.get(f"/cards/{event.public_id}-qr.png").data))
    svg = client.get(f"/cards/{event.public_id}-qr.svg")
    assert svg.content_type.startswith("image/svg+xml")
    assert f'aria-label="https://calendar.example.jp/events/{event.public_id}"' in svg.text
    side = int(re.search(r'viewBox="0 0 (\d+)', svg.text)[1])  # type: ignore[index]
    dark = {
        (x, y)
        for x in range(side)
        for y in range(side)
        if png.getpixel((x * png.width // side + 3, y * png.width // side + 3)) == 0
    }
    drawn_dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg.text.partition('<path d="')[2]):
        drawn_dark |= {(int(x) + step, int(y)) for step in range(int(length))}
    assert dark == drawn_dark
