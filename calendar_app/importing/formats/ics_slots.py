"""Join the slots of a day again: our own calendars send each as a series whose UID adds its start to that of the first."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from calendar_app.dates.recurrence import BadRule, Repeat, Slot, check
from calendar_app.importing import ImportRow

OF_A_SLOT = re.compile(r"(?P<local>.+)-T[0-9]{4}@(?P<authority>[^@]+)", re.ASCII)
OWN = {"start", "end", "exdates", "overrides", "slots"}  # values in which the slots of a series differ


def join_slots(rows: Iterable[ImportRow]) -> list[ImportRow]:
    """Return the rows with the further slots of a series in its row, where nothing is lost by it."""
    further: dict[str, list[ImportRow]] = defaultdict(list)
    joined = []
    for row in rows:
        match = OF_A_SLOT.fullmatch(row.source_uid)
        further[f"{match['local']}@{match['authority']}" if match else ""].append(row)
    for row in further.pop("", []):
        joined += [row] if row.refused else _with_slots(row, further.pop(row.source_uid, []))
    return joined + [row for slots in further.values() for row in slots]


def _with_slots(first: ImportRow, further: list[ImportRow]) -> list[ImportRow]:
    """Return the row of a series with its further slots, and the rows of those that do not fit."""
    spans: dict[str, Slot] = {}
    fitting: list[ImportRow] = []
    for row in sorted(further, key=lambda row: str(row.values.get("start"))):
        slot = _slot(first, row)
        if slot and f"{slot.start}" not in spans:
            spans[f"{slot.start}"] = slot
            fitting.append(row)
    if not fitting or not _storable(first, spans.values()):
        return [first, *further]
    values = {
        name: [item for row in (first, *fitting) for item in row.values[name]] for name in ("exdates", "overrides")
    }
    slots = [[f"{moment:%H:%M}" for moment in (slot.start, slot.end) if moment] for slot in spans.values()]
    whole = replace(first, values=first.values | values | {"slots": slots})
    return [whole, *(row for row in further if row not in fitting)]


def _slot(first: ImportRow, row: ImportRow) -> Slot | None:
    """Return the hours of a slot; None unless it has the days, the texts and the defects of the first."""
    mine, its = first.values, row.values
    same = all(mine.get(name) == its.get(name) for name in (mine | its).keys() - OWN) and mine.get("rule")
    if row.refused or not same or mine["all_day"] or mine["rdates"]:
        return None
    if any(moment.endswith("T00:00:00") for moment in [*mine["exdates"], *its["exdates"]]):
        return None  # at midnight: as an exception of the whole series it would be the whole day
    begin, end = datetime.fromisoformat(its["start"]), datetime.fromisoformat(its["end"]) if its["end"] else None
    slot = Slot.read(f"{begin:%H:%M}", f"{end:%H:%M}" if end else "")
    day = datetime.fromisoformat(mine["start"])
    lossless = slot.on(day.date()) == (begin, end) and (end or not mine["end"]) and begin != day
    return slot if lossless and all(defect in first.defects for defect in row.defects) else None


def _storable(first: ImportRow, slots: Iterable[Slot]) -> bool:
    start, end = first.values["start"], first.values["end"]
    moments = datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None
    try:
        check(Repeat(*moments, rule=first.values["rule"], slots=tuple(slots)))
    except BadRule:
        return False
    return True
