"""The records of semboku.json, each moved to its year, as acts of the town hall."""

from datetime import UTC, datetime, timedelta

from calendar_app.cli.demo import move_years
from calendar_app.cli.demo.city import TOKYO, City, department, photos, post, venue
from calendar_app.cli.demo.move_years import Record
from calendar_app.entries import publishing

IMPORTANCE = {"normal": "normal", "high": "important", "emergency": "emergency"}
HINTS = ("title", "weather_rule", "weather", "decision", "date_note")
# How long before an event the town hall says so.
NOTICE_GIVEN = {
    "cancelled": timedelta(hours=20),
    "postponed": timedelta(hours=2),
    "full": timedelta(days=20),
    "changed": timedelta(days=8),
}


Texts = dict[str, list[str]]  # title and summary, by language


def plan(city: City, data: Record, english: Texts, others: dict[str, Texts]) -> None:
    by_id = {one["id"]: one for one in data["events"]}
    groups: dict[str, list[Record]] = {}
    for one in data["events"]:
        groups.setdefault(move_years.root(one, by_id), []).append(one)
    years = {name: move_years.years_to_move(records, city.today) for name, records in groups.items()}
    for one in data["events"]:
        _plan_event(city, one, years[move_years.root(one, by_id)], _texts(one["id"], english, others))
    for one in data["announcements"]:
        of_season = years.get(move_years.root(one, by_id))
        _plan_announcement(city, one, _newest(one, city) if of_season is None else of_season)


def _texts(name: str, english: Texts, others: dict[str, Texts]) -> Texts:
    return ({"en": english[name]} if name in english else {}) | others.get(name, {})


def _newest(one: Record, city: City) -> int:
    """So many years that the announcement is the newest that can have been made by now."""
    made = datetime.fromisoformat(one["published"]).date()
    years = city.today.year - made.year
    return years if move_years.moved(made, years) <= city.today else years - 1


def _plan_event(city: City, one: Record, years: int, texts: Texts) -> None:
    hint = city.hints.get(one["id"], {})
    moved = move_years.event_dates(one, years, hint)
    starts = datetime.fromisoformat(moved["start"]).replace(tzinfo=TOKYO)
    # Six weeks before, or of late for what is further away; parents before their children.
    posted = min(starts - timedelta(days=42), city.at - timedelta(days=5 + len(one["title"])))
    posted = posted.replace(hour=9, minute=len(one["summary"]) % 60) + timedelta(minutes=len(one["id"]))
    if one["status"] == "postponed":  # decided in the morning of the day: it must have come
        posted = min(posted, starts - timedelta(days=30))
    translations = {code: {"title": title, "summary": summary} for code, (title, summary) in texts.items()}

    def act(at: datetime) -> None:
        values = _event_values(city, one, moved) | {"translations": translations} | hinted(hint, moved["start"])
        if one["status"] == "changed" and starts - NOTICE_GIVEN["changed"] <= city.at:
            values["start"] = (datetime.fromisoformat(values["start"]) - timedelta(days=2)).isoformat()
            values["end"] = (datetime.fromisoformat(values["end"]) - timedelta(days=2)).isoformat()
        post(city, one["id"], "event", values, at, draft=one["status"] == "draft")

    city.on(posted, act)
    if one["status"] in NOTICE_GIVEN:
        _plan_status(city, one, moved, max(starts - NOTICE_GIVEN[one["status"]], posted + timedelta(days=1)))


def _plan_status(city: City, one: Record, moved: Record, when: datetime) -> None:

    def act(at: datetime) -> None:
        event = city.entries[one["id"]]
        match one["status"]:
            case "cancelled":
                publishing.cancel(city.session, event, "大雨の予報のため中止します。", actor=None, at=at)
            case "postponed":
                reason = one["weather"] or "天候のため延期します。"
                publishing.postpone(city.session, event, reason, actor=None, at=at)
            case "full":
                publishing.mark(city.session, event, "full", "定員に達しました。", actor=None, at=at)
            case "changed":
                changed = {"start": moved["start"], "end": moved["end"]}
                publishing.save(city.session, event, changed, actor=None, at=at)

    city.on(when, act)


def _event_values(city: City, one: Record, moved: Record) -> Record:
    years = int(moved["start"][:4]) - int(one["start"][:4])
    note = one["date_note"] if one["status"] == "tentative" else ""
    parent = city.entries.get(one["parent"] or "")
    place = {name: one.get(name) for name in ("address", "lat", "lon")}
    return moved | {
        "title": _title(one["title"], years),
        "title_kana": one["title_kana"],
        "summary": one["summary"],
        "all_day": one["all_day"],
        "timezone": one["timezone"],
        "certainty": "planned" if one["status"] == "tentative" else "confirmed",
        "date_note": note,
        "venue_id": venue(city, one["venue"], place),
        "department_id": department(city, one["department"]),
        "category_id": city.categories[one["event_type"]].id,
        "tags": one["tags"],
        "contact": one["contact"],
        "fee": one["fee"],
        "fee_note": one["fee_note"],
        "capacity": one["capacity"],
        "apply": "、".join(filter(None, [one["apply"], one["apply_method"]])),
        "apply_start": _moved(one["apply_start"], years),
        "apply_deadline": _moved(one["apply_deadline"], years),
        "audience": one["target"],
        "organizer": one["organizer"],
        "weather": one["weather"] or "",
        "online_url": one["online_url"] or "",
        "parent_id": parent.id if parent else None,
        "photos": photos(city, one["id"], one["title"]),
    }


def hinted(hint: Record, start: str) -> Record:
    """What a hint says better than the record, most of it about rain."""
    kept: Record = {name: hint[name] for name in HINTS if name in hint}
    if "reserve_days" in hint:
        reserve = datetime.fromisoformat(start) + timedelta(days=hint["reserve_days"])
        kept["reserve_start"] = reserve.isoformat()
    return kept


def _title(title: str, years: int) -> str:
    for year in (2026, 2027):
        if str(year) in title:
            return title.replace(str(year), str(year + years))
    return title


def _moved(text: str | None, years: int) -> str | None:
    return move_years.moment(text, years).isoformat() if text else None


def _plan_announcement(city: City, one: Record, years: int) -> None:
    published = move_years.moment(one["published"], years).replace(tzinfo=TOKYO)

    def act(at: datetime) -> None:
        about, before = city.entries.get(one["related_event"] or ""), city.entries.get(one["supersedes"] or "")
        dated = [("期間", one["valid_from"], one["valid_to"]), ("締切", one["deadline"], None)]
        lines = [f"{label}：{'〜'.join(_day(day, years) for day in days if day)}" for label, *days in dated if days[0]]
        until = _moved(one["expires"], years)
        values = {
            "title": _title(one["title"], years),
            "body": "\n\n".join([one["body"], *lines]),
            "department_id": department(city, one["department"]),
            "importance": IMPORTANCE[one["importance"]],
            "valid_until": datetime.fromisoformat(until).replace(tzinfo=TOKYO).astimezone(UTC).isoformat()
            if until
            else None,
            "headline": one["title"].split()[-1] if one["category"] == "開花情報" else "",
            "about_id": about.id if about else None,
            "supersedes_id": before.id if before else None,
            "contact": one["contact"] or "",
            "tags": one["tags"],
        }
        post(city, one["id"], "announcement", values, at)

    city.on(published, act)


def _day(text: str, years: int) -> str:
    day = move_years.moment(text, years)
    return f"{day.month}月{day.day}日" + (f" {day.hour}時{day.minute:02}分" if "T" in text else "")
