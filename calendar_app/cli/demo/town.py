"""Plan events around any date: seasons that cover the year, their reports, weekly events and events of the next days."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from calendar_app.cli.demo import move_years
from calendar_app.cli.demo.city import TOKYO, City, department, photos, post, venue
from calendar_app.cli.demo.move_years import Record
from calendar_app.cli.demo.records import hinted
from calendar_app.entries import publishing


def plan_seasons(city: City, seasons: list[Record]) -> None:
    """Plan the seasons with their reports, so that one runs on every day of the year."""
    for season in seasons:
        year = city.today.year - 2
        while _season(season, year)[1] < city.today - move_years.PAST:
            year += 1
        # Earlier years allow a comparison. The season of next year is announced early.
        for round_ in (year - 2, year - 1, year, year + 1):
            _plan_season(city, season, *_season(season, round_))


def _season(season: Record, year: int) -> tuple[date, date]:
    first, last = (date.fromisoformat(f"{year}-{season[end]}") for end in ("start", "end"))
    return first, last if last > first else last.replace(year=year + 1)


def _plan_season(city: City, season: Record, first: date, last: date) -> None:
    key, before = f"{season['id']}-{first.year}", f"{season['id']}-{first.year - 1}"
    begins = datetime.combine(first, time(9), TOKYO)
    posted = begins - timedelta(days=30)
    shared = {"department_id": department(city, "観光課"), "tags": season["tags"]}

    def open_(at: datetime) -> None:
        values = shared | {
            "title": season["title"],
            "summary": season["summary"],
            "translations": {"en": {"title": season["title_en"], "summary": season["summary_en"]}},
            "start": datetime.combine(first, time()).isoformat(),
            "end": datetime.combine(last, time()).isoformat(),
            "all_day": True,
            "timezone": "Asia/Tokyo",
            "venue_id": venue(city, season["venue"]),
            "category_id": city.categories["催事・観光"].id,
            "audience": "どなたでも",
            "apply": "申込不要",
            "previous_id": city.entries[before].id if before in city.entries else None,
            "photos": photos(city, key, season["title"], season["picture"]),
        }
        post(city, key, "event", values, at)

    def report(headline: str, place: str) -> Callable[[datetime], None]:
        def act(at: datetime) -> None:
            title = f"{season['title']}：{' '.join(filter(None, [place, headline]))}"
            values = shared | {"title": title, "headline": headline, "place": place, "body": season["summary"]}
            post(city, f"{key}-{headline}", "announcement", values | {"about_id": city.entries[key].id}, at)

        return act

    city.on(posted, open_)
    for offset, headline, *place in season["stages"]:
        late = first.year * 7 % 5 - 2  # each year differs by some days
        seen = begins - timedelta(minutes=30) + timedelta(days=max(0, offset + late))
        city.on(seen, report(headline, "".join(place)))


def plan_town(city: City, extra: Record) -> None:
    begun = city.at - timedelta(days=80)
    for number, event in enumerate(extra["weekly"]):
        until = move_years.moved(city.today, 1)
        rule = f"{event['rule']};UNTIL={until:%Y%m%d}"
        city.on(begun + timedelta(hours=number), _town(city, event, city.today - timedelta(days=70), rule))
    for number, event in enumerate(extra["soon"]):
        posted = city.at - timedelta(days=20 - number)
        city.on(posted, _town(city, event, city.today + timedelta(days=event["in_days"]), ""))
        status = {"id": event["title"], "status": event["status"], "weather": event.get("reason")}
        city.on(city.at - timedelta(hours=30 - number), _town_status(city, status))


def _town(city: City, record: Record, day: date, rule: str) -> Callable[[datetime], None]:
    def open_(at: datetime) -> None:
        start, end = (datetime.combine(day, time.fromisoformat(record[edge])) for edge in ("from", "to"))
        if rule:
            delta = move_years.rule_days(start, rule)[0] - day
            start, end = start + delta, end + delta
        values: Record = {
            name: record[name] for name in ("title", "summary", "tags", "fee", "capacity") if name in record
        }
        hint: Record = record.get("extra", {})
        values |= hinted(hint, start.isoformat()) | {k: hint[k] for k in ("audience", "apply") if k in hint}
        if "apply_in_days" in hint:
            closes = datetime.combine(city.today + timedelta(days=hint["apply_in_days"]), time(17))
            values["apply_deadline"] = closes.isoformat()
        values |= {
            "translations": {"en": {"title": record["title_en"]}},
            "start": start.isoformat(),
            "end": end.isoformat(),
            "all_day": False,
            "timezone": "Asia/Tokyo",
            "rule": rule,
            "venue_id": venue(city, record["venue"]),
            "department_id": department(city, record["department"]),
            "category_id": city.categories[record["category"]].id,
            "photos": photos(city, record["title"], record["title"], record.get("picture", "")),
        }
        post(city, record["title"], "event", values, at)

    return open_


def _town_status(city: City, record: Record) -> Callable[[datetime], None]:
    verbs = {"cancelled": publishing.cancel, "postponed": publishing.postpone}

    def act(at: datetime) -> None:
        event = city.entries[record["id"]]
        if verb := verbs.get(record["status"]):
            verb(city.session, event, record["weather"], actor=None, at=at)
        elif record["status"] == "full":
            publishing.mark(city.session, event, "full", "定員に達しました。", actor=None, at=at)

    return act
