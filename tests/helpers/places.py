"""Which test belongs to which module: the one of its name in the same folder, or the one that this table names.

A module stands in the table when it is a part of another (its readers, its messages, its drawing), or when people notice
it only through a page, so that the test of the page is its test. The longest beginning of a module's name counts.
"""

from pathlib import Path

from helpers import ROOT, TESTS

PACKAGE = ROOT / "calendar_app"
ELSEWHERE = {
    "__init__": "web/test_web",
    "cli/": "cli/test_commands",
    "cli/demo/": "cli/test_demo",
    "cli/__main__": "cli/test_serve",
    "cli/imports": "importing/test_save",
    "config/": "test_config",
    "dates/business_days": "web/staff/test_questions",
    "dates/format_phrases": "dates/test_formatting",
    "dates/limits": "dates/test_recurrence",
    "dates/parse": "dates/test_formatting",
    "dates/rrule_text": "dates/test_rrule",
    "db/": "db/test_migrations",
    "delivery/": "delivery/test_weekly_digest",
    "entries/": "entries/test_publishing",
    "entries/accessibility": "text/test_facilities",
    "entries/commits": "operations/test_answer_files",
    "entries/describe": "end_to_end/test_channels",
    "staff/live": "web/staff/test_live",
    "entries/due_moments": "entries/test_due",
    "entries/duplicates": "entries/test_advice",
    "entries/form_drafts": "web/staff/test_form_drafts",
    "entries/last_changes": "listings/test_validators",
    "entries/photo_worker": "entries/test_photos",
    "entries/search_index": "listings/search/test_find",
    "entries/settings_changes": "listings/test_renames",
    "entries/uploads": "entries/test_photos",
    "entries/urls": "sharing/test_kit",
    "feedback/": "web/staff/test_questions",
    "feedback/inbox": "web/public/test_feedback",
    "feeds/": "end_to_end/test_channels",
    "feeds/calendar_parts": "feeds/test_fragment_cache",
    "feeds/open_data_rows": "web/public/test_open_data",
    "formats/": "formats/test_registry",
    "formats/_feedgen": "formats/test_atom_rss",
    "formats/ics_values": "formats/test_ics",
    "formats/json_ld": "end_to_end/test_conformance_feeds",
    "formats/open_data": "web/public/test_open_data",
    "formats/vtimezone": "formats/test_ics",
    "importing/": "importing/test_detect",
    "importing/duplicates": "importing/test_save",
    "importing/formats/csv": "importing/formats/test_csv_rows",
    "importing/formats/ics": "importing/formats/test_ics",
    "importing/own_entries": "importing/test_save",
    "importing/source_info": "importing/sources/test_follow",
    "importing/sources/": "importing/sources/test_follow",
    "importing/sources/fetch_messages": "importing/sources/test_fetch",
    "listings/filter": "listings/test_filters",
    "listings/queries": "web/public/test_pages",
    "listings/search/": "listings/search/test_find",
    "listings/public_addresses": "web/test_site_export",
    "listings/short_links": "web/public/test_subscribe",
    "listings/weather": "staff/test_batch_dates",
    "operations/logs": "web/test_operating",
    "operations/metrics": "web/test_operating",
    "operations/readiness": "web/test_operating",
    "web/counting": "web/test_operating",
    "web/public/operating": "web/test_operating",
    "web/staff/operating": "web/test_operating",
    "accounts/": "web/staff/test_sign_in",
    "accounts/oidc": "web/staff/test_single_sign_on",
    "accounts/single_sign_on": "web/staff/test_single_sign_on",
    "web/staff/sign_in_service": "web/staff/test_single_sign_on",
    "accounts/once": "web/staff/test_passkeys",
    "accounts/passkeys": "web/staff/test_passkeys",
    "accounts/reset": "web/staff/test_reset",
    "accounts/second_factor": "web/staff/test_second_factor",
    "accounts/totp": "web/staff/test_second_factor",
    "web/staff/account_letters": "web/staff/test_passkeys",
    "web/staff/account": "web/staff/test_sign_in",
    "operations/answer_index": "operations/test_answer_files",
    "operations/archive": "operations/test_towns",
    "operations/counters": "web/test_operating",
    "operations/locks": "operations/test_towns",
    "operations/tables": "operations/test_towns",
    "outgoing/": "importing/sources/test_fetch",
    "quickadd/": "quickadd/test_reader",
    "sharing/": "sharing/test_cards",
    "sharing/press_text": "sharing/test_kit",
    "sharing/previews": "sharing/test_kit",
    "sharing/qr": "web/public/test_subscribe",
    "staff/batch_": "web/staff/test_batch_entries",
    "staff/handover": "staff/test_comments",
    "staff/suggestions": "web/staff/test_form_drafts",
    "staff/templates": "web/staff/test_templates",
    "staff/unread": "staff/test_comments",
    "staff/worklist": "web/staff/test_worklist",
    "text/facility_parser": "text/test_facilities",
    "text/graphemes": "sharing/test_networks",
    "text/labels": "end_to_end/test_engines",
    "text/line_breaking": "sharing/test_cards",
    "text/normalize": "listings/search/test_find",
    "text/season_stages": "web/staff/test_season_report",
    "web/": "web/test_web",
    "web/answers": "web/test_cache",
    "web/wsgi": "web/test_cache",
    "web/forms/": "web/staff/test_entry_form",
    "web/forms/accessibility": "text/test_facilities",
    "web/forms/advice_messages": "entries/test_advice",
    "web/forms/dates": "web/forms/test_repeats",
    "web/forms/declared": "test_fields",
    "web/forms/opening": "web/staff/test_form_drafts",
    "web/forms/quickadd": "web/staff/test_quickadd",
    "web/forms/suggestion_chips": "web/staff/test_form_drafts",
    "web/public/archive": "listings/test_fiscal_years",
    "web/public/feeds": "end_to_end/test_conformance_http",
    "web/public/photos": "entries/test_photos",
    "web/public/press": "sharing/test_press_week",
    "web/public/share": "sharing/test_kit",
    "web/staff/batch_dates": "staff/test_batch_dates",
    "web/staff/entry_actions": "staff/test_undo",
    "web/staff/freshness": "staff/test_freshness",
    "web/staff/home": "staff/test_comments",
    "staff/proposals": "web/staff/test_proposals",
    "web/staff/people": "accounts/test_people",
    "outgoing/translation": "web/staff/test_translations",
    "entries/translating": "web/staff/test_translations",
    "text/ready_sentences": "web/staff/test_translations",
    "staff/untranslated": "web/staff/test_translations",
    "web/staff/venues_departments_tags": "listings/test_renames",
    "web/staff/spellings": "listings/search/test_spelling_groups",
}


def modules() -> list[str]:
    """Every module of the application by its place in the package: "dates/rrule"; migrations are tested as a whole."""
    paths = (path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py")) if path.stat().st_size)
    return [path.with_suffix("").as_posix() for path in paths if "versions" not in path.parts]


def of_its_name(module: str) -> Path:
    """Where the test of this name stands, if there is one. That of a folder's `__init__` has the folder's name."""
    place = Path(module)
    name = place.parent.name if place.name == "__init__" else place.name
    return TESTS / place.parent / f"test_{name}.py"


def entry_of(module: str) -> str | None:
    """The entry of the table that counts for this module."""
    return max((begin for begin in ELSEWHERE if module.startswith(begin)), key=len, default=None)


def its_test(module: str) -> Path | None:
    """The file of the test of a module; None if nobody has said."""
    if (own := of_its_name(module)).exists():
        return own
    entry = entry_of(module)
    return TESTS / f"{ELSEWHERE[entry]}.py" if entry is not None else None
