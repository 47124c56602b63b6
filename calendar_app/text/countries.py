"""What differs from country to country: one row of pure data for each. A process serves one city, so it chooses once.

A country without a row has the forms that most countries share; CLDR knows its first weekday and its currency.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from babel import Locale
from babel.numbers import get_territory_currencies

OSM = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
TURN_OF_THE_YEAR = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})


@dataclass(frozen=True, slots=True)
class Country:
    """The profile of a country.

    `code` is ISO 3166-1, `region` the part after the hyphen of ISO 3166-2, which has holidays of its own. `language`
    is the one in which entries are written first, `languages` those of the public pages. Weekdays count from Monday as
    0. `currency` is ISO 4217. `fiscal_month` begins the fiscal year. `closed` are the days (month, day) on which offices
    rest besides holidays. `address` finds the parts of an address by the names of schema.org. `shows` names the parts
    that only this country has: era, readings, press_column, open_data (the 32-column CSV).
    """

    code: str
    region: str = ""
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    first_weekday: int = 0
    currency: str = "EUR"
    fiscal_month: int = 1
    closed: frozenset[tuple[int, int]] = frozenset()
    tiles: str = OSM
    tiles_credit: str = "© OpenStreetMap"
    address: str = ""
    shows: frozenset[str] = frozenset()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that follow from the country unless they are set."""
        return {name: getattr(self, name) for name in ("language", "languages", "timezone", "tiles", "tiles_credit")}


JAPAN = Country(
    "JP",
    language="ja",
    languages=("ja", "easy", "en"),
    timezone="Asia/Tokyo",
    first_weekday=6,
    currency="JPY",
    fiscal_month=4,
    closed=TURN_OF_THE_YEAR,
    tiles="https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png",
    tiles_credit="地理院タイル",
    address=r"(?:〒?(?P<postalCode>\d{3}-\d{4})\s*)?(?P<addressRegion>東京都|北海道|京都府|大阪府|[^\s\d]{2,3}県)"
    r"(?P<addressLocality>[^\s\d]{2,5}?郡[^\s\d]{1,5}?[町村]|[^\s\d]{1,6}?[市区町村])(?P<streetAddress>.*)",
    shows=frozenset({"era", "readings", "press_column", "open_data"}),
)
_CODE_FIRST = (
    r"(?P<streetAddress>.+?),\s*(?P<postalCode>\d{4,5})\s+(?P<addressLocality>[^,]+)"  # Am Markt 1, 14770 Stadt
)
GERMAN = Country(
    "DE",
    language="de",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    closed=frozenset({(12, 24), (12, 31)}),
    address=_CODE_FIRST,
)
ROWS = {
    "JP": JAPAN,
    "DE": GERMAN,
    "AT": replace(GERMAN, code="AT", timezone="Europe/Vienna"),
    "CH": replace(GERMAN, code="CH", timezone="Europe/Zurich"),
}
LANGUAGES = tuple(dict.fromkeys(row.language for row in ROWS.values()))  # in which a city may write first
_chosen = [JAPAN]


def country(code: str) -> Country:
    """Return the profile of a country (DE), or of one of its regions (DE-BB). Raises ValueError for an unknown country."""
    code, _, region = code.strip().upper().partition("-")
    if len(code) != 2 or not (currencies := get_territory_currencies(code)):
        raise ValueError("an ISO 3166 code such as JP, DE or DE-BB")
    if code in ROWS:
        return replace(ROWS[code], region=region, currency=currencies[0])
    first = Locale.parse(f"und_{code}").first_week_day
    return Country(code, region, first_weekday=first, currency=currencies[0], address=_CODE_FIRST)


def choose(chosen: Country) -> Country:
    """Let this process speak of a country, and return it; without a choice it is Japan."""
    _chosen[0] = chosen
    return chosen


def here() -> Country:
    """Return the country of this process."""
    return _chosen[0]


def place(region: str, city: str) -> str:
    """Return the city with its region, as the country writes it: 秋田県仙北市, "Seenbrück, Brandenburg"."""
    return f"{region}{city}" if here().code == "JP" else ", ".join(filter(None, [city, region]))


def address_parts(address: str) -> dict[str, str]:
    """Return the parts of an address by the names of schema.org; the whole as streetAddress where its form is another."""
    match = re.fullmatch(here().address, address.strip()) if here().address else None
    if not match:
        return {"streetAddress": address}
    return {name: part.strip() for name, part in match.groupdict().items() if part and part.strip()}
