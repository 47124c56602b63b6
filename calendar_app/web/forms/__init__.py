"""The forms of the staff desk: their inputs, and the choices of their lists. `form_values` turns them into values and back."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from calendar_app.dates.rrule import MAX_INSTANCES
from calendar_app.db.models import Announcement, Category, Department, Entry, Event, User, Venue
from calendar_app.entries import permissions, uploads
from calendar_app.staff.suggestions import Habits
from calendar_app.text import labels
from calendar_app.web.forms import accessibility, declared
from calendar_app.web.forms.declared import AmountField, day, typed
from calendar_app.web.forms.fields import Form, lang, strip
from calendar_app.web.forms.translations import TranslatedFields

OFFERED = 200
REPEATS = (
    ("", _("does not repeat")),
    ("weekly", _("every week")),
    ("biweekly", _("every two weeks")),
    ("monthly_date", _("every month, by date")),
    ("monthly_weekday", _("every month, by weekday")),
    ("monthly_last", _("every month, on the last such weekday")),
    ("yearly", _("every year")),
    ("dates", _("on specific dates")),
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
    ("", _("keep the date")),
    ("next_weekday", _("to the next weekday")),
    ("previous_weekday", _("to the weekday before")),
)
CERTAINTIES = (
    ("confirmed", _("confirmed")),
    ("planned", _("dates to be confirmed")),
    ("forecast", _("forecast")),
    ("usual", _("in most years")),
)


class BoxesField(SelectMultipleField):
    """Checkboxes, of which a person may tick any number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, default=[], **kwargs)


class EntryForm(TranslatedFields, Form):
    title = typed("title", required=_("Please enter a title."), filters=[strip])
    department_id = typed("department_id", coerce=int)
    tags = StringField(_("Hashtags"), [Length(max=500)], description=_("Separated by spaces: #桜 #仙北市"))
    tags_used = BoxesField(_("Recently used"), validate_choice=False)
    summary = typed("summary")
    body = typed("body")
    photos = MultipleFileField(_("Photos"), description=_("JPEG, PNG or WebP. Location data is removed automatically."))
    photos_alt = StringField(
        _("Description of the new photo"), [Length(max=uploads.ALT)], description=_("For people who cannot see it.")
    )
    contact = typed("contact")
    publish_date = StringField(_("Publish on"), [Length(max=60)])
    publish_time = StringField(_("at"), [Length(max=60)])
    note = StringField(
        _("Correction notice"), [Length(max=500)], description=_("If you fill this in, the feeds announce the change.")
    )
    version = HiddenField()
    key = HiddenField()
    asked = HiddenField()  # "y" after the form asked once for the reason of new dates
    warned = HiddenField()  # "y" after the form showed its advice once
    template = HiddenField()  # the number of the template that filled the form
    template_name = StringField(
        _("Name of the template"),
        [Length(max=100)],
        description=_("Empty: the title. A template with the same name is replaced."),
    )
    template_city = BooleanField(_("For the whole city"))


class RepeatFields:
    """The inputs that say how an event repeats. `forms.repeats` reads and fills them."""

    repeats = SelectField(_("Repeats"), default="", choices=[SelectChoice(*pair) for pair in REPEATS])
    weekdays = BoxesField(_("Weekdays"), coerce=int, choices=[SelectChoice(*pair) for pair in enumerate(WEEKDAYS)])
    nths = BoxesField(_("Which week of the month"), coerce=int, choices=[SelectChoice(*pair) for pair in NTHS])
    month_days = StringField(
        _("Days of the month"),
        [Length(max=80)],
        description=_("1, 15 or 末日. Empty: the day of the month of the first date"),
    )
    repeat_until = StringField(_("Repeats until"), [Length(max=60)], description=_("Empty: the end of the fiscal year"))
    repeat_count = AmountField(_("Or how many times"), [Optional(), NumberRange(1, MAX_INSTANCES)])
    skips = BoxesField(_("Except on"), choices=[SelectChoice(*pair) for pair in SKIPS])
    shift = SelectField(_("On weekends and holidays"), default="", choices=[SelectChoice(*pair) for pair in SHIFTS])
    slots = StringField(_("More times on the same day"), [Length(max=300)], description=_("13:00-14:30, 15:00-16:30"))
    own_dates = TextAreaField(
        _("More dates"), [Length(max=8000)], description=_("One per line, with a time if it differs: 4/15 13:00-15:00")
    )
    left_out = TextAreaField(_("Dates to exclude"), [Length(max=8000)], description=_("One per line"))


class EventForm(RepeatFields, accessibility.SupportFields, EntryForm):
    start_date = day("start", _("4/15, 令和9年4月15日 or 4月下旬"), required=_("Please enter the date."))
    start_time = StringField(_("at"), [Length(max=60)], description=_("10:00 or 午後1時半; empty: all day"))
    end_date = day("end", _("Empty: the same day"))
    end_time = StringField(_("until"), [Length(max=60)], description=_("24:00 and 25:30 mean the next day"))
    all_day = BooleanField(_("All day"))
    certainty = typed("certainty", default="confirmed", choices=[SelectChoice(*pair) for pair in CERTAINTIES])
    venue_id = typed("venue_id", validate_choice=True)
    venue_new = StringField(_("Or a new venue"), [Length(max=100)], filters=[strip])
    category_id = typed("category_id")
    parent_id = typed("parent_id")
    fee = typed("fee")
    fee_note = typed("fee_note")
    capacity = typed("capacity")
    apply = typed("apply")
    open_date = day("apply_start")
    open_time = StringField(_("at"), [Length(max=60)])
    deadline_date = day("apply_deadline")
    deadline_time = StringField(_("at"), [Length(max=60)])
    audience = typed("audience")
    organizer = typed("organizer")
    weather_rule = typed("weather_rule", default="", validate_choice=True)
    weather = typed("weather")
    previous = HiddenField()  # the public id of the edition before
    reserve_date = day("reserve_start")
    reserve_time = StringField(_("at"), [Length(max=60)], description=_("Empty: at the same time"))
    decision = typed("decision")
    online_url = typed("online_url")


class AnnouncementForm(EntryForm):
    importance = typed(
        "importance",
        choices=[
            SelectChoice("normal", _("normal")),
            SelectChoice("important", _("important")),
            SelectChoice("emergency", _("emergency")),
        ],
    )
    until_date = day("valid_until")
    until_time = StringField(_("at"), [Length(max=60)])
    about_id = typed("about_id")
    supersedes_id = typed("supersedes_id")
    headline = typed("headline")


declared.complete(EventForm, "event")
declared.complete(AnnouncementForm, "announcement")


def offer(form: EntryForm, session: Session, user: User, usual: Habits, entry: Entry | None = None) -> None:
    """Fill the lists of a form with the choices that `user` may use, the `usual` ones first, and the present ones of `entry`."""
    form.tags_used.choices = [SelectChoice(name, f"#{name}") for name in usual.tags]
    departments = session.scalars(select(Department).order_by(Department.id))
    allowed = (each for each in departments if permissions.may(user, "post", SimpleNamespace(department_id=each.id)))
    form.department_id.choices = [SelectChoice(department.id, department.name) for department in allowed]
    field = form.parent_id if isinstance(form, EventForm) else form.about_id
    field.choices = _with_nothing(_events(session, form, entry))
    if isinstance(form, AnnouncementForm):
        form.supersedes_id.choices = _with_nothing(_earlier_news(session, user, entry))
    if isinstance(form, EventForm):
        form.weather_rule.choices = [SelectChoice(code, words[lang()] or "—") for code, words in labels.WEATHER.items()]
        accessibility.offer(form, session)
        form.venue_id.choices = _venues(session, usual.venues)
        form.category_id.choices = _with_nothing(
            session.execute(select(Category.id, Category.name).order_by(Category.id))
        )


def _venues(session: Session, usual: list[int]) -> list[SelectChoice]:
    """Every venue by name; the usual ones stand first."""
    names = {row.id: row.name for row in session.execute(select(Venue.id, Venue.name).order_by(Venue.name))}
    first = [SelectChoice(str(id_), names[id_], optgroup=gettext("Recently used")) for id_ in usual if id_ in names]
    heading = gettext("Every venue") if first else None
    rest = [SelectChoice(str(id_), name, optgroup=heading) for id_, name in names.items() if id_ not in usual]
    return [SelectChoice("", "—"), *first, *rest]


def _with_nothing(pairs: Iterable[Any]) -> list[SelectChoice]:
    return [SelectChoice("", "—"), *(SelectChoice(str(value), name) for value, name in pairs)]


def _events(session: Session, form: EntryForm, entry: Entry | None) -> list[tuple[int, str]]:
    """The events that an entry may belong to (only all-day ones) or be news about (any), the latest first."""
    named = getattr(entry, "parent_id", None) or getattr(entry, "about_id", None)
    fitting = Event.all_day if isinstance(form, EventForm) else Event.id.is_not(None)
    query = select(Event).where(or_(fitting & (Event.state != "withdrawn"), Event.id == named))
    query = query.where(Event.id != (entry.id if entry else 0)).order_by(Event.id != named, Event.start.desc())
    return [(event.id, f"{event.title}（{event.start:%Y-%m-%d}）") for event in session.scalars(query.limit(OFFERED))]


def _earlier_news(session: Session, user: User, entry: Entry | None) -> list[tuple[int, str]]:
    """The public announcements that an announcement may replace, the latest first: those of the writer's department."""
    named = entry.supersedes_id if isinstance(entry, Announcement) else None
    fitting = Announcement.state == "published"
    if user.role != "admin":
        fitting &= Announcement.department_id == user.department_id
    query = select(Announcement).where(or_(fitting, Announcement.id == named))
    if entry:  # neither itself nor its own replacement
        query = query.where(Announcement.id != entry.id, func.coalesce(Announcement.supersedes_id, 0) != entry.id)
    query = query.order_by(Announcement.id != named, Announcement.published_at.desc(), Announcement.id.desc())
    return [
        (news.id, f"{news.title}（{news.published_at:%Y-%m-%d}）") for news in session.scalars(query.limit(OFFERED))
    ]
