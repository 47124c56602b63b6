"""How far the word goes in a fiscal year: what was used in each month, of which departments and entries. Counts only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from calendar_app.dates import formatting
from calendar_app.db.models import Department, Entry, FeedReader, Receiver, ShortAddress, Subscription, UsageMonth
from calendar_app.delivery import channels
from calendar_app.feeds import reader_kinds
from calendar_app.listings import fiscal_years

MOST = 30  # lines of a list
CHARTS = ("page", "feed", "short", "follower")


@dataclass(frozen=True, slots=True)
class Year:
    """What was used in a fiscal year. `months` are their first days; `series` gives twelve numbers for each kind of CHARTS.

    `entries` and `departments` count the pages of entries, the most seen first. `short` names code, query and number, `old`
    the address, its number and the last month; `followers` counts by channel, `feeds` by kind of program, both by label.
    """

    months: list[date]
    series: dict[str, list[int]]
    entries: list[tuple[Entry, int]]
    departments: list[tuple[Department, int]]
    short: list[tuple[str, str, int]]
    old: list[tuple[str, int, date]]
    followers: list[tuple[dict[str, str], int]]
    feeds: list[tuple[dict[str, str], int]]


def of_year(session: Session, year: int, department: Department | None = None) -> Year:
    """Return what was used in a fiscal year; of a department, only how its entries were seen."""
    first = formatting.fiscal_start(year).month - 1
    months = [date(year + number // 12, number % 12 + 1, 1) for number in range(first, first + 12)]
    seen = _seen(session, year, department)
    if department:
        kinds: tuple[str, ...] = ("page",)
        used = Counter[tuple[str, date]]()
        for _entry, month, number in seen:
            used["page", month] += number
    else:
        kinds, used = CHARTS, _by_kind_and_month(session, year)
    return Year(
        months=months,
        series={kind: [used[kind, month] for month in months] for kind in kinds},
        entries=_summed((entry, number) for entry, _month, number in seen)[:MOST],
        departments=_summed((entry.department, number) for entry, _month, number in seen if entry.department),
        short=[] if department else _short(session, year),
        old=[] if department else _old(session, year),
        followers=[] if department else _followers(session, year),
        feeds=[] if department else _feeds(session, year),
    )


def years(session: Session) -> list[int]:
    """Return the fiscal years that have counts, the latest first."""
    months = session.scalars(select(UsageMonth.month).distinct())
    return sorted({formatting.fiscal_year(month) for month in months}, reverse=True)


def subscribed(session: Session) -> list[tuple[str, str, int]]:
    """Return how many follow each filter by mail, push or the fediverse now: channel, query, number; the most first."""
    count = func.count()
    query = select(Receiver.channel, Subscription.query, count).join(Subscription.receiver)
    query = query.where(Subscription.confirmed_at.is_not(None), Subscription.event == "", Receiver.enabled)
    rows = session.execute(query.group_by(Receiver.channel, Subscription.query).order_by(count.desc()).limit(MOST))
    return [(channel, filter_query, number) for channel, filter_query, number in rows]


def followed_feeds(session: Session) -> list[tuple[str, list[FeedReader]]]:
    """Return each feed that programs follow, with its kinds of programs; those with the most reported subscribers first."""
    feeds: dict[str, list[FeedReader]] = {}
    for reader in session.scalars(select(FeedReader).order_by(FeedReader.address, FeedReader.kind)):
        feeds.setdefault(reader.address, []).append(reader)
    weight = {address: (sum(each.subscribers for each in rows), len(rows)) for address, rows in feeds.items()}
    return sorted(feeds.items(), key=lambda pair: weight[pair[0]], reverse=True)[:MOST]


def _of(year: int, *kinds: str) -> Select[Any]:
    first, last = fiscal_years.days(year)
    return select(UsageMonth).where(UsageMonth.month.between(first, last), UsageMonth.kind.in_(kinds))


def _by_kind_and_month(session: Session, year: int) -> Counter[tuple[str, date]]:
    columns = (UsageMonth.kind, UsageMonth.month)
    query = _of(year, *CHARTS).with_only_columns(*columns, func.sum(UsageMonth.number)).group_by(*columns)
    return Counter({(kind, month): int(number) for kind, month, number in session.execute(query)})


def _seen(session: Session, year: int, department: Department | None) -> list[tuple[Entry, date, int]]:
    """Return how often the page of each entry, of a department or of all, was seen in each month."""
    address = "/" + Entry.kind + "s/" + Entry.public_id
    query = _of(year, "page").join(Entry, UsageMonth.subject == address)
    if department:
        query = query.where(Entry.department_id == department.id)
    columns = (Entry, UsageMonth.month, UsageMonth.number)
    return [(entry, month, number) for entry, month, number in session.execute(query.with_only_columns(*columns))]


def _summed(pairs: Any) -> list[Any]:
    """Sum the numbers of each thing, the greatest first."""
    sums: Counter[Any] = Counter()
    for thing, number in pairs:
        sums[thing] += number
    return sums.most_common()


def _totals(session: Session, year: int, kind: str) -> Sequence[Any]:
    """Return subject, sum and last month of a kind, the greatest first."""
    total = func.sum(UsageMonth.number)
    query = _of(year, kind).with_only_columns(UsageMonth.subject, total, func.max(UsageMonth.month))
    return session.execute(query.group_by(UsageMonth.subject).order_by(total.desc(), UsageMonth.subject)).all()


def _short(session: Session, year: int) -> list[tuple[str, str, int]]:
    queries = {row.code: row.query for row in session.scalars(select(ShortAddress))}
    totals = _totals(session, year, "short")
    return [(code, queries[code], int(number)) for code, number, _last in totals if code in queries][:MOST]


def _old(session: Session, year: int) -> list[tuple[str, int, date]]:
    return [(address, int(number), last) for address, number, last in _totals(session, year, "old")][:MOST]


def _followers(session: Session, year: int) -> list[tuple[dict[str, str], int]]:
    """Return how many follow by each channel, as of the last month of the year that has a count."""
    month = session.scalar(_of(year, "follower").with_only_columns(func.max(UsageMonth.month)))
    known = channels.every()
    rows = session.scalars(_of(year, "follower").where(UsageMonth.month == month).order_by(UsageMonth.number.desc()))
    return [(known[row.subject].label, row.number) for row in rows if row.subject in known and row.number]


def _feeds(session: Session, year: int) -> list[tuple[dict[str, str], int]]:
    totals = _totals(session, year, "feed")
    return [(reader_kinds.LABELS[kind], int(number)) for kind, number, _last in totals if kind in reader_kinds.LABELS]
