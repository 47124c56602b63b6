"""Following an address: what it changes here, what it never does, how long it is left alone when it fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from calendar_app.cli.commands import main
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Announcement, Entry, Event, Revision, Source
from calendar_app.entries import publishing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.importing import source_info
from calendar_app.importing.sources import follow, manage, review
from calendar_app.staff import undo
from helpers.acts import undo_act
from helpers.clients import vevents
from helpers.hosts import Host, host
from helpers.import_samples import calendar, event
from helpers.town import NOW, STOPPED

CONCERT = event("UID:1@example.org", "SUMMARY:春の演奏会", "DTSTART:20270410T090000Z", "DTEND:20270410T110000Z")
FAIR = event("UID:2@example.org", "SUMMARY:物産展", "DTSTART;VALUE=DATE:20270501")
MOVED = CONCERT.replace("0410T", "0411T")
RENAMED = CONCERT.replace("春の演奏会", "春の演奏会（吹奏楽）")


@pytest.fixture
def there() -> Iterator[Host]:
    with host() as made:
        yield made


@pytest.fixture
def here(config: Config) -> Config:
    """A town that may read this machine."""
    return replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))


class Town:
    """A database with one followed address, read at our word and by our clock."""

    def __init__(self, engine: Engine, config: Config, url: str) -> None:
        self.engine, self.config, self.at = engine, config, NOW
        with self.writing() as session:
            follow.start_following(session, "市民会館", url, 1, {}, at=NOW)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with write_session(self.engine) as session:
            yield session
            session.commit()

    def read(self, *, later: timedelta = timedelta(days=2)) -> Any:
        self.at += later
        return follow.refresh(self.writing, 1, self.config, at=self.at)

    def source(self) -> Source:
        with Session(self.engine, expire_on_commit=False) as session:
            return session.get_one(Source, 1)

    def titles(self) -> list[str]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Entry.title).where(Entry.state == "published").order_by(Entry.id)))

    def edit(self, **values: Any) -> None:
        with self.writing() as session:
            entry = session.scalars(select(Event).order_by(Event.id)).first()
            assert entry
            publishing.save(session, entry, values, actor=None, at=self.at)

    def uids(self) -> list[str]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Entry.uid).order_by(Entry.id)))


@pytest.fixture
def town(here: Config, there: Host) -> Iterator[Town]:
    engine = make_engine(here.database_url)
    yield Town(engine, here, there.says("/c.ics", calendar(CONCERT, FAIR)))
    engine.dispose()


def test_what_is_new_and_changed_there_is_so_here_and_its_uids_stay(engine: Engine, here: Config, there: Host) -> None:
    town = Town(engine, here, there.says("/c.ics", calendar(CONCERT, FAIR)))
    town.read()
    assert town.titles() == ["春の演奏会", "物産展"]
    uids = town.uids()
    there.says("/c.ics", calendar(RENAMED, FAIR))
    taken = town.read()
    assert (taken.created, taken.changed, taken.same) == ([], [1], [2])
    assert town.titles() == ["春の演奏会（吹奏楽）", "物産展"]
    assert town.uids() == uids
    assert town.source().counts == {
        "rows": 2,
        "created": 0,
        "changed": 1,
        "same": 1,
        "refused": 0,
        "missing": 0,
        "known": 2,
        "waiting": [],
    }


def test_a_reading_that_changes_something_is_one_act_that_is_taken_back(town: Town, there: Host) -> None:
    town.read()
    first = town.source().act
    there.says("/c.ics", calendar(RENAMED, FAIR.replace("0501", "0502")))
    town.read()
    act = town.source().act
    assert act != first
    with town.writing() as session:
        assert undo_act(session, act, actor=None, at=town.at) == 2
    assert town.titles() == ["春の演奏会", "物産展"]
    there.says(
        "/c.ics", calendar(RENAMED, FAIR.replace("0501", "0502"), event("UID:3", "SUMMARY:新", "DTSTART:20270601"))
    )
    town.read()
    assert town.titles() == ["春の演奏会", "物産展", "新"]  # what was taken back stays so
    assert town.source().act != act


def test_what_has_not_changed_is_neither_sent_nor_read_again(town: Town, there: Host) -> None:
    there.says("/c.ics", calendar(CONCERT), 'ETag: "1"')
    town.read()
    revisions = len(town.uids())
    there.pages["/c.ics"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert town.read() is None
    assert 'If-None-Match: "1"' in there.heard[-1]
    there.says("/c.ics", calendar(CONCERT))  # a server without a memory sends the same again
    assert town.read() is None
    assert (town.source().counts["created"], len(town.uids()), town.source().problem) == (1, revisions, "")


def test_endless_repeats_reach_further_each_year_though_nothing_changes_there(town: Town, there: Host) -> None:
    weekly = event("UID:9", "SUMMARY:朝市", "DTSTART:20270404T000000Z", "DTEND:20270404T010000Z", "RRULE:FREQ=WEEKLY")
    there.says("/c.ics", calendar(weekly), 'ETag: "1"')
    town.read()
    with Session(town.engine) as session:
        before = session.scalars(select(Event.rule)).one()
    town.read(later=timedelta(days=365))
    assert "If-None-Match" not in there.heard[-1]
    with Session(town.engine) as session:
        assert session.scalars(select(Event.rule)).one() > before


def waits(town: Town) -> timedelta:
    return town.source().next_at - town.at


def test_a_source_that_fails_is_left_alone_longer_and_longer_until_it_recovers(town: Town, there: Host) -> None:
    town.read()
    there.says("/c.ics", "", status="500 Oops")
    waited = []
    for _ in range(6):
        assert town.read() is None
        waited.append(waits(town))
    hour = timedelta(hours=1)
    assert waited == [hour / 4, hour, 4 * hour, 24 * hour, 24 * hour, 24 * hour]
    assert town.source().failures == 6
    assert "500" in follow.problem_message(town.source(), "ja")
    assert town.titles() == ["春の演奏会", "物産展"]
    there.says("/c.ics", calendar(RENAMED, FAIR))
    town.read()
    assert (town.source().failures, follow.problem_message(town.source(), "en")) == (0, "")
    assert waits(town) == hour
    assert "春の演奏会（吹奏楽）" in town.titles()


@pytest.mark.parametrize(
    ("retry", "hours"),
    [
        ("7200", 2),
        ("10", 0.25),
        ("99999999999", 7 * 24),
        ("Wed, 03 Mar 2027 05:00:00 GMT", 5),
        ("Wed, 03 Mar 2027 05:00:00", 0.25),
        ("Mon, 01 Mar 1999 05:00:00 GMT", 0.25),
        ("soon", 0.25),
    ],
)
def test_a_server_says_how_long_to_leave_it_alone(town: Town, there: Host, retry: str, hours: float) -> None:
    there.says("/c.ics", "", f"Retry-After: {retry}", status="503 Busy")
    town.read()
    assert waits(town) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("REFRESH-INTERVAL;VALUE=DURATION:PT2H", 120),
        ("X-PUBLISHED-TTL:PT1M", 15),
        ("X-PUBLISHED-TTL:P2W", 1440),
        ("X-OTHER:1", 60),
        ("REFRESH-INTERVAL;VALUE=DURATION:soon", 60),
    ],
)
def test_a_source_wishes_how_often_it_is_read(town: Town, there: Host, line: str, minutes: int) -> None:
    there.says("/c.ics", calendar(CONCERT).replace("VERSION:2.0", f"VERSION:2.0\r\n{line}"))
    town.read()
    assert waits(town) == timedelta(minutes=minutes)


def test_without_a_wish_it_is_read_less_often_while_nothing_changes(town: Town, there: Host) -> None:
    waited = []
    for _ in range(4):
        town.read()
        waited.append(waits(town) / timedelta(hours=1))
    assert waited == [1, 2, 4, 4]


def test_only_what_is_due_is_read_and_by_one_only(engine: Engine, here: Config, there: Host) -> None:
    town = Town(engine, here, there.says("/c.ics", calendar(CONCERT, FAIR)))
    town.read()
    with town.writing() as session:
        assert follow.next_due(session, town.at + timedelta(minutes=59)) is None
        assert follow.next_due(session, town.at + timedelta(minutes=61)) == 1
    assert town.read(later=timedelta(minutes=59)) is None
    assert len(there.heard) == 1

    def meanwhile(_sending: Callable[[bytes], Any]) -> None:
        town.read(later=timedelta())

    there.pages["/c.ics"] = meanwhile
    town.read()
    assert len(there.heard) == 2


def test_nobody_waits_for_somebody_elses_server(town: Town, there: Host) -> None:
    """While it answers, the database takes other people's changes: here those of its own answer."""
    town.read()

    def meanwhile(sending: Callable[[bytes], Any]) -> None:
        town.edit(title="春の大演奏会")
        sending(b"HTTP/1.1 500 Oops\r\n\r\n")

    there.pages["/c.ics"] = meanwhile
    town.read()
    assert town.titles() == ["春の大演奏会", "物産展"]


def test_a_source_that_has_ended_is_not_asked_again_until_somebody_wants_it(town: Town, there: Host) -> None:
    town.read()
    there.says("/c.ics", "", status="410 Gone")
    town.read()
    assert not town.source().enabled
    assert "410" in follow.problem_message(town.source(), "ja")
    town.read()
    assert len(there.heard) == 2
    assert town.titles() == ["春の演奏会", "物産展"]
    with town.writing() as session:
        follow.switch(session.get_one(Source, 1), True, at=town.at)
    there.says("/c.ics", calendar(CONCERT, FAIR))
    town.read()
    assert (len(there.heard), follow.problem_message(town.source(), "en")) == (3, "")


@pytest.mark.parametrize(
    ("body", "says"),
    [("<!doctype html><title>保守中</title>", "ウェブページ"), ("", "空です"), ("\0\0\0\1" * 50, "")],
)
def test_a_source_that_turns_into_something_else_changes_nothing(town: Town, there: Host, body: str, says: str) -> None:
    town.read()
    there.says("/c.ics", body)
    assert town.read() is None
    assert says in follow.problem_message(town.source(), "ja") != ""
    assert town.titles() == ["春の演奏会", "物産展"]


def test_an_empty_source_removes_nothing_and_says_so_until_it_is_filled(town: Town, there: Host) -> None:
    town.read()
    there.says("/c.ics", calendar())
    for _ in range(2):
        town.read()
        assert "消していません" in follow.problem_message(town.source(), "ja")
    assert town.titles() == ["春の演奏会", "物産展"]
    assert [one.title for one in missing(town)] == ["春の演奏会", "物産展"]
    there.says("/c.ics", calendar(FAIR))
    town.read()
    assert follow.problem_message(town.source(), "ja") == ""
    assert [one.title for one in missing(town)] == ["春の演奏会"]


def test_a_source_that_loses_most_of_its_entries_says_so(town: Town, there: Host) -> None:
    many = [event(f"UID:{number}", f"SUMMARY:催し{number}", f"DTSTART:202704{number}") for number in range(10, 20)]
    there.says("/c.ics", calendar(*many))
    town.read()
    there.says("/c.ics", calendar(*many[:4]))
    town.read()
    assert "10" in follow.problem_message(town.source(), "en")
    assert len(town.titles()) == 10
    assert len(missing(town)) == 6


def missing(town: Town) -> list[Event]:
    with Session(town.engine, expire_on_commit=False) as session:
        return review.missing_events(session, session.get_one(Source, 1), town.at)


def test_what_is_over_cancelled_or_withdrawn_is_not_missed(town: Town, there: Host) -> None:
    town.read()
    there.says("/c.ics", calendar())
    town.read()
    with town.writing() as session:
        publishing.cancel(session, session.get_one(Event, 1), "", actor=None, at=town.at)
    assert [one.title for one in missing(town)] == ["物産展"]
    town.at = datetime(2027, 6, 1, tzinfo=UTC)
    assert missing(town) == []


def test_news_that_leaves_a_feed_is_only_old(town: Town, there: Host) -> None:
    item = "<item><title>{0}</title><guid>{0}</guid></item>".format
    feed = "<rss version='2.0'><channel><title>広報</title><ttl>120</ttl>{}</channel></rss>".format
    there.says("/c.ics", feed(item("a") + item("b")))
    town.read()
    assert waits(town) == timedelta(hours=2)
    there.says("/c.ics", feed(item("c")))
    town.read()
    assert town.titles() == ["a", "b", "c"]
    with Session(town.engine) as session:
        assert session.scalar(select(func.count()).select_from(Announcement)) == 3
    assert town.source().missing == []


def differing(town: Town) -> dict[str, tuple[str, str]]:
    """Field: what stands here, what the source says."""
    with Session(town.engine) as session:
        found = review.differing_entries(session, session.get_one(Source, 1))
        return {
            name: (here["values"][name], there["values"][name])
            for _, here, there in found
            for name in here["values"]
            if here["values"][name] != there["values"][name]
        }


def settle(town: Town, verb: str) -> None:
    with town.writing() as session:
        source, entry = session.get_one(Source, 1), session.get_one(Event, 1)
        if verb == "take":
            review.take_theirs(session, source, entry, actor=None, at=town.at)  # type: ignore[arg-type]
        else:
            review.keep_ours(session, source, entry)


def test_a_local_edit_is_kept_and_shown_when_the_source_changes_it_too(town: Town, there: Host) -> None:
    town.read()
    town.edit(title="春の大演奏会")
    town.read()
    assert differing(town) == {}  # only we have changed it
    there.says("/c.ics", calendar(RENAMED.replace("0410T", "0411T"), FAIR))
    for _ in range(2):  # and it is shown until somebody says
        town.read()
        assert town.titles()[0] == "春の大演奏会"
        assert differing(town) == {"title": ("春の大演奏会", "春の演奏会（吹奏楽）")}
    settle(town, "take")
    assert (town.titles()[0], differing(town)) == ("春の演奏会（吹奏楽）", {})
    there.says("/c.ics", calendar(CONCERT, FAIR))
    town.read()
    assert town.titles()[0] == "春の演奏会"  # it follows again


def test_words_that_are_left_are_shown_again_only_when_there_are_others(town: Town, there: Host) -> None:
    town.read()
    town.edit(title="春の大演奏会")
    there.says("/c.ics", calendar(RENAMED, FAIR))
    town.read()
    settle(town, "leave")
    there.says("/c.ics", calendar(RENAMED, FAIR.replace("物産展", "物産市")))
    town.read()
    assert (differing(town), town.titles()) == ({}, ["春の大演奏会", "物産市"])
    there.says("/c.ics", calendar(CONCERT.replace("春の演奏会", "春の音楽会"), FAIR))
    town.read()
    assert differing(town) == {"title": ("春の大演奏会", "春の音楽会")}


def test_the_same_words_on_both_sides_are_no_difference(town: Town, there: Host) -> None:
    town.read()
    town.edit(title="春の演奏会（吹奏楽）")
    there.says("/c.ics", calendar(RENAMED, FAIR))
    town.read()
    assert differing(town) == {}


def test_what_was_not_chosen_is_left_out_in_every_reading(town: Town, there: Host) -> None:
    with town.writing() as session:
        session.get_one(Source, 1).choices = {"out": ["2@example.org"]}
    town.read()
    there.says("/c.ics", calendar(MOVED, FAIR.replace("0501", "0502")))
    town.read()
    assert town.titles() == ["春の演奏会"]
    assert town.source().missing == []


@pytest.mark.parametrize(
    ("name", "url", "errors"),
    [
        ("別の名", "http://127.0.0.1:{port}/c.ics#x", {"url": "followed"}),
        ("市民会館", "https://example.jp/", {"name": "taken"}),
        ("図書館の名簿", "https://example.jp/", {"name": "taken"}),
        (" ", "https://example.jp/", {"name": "required"}),
    ],
)
def test_an_address_is_followed_once_and_under_a_name_of_its_own(
    town: Town, there: Host, name: str, url: str, errors: dict[str, str]
) -> None:
    with town.writing() as session:
        other = publishing.create(session, "announcement", {"title": "a", "department_id": 2}, actor=None, at=NOW)
        other.source = "図書館の名簿"
        with pytest.raises(Invalid) as refused:
            follow.start_following(session, name, url.format(port=there.port), 1, {}, at=NOW)
    assert refused.value.errors == errors


def test_ids_that_are_far_too_long_are_known_again(town: Town, there: Host) -> None:
    item = f"<item><title>a</title><guid>https://example.jp/{'x' * 450}</guid></item>"
    there.says("/c.ics", f"<rss version='2.0'><channel>{item}</channel></rss>")
    town.read()
    there.says("/c.ics", f"<rss version='2.0'><channel>{item.replace('>a<', '>b<')}</channel></rss>")
    town.read()
    assert town.titles() == ["b"]


@pytest.mark.parametrize(
    ("data", "name", "minutes"),
    [
        ("BEGIN:VCALENDAR\r\nX-WR-CALNAME;X-A=b:市民会館\\, 大\r\n ホール\r\nEND:VCALENDAR", "市民会館, 大ホール", 0),
        (
            "<rss><channel><title>広報 &amp; 観光</title><ttl>30</ttl><item><title>x</title></item></channel></rss>",
            "広報 & 観光",
            30,
        ),
        ("<feed><title type='text'><![CDATA[市の知らせ]]></title></feed>", "市の知らせ", 0),
        ("名称,開始日\nまつり,2027-04-01\n", "", 0),
        ("", "", 0),
    ],
)
def test_a_source_says_its_name_and_its_wish(data: str, name: str, minutes: int) -> None:
    assert (source_info.source_name(data.encode()), source_info.refresh_minutes(data.encode())) == (name, minutes)


@pytest.fixture
def run(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("CALENDAR_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CALENDAR_DATABASE_URL", config.database_url)
    monkeypatch.setenv("CALENDAR_FETCH_NETWORKS", "127.0.0.0/8")

    def command(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return str(done.output)

    return command


def test_the_command_looks_at_an_address_takes_it_once_or_follows_it(
    run: Callable[..., str], there: Host, client: FlaskClient, write: Session
) -> None:
    url = there.says("/c.ics", calendar(CONCERT).replace("VERSION:2.0", "VERSION:2.0\r\nX-WR-CALNAME:市民会館"))
    assert "1 rows" in run("import", url)
    assert vevents(client.get("/calendar.ics").data) == []
    assert "1 new" in run("import", url, "--apply")
    assert "1 as before" in run("import", url, "--subscribe")  # known again by the name it calls itself
    assert "followed already" in run("import", url, "--subscribe", code=1)
    assert write.scalars(select(Source.name)).all() == ["市民会館"]
    write.rollback()
    assert "404" in run("import", there.url("/none"), code=1)


def test_the_worker_reads_what_is_due(
    run: Callable[..., str], there: Host, client: FlaskClient, write: Session
) -> None:
    follow.start_following(write, "市民会館", there.says("/c.ics", calendar(CONCERT)), 1, {}, at=STOPPED)
    follow.start_following(write, "壊れた所", there.url("/none"), 1, {}, at=STOPPED)
    for one in write.scalars(select(Source)):
        one.next_at = datetime(2020, 1, 1, tzinfo=UTC)
    write.commit()
    told = run("work", "--once")
    assert "市民会館: 1 new" in told
    assert "404" in told
    assert [str(one["SUMMARY"]) for one in vevents(client.get("/calendar.ics").data)] == ["春の演奏会"]
    assert write.scalars(select(Revision.actor_id)).unique().all()[-1] is None
    write.rollback()
    assert run("work", "--once") == ""


def test_a_move_for_good_is_believed_after_five_readings_over_a_week_and_can_be_undone(town: Town, there: Host) -> None:
    new = there.says("/new.ics", calendar(CONCERT))
    there.says("/c.ics", b"", f"Location: {new}", status="301 Moved Permanently")
    old = town.source().url
    for day in range(5):
        town.read(later=timedelta(days=1, hours=12) if day else timedelta(days=2))
        assert (town.source().url, town.source().moved_to) == (old, new)
    town.read()
    assert (town.source().url, town.source().former_url, town.source().moved_to) == (new, old, "")
    there.heard.clear()
    town.read()
    assert [one.split()[1] for one in there.heard] == ["/new.ics"]
    assert town.titles() == ["春の演奏会"]
    with town.writing() as session:
        row = undo.newest(session, session.get_one(Source, 1))
        assert row
        assert row.batch
        assert undo_act(session, row.batch, actor=None, at=town.at) == 1
    assert town.source().url == old


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect"])
def test_a_passing_redirect_changes_no_address(town: Town, there: Host, status: str) -> None:
    there.says("/there.ics", calendar(CONCERT))
    there.says("/c.ics", b"", "Location: /there.ics", status=status)
    for _ in range(6):
        town.read()
    assert town.source().moved_to == ""
    there.says("/c.ics", b"", "Location: /hop.ics", status="301 Moved Permanently")
    there.says("/hop.ics", b"", "Location: /there.ics", status=status)
    town.read()
    assert town.source().moved_to == there.url("/hop.ics")  # only as far as it says for good


def test_a_new_name_goes_through_to_its_entries_and_the_next_reading_makes_none_twice(town: Town, there: Host) -> None:
    there.says("/c.ics", calendar(CONCERT))
    town.read()
    with town.writing() as session, revisions.one_act(session) as act:
        source = session.get_one(Source, 1)
        assert manage.change(session, source, {"name": "市民ホール"}, actor=None, at=town.at)
    there.says("/c.ics", calendar(RENAMED))
    town.read()
    assert town.titles() == ["春の演奏会（吹奏楽）"]
    with town.writing() as session:
        assert undo_act(session, act, actor=None, at=town.at) == 1
        assert session.scalars(select(Entry.source)).all() == ["市民会館"]


def test_another_department_takes_what_is_to_come_along_and_gives_it_back(town: Town, there: Host) -> None:
    old = event("UID:3@example.org", "SUMMARY:去年の会", "DTSTART;VALUE=DATE:20260501")
    there.says("/c.ics", calendar(CONCERT, old))
    town.read()
    with town.writing() as session, revisions.one_act(session) as act:
        source = session.get_one(Source, 1)
        assert manage.change(session, source, {"department_id": 2}, actor=None, at=town.at)
        homes = dict(session.execute(select(Entry.title, Entry.department_id)).all())
        assert homes["春の演奏会"] == 2
        assert homes.get("去年の会", 1) == 1
    with town.writing() as session:
        undo_act(session, act, actor=None, at=town.at)
        assert {*session.scalars(select(Entry.department_id))} == {1}
    assert town.source().department_id == 1
