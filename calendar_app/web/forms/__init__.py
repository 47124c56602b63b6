"""The forms of the staff desk: their fields, and what their lists offer. `forms.typed` turns them into values and back."""

import unicodedata
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, DataRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from calendar_app.dates.rrule import MAX_INSTANCES
from calendar_app.db.models import Category, Department, Entry, Event, User, Venue
from calendar_app.entries import permissions
from calendar_app.staff.suggestions import Habits
from calendar_app.text import labels
from calendar_app.web.forms import accessibility
from calendar_app.web.forms.fields import lang, number, strip
from calendar_app.web.forms.translations import TranslatedFields

OFFERED = 200
REPEATS = (
    ("", _("does not repeat")),
    ("weekly", _("every week")),
    ("biweekly", _("every two weeks")),
    ("monthly_date", _("every month, by its days")),
    ("monthly_weekday", _("every month, by its weekdays")),
    ("monthly_last", _("every month, on the last of a weekday")),
    ("yearly", _("every year")),
    ("dates", _("on dates of its own")),
)
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
NTHS = ((1, _("1st")), (2, _("2nd")), (3, _("3rd")), (4, _("4th")), (5, _("5th")), (-1, _("last")))
SKIPS = (
    ("holiday", _("public holidays")),
    ("obon", _("Obon (13–16 August)")),
    ("newyear", _("New Year (29 December – 3 January)")),
    ("weekend", _("weekends")),
)
SHIFTS = (
    ("", _("as the rule says")),
    ("next_weekday", _("to the next weekday")),
    ("previous_weekday", _("to the weekday before")),
)
CERTAINTIES = (
    ("confirmed", _("confirmed")),
    ("planned", _("dates to be confirmed")),
    ("forecast", _("forecast")),
    ("usual", _("in most years")),
)


class AmountField(IntegerField):
    """A whole number as people type it: 1,000 or ５００円."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        folded = (unicodedata.normalize("NFKC", one).replace(",", "").strip() for one in valuelist)
        super().process_formdata([one.rstrip("円回") for one in folded])


class BoxesField(SelectMultipleField):
    """Checkboxes of which any number may be ticked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, default=[], **kwargs)


class EntryForm(TranslatedFields, FlaskForm):
    title = StringField(_("Title"), [DataRequired(_("Please write a title.")), Length(max=200)], filters=[strip])
    department_id = SelectField(_("Department"), coerce=int)
    tags = StringField(_("Hashtags"), [Length(max=500)], description=_("Separated by spaces: #桜 #仙北市"))
    tags_used = BoxesField(_("Used lately"), validate_choice=False)
    summary = TextAreaField(_("Summary"), [Length(max=2000)], description=_("Two or three sentences."))
    body = TextAreaField(
        _("Details"), [Length(max=20000)], description=_("A blank line starts a paragraph, “- ” a list, **bold**.")
    )
    photos = MultipleFileField(_("Photos"), description=_("JPEG, PNG or WebP. Location data is removed."))
    photos_alt = StringField(
        _("What the new photo shows"), [Length(max=300)], description=_("For people who cannot see it.")
    )
    contact = StringField(_("Contact"), [Length(max=300)])
    publish_date = StringField(_("Publish on"), [Length(max=60)])
    publish_time = StringField(_("at"), [Length(max=60)])
    note = StringField(
        _("Correction notice"), [Length(max=500)], description=_("If filled in, feeds tell everybody of the change.")
    )
    version = HiddenField()
    key = HiddenField()
    asked = HiddenField()  # for the reason of new dates, once
    warned = HiddenField()  # of what looks odd, once
    template = HiddenField()  # the number of the one that it was filled from
    template_name = StringField(
        _("Name of the template"),
        [Length(max=100)],
        description=_("Empty: the title. A name that is there is replaced."),
    )
    template_city = BooleanField(_("For the whole city"))


class RepeatFields:
    """How an event repeats. `forms.repeats` reads and fills them."""

    repeats = SelectField(_("Repeats"), default="", choices=[SelectChoice(*pair) for pair in REPEATS])
    weekdays = BoxesField(_("Weekdays"), coerce=int, choices=[SelectChoice(*pair) for pair in enumerate(WEEKDAYS)])
    nths = BoxesField(_("Which of the month"), coerce=int, choices=[SelectChoice(*pair) for pair in NTHS])
    month_days = StringField(
        _("Days of the month"), [Length(max=80)], description=_("1, 15 or 末日. Empty: the day of the start")
    )
    repeat_until = StringField(_("Repeats until"), [Length(max=60)], description=_("Empty: the end of the fiscal year"))
    repeat_count = AmountField(_("Or how many times"), [Optional(), NumberRange(1, MAX_INSTANCES)])
    skips = BoxesField(_("Not on"), choices=[SelectChoice(*pair) for pair in SKIPS])
    shift = SelectField(_("On a day off"), default="", choices=[SelectChoice(*pair) for pair in SHIFTS])
    slots = StringField(_("More times on the same day"), [Length(max=300)], description=_("13:00-14:30, 15:00-16:30"))
    own_dates = TextAreaField(
        _("More dates"), [Length(max=8000)], description=_("One a line, with a time if it differs: 4/15 13:00-15:00")
    )
    left_out = TextAreaField(_("Dates to leave out"), [Length(max=8000)], description=_("One a line"))


class EventForm(RepeatFields, accessibility.SupportFields, EntryForm):
    start_date = StringField(
        _("Starts on"),
        [DataRequired(_("Please write the date.")), Length(max=60)],
        description=_("4/15, 令和9年4月15日 or 4月下旬"),
    )
    start_time = StringField(_("at"), [Length(max=60)], description=_("10:00 or 午後1時半; empty: all day"))
    end_date = StringField(_("Ends on"), [Length(max=60)], description=_("Empty: the same day"))
    end_time = StringField(_("until"), [Length(max=60)], description=_("24:00 and 25:30 are the next day"))
    all_day = BooleanField(_("All day"))
    certainty = SelectField(_("How sure"), default="confirmed", choices=[SelectChoice(*pair) for pair in CERTAINTIES])
    venue_id = SelectField(_("Venue"), coerce=number, validate_choice=True)
    venue_new = StringField(_("Or a new venue"), [Length(max=100)], filters=[strip])
    category_id = SelectField(_("Category"), coerce=number)
    parent_id = SelectField(_("Part of"), coerce=number)
    fee = AmountField(
        _("Fee in yen"), [Optional(), NumberRange(0, 10_000_000)], description=_("0 is free; empty says nothing.")
    )
    fee_note = StringField(_("About the fee"), [Length(max=300)])
    capacity = AmountField(_("Places"), [Optional(), NumberRange(1, 1_000_000)])
    apply = StringField(_("How to apply"), [Length(max=500)])
    open_date = StringField(_("Apply from"), [Length(max=60)])
    open_time = StringField(_("at"), [Length(max=60)])
    deadline_date = StringField(_("Apply by"), [Length(max=60)])
    deadline_time = StringField(_("at"), [Length(max=60)])
    audience = StringField(_("For whom"), [Length(max=200)])
    organizer = StringField(_("Organiser"), [Length(max=200)])
    weather_rule = SelectField(_("In bad weather"), default="", validate_choice=True)
    weather = StringField(_("More about bad weather"), [Length(max=200)])
    previous = HiddenField()  # the public id of the edition before
    reserve_date = StringField(_("Reserve date"), [Length(max=60)])
    reserve_time = StringField(_("at"), [Length(max=60)], description=_("Empty: at the same time"))
    decision = StringField(_("When it is decided"), [Length(max=60)], description=_("Like: at 6 am of the day"))
    online_url = StringField(
        _("Online address"), [Optional(), Length(max=500), URL(_("Please write an address that begins with https://."))]
    )


class AnnouncementForm(EntryForm):
    importance = SelectField(
        _("Importance"),
        choices=[
            SelectChoice("normal", _("normal")),
            SelectChoice("important", _("important")),
            SelectChoice("emergency", _("emergency")),
        ],
    )
    until_date = StringField(_("On top until"), [Length(max=60)])
    until_time = StringField(_("at"), [Length(max=60)])
    about_id = SelectField(_("About"), coerce=number)
    headline = StringField(
        _("Status line"), [Length(max=60)], description=_("A word or two that the season then shows: 満開")
    )


def offer(form: EntryForm, session: Session, user: User, usual: Habits, entry: Entry | None = None) -> None:
    """What the lists of a form have to choose from: for `user`, what is `usual`, and what `entry` has already."""
    form.tags_used.choices = [SelectChoice(name, f"#{name}") for name in usual.tags]
    departments = session.scalars(select(Department).order_by(Department.id))
    posts = (one for one in departments if permissions.may(user, "post", SimpleNamespace(department_id=one.id)))
    form.department_id.choices = [SelectChoice(one.id, one.name) for one in posts]
    field = form.parent_id if isinstance(form, EventForm) else form.about_id
    field.choices = _with_nothing(_events(session, form, entry))
    if isinstance(form, EventForm):
        form.weather_rule.choices = [SelectChoice(code, said[lang()] or "—") for code, said in labels.WEATHER.items()]
        accessibility.offer(form, session)
        form.venue_id.choices = _venues(session, usual.venues)
        form.category_id.choices = _with_nothing(
            session.execute(select(Category.id, Category.name).order_by(Category.id))
        )


def _venues(session: Session, usual: list[int]) -> list[SelectChoice]:
    """Every venue by name; those that are usual stand first."""
    names = {row.id: row.name for row in session.execute(select(Venue.id, Venue.name).order_by(Venue.name))}
    first = [SelectChoice(str(one), names[one], optgroup=gettext("Used lately")) for one in usual if one in names]
    heading = gettext("Every venue") if first else None
    rest = [SelectChoice(str(one), name, optgroup=heading) for one, name in names.items() if one not in usual]
    return [SelectChoice("", "—"), *first, *rest]


def _with_nothing(pairs: Iterable[Any]) -> list[SelectChoice]:
    return [SelectChoice("", "—"), *(SelectChoice(str(value), name) for value, name in pairs)]


def _events(session: Session, form: EntryForm, entry: Entry | None) -> list[tuple[int, str]]:
    """Events to belong to or to speak about, latest first; a season may contain others, any event may have news."""
    named = getattr(entry, "parent_id", None) or getattr(entry, "about_id", None)
    fitting = Event.all_day if isinstance(form, EventForm) else Event.id.is_not(None)
    query = select(Event).where(or_(fitting & (Event.state != "withdrawn"), Event.id == named))
    query = query.where(Event.id != (entry.id if entry else 0)).order_by(Event.id != named, Event.start.desc())
    return [(one.id, f"{one.title}（{one.start:%Y-%m-%d}）") for one in session.scalars(query.limit(OFFERED))]
