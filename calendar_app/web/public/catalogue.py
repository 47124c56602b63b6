"""The data sets of the site: a page for people, a page for each set, and the catalogue that harvesters read."""

from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, abort

from calendar_app.formats import dcat, open_data
from calendar_app.formats.dcat import Catalogue, Dataset, Distribution
from calendar_app.formats.open_data import Columns
from calendar_app.listings import validators
from calendar_app.text import countries, labels, languages
from calendar_app.text.languages import Words
from calendar_app.web import config, lang, page, session, site_view
from calendar_app.web.open_to_all import open_to_every_website

bp = Blueprint("catalogue", __name__)

JSON_LD = "application/ld+json; charset=utf-8"
KEYWORDS = {"ja": ("イベント", "催し", "カレンダー"), "de": ("Veranstaltungen", "Kalender")}  # beside the English ones


class File(NamedTuple):
    """A file of a data set: its path, its name, its media type, and its encoding, "" for UTF-8."""

    path: str
    title: str
    media_type: str
    encoding: str = ""


class DataSet(NamedTuple):
    """A data set as this program offers it. `described_by` is the path of its description for programs, or ""."""

    title: Words[str]
    description: Words[str]
    files: tuple[File, ...]
    columns: Columns = ()
    described_by: str = ""


DATA_SETS = {
    "events": DataSet(
        Words({"ja": "イベント一覧", "en": "Event list"}),
        Words(
            {
                "ja": "自治体標準オープンデータセット（推奨データセット）の32項目による表です。終わった催しもあります。",
                "en": "A table with the 32 columns of the Japanese recommended data set, past events too.",
            }
        ),
        (
            File("/events.csv", "CSV (UTF-8)", "text/csv"),
            File("/events.csv?encoding=cp932", "CSV (Shift_JIS)", "text/csv", "windows-31j"),
        ),
        open_data.EVENT_LIST,
    ),
    "events-core": DataSet(
        Words({"ja": "イベント（GIFコアデータモデル）", "en": "Events in GIF’s core data model"}),
        Words(
            {
                "ja": "政府相互運用性フレームワーク（GIF）のコアデータモデルによる催しの表です。",
                "en": "A table of events by the core data model of the Government Interoperability Framework (GIF).",
            }
        ),
        (
            File("/events-core.csv", "CSV (UTF-8)", "text/csv"),
            File("/events-core.json", "JSON", "application/json"),
        ),
        open_data.CORE_MODEL,
    ),
    "calendar": DataSet(
        Words({"ja": "カレンダー", "en": "Calendar"}),
        Words(
            {
                "ja": "これからの催しと、最近終わった催しの日時です。変更も中止もそのまま伝わります。",
                "en": "The dates of coming and recent events. Changes and cancellations are included.",
            }
        ),
        (
            File("/calendar.ics", "iCalendar", "text/calendar"),
            File("/api/v1/jscalendar", "JSCalendar", "application/jscalendar+json"),
            File("/api/v1/events", "JSON (API)", "application/json"),
        ),
        described_by="/api/v1/openapi.json",
    ),
    "news": DataSet(
        Words({"ja": "新着情報", "en": "News"}),
        Words(
            {
                "ja": "新しい催し、変更、中止、お知らせの一覧です。新しいものから並びます。",
                "en": "New events, changes, cancellations and announcements, newest first.",
            }
        ),
        (
            File("/feed.atom", "Atom", "application/atom+xml"),
            File("/feed.rss", "RSS", "application/rss+xml"),
            File("/feed.json", "JSON Feed", "application/feed+json"),
            File("/api/v1/announcements", "JSON (API)", "application/json"),
        ),
        described_by="/api/v1/openapi.json",
    ),
}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/open-data")
def data_sets() -> Response:
    """Show the data sets of the site."""
    return page("public/open_data.html", data_sets=_offered(), **_shared())


@bp.get("/open-data/<name>")
def data_set(name: str) -> Response:
    """Show one data set: its files, licence, last change and columns.

    Raises NotFound.
    """
    found = _offered().get(name) or abort(404)
    return page("public/data_set.html", data_set=found, **_shared())


@bp.get("/catalog.jsonld")
def catalogue() -> Response:
    """Send the catalogue of the data sets in DCAT, as JSON-LD."""
    changed = validators.last_change(session, None)
    datasets = [
        Dataset(
            page=f"{config.base_url}/open-data/{name}",
            title=_in_both(each.title),
            description=_in_both(each.description),
            changed=changed,
            distributions=[_distribution(file, each.described_by) for file in each.files],
            keywords=(*KEYWORDS.get(countries.here().language, ()), "events", "calendar"),
        )
        for name, each in _offered().items()
    ]
    response = Response(dcat.render(_catalogue(), datasets), content_type=JSON_LD)
    response.headers["Cache-Control"] = "public, no-cache"
    return open_to_every_website(response)


def _offered() -> dict[str, DataSet]:
    """The data sets of this country: two of them have the columns of Japan."""
    shown = "open_data" in countries.here().shows
    return {name: each for name, each in DATA_SETS.items() if shown or not each.columns}


def _catalogue() -> Catalogue:
    view = site_view()
    return Catalogue(
        page=f"{config.base_url}/open-data",
        title=view.name,
        publisher=view.publisher,
        publisher_page=f"{config.base_url}/",
        licence=labels.licence_url(config.licence) or config.licence,
        contact=f"{config.base_url}/{'ask' if config.questions else ''}",
        language=languages.tag(lang()),
        place=countries.place(config.prefecture, config.municipality),
    )


def _distribution(file: File, described_by: str) -> Distribution:
    described = config.base_url + described_by if described_by else ""
    return Distribution(config.base_url + file.path, file.title, file.media_type, file.encoding, described)


def _in_both(words: Words[str]) -> dict[str, str]:
    return {code: words[code] for code in dict.fromkeys((countries.here().language, "en"))}


def _shared() -> dict[str, Any]:
    """What both pages show: the licence with its address, and the day of the last change."""
    changed = validators.last_change(session, None).astimezone(config.zone)
    return {"licence_url": labels.licence_url(config.licence), "changed": changed}
