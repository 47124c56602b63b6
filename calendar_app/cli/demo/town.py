"""What keeps the city alive on any date: a season for every day of the year with its reports, weekly things, things soon."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from calendar_app.cli.demo import move_years
from calendar_app.cli.demo.city import TOKYO, City, department, photos, post, venue
from calendar_app.cli.demo.move_years import Record
from calendar_app.cli.demo.records import hinted
from calendar_app.entries import publishing


def plan_seasons(city: City, seasons: list[Record]) -> None:
    """On every day of the year one of them runs, and says how things stand."""
    for one in seasons:
        year = city.today.year - 2
        while _season(one, year)[1] < city.today - move_years.PAST:
            year += 1
        # The years before are there to compare with; next year's is announced before this one's memory fades.
        for round_ in (year - 2, year - 1, year, year + 1):
            _plan_season(city, one, *_season(one, round_))


def _season(one: Record, year: int) -> tuple[date, date]:
    first, last = (date.fromisoformat(f"{year}-{one[end]}") for end in ("start", "end"))
    return first, last if last > first else last.replace(year=year + 1)


def _plan_season(city: City, one: Record, first: date, last: date) -> None:
    key, before = f"{one['id']}-{first.year}", f"{one['id']}-{first.year - 1}"
    begins = datetime.combine(first, time(9), TOKYO)
    posted = begins - timedelta(days=30)
    shared = {"department_id": department(city, "観光課"), "tags": one["tags"]}

    def open_(at: datetime) -> None:
        values = shared | {
            "title": one["title"],
            "summary": one["summary"],
            "translations": {"en": {"title": one["title_en"], "summary": one["summary_en"]}},
            "start": datetime.combine(first, time()).isoformat(),
            "end": datetime.combine(last, time()).isoformat(),
            "all_day": True,
            "timezone": "Asia/Tokyo",
            "venue_id": venue(city, one["venue"]),
            "category_id": city.categories["催事・観光"].id,
            "audience": "どなたでも",
            "apply": "申込不要",
            "previous_id": city.entries[before].id if before in city.entries else None,
            "photos": photos(city, key, one["title"], one["picture"]),
        }
        post(city, key, "event", values, at)

    def report(headline: str, place: str) -> Callable[[datetime], None]:
        def act(at: datetime) -> None:
            title = f"{one['title']}：{' '.join(filter(None, [place, headline]))}"
            values = shared | {"title": title, "headline": headline, "place": place, "body": one["summary"]}
            post(city, f"{key}-{headline}", "announcement", values | {"about_id": city.entries[key].id}, at)

        return act

    city.on(posted, open_)
    for offset, headline, *place in one["stages"]:
        late = first.year * 7 % 5 - 2  # no two years are alike
        seen = begins - timedelta(minutes=30) + timedelta(days=max(0, offset + late))
        city.on(seen, report(headline, "".join(place)))


def plan_town(city: City, extra: Record) -> None:
    begun = city.at - timedelta(days=80)
    for number, one in enumerate(extra["weekly"]):
        until = move_years.moved(city.today, 1)
        rule = f"{one['rule']};UNTIL={until:%Y%m%d}"
        city.on(begun + timedelta(hours=number), _town(city, one, city.today - timedelta(days=70), rule))
    for number, one in enumerate(extra["soon"]):
        posted = city.at - timedelta(days=20 - number)
        city.on(posted, _town(city, one, city.today + timedelta(days=one["in_days"]), ""))
        status = {"id": one["title"], "status": one["status"], "weather": one.get("reason")}
        city.on(city.at - timedelta(hours=30 - number), _town_status(city, status))


def _town(city: City, one: Record, day: date, rule: str) -> Callable[[datetime], None]:
    def open_(at: datetime) -> None:
        start, end = (datetime.combine(day, time.fromisoformat(one[edge])) for edge in ("from", "to"))
        if rule:
            delta = move_years.given(start, rule)[0] - day
            start, end = start + delta, end + delta
        values: Record = {name: one[name] for name in ("title", "summary", "tags", "fee", "capacity") if name in one}
        hint: Record = one.get("extra", {})
        values |= hinted(hint, start.isoformat()) | {k: hint[k] for k in ("audience", "apply") if k in hint}
        if "apply_in_days" in hint:
            closes = datetime.combine(city.today + timedelta(days=hint["apply_in_days"]), time(17))
            values["apply_deadline"] = closes.isoformat()
        values |= {
            "translations": {"en": {"title": one["title_en"]}},
            "start": start.isoformat(),
            "end": end.isoformat(),
            "all_day": False,
            "timezone": "Asia/Tokyo",
            "rule": rule,
            "venue_id": venue(city, one["venue"]),
            "department_id": department(city, one["department"]),
            "category_id": city.categories[one["category"]].id,
            "photos": photos(city, one["title"], one["title"], one.get("picture", "")),
        }
        post(city, one["title"], "event", values, at)

    return open_


def _town_status(city: City, one: Record) -> Callable[[datetime], None]:
    verbs = {"cancelled": publishing.cancel, "postponed": publishing.postpone}

    def act(at: datetime) -> None:
        event = city.entries[one["id"]]
        if verb := verbs.get(one["status"]):
            verb(city.session, event, one["weather"], actor=None, at=at)
        elif one["status"] == "full":
            publishing.mark(city.session, event, "full", "定員に達しました。", actor=None, at=at)

    return act
