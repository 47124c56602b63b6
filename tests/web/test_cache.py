"""The answers kept in front of Flask: never stale, never more than they may weigh, the same for everybody."""

import gzip
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import brotli
import pytest
from werkzeug.test import Client

from calendar_app.db.engine import Newest
from calendar_app.web.cache import Cache
from calendar_app.web.touched import SHOWS, Touched

BODY = "桜".encode() * 1000


class Town:
    """A small WSGI application that counts how often it is asked, and a revision number to move."""

    def __init__(self, **options: Any) -> None:
        self.asked: list[dict[str, Any]] = []
        self.revision, self.link = 1, "a"
        self.day = date(2027, 4, 15)
        self.body = BODY
        self.status = "200 OK"
        self.type = "text/html; charset=utf-8"
        self.control = "public, no-cache"
        self.down = False
        self.due_at: datetime | None = None
        settings = {"base_url": "https://calendar.example.jp", "limit": 1_000_000} | options
        self.touches: dict[int, list[str] | None] = {}  # of a revision; of another: everything
        self.shows: list[str] | None = None
        self.cache = Cache(
            self.answer,
            newest=self.newest,
            touches_after=lambda number: [(n, self.touches.get(n)) for n in range(number + 1, self.revision + 1)],
            holds=lambda number, link: number <= self.revision and link == self.link,
            now=self.now,
            zone=UTC,
            do_due=self.do_due,
            **settings,
        )
        self.client = Client(self.cache, use_cookies=False)

    def newest(self) -> Newest:
        if self.down:
            raise ConnectionError
        return Newest(self.revision, self.due_at, self.link)

    def now(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)

    def do_due(self) -> None:
        self.body, self.revision, self.due_at = b"due", self.revision + 1, None

    def answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.asked.append(environ)
        if self.shows is not None:
            environ[SHOWS] = frozenset(self.shows)
        start(self.status, [("Content-Type", self.type), ("Cache-Control", self.control), ("Link", "<x>")])
        return [self.body]


@pytest.fixture
def town() -> Town:
    return Town()


def test_second_reader_does_not_reach_the_application(town: Town) -> None:
    assert [town.client.get("/").data for _ in range(3)] == [BODY] * 3
    assert len(town.asked) == 1


def test_public_change_is_seen_by_the_next_reader(town: Town) -> None:
    town.client.get("/")
    town.body, town.revision = b"cancelled", 2
    assert town.client.get("/").data == b"cancelled"


@pytest.mark.parametrize("touches", [["tag:桜"], ["tag:雪", "tag:桜"], ["*"], None])
def test_change_of_what_an_answer_shows_is_seen_by_the_next_reader(town: Town, touches: list[str] | None) -> None:
    town.shows = ["tag:桜", "entry:1"]
    town.client.get("/")
    town.body, town.revision, town.touches = b"cancelled", 3, {2: ["tag:雪"], 3: touches}
    assert town.client.get("/").data == b"cancelled"


def test_change_of_something_else_costs_no_page(town: Town) -> None:
    town.shows = ["tag:桜"]
    town.client.get("/")
    for town.revision in range(2, 9):
        town.touches[town.revision] = ["tag:雪", "month:2027-04"]
        assert town.client.get("/").data == BODY
    assert len(town.asked) == 1


def test_database_that_was_put_back_makes_no_old_answer_right(town: Town) -> None:
    town.shows, town.revision = ["tag:桜"], 9
    town.client.get("/")
    town.body, town.revision = b"restored", 5
    assert town.client.get("/").data == b"restored"
    town.body, town.revision, town.touches = b"later", 9, {number: ["tag:桜"] for number in range(6, 10)}
    assert town.client.get("/").data == b"later"


@pytest.mark.parametrize("reached", [9, 12])
def test_another_history_with_the_same_numbers_makes_no_old_answer_right(town: Town, reached: int) -> None:
    town.shows, town.revision = ["tag:桜"], 9
    town.client.get("/")
    town.body, town.revision, town.link = b"restored", reached, "b"
    town.touches = {number: ["tag:雪"] for number in range(10, 13)}
    assert town.client.get("/").data == b"restored"


def test_slower_thread_with_an_older_number_makes_no_old_answer_right() -> None:
    touched = Touched(lambda number: [(11, ["tag:桜"])] if number < 11 else [], lambda *_: True)
    for number in (10, 11, 10):  # the last one was read before the change, and comes after it
        touched.learn(number, "")
    assert not touched.untouched(["tag:桜"], since=10, until=11)


def test_whoever_asks_first_after_the_moment_has_it_done_before_the_answer(town: Town) -> None:
    town.due_at = town.now() + timedelta(seconds=1)
    assert town.client.get("/").data == BODY
    town.due_at = town.now()
    assert town.client.get("/").data == b"due"
    assert town.client.get("/").data == b"due"


def test_the_desk_has_it_done_too_and_the_watchers_only_look(town: Town) -> None:
    town.due_at = town.now()
    assert town.client.get("/healthz").data == BODY
    assert town.client.post("/staff/entries").data == b"due"


def test_next_day_is_a_new_page(town: Town) -> None:
    town.client.get("/")
    town.body, town.day = b"tomorrow", date(2027, 4, 16)
    assert town.client.get("/").data == b"tomorrow"


def test_change_that_leaves_a_page_as_it_was_keeps_its_tag(town: Town) -> None:
    tag = town.client.get("/").headers["ETag"]
    town.revision = 2
    assert town.client.get("/", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_compressed_answers_hold_the_same_bytes_under_a_tag_of_their_own(town: Town, coding: str, unpack: Any) -> None:
    plain = town.client.get("/")
    packed = town.client.get("/", headers={"Accept-Encoding": f"{coding};q=0.8, zstd"})
    assert packed.headers["Content-Encoding"] == coding
    assert unpack(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) == len(packed.data)


def test_coding_that_the_reader_refuses_is_not_used(town: Town) -> None:
    assert "Content-Encoding" not in town.client.get("/", headers={"Accept-Encoding": "gzip;q=0, br;q=0.0"}).headers


def test_calendars_go_out_uncompressed_unless_asked_for_by_setting() -> None:
    for compress in (False, True):
        town = Town(compress_ics=compress)
        town.type = "text/calendar; charset=utf-8"
        answer = town.client.get("/calendar.ics", headers={"Accept-Encoding": "gzip"})
        assert ("Content-Encoding" in answer.headers) == compress


def test_head_is_get_without_its_body(town: Town) -> None:
    full, head = town.client.get("/"), town.client.head("/")
    assert head.data == b""
    assert dict(head.headers) == dict(full.headers)
    assert town.asked[0]["REQUEST_METHOD"] == "GET"


def test_nothing_personal_reaches_a_public_page(town: Town) -> None:
    headers = {"Accept-Language": "en", "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    town.client.get("/?utm_source=x&tag=桜&fbclid=1", headers=headers, environ_base={"HTTP_COOKIE": "session=x"})
    (environ,) = town.asked
    assert "HTTP_COOKIE" not in environ
    assert "HTTP_ACCEPT_LANGUAGE" not in environ
    assert "HTTP_X_FORWARDED_HOST" not in environ
    assert environ["HTTP_HOST"] == "calendar.example.jp"
    assert environ["QUERY_STRING"] == "tag=%E6%A1%9C"


def test_unknown_parameters_and_other_orders_make_no_new_entry(town: Town) -> None:
    for count in range(200):
        town.client.get(f"/?tag=a&x{count}={count}&tag=b&department=kanko")
    assert len(town.asked) == 1
    assert town.client.get("/?department=kanko&tag=a&tag=b").status_code == 301
    assert len(town.asked) == 1


def test_staff_pages_pass_through_untouched(town: Town) -> None:
    for _ in range(2):
        town.client.get("/staff/?next=1", environ_base={"HTTP_COOKIE": "session=x"})
    assert [environ["QUERY_STRING"] for environ in town.asked] == ["next=1", "next=1"]
    assert town.asked[0]["HTTP_COOKIE"] == "session=x"


@pytest.mark.parametrize(("status", "control"), [("500 INTERNAL SERVER ERROR", "public"), ("200 OK", "no-store")])
def test_errors_and_private_answers_are_not_kept(town: Town, status: str, control: str) -> None:
    town.status, town.control = status, control
    town.client.get("/")
    town.client.get("/")
    assert len(town.asked) == 2


def test_a_missing_page_is_kept_until_something_changes_and_pushes_out_nothing(town: Town) -> None:
    town.client.get("/")
    town.status = "404 NOT FOUND"
    for count in range(2000):
        town.client.get(f"/wp-admin/{count}")
    assert [town.client.get("/wp-admin/1999").status_code for _ in range(3)] == [404] * 3
    assert town.client.get("/").status_code == 200
    assert len(town.asked) == 2001
    town.status, town.revision = "200 OK", 2
    assert town.client.get("/wp-admin/1999").status_code == 200


def test_memory_is_bounded_and_the_least_used_goes_first() -> None:
    town = Town(limit=60_000)
    town.client.get("/kept")
    for count in range(100):
        town.client.get(f"/page/{count}", headers={"Accept-Encoding": "gzip"})
        town.client.get("/kept")
    assert town.cache.kept.bytes <= 60_000
    assert "/page/0" not in town.cache.kept
    assert sum(environ["PATH_INFO"] == "/kept" for environ in town.asked) == 1


def test_without_a_database_what_is_kept_is_served_and_marked_stale(town: Town) -> None:
    town.client.get("/")
    town.down = True
    answer = town.client.get("/")
    assert (answer.status_code, answer.data) == (200, BODY)
    assert answer.headers["Warning"].startswith("110")
    town.down = False
    assert "Warning" not in town.client.get("/").headers


def test_page_that_fails_to_render_is_served_as_it_last_was(town: Town) -> None:
    town.client.get("/")
    town.status, town.revision = "500 INTERNAL SERVER ERROR", 2
    answer = town.client.get("/")
    assert (answer.status_code, answer.data) == (200, BODY)
    town.status, town.body = "200 OK", b"mended"
    assert town.client.get("/").data == b"mended"
