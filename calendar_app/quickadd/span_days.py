"""Turn a span of days into single dates where its days differ: days left out, other hours on the first or last day."""

from datetime import date, timedelta

from calendar_app.quickadd.clock_times import format_time
from calendar_app.quickadd.group_dates import EdgeHours
from calendar_app.quickadd.left_out import LeftOut
from calendar_app.quickadd.messages import say_list, say_time_span, warn
from calendar_app.quickadd.reader import Page, claim, original, set_aside

MOST = 62  # single dates; a longer span with such words is a doubt


def fill_left_out(page: Page, left_out: list[LeftOut]) -> None:
    """Leave days out of a series or a span; warn of them where there is neither, no day would remain, or they are none of its days."""
    for piece in left_out:
        words = original(page, piece.start, piece.end)
        days = [day.isoformat() for day in piece.days]
        span = _span(page)
        left = [day for day in span if day not in piece.days]
        if page.values.get("repeats", "dates") != "dates":
            lines = [*str(page.values.get("left_out", "")).split(), *days]
            page.values["left_out"] = "\n".join(dict.fromkeys(lines))
            outside = any(day < page.values.get("start_date", "") for day in days)
        elif left and len(span) <= MOST:
            _list_days(page, left)
            outside = not set(piece.days) <= set(span)
        else:
            warn(page, "more_dates", "own_dates", words=words)
            continue
        if outside:
            warn(page, "left_out_beyond", "left_out", words=words)
        claim(page, (piece.start, piece.end), "left_out", say_list(piece.days[:12], page.lang))


def fill_edge_hours(page: Page, edges: list[EdgeHours]) -> None:
    """Give the first or last day of a span its own hours: 「初日のみ16時開始」, 「最終日は15時まで」."""
    for edge in edges:
        span, usual = _days(page), (page.values.get("start_time", ""), page.values.get("end_time", ""))
        moment = edge.time.begin if edge.time.begin is not None else edge.time.until
        if not 1 < len(span) <= MOST or not all(usual) or moment is None:
            only_end = edge.time.begin is None and len(span) > 1
            warn(page, "end_only" if only_end else "more_times", "slots", words=original(page, *edge.span))
            set_aside(page, edge.span)
            continue
        last = edge.day != "初日"
        if edge.time.begin is not None and edge.time.until is not None:
            hours = format_time(edge.time.begin), format_time(edge.time.until)
        else:
            hours = (usual[0], format_time(moment)) if last else (format_time(moment), usual[1])
        _list_days(page, span, span[-1] if last else span[0], hours)
        day = span[-1] if last else span[0]
        times = say_time_span(_since(hours[0]), _since(hours[1]), page.lang)
        warn(page, "own_hours", "own_dates", words=original(page, *edge.span), day=day, times=times)
        claim(page, edge.span, "own_dates", times)


def _since(clock: str) -> timedelta:
    hour, _colon, minute = clock.partition(":")
    return timedelta(hours=int(hour), minutes=int(minute))


def _span(page: Page) -> list[date]:
    """Return the days of a span, [] for any other reading."""
    values = page.values
    if "end_date" not in values or values.get("repeats"):
        return []
    first, last = date.fromisoformat(values["start_date"]), date.fromisoformat(values["end_date"])
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def _days(page: Page) -> list[date]:
    """Return the days of a span or of a list without hours of their own."""
    lines = str(page.values.get("own_dates", "")).split("\n")
    if page.values.get("repeats") == "dates" and not any(" " in line for line in lines):
        return [date.fromisoformat(day) for day in (page.values["start_date"], *lines)]
    return _span(page)


def _list_days(page: Page, days: list[date], other: date | None = None, hours: tuple[str, str] | None = None) -> None:
    """Replace a span by its single dates; the day `other` has `hours` of its own."""
    values = page.values
    usual = "-".join(filter(None, (values.get("start_time", ""), values.get("end_time", ""))))
    values.pop("end_date", None)
    first, *rest = days
    values |= {"start_date": first.isoformat(), "repeats": "dates"}
    lines = {day: day.isoformat() for day in rest}
    if hours and other == first:
        values["start_time"], values["end_time"] = hours
        lines = {day: f"{day} {usual}" for day in rest}
    elif hours and other:
        lines[other] = f"{other} {hours[0]}-{hours[1]}"
    values["own_dates"] = "\n".join(lines.values())
