"""A city of another country: its holidays, weeks, money, fiscal year and addresses, and none of Japan's."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from calendar_app.config import BadSetting, load
from calendar_app.dates import business_days, formatting, repeat_patterns
from calendar_app.text import countries, labels
from calendar_app.text.countries import country


@pytest.fixture(autouse=True)
def japan_again() -> Iterator[None]:
    yield
    countries.choose(countries.JAPAN)


def test_one_setting_brings_language_zone_and_map_and_each_may_be_set(tmp_path: Path) -> None:
    settings = {"CALENDAR_INSTANCE": str(tmp_path), "CALENDAR_COUNTRY": "de-bb"}
    config = load(settings | {"CALENDAR_TIMEZONE": "Europe/Busingen"})
    assert (config.country, config.language, config.offered) == ("DE-BB", "de", ("en", "de"))
    assert (config.timezone, config.tiles_credit) == ("Europe/Busingen", "© OpenStreetMap")
    assert load({"CALENDAR_INSTANCE": str(tmp_path)}).language == "ja"


@pytest.mark.parametrize("code", ["XX", "Germany", "", "DE-XX"])
def test_an_unknown_country_is_told_at_the_start(tmp_path: Path, code: str) -> None:
    with pytest.raises(BadSetting, match=r"CALENDAR_COUNTRY=.*DE-BB"):
        load({"CALENDAR_INSTANCE": str(tmp_path), "CALENDAR_COUNTRY": code})


def test_holidays_are_those_of_the_region() -> None:
    countries.choose(country("DE-BB"))
    assert formatting.holiday(date(2026, 10, 31)) == "Reformationstag"
    assert formatting.holiday(date(2027, 1, 11)) == ""  # Coming of Age Day
    assert not business_days.works(date(2026, 12, 24))
    countries.choose(country("DE-BE"))
    assert formatting.holiday(date(2026, 10, 31)) == ""


def test_weeks_and_fiscal_years_begin_where_the_country_begins_them() -> None:
    countries.choose(country("DE"))
    assert formatting.month_weeks(2027, 4)[0][0] == date(2027, 3, 29)
    assert formatting.fiscal_end(date(2027, 2, 1)) == date(2027, 12, 31)
    assert repeat_patterns.default_until(date(2027, 11, 1)) == date(2028, 12, 31)
    countries.choose(country("US"))
    assert formatting.month_weeks(2027, 4)[0][0] == date(2027, 3, 28)


def test_money_is_in_the_currency_of_the_country() -> None:
    assert labels.money(1500, "ja") == "1,500円"
    countries.choose(country("DE"))
    assert (labels.money(1500, "de"), labels.money(5, "en")) == ("1.500 €", "€5")
    countries.choose(country("CH"))
    assert labels.money(5, "de") == "5 CHF"


@pytest.mark.parametrize(
    ("code", "address", "parts"),
    [
        ("JP", "秋田県仙北市角館町東勝楽丁", ("", "秋田県", "仙北市", "角館町東勝楽丁")),
        ("JP", "〒014-0392 秋田県仙北市角館町中菅沢81-8", ("014-0392", "秋田県", "仙北市", "角館町中菅沢81-8")),
        ("JP", "東京都千代田区霞が関1-1", ("", "東京都", "千代田区", "霞が関1-1")),
        ("JP", "市民会館の裏", ("", "", "", "市民会館の裏")),
        ("DE", "Am Markt 1, 14770 Seenbrück", ("14770", "", "Seenbrück", "Am Markt 1")),
        ("DE", "Am Bootssteg", ("", "", "", "Am Bootssteg")),
    ],
)
def test_an_address_is_given_in_its_parts(code: str, address: str, parts: tuple[str, ...]) -> None:
    countries.choose(country(code))
    names = ("postalCode", "addressRegion", "addressLocality", "streetAddress")
    assert tuple(countries.address_parts(address).get(name, "") for name in names) == parts
