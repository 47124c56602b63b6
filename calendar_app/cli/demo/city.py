"""The state of loading the demo city: its day, the rows that exist already, the acts that are still planned."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from calendar_app.cli.demo import accessibility
from calendar_app.cli.demo.move_years import Record
from calendar_app.db.models import Category, Department, Photo, User, Venue
from calendar_app.entries import publishing

FOLDER = Path(__file__).resolve().parent
TOKYO = ZoneInfo("Asia/Tokyo")
Act = tuple[datetime, Callable[[datetime], None]]  # what somebody does, and when


@dataclass(slots=True)
class City:
    """The session, the day around which the demo is loaded, and the rows that exist. `at` and `clock` are aware instants."""

    session: Session
    today: date
    at: datetime
    clock: datetime
    photo_folder: Path
    hints: dict[str, Record] = field(default_factory=dict)
    outdoor: list[str] = field(default_factory=list)
    departments: dict[str, Department] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)
    people: dict[int, User] = field(default_factory=dict)  # the person who posts, by the number of the department
    entries: dict[str, Any] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)

    def on(self, when: datetime, act: Callable[[datetime], None]) -> None:
        """Plan an act for an aware instant; a later instant than `at` is ignored."""
        if when <= self.at:
            self.acts.append((when, act))


def venue(city: City, name: str, place: Record | None = None, english: str = "") -> int | None:
    if not name:
        return None
    if name not in city.venues:
        place = place or {}
        values = {"name": name, "name_en": english, "address": place.get("address") or "秋田県仙北市"}
        values |= {"lat": place.get("lat"), "lon": place.get("lon"), "outdoor": name in city.outdoor}
        values |= accessibility.of_place(name)
        city.venues[name] = Venue()
        publishing.save_reference(city.session, city.venues[name], values, actor=None, at=city.clock)
    return city.venues[name].id


def department(city: City, name: str) -> int:
    return city.departments.get(name, city.departments["総務課"]).id


def post(city: City, key: str, kind: str, values: Record, at: datetime, *, draft: bool = False) -> None:
    who = city.people.get(values["department_id"])
    values = values | (accessibility.of_occasion(values["title"]) if kind == "event" else {})
    entry = publishing.create(city.session, kind, values, actor=who, at=at)
    if not draft:
        publishing.publish(city.session, entry, actor=who, at=at)
    city.entries[key] = entry


def photos(city: City, key: str, title: str, file: str = "") -> list[Record]:
    """The picture of an event, as a list of one photo; [] without a picture."""
    path = FOLDER / "pictures.json"
    for picture in json.loads(path.read_text()) if path.exists() else []:
        wanted = picture["file"] == file if file else any(word == key or word in title for word in picture["for"])
        if wanted:
            return [{"id": _photo(city, picture["stored"]).id, "alt": picture["alt_ja"]}]
    return []


def _photo(city: City, stored: Record) -> Photo:
    """The photo of a picture whose copies lie ready, as an upload made them (`draw_pictures`)."""
    home = city.photo_folder / stored["name"][:2]
    home.mkdir(parents=True, exist_ok=True)
    for file in stored["sizes"]:
        shutil.copyfile(FOLDER / "pictures" / home.name / file, home / file)
    photo = Photo(**stored, uploaded_at=city.at)
    city.session.add(photo)
    city.session.flush()
    return photo
