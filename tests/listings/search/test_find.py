"""Words find what people mean, the same entries in the same order on both databases; nothing that can be typed is an error."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Category, Department, Entry, SearchState, Tag, Venue
from calendar_app.entries import publishing, search_index
from calendar_app.entries.search_index import MOST_ALIKE, MOST_PIECES
from calendar_app.listings.search import find
from calendar_app.listings.search.find import hits, meant
from calendar_app.listings.search.query import read, spelled
from calendar_app.text import readings
from calendar_app.text.normalize import fold, fold_with_places
from helpers.services import PostgreSQL
from helpers.town import NOW, SAKURA, announce, copied

TODAY = date(2027, 3, 1)
LONG = "あ" * (MOST_ALIKE + 50) + "終わりに梅"
ENTRIES: list[dict[str, Any]] = [
    SAKURA
    | {
        "title_kana": "かくのだてのさくらまつり",
        "translations": {"en": {"title": "Kakunodate Cherry Blossom Festivals"}},
    },
    {"title": "鶴ヶ池さんぽ", "body": "水鳥を見ながら 3ケ月ぶりに歩きます。", "tags": ["散歩"]},
    {"title": "ﾊﾟｿｺﾝ教室", "summary": "コンピュータを はじめて さわる 人の ための教室", "tags": ["学び"], "fee": 0},
    {"title": "ラーメン・スケート大会", "body": "桜の木の下で「AC/DC」を聴く。第3回。\n\n雨なら中止。", "tags": ["桜"]},
    {"title": "髙橋さんの話", "audience": "小学生とその家族", "department_id": 2},
    {"title": "Café Tōhoku", "body": 'The children\'s party; art & parties. *Not* OR "NEAR(x y)"'},
    {"title": "長い話", "body": LONG},
    {"title": "去年の桜", "start": "2026-04-15T00:00:00", "end": "2026-05-05T00:00:00"},
    {"title": "おととしの桜", "start": "2025-04-15T00:00:00", "end": "2025-05-05T00:00:00"},
]


PLAIN = {"tags": [], "summary": "", "venue_id": None}


def fill(session: Session, post: Callable[..., Any]) -> None:
    for values in ENTRIES:
        post(session, **PLAIN | values)
    announce(session, title="桜のライトアップ", body="夜桜の話。祭りの夜に。")
    publishing.create(session, "event", SAKURA | {"title": "秘密の桜"}, actor=None, at=NOW)
    session.commit()


@pytest.fixture(scope="module")
def post_() -> Callable[..., Any]:
    def make(session: Session, **values: Any) -> Any:
        entry = publishing.create(session, "event", SAKURA | values, actor=None, at=NOW)
        publishing.publish(session, entry, actor=None, at=NOW)
        return entry

    return make


@pytest.fixture(scope="module")
def both(
    sqlite_template: Path, postgresql: PostgreSQL, post_: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Session]]:
    """The same town on both databases."""
    name = "searched"
    urls = [
        f"sqlite:///{copied(sqlite_template, tmp_path_factory.mktemp('search'))}",
        postgresql.create_database(name, template="template_town"),
    ]
    engines = [make_engine(url) for url in urls]
    for engine in engines:
        with write_session(engine) as session:
            fill(session, post_)
    opened = [Session(engine) for engine in engines]
    yield opened
    for session, engine in zip(opened, engines, strict=True):
        session.close()
        engine.dispose()
    postgresql.drop_database(name)


@pytest.fixture(scope="module")
def texts(both: list[Session]) -> dict[str, list[str]]:
    """All that stands in each entry, folded, by its title."""
    groups = search_index.spelling_groups(both[0])
    return {
        entry.title: [fold(text) for part in search_index.searchable_texts(both[0], entry, groups) for text in part]
        for entry in both[0].scalars(select(Entry).where(Entry.state == "published"))
    }


def titles(session: Session, typed: str) -> list[str]:
    found = [hit.id for hit in hits(session, typed, TODAY, find.contains(typed))]
    names = {row.id: row.title for row in session.execute(select(Entry.id, Entry.title))}
    return [names[id_] for id_ in found]


def found(both: list[Session], typed: str) -> list[str]:
    one, other = (titles(session, typed) for session in both)
    assert one == other
    return one


FESTIVAL, RINK, LIGHTS = "角館の桜まつり", "ラーメン・スケート大会", "桜のライトアップ"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # one and two letters
        ("桜", [FESTIVAL, RINK, "去年の桜", "おととしの桜", LIGHTS]),
        ("祭", [FESTIVAL, LIGHTS]),
        ("祭り", [FESTIVAL, LIGHTS]),
        ("まつ", [FESTIVAL, LIGHTS]),
        ("池", ["鶴ヶ池さんぽ"]),
        # readings, width, kana, old letters, small ones, spaces, long sounds
        ("さくらまつり", [FESTIVAL]),
        ("サクラ まつり", [FESTIVAL, LIGHTS]),
        ("よざくら", [LIGHTS]),
        ("yozakura", [LIGHTS]),
        ("パソコン", ["ﾊﾟｿｺﾝ教室"]),
        ("ぱそこん", ["ﾊﾟｿｺﾝ教室"]),
        ("鶴が池", ["鶴ヶ池さんぽ"]),
        ("鶴ケ池", ["鶴ヶ池さんぽ"]),
        ("3か月", ["鶴ヶ池さんぽ"]),
        ("高橋", ["髙橋さんの話"]),
        ("はじめてさわる", ["ﾊﾟｿｺﾝ教室"]),
        ("コンピューター", ["ﾊﾟｿｺﾝ教室"]),
        ("ラ－メンスケート", [RINK]),
        ("第３回", [RINK]),
        # English: plurals, beginnings, accents
        ("festival", [FESTIVAL]),
        ("blossoms", [FESTIVAL]),
        ("TOHOKU cafe", ["Café Tōhoku"]),
        ("childrens", ["Café Tōhoku"]),
        ("kaku", [FESTIVAL]),
        ("ac/dc", [RINK]),
        ("rt", []),
        # all words, none of these, together
        ("桜 角館", [FESTIVAL]),
        ("桜 -まつり", [RINK, "去年の桜", "おととしの桜"]),
        ('"桜 の"', [RINK, LIGHTS]),
        ('"cherry blossom"', [FESTIVAL]),
        ('"blossom cherry"', []),
        # where it is, who it is from, for whom, what it costs
        ("学習資料館", ["髙橋さんの話"]),
        ("library", ["髙橋さんの話"]),
        ("家族", ["髙橋さんの話"]),
        ("無料", ["ﾊﾟｿｺﾝ教室"]),
        # what comes too often for PostgreSQL to count is still found, and what follows it too
        ("ああああ", ["長い話"]),
        ("終わりに梅", ["長い話"]),
        # nothing of a field runs on in the next
        ("つりかく", []),
    ],
)
def test_what_is_found(both: list[Session], typed: str, expected: list[str]) -> None:
    assert found(both, typed) == expected


def test_the_best_comes_first_and_the_past_last(both: list[Session]) -> None:
    """In the title before in a tag; what is coming before what is over, the latest of that first; announcements apart."""
    assert found(both, "桜") == [FESTIVAL, RINK, "去年の桜", "おととしの桜", LIGHTS]


SNIPPETS = st.sampled_from([str(value) for one in ENTRIES for value in one.values() if isinstance(value, str)]).flatmap(
    lambda text: st.tuples(st.just(text[:200]), st.integers(0, 190), st.integers(1, 8)).map(
        lambda cut: cut[0][cut[1] : cut[1] + cut[2]]
    )
)
HOSTILE = st.sampled_from(
    [
        "\x00",
        '"',
        "'",
        "*",
        ":",
        "^",
        "(",
        ")",
        "NEAR(",
        " AND ",
        " OR ",
        "NOT ",
        "-",
        "\\",
        "&",
        "|",
        "!",
        "<->",
        "%",
        "_",
        "{title} :",
    ]
)


@given(parts=st.lists(SNIPPETS | HOSTILE | st.text(max_size=5), max_size=6))
def test_whatever_is_typed_finds_the_same_on_both_and_is_no_error(both: list[Session], parts: list[str]) -> None:
    typed = "".join(parts)
    assert spelled(spelled(typed)) == spelled(typed)
    assert [word.pieces for word in read(spelled(typed))] == [word.pieces for word in read(typed)]
    assert len(spelled(typed)) <= 100
    assert found(both, typed) == found(both, spelled(typed))


JAPANESE = st.text(st.sampled_from("桜まつりの話ああパソコン教室さんぽ池が終わりに梅雨水"), min_size=2, max_size=4)


@given(
    typed=JAPANESE
    | SNIPPETS.filter(lambda text: len(text) > 1 and all("\u3040" < letter < "\ua000" for letter in text))
)
def test_two_letters_are_found_wherever_they_stand(
    both: list[Session], texts: dict[str, list[str]], typed: str
) -> None:
    """What a plain look through all texts finds; a word in kana finds what sounds like it besides."""
    typed = typed.strip("・")  # marks at the ends say nothing
    assume(len(typed) > 1)
    sought = fold(typed[:-1] if typed.endswith("ー") and len(typed) > 4 else typed)
    written = {title for title, its in texts.items() if any(sought in text for text in its)}
    listed = set(found(both, typed))
    assert listed >= written if readings.sought(sought) else listed == written


@given(text=st.text(st.characters() | st.sampled_from("ガがカ\u3099ﾊﾟé・ 　'桜ヶ池"), max_size=30))
def test_folding_knows_where_each_letter_comes_from(text: str) -> None:
    folded, places = fold_with_places(text)
    assert len(places) == len(folded) + 1
    assert places == sorted(places)
    assert set(places) <= set(range(len(text) + 1))


def test_a_word_mistyped_by_one_letter_is_known(both: list[Session]) -> None:
    public = Entry.state == "published"
    for session in both:
        assert meant(session, "kakunodatte", public) == "kakunodate"
        assert meant(session, "chrery 桜", public) == "cherry 桜"
        assert meant(session, "かくのたてのさくらまつり", public) == "かくのだてのさくらまつり"
        assert meant(session, "cherry xylophone", public) == ""  # nothing is near
        assert meant(session, "cherry", public) == ""  # nothing is wrong


def test_no_draft_is_given_away_by_a_word_put_right(write: Session) -> None:
    publishing.create(write, "announcement", {"title": "Secretparty", "department_id": 1}, actor=None, at=NOW)
    assert meant(write, "secretpartx", Entry.state == "published") == ""
    assert meant(write, "secretpartx") == "secretparty"


# What is written, on each database by itself.


def drafts_too(session: Session, typed: str) -> list[str]:
    return list(session.scalars(select(Entry.title).where(find.contains(typed)).order_by(Entry.id)))


def test_a_change_is_found_in_its_own_transaction_and_an_undone_one_is_not(session: Session, post: Any) -> None:
    event = post(session)
    session.commit()
    publishing.save(session, event, {"title": "角館の雪まつり"}, actor=None, at=NOW)
    assert drafts_too(session, "雪まつり") == ["角館の雪まつり"]
    assert drafts_too(session, "桜まつり") == []
    session.rollback()
    assert drafts_too(session, "雪まつり") == []
    assert drafts_too(session, "桜まつり") == ["角館の桜まつり"]


def test_drafts_are_in_the_index_and_not_in_what_the_public_finds(session: Session) -> None:
    publishing.create(session, "event", SAKURA | {"title": "秘密の会"}, actor=None, at=NOW)
    assert drafts_too(session, "秘密") == ["秘密の会"]
    assert hits(session, "秘密", TODAY, find.contains("秘密")) == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Venue, {"name": "新しい川の堤"}),
        (Venue, {"name_en": "Newbank"}),
        (Department, {"name": "観光文化課"}),
        (Category, {"name": "行事"}),
        (Tag, {"name": "さくら色"}),
    ],
)
def test_a_new_name_is_found_at_once_with_all_that_shows_it(session: Session, model: Any, values: Any) -> None:
    event = publishing.create(session, "event", SAKURA | {"category_id": 1, "title_kana": ""}, actor=None, at=NOW)
    assert drafts_too(session, next(iter(values.values()))) == []
    thing = session.scalars(select(model)).first()
    publishing.save_reference(session, thing, values, actor=None, at=NOW)
    assert drafts_too(session, next(iter(values.values()))) == [event.title]


def test_the_venue_of_a_single_date_is_found(session: Session, post: Any) -> None:
    venue = Venue()
    publishing.save_reference(session, venue, {"name": "学校体育館"}, actor=None, at=NOW)
    post(session, overrides=[{"original": "2027-04-15T00:00:00", "venue_id": venue.id}])
    assert drafts_too(session, "体育館") == ["角館の桜まつり"]


def test_a_status_is_found(session: Session, post: Any) -> None:
    event = post(session)
    assert drafts_too(session, "中止") == []
    publishing.cancel(session, event, "", actor=None, at=NOW)
    assert drafts_too(session, "中止") == ["角館の桜まつり"]


def test_what_has_not_changed_is_not_written_again(session: Session, post: Any) -> None:
    event = post(session)
    session.execute(sa.text("DELETE FROM search_index"))
    publishing.save(session, event, {"fee": 300}, actor=None, at=NOW + timedelta(days=1))
    assert drafts_too(session, "桜") == []


def test_an_index_of_another_version_waits_to_be_made_again(session: Session, post: Any) -> None:
    event = post(session)
    assert search_index.unindexed(session) == []
    session.execute(sa.update(SearchState).values(version=0, digest=""))
    assert search_index.unindexed(session) == [event.id]
    search_index.index_ids(session, [event.id])
    assert search_index.unindexed(session) == []
    assert search_index.unindexed(session, anew=True) == [event.id]
    assert drafts_too(session, "桜") == []


def test_a_text_without_end_is_indexed_as_far_as_both_databases_count(session: Session, post: Any) -> None:
    texts = {"en": {"body": "雪" + "い" * 19_000}, "zh": {"body": "ろ" * 19_000 + "月"}}
    post(session, translations=texts)
    assert sum(map(len, search_index.piece_positions((["あ" * 9_000], [], ["い" * 9_000])))) == MOST_PIECES
    assert drafts_too(session, "雪い") == ["角館の桜まつり"]
    assert drafts_too(session, "ろ月") == []


def test_a_venue_of_many_is_renamed_at_once_and_its_words_follow_in_portions(
    session: Session, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "AT_ONCE", 2)
    events = [post(session, venue_id=1, title=f"催し{number}") for number in range(5)]
    before = {event.id: (event.changed_at, event.version) for event in events}
    venue = session.get_one(Venue, 1)
    publishing.save_reference(session, venue, {"name": "青空ひろば"}, actor=None, at=NOW)
    assert all(event.changed_at > before[event.id][0] for event in events)
    assert all(event.version == before[event.id][1] for event in events)  # an open form can still be saved
    assert len(drafts_too(session, "青空")) == 2
    assert [search_index.catch_up(session) for _ in range(3)] == [True, True, False]
    assert len(drafts_too(session, "青空")) == 5
