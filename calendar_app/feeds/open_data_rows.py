"""Turn events into rows of open data. `formats.open_data` defines the columns and how they are written."""

import re
from datetime import datetime, time

from calendar_app import fields
from calendar_app.config import Config
from calendar_app.dates import repeat_patterns
from calendar_app.db.models import Event
from calendar_app.entries import accessibility, describe
from calendar_app.entries.urls import SiteView
from calendar_app.text import facilities
from calendar_app.text.markup import plain

PHONE = re.compile(r"0\d{1,4}-\d{1,4}-\d{3,4}|0\d{9,10}")
EXTENSION = re.compile(r"内線\s*(\d+)")
STATUS = {"cancelled": "中止", "postponed": "延期"}


def row(event: Event, site_view: SiteView, config: Config) -> dict[str, str]:
    """Return an event as one row, whatever its dates: the first and the last day, and the rest in words."""
    return {
        "bodyCode": config.body_code,
        "prefecture": config.prefecture,
        "municipality": config.municipality,
        **_names(event),
        **_dates(event),
        **_place(event),
        **_application(event),
        "eventUrl": site_view.entry(event),
        "eventType": event.category.name if event.category else "その他イベント",
        "status": STATUS.get(event.status, "準備中"),
        "tag": ";".join(tag.name for tag in event.tags),
        "keyword": ";".join(tag.name for tag in event.tags),
        "organizer": event.organizer or site_view.publisher,
        "targetPerson": event.audience or "どなたでも",
        **_contact(event),
        **_facilities(event),
        "remarks": "。".join(filter(None, _remarks(event))),
    }


def _remarks(event: Event) -> list[str]:
    """Return what the older list has no column for."""
    texts = describe.facility_texts(event, "ja")
    labelled = [fields.labelled(name, text, "ja") for name, text in texts.items() if text]
    linked = [link.line for link in describe.links(event, "ja")]
    return [event.audience and f"対象：{event.audience}", describe.weather(event, "ja"), *labelled, *linked]


def _facilities(event: Event) -> dict[str, str]:
    """Return known facilities in the words that the import recognises."""
    known, texts = accessibility.known_facilities(event), describe.facility_texts(event, "ja")
    of = {
        "foreignLanguage": {code: there for code, there in known.items() if code == "languages"},
        "childcareInformation": {code: there for code, there in known.items() if code == "childcare"},
        "accessibilityInformation": {
            code: there for code, there in known.items() if code not in ("languages", "childcare")
        },
        "parking": {code: there for code, there in known.items() if code == "parking"},
    }
    columns = {name: facilities.sentence(some, "ja") for name, some in of.items()}
    notes = [texts["facilities_note"], texts["facilities_by"] and f"申込期限：{texts['facilities_by']}"]
    columns["accessibilityInformation"] = "、".join(filter(None, [columns["accessibilityInformation"], *notes]))
    return columns


def _names(event: Event) -> dict[str, str]:
    return {
        "id": event.public_id,
        "eventName": describe.title(event, "ja"),
        "eventNameKana": event.title_kana,
        "eventNameEn": str(event.translations.get("en", {}).get("title", "")),
        "description": plain("\n\n".join(filter(None, [event.summary, event.body]))) or event.title,
    }


def _dates(event: Event) -> dict[str, str]:
    dates = event.occurrences
    first, last = dates[0], dates[-1]
    timed = not event.all_day
    end = first.wall_end
    over_night = timed and len(dates) == 1 and end is not None and end.date() != first.wall_start.date()
    return {
        "dateOfStart": first.first_day.isoformat(),
        "dateOfEnd": (end.date() if over_night and end else last.last_day).isoformat(),
        "startTime": f"{first.wall_start:%H:%M}" if timed else "",
        "endTime": f"{end:%H:%M}" if timed and end else "",
        "dateTimeDescription": "。".join(filter(None, [_dates_in_words(event), event.date_note, event.reason])),
        "holdingPattern": repeat_patterns.say_pattern(event.rule, event.skips, event.shift, event.slots, "ja"),
    }


def _dates_in_words(event: Event) -> str:
    """Return in words what a first and a last day cannot express."""
    if event.precision != "exact" or not event.confirmed:
        return describe.when(event, "ja")
    pattern = repeat_patterns.say_pattern(event.rule, event.skips, event.shift, event.slots, "ja")
    single = (
        [describe.when(event, "ja", occurrence) for occurrence in event.occurrences]
        if event.rdates and not event.rule
        else []
    )
    return pattern or "、".join(single)


def _place(event: Event) -> dict[str, str]:
    venue = event.venue
    mode = {(True, True): "ハイブリッド", (False, True): "オンライン"}.get(
        (bool(venue), bool(event.online_url)), "現地"
    )
    if not venue:
        return {"webinarStatus": mode, "location": "オンライン" if event.online_url else ""}
    return {
        "webinarStatus": mode,
        "location": venue.name,
        "locationAddress": venue.address,
        "venueFacility": venue.name,
        "latitude": f"{venue.lat:.6f}" if venue.lat is not None else "",
        "longitude": f"{venue.lon:.6f}" if venue.lon is not None else "",
        "accessMethod": venue.access,
    }


def _application(event: Event) -> dict[str, str]:
    paid = bool(event.fee) or bool(event.fee_note and event.fee is None)
    return {
        "fee": str(event.fee) if event.fee is not None else "",
        "feeDescription": event.fee_note,
        "feeStatus": "有料" if paid else "無料",
        "capacity": str(event.capacity or ""),
        "applicationMethod": event.apply,
        **_deadline(event.apply_deadline),
    }


def _deadline(at: datetime | None) -> dict[str, str]:
    if at is None:
        return {}
    clock = f"{at:%H:%M}" if at.time() != time() else ""
    return {"applicationDeadlineDate": at.date().isoformat(), "applicationDeadlineTime": clock}


def _contact(event: Event) -> dict[str, str]:
    contact = event.contact or event.department.contact or event.department.name
    phone, extension = PHONE.search(contact), EXTENSION.search(contact)
    return {
        "contactPointInformation": contact,
        "contactName": event.department.name,
        "contactPhone": phone[0] if phone else "",
        "contactExtension": extension[1] if extension else "",
    }
