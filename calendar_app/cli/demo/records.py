"""Plan the records of semboku.json, each moved to its year, as acts of the town hall."""

from datetime import UTC, datetime, timedelta

from calendar_app.cli.demo import move_years
from calendar_app.cli.demo.city import TOKYO, City, department, photos, post, venue
from calendar_app.cli.demo.move_years import Record
from calendar_app.entries import publishing

IMPORTANCE = {"normal": "normal", "high": "important", "emergency": "emergency"}
HINTS = ("title", "weather_rule", "weather", "decision", "date_note")
# How long before an event the town hall announces each status.
NOTICE_GIVEN = {
    "cancelled": timedelta(hours=20),
    "postponed": timedelta(hours=2),
    "full": timedelta(days=20),
    "changed": timedelta(days=8),
}


Texts = dict[str, list[str]]  # title and summary, by language


def plan(city: City, data: Record, english: Texts, others: dict[str, Texts]) -> None:
    by_id = {event["id"]: event for event in data["events"]}
    groups: dict[str, list[Record]] = {}
    for event in data["events"]:
        groups.setdefault(move_years.root(event, by_id), []).append(event)
    years = {name: move_years.years_to_move(records, city.today) for name, records in groups.items()}
    for event in data["events"]:
        _plan_event(city, event, years[move_years.root(event, by_id)], _texts(event["id"], english, others))
    for announcement in data["announcements"]:
        of_season = years.get(move_years.root(announcement, by_id))
        _plan_announcement(city, announcement, _newest(announcement, city) if of_season is None else of_season)


def _texts(name: str, english: Texts, others: dict[str, Texts]) -> Texts:
    return ({"en": english[name]} if name in english else {}) | others.get(name, {})


def _newest(announcement: Record, city: City) -> int:
    """The number of years after which an announcement has the latest date that is not in the future."""
    day = datetime.fromisoformat(announcement["published"]).date()
    years = city.today.year - day.year
    return years if move_years.moved(day, years) <= city.today else years - 1


def _plan_event(city: City, record: Record, years: int, texts: Texts) -> None:
    hint = city.hints.get(record["id"], {})
    moved = move_years.event_dates(record, years, hint)
    starts = datetime.fromisoformat(moved["start"]).replace(tzinfo=TOKYO)
    # Posted six weeks before, or recently for distant events; parents before their children.
    posted = min(starts - timedelta(days=42), city.at - timedelta(days=5 + len(record["title"])))
    posted = posted.replace(hour=9, minute=len(record["summary"]) % 60) + timedelta(minutes=len(record["id"]))
    if (
        record["status"] == "postponed"
    ):  # the postponement is decided on the morning of the event, so it was posted long before
        posted = min(posted, starts - timedelta(days=30))
    translations = {code: {"title": title, "summary": summary} for code, (title, summary) in texts.items()}

    def act(at: datetime) -> None:
        values = _event_values(city, record, moved) | {"translations": translations} | hinted(hint, moved["start"])
        if record["status"] == "changed" and starts - NOTICE_GIVEN["changed"] <= city.at:
            values["start"] = (datetime.fromisoformat(values["start"]) - timedelta(days=2)).isoformat()
            values["end"] = (datetime.fromisoformat(values["end"]) - timedelta(days=2)).isoformat()
        post(city, record["id"], "event", values, at, draft=record["status"] == "draft")

    city.on(posted, act)
    if record["status"] in NOTICE_GIVEN:
        _plan_status(city, record, moved, max(starts - NOTICE_GIVEN[record["status"]], posted + timedelta(days=1)))


def _plan_status(city: City, record: Record, moved: Record, when: datetime) -> None:

    def act(at: datetime) -> None:
        event = city.entries[record["id"]]
        match record["status"]:
            case "cancelled":
                publishing.cancel(city.session, event, "大雨の予報のため中止します。", actor=None, at=at)
            case "postponed":
                reason = record["weather"] or "天候のため延期します。"
                publishing.postpone(city.session, event, reason, actor=None, at=at)
            case "full":
                publishing.mark(city.session, event, "full", "定員に達しました。", actor=None, at=at)
            case "changed":
                changed = {"start": moved["start"], "end": moved["end"]}
                publishing.save(city.session, event, changed, actor=None, at=at)

    city.on(when, act)


def _event_values(city: City, record: Record, moved: Record) -> Record:
    years = int(moved["start"][:4]) - int(record["start"][:4])
    note = record["date_note"] if record["status"] == "tentative" else ""
    parent = city.entries.get(record["parent"] or "")
    place = {name: record.get(name) for name in ("address", "lat", "lon")}
    return moved | {
        "title": _title(record["title"], years),
        "title_kana": record["title_kana"],
        "summary": record["summary"],
        "all_day": record["all_day"],
        "timezone": record["timezone"],
        "certainty": "planned" if record["status"] == "tentative" else "confirmed",
        "date_note": note,
        "venue_id": venue(city, record["venue"], place),
        "department_id": department(city, record["department"]),
        "category_id": city.categories[record["event_type"]].id,
        "tags": record["tags"],
        "contact": record["contact"],
        "fee": record["fee"],
        "fee_note": record["fee_note"],
        "capacity": record["capacity"],
        "apply": "、".join(filter(None, [record["apply"], record["apply_method"]])),
        "apply_start": _moved(record["apply_start"], years),
        "apply_deadline": _moved(record["apply_deadline"], years),
        "audience": record["target"],
        "organizer": record["organizer"],
        "weather": record["weather"] or "",
        "online_url": record["online_url"] or "",
        "parent_id": parent.id if parent else None,
        "photos": photos(city, record["id"], record["title"]),
    }


def hinted(hint: Record, start: str) -> Record:
    """The values of a hint, which replace those of the record; most are about rain. `start` is an ISO wall-clock moment."""
    values: Record = {name: hint[name] for name in HINTS if name in hint}
    if "reserve_days" in hint:
        reserve = datetime.fromisoformat(start) + timedelta(days=hint["reserve_days"])
        values["reserve_start"] = reserve.isoformat()
    return values


def _title(title: str, years: int) -> str:
    for year in (2026, 2027):
        if str(year) in title:
            return title.replace(str(year), str(year + years))
    return title


def _moved(text: str | None, years: int) -> str | None:
    return move_years.moment(text, years).isoformat() if text else None


def _plan_announcement(city: City, record: Record, years: int) -> None:
    published = move_years.moment(record["published"], years).replace(tzinfo=TOKYO)

    def act(at: datetime) -> None:
        about, before = city.entries.get(record["related_event"] or ""), city.entries.get(record["supersedes"] or "")
        dated = [("期間", record["valid_from"], record["valid_to"]), ("締切", record["deadline"], None)]
        lines = [f"{label}：{'〜'.join(_day(day, years) for day in days if day)}" for label, *days in dated if days[0]]
        until = _moved(record["expires"], years)
        values = {
            "title": _title(record["title"], years),
            "body": "\n\n".join([record["body"], *lines]),
            "department_id": department(city, record["department"]),
            "importance": IMPORTANCE[record["importance"]],
            "valid_until": datetime.fromisoformat(until).replace(tzinfo=TOKYO).astimezone(UTC).isoformat()
            if until
            else None,
            "headline": record["title"].split()[-1] if record["category"] == "開花情報" else "",
            "about_id": about.id if about else None,
            "supersedes_id": before.id if before else None,
            "contact": record["contact"] or "",
            "tags": record["tags"],
        }
        post(city, record["id"], "announcement", values, at)

    city.on(published, act)


def _day(text: str, years: int) -> str:
    day = move_years.moment(text, years)
    return f"{day.month}月{day.day}日" + (f" {day.hour}時{day.minute:02}分" if "T" in text else "")
