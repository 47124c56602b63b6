"""What there was in each fiscal year, from April to March. The clock stands at 1 March 2027."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing, single_dates
from calendar_app.listings import fiscal_years, queries
from helpers.clients import shown, vevents
from helpers.town import NOW

Post = Callable[..., Event]
MARKET: dict[str, Any] = {
    "title": "朝市",
    "start": "2026-02-01T08:00:00",
    "end": "2026-02-01T10:00:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;UNTIL=20260531",
    "tags": ["市"],
}


def whole_day(title: str, first: str, last: str = "", **more: Any) -> dict[str, Any]:
    return {"title": title, "start": f"{first}T00:00:00", "end": f"{last or first}T00:00:00", **more}


@pytest.fixture
def market(write: Session, post: Post) -> Event:
    """Events on both sides of every edge, and a market over one of them."""
    for values in (
        whole_day("年度末の会", "2025-03-31"),
        whole_day("入学式", "2025-04-01"),
        whole_day("離任式", "2026-03-31"),
        whole_day("桜", "2027-04-15"),
    ):
        post(write, **values)
    made = post(write, **MARKET)
    write.commit()
    return made


def titles(client: FlaskClient, path: str) -> list[str]:
    return [str(one["SUMMARY"]) for one in vevents(client.get(path).data)]


def test_every_fiscal_year_with_something_public_is_listed_with_its_count(client: FlaskClient, market: Event) -> None:
    page = client.get("/archive/?lang=en").text
    assert [f"/archive/{year}" in page for year in (2024, 2025, 2026, 2027, 2028)] == [True, True, True, True, False]
    assert page.index("/archive/2027") < page.index("/archive/2024")
    assert "3 events" in page.partition("/archive/2025")[2].partition("/archive/2024")[0]
    assert "令和7年度" in client.get("/archive/").text


def test_the_count_is_that_of_the_year_s_page_on_both_engines(session: Session, post: Post) -> None:
    post(session, **MARKET)
    post(session, **whole_day("企画展", "2025-12-01", "2026-06-30"))
    post(session, **whole_day("常設展", "2024-04-01", "2027-03-31"))
    counts = fiscal_years.counts(session)
    assert counts == {2026: 3, 2025: 3, 2024: 1}
    for year, count in counts.items():
        found = fiscal_years.occurrences(session, year)
        assert len(fiscal_years.events(found)) == count
        assert sum(len(month.dated) for month in fiscal_years.months(found, year)) == count


def test_a_year_goes_from_april_to_march_and_names_each_event_once(client: FlaskClient, market: Event) -> None:
    page = client.get("/archive/2025").text
    assert "年度末の会" not in page
    assert page.count("朝市") == 1
    assert page.index("入学式") < page.index("2026年2月") < page.index("朝市") < page.index("離任式")
    assert "ほか8回" in page
    assert "2025年4月1日（火）" in page
    assert "2026年4月5日（日）午前8時〜午前10時" in client.get("/archive/2026").text


def test_what_began_before_april_stands_in_april(client: FlaskClient, write: Session, post: Post) -> None:
    post(write, **whole_day("企画展", "2025-12-01", "2026-06-30"))
    write.commit()
    assert "2026年4月" in client.get("/archive/2026").text
    assert "2025年12月" in client.get("/archive/2025").text


def test_a_date_that_nobody_knew_stands_in_a_group_of_its_own(client: FlaskClient, write: Session, post: Post) -> None:
    post(write, **whole_day("植樹祭", "2026-10-21", "2026-10-31", precision="part", certainty="planned"))
    post(write, **whole_day("文化祭", "2026-10-24"))
    write.commit()
    page = client.get("/archive/2026?lang=en").text
    assert page.index("文化祭") < page.index("No fixed date") < page.index("植樹祭")
    assert "10月下旬" in client.get("/archive/2026").text


def test_a_cancelled_event_stays_and_says_so(client: FlaskClient, write: Session, market: Event) -> None:
    publishing.cancel(write, market, "道路工事のため", actor=None, at=NOW)
    write.commit()
    assert "中止" in client.get("/archive/2025").text
    assert "【中止】朝市" in titles(client, "/archive/2025.ics")
    publishing.withdraw(write, market, "まちがい", actor=None, at=NOW)
    write.commit()
    assert "朝市" not in client.get("/archive/2025").text
    assert client.get("/archive/2026").status_code == 404


def test_one_cancelled_date_does_not_cancel_the_series(client: FlaskClient, write: Session, market: Event) -> None:
    values = {"status": "cancelled", "note": "大雪のため"}
    single_dates.change_date(write, market, market.start, values, actor=None, at=NOW)
    write.commit()
    assert "中止" not in client.get("/archive/2025").text


def test_a_year_is_a_calendar_that_every_program_reads(client: FlaskClient, market: Event) -> None:
    body = client.get("/archive/2025.ics").data
    for program, events in shown(body).items():
        assert {one.title for one in events} == {"入学式", "朝市", "離任式"}, program
    dates = [one.start for one in shown(body)["recurring"] if one.title == "朝市"]
    assert len(dates) == 18  # the whole series: both years name the same UID
    assert b"X-WR-CALNAME" in body
    assert "2025年度" in body.decode()


def test_an_archive_is_whole_however_long_it_is(
    client: FlaskClient, market: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendar_app.formats.ics_limits.MAX_VEVENTS", 1)
    monkeypatch.setattr("calendar_app.web.public.archive.MAX_VEVENTS", 1)
    assert len(titles(client, "/archive/2025.ics")) == 3
    assert "leave out at least 2 of these" in client.get("/archive/2025?lang=en").text
    assert "leave out" not in client.get("/archive/2024?lang=en").text


def test_a_filter_works_on_years_too(client: FlaskClient, market: Event) -> None:
    page = client.get("/archive/2025?tag=市").text
    assert "朝市" in page
    assert "入学式" not in page
    assert "/archive/2025.ics?tag=%E5%B8%82" in page
    assert titles(client, "/archive/2025.ics?tag=市") == ["朝市"]
    assert "/archive/2027" not in client.get("/archive/?tag=市").text


@pytest.mark.parametrize("form", ["", ".ics"])
@pytest.mark.parametrize("year", ["2023", "1800", "1899", "2201", "9999", "99999", "0", "2025?tag=nothing"])
def test_a_year_in_which_nothing_was_is_not_there(client: FlaskClient, market: Event, year: str, form: str) -> None:
    number, mark, query = year.partition("?")
    assert client.get(f"/archive/{number}{form}{mark}{query}").status_code == 404


def test_an_empty_city_has_an_archive_without_years(client: FlaskClient) -> None:
    assert client.get("/archive/").status_code == 200


def test_the_archive_speaks_english_and_keeps_to_it(client: FlaskClient, market: Event) -> None:
    page = client.get("/archive/2025?lang=en").text
    assert "Fiscal year 2025" in page
    assert "/archive/2025.ics?lang=en" in page
    assert "/archive/2026?lang=en" in page
    assert "and 8 more dates" in page


def test_the_subscribe_page_says_how_far_the_calendar_goes(client: FlaskClient) -> None:
    page = client.get("/subscribe?lang=en").text
    assert f"the last {queries.WINDOW_BACK.days} days and the next {queries.WINDOW_AHEAD.days}" in page
    assert "/archive/?lang=en" in page


def test_a_fiscal_year_ends_in_march() -> None:
    assert fiscal_years.days(2026) == (date(2026, 4, 1), date(2027, 3, 31))
