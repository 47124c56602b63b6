"""The fields of events and announcements, each declared once: its type, limit, labels, and the formats that carry it.

Forms, checks, history, change notices, imports, feeds and docs/fields.md read this table. A field that no template
places by hand appears in the generic part of the form and of the event's page.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from calendar_app.text import labels
from calendar_app.text.languages import Words, colon

# line: one line of plain text. text: several lines. markdown: formatted. url: http or https. code: for programs.
# moment: wall-clock time in the event's zone. instant: UTC. json: a structure of its own. reference: a row's number.
Type = Literal[
    "line", "text", "markdown", "url", "code", "choice", "integer", "flag", "moment", "instant", "list", "json", "reference"
]  # fmt: skip
# "generic": in the generic part. "placed": a template places the field by hand. "": not shown.
Place = Literal["generic", "placed", ""]
# Which notice a change makes even without a correction note; "" none.
Notice = Literal["", "dates", "precision", "certainty", "place", "deadline"]

TIMED: tuple[Type, ...] = ("moment", "instant")


def _(text: str) -> str:
    """Mark a text for the catalogs; the page that shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry.

    `label` and `hint` are English and name the field on the desk; `line` labels it in pages, calendars and feeds.
    `limit` counts characters (0: none); `bounds` are inclusive. `sequence` says that a change raises SEQUENCE (RFC 5545,
    section 3.8.7.4). `columns` are its headings in imported tables, `properties` its names in imported calendars,
    `typed` its names in a quick line. `written` is the property that carries it in our calendars, `schema` its
    property of schema.org's Event.
    """

    name: str
    type: Type
    label: str = ""
    limit: int = 0
    hint: str = ""
    bounds: tuple[int, int] | None = None
    choices: tuple[str, ...] = ()
    translatable: bool = False
    searched: bool = False
    notice: Notice = ""
    sequence: bool = False
    form: Place = "generic"
    page: Place = "generic"
    line: Words[str] | None = None
    columns: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    written: str = ""
    schema: str = ""


def _placed(*fields: Field) -> tuple[Field, ...]:
    """Fields that the templates of form and page place by hand."""
    return tuple(replace(field, form="placed", page="placed") for field in fields)


def _kept(*fields: Field) -> tuple[Field, ...]:
    """Fields without an input in the forms: imports and programs fill them."""
    return tuple(replace(field, form="", page="placed") for field in fields)


def _dates(*fields: Field) -> tuple[Field, ...]:
    """Fields of the dates of an event: a change produces a notice of new dates."""
    return tuple(replace(field, notice="dates", sequence=True) for field in _placed(*fields))


def _line(ja: str, en: str) -> Words[str]:
    return Words({"ja": ja, "en": en})


_SHARED = (
    *_placed(Field("title", "line", _("Title"), 200, translatable=True, sequence=True, columns=("イベント名", "名称", "イベント名称", "eventName", "title", "件名", "行事名"))),
    *_kept(
        Field("title_kana", "line", _("Title in kana"), 200, columns=("イベント名_カナ", "名称(カナ)", "名称_カナ", "eventNameKana"))
    ),
    *_placed(Field("summary", "text", _("Summary"), 2000, _("Two or three sentences."), translatable=True, columns=("概要", "abstract"))),
    *_kept(Field("summary_easy", "text", _("Summary in easy Japanese"), 2000)),
    # Of an entry that another town's calendar holds: the name of that town, or the names of all that know the same event.
    Field("town", "line", _("Town"), 300, form="", line=_line("市町村", "Town"), searched=True),
    *_placed(
        Field(
            "body", "markdown", _("Details"), 20_000, _("A blank line starts a paragraph, “- ” a list, **bold**."),
            translatable=True, columns=("説明", "description", "内容"),
        ),
        Field("translations", "json", _("Translations")),
        Field("department_id", "reference", _("Department")),
    ),
)  # fmt: skip
_CONTACT = _placed(Field("contact", "line", _("Contact"), 300, translatable=True, line=_line("問い合わせ", "Contact")))

_WHEN = (
    *_dates(
        Field("start", "moment", _("Starts on")),
        Field("end", "moment", _("Ends on")),
        Field("all_day", "flag", _("All day")),
        Field("timezone", "code", _("Time zone"), 60),
        Field("rule", "code", _("Repeats"), 400),
        Field("rdates", "list", _("More dates")),
        Field("exdates", "list", _("Dates to exclude")),
        Field("overrides", "json", _("Single dates")),
        Field("skips", "list", _("Except on")),
        Field("shift", "choice", _("On weekends and holidays"), 20, choices=("", "next_weekday", "previous_weekday")),
        Field("slots", "list", _("More times on the same day")),
    ),
    # How exactly a date is known: the day; 上旬, 中旬 or 下旬; the month; the season of the year.
    *_kept(Field("precision", "choice", _("Date precision"), 10, choices=("exact", "part", "month", "season"), notice="precision", sequence=True)),
    *_placed(
        # How certain a date is: confirmed, being arranged, forecast from nature, or usual in most years.
        Field("certainty", "choice", _("Date certainty"), 10, choices=("confirmed", "planned", "forecast", "usual"), notice="certainty", sequence=True),
    ),
    *_kept(
        Field(
            "date_note", "line", _("About the dates"), 200, translatable=True, line=_line("日時について", "About the dates"),
            columns=("開始日時特記事項", "日時備考", "日時説明", "dateTimeDescription"), properties=("X-SHIRASAGI-SCHEDULE",),
        )
    ),
)  # fmt: skip
_WHERE = (
    *_placed(
        Field("venue_id", "reference", _("Venue"), notice="place", sequence=True),
        Field("online_url", "url", _("Online address"), 500, notice="place", sequence=True, columns=("Web開催URL",)),
    ),
    Field(
        "url", "url", _("Official page"), 500, _("The event's own page elsewhere; begins with https://"),
        line=_line("公式ページ", "Official page"), schema="sameAs", properties=("URL",),
        columns=("URL", "コンテンツURL", "イベントURL", "eventUrl", "contentUrl"),
        typed=("公式サイト", "公式ページ", "公式ホームページ", "公式hp", "公式", "ホームページ", "website", "official site", "official page"),
    ),
    Field(
        "ticket_url", "url", _("Booking and tickets"), 500, _("The page where people book or buy a ticket; begins with https://"),
        line=_line("申込・チケット", "Booking and tickets"), schema="offers.url", written="X-TICKETS-URL", properties=("X-TICKETS-URL",),
        columns=("申込URL", "チケットURL", "予約URL", "ticketUrl"),
        typed=("チケット", "申込", "申込み", "申し込み", "お申込み", "お申し込み", "予約", "ご予約", "tickets", "ticket", "book", "booking", "apply", "registration"),
    ),
    *_placed(Field("parent_id", "reference", _("Part of")), Field("category_id", "reference", _("Category"))),
    *_kept(Field("previous_id", "reference", _("The edition before"))),
)  # fmt: skip
_FACTS = _placed(
    Field("audience", "line", _("Audience"), 200, translatable=True, searched=True, line=_line("対象", "For"), columns=("対象者", "対象", "targetPerson")),
    Field(
        "fee", "integer", _("Fee in yen"), 0, _("0 means free; leave empty to show nothing."), (0, 10_000_000),
        line=_line("料金", "Fee"), columns=("料金(基本)", "料金", "fee_JPY", "feeJPY"),
    ),
    Field(
        "fee_note", "line", _("About the fee"), 300, translatable=True, searched=True,
        columns=("料金(詳細)", "料金説明"), properties=("X-SHIRASAGI-COST",),
    ),
    Field("capacity", "integer", _("Places"), bounds=(1, 1_000_000), line=_line("定員", "Places"), columns=("定員", "capacity")),
    Field("apply", "line", _("How to apply"), 500, translatable=True, searched=True, line=_line("申込", "How to apply"), columns=("参加申込方法", "申込方法")),
    Field("apply_start", "moment", _("Apply from"), sequence=True, line=_line("申込開始", "Apply from")),
    Field("apply_deadline", "moment", _("Apply by"), notice="deadline", sequence=True, line=_line("申込期限", "Apply by")),
    Field("weather", "line", _("More about bad weather"), 200, translatable=True, searched=True, line=_line("雨天時", "In bad weather")),
    Field("weather_rule", "choice", _("In bad weather"), 20, choices=tuple(labels.WEATHER)),
    Field("reserve_start", "moment", _("Reserve date"), line=_line("予備日", "Reserve date")),
    Field("decision", "line", _("When the decision is made"), 60, _("For example: at 6 am on the day"), translatable=True, line=_line("開催の決定", "Decided")),
    Field("facilities", "json", _("Accessibility and support"), line=_line("バリアフリー・支援", "Accessibility")),
    Field(
        "facilities_note", "line", _("Details and whom to contact"), 300, _("For example: child care from the age of one"), translatable=True, searched=True, line=_line("支援について", "About accessibility"),
    ),
    Field("facilities_by", "moment", _("Ask for it by"), line=_line("支援の申込期限", "Ask for help by")),
    Field("organizer", "line", _("Organiser"), 200, translatable=True, searched=True, line=_line("主催", "Organiser"), columns=("主催者", "主催団体", "organizer")),
)  # fmt: skip
_NEWS = (
    *_placed(
        Field("importance", "choice", _("Importance"), 20, choices=("normal", "important", "emergency"), sequence=True),
        Field("valid_until", "instant", _("Keep at the top until"), sequence=True),
        Field("headline", "line", _("Status line"), 60, _("A word or two shown on the season’s page: 満開"), translatable=True, searched=True),
        Field("about_id", "reference", _("About")),
        Field("supersedes_id", "reference", _("Replaces"), line=_line("前のお知らせ", "Replaces")),
    ),
    *_kept(
        Field("place", "line", _("Where it was seen"), 100, translatable=True, searched=True),
        Field("seen_at", "moment", _("When it was seen")),
    ),
)  # fmt: skip

EVENT = {field.name: field for field in (*_SHARED, *_WHEN, *_WHERE, *_FACTS, *_CONTACT)}
ANNOUNCEMENT = {field.name: field for field in (*_SHARED, *_NEWS, *_CONTACT)}
KINDS = {"event": EVENT, "announcement": ANNOUNCEMENT}
FIELDS = EVENT | ANNOUNCEMENT

# The labels of further values in the history.
RECORDED = {
    "tags": _("Hashtags"),
    "photos": _("Photos"),
    "state": _("State"),
    "status": _("Status"),
    "reason": _("Reason"),
    "owner": _("Responsible"),
    "answers": _("Questions and answers"),
}
LABELS = labels.LABELS | {field.name: field.line for field in FIELDS.values() if field.line}


@cache
def names(kind: str, *types: Type) -> tuple[str, ...]:
    """The names of the fields of a kind of entry, in their order; with `types`, only those of these types."""
    return tuple(name for name, field in KINDS[kind].items() if not types or field.type in types)


@cache
def names_where(**wanted: object) -> tuple[str, ...]:
    """The names of all fields whose attributes have these values: names_where(notice="place")."""
    return tuple(
        name for name, field in FIELDS.items() if all(getattr(field, key) == value for key, value in wanted.items())
    )


def texts(kind: str) -> tuple[str, ...]:
    """The names of the fields in which people write words."""
    return names(kind, "line", "text", "markdown")


def label(name: str) -> str:
    """The English label of a field on the desk. A removed field in the history is shown by its own name."""
    return (FIELDS[name].label if name in FIELDS else RECORDED.get(name)) or name


def labelled(name: str, value: str, lang: str) -> str:
    """A plain line of a calendar's description or a feed's item: "料金：300円"."""
    return f"{LABELS[name][lang]}{colon(lang)}{value}"
