// What ical.js (Thunderbird, Nextcloud) makes of a calendar. One question a line, {ics, from, to}; one answer a line:
// [title, start, end, status] of every instance that touches the days asked for, instants in UTC, whole days as dates.

import ICAL from "ical.js";
import { createInterface } from "node:readline";

const MOST = 5000;

for await (const line of createInterface({ input: process.stdin })) {
  const { ics, from, to } = JSON.parse(line);
  console.log(JSON.stringify(instances(ics, from, to)));
}

function instances(ics, from, to) {
  const calendar = new ICAL.Component(ICAL.parse(ics));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  // By itself ICAL.Event takes every override of the file for its own, whatever its UID; those who use it know.
  const events = calendar.getAllSubcomponents("vevent").map((one) => new ICAL.Event(one, { exceptions: [] }));
  const masters = events.filter((one) => !one.isRecurrenceException());
  for (const change of events.filter((one) => one.isRecurrenceException())) {
    masters.find((one) => one.uid === change.uid)?.relateException(change);
  }
  const last = ICAL.Time.fromDateString(to);
  return masters.flatMap((one) => occurrences(one, last)).filter(([, start, end]) => start <= `${to}~` && end >= from);
}

function occurrences(event, last) {
  if (!event.isRecurring()) return [said(event, event.startDate, event.endDate)];
  const found = [];
  const steps = event.iterator();
  for (let next = steps.next(); next && found.length < MOST && next.compareDateOnlyTz(last, ICAL.Timezone.utcTimezone) <= 0; next = steps.next()) {
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    found.push(said(item, startDate, endDate));
  }
  return found;
}

function said(event, start, end) {
  return [event.summary, moment(start), moment(end), event.component.getFirstPropertyValue("status") ?? ""];
}

function moment(time) {
  return time.isDate ? time.toString() : time.convertToZone(ICAL.Timezone.utcTimezone).toJSDate().toISOString().slice(0, 19) + "Z";
}
