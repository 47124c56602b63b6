"""The status line of a season says how it stands now."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement
from calendar_app.entries.editing import Invalid
from calendar_app.staff import status_lines
from helpers.town import NOW, published

TOKYO = ZoneInfo("Asia/Tokyo")


def test_a_line_names_the_season_and_only_crowding_ends_with_its_day(write: Session) -> None:
    season = published(write)
    given = {"seen": date(2027, 4, 20), "zone": TOKYO, "actor": None, "at": NOW}
    bloom = status_lines.publish(write, season, "満開", place="桧木内川堤", **given)
    crowd = status_lines.publish(write, season, "混み合っています", **given)
    assert isinstance(bloom, Announcement)
    assert isinstance(crowd, Announcement)
    assert (bloom.title, bloom.state, bloom.valid_until) == ("角館の桜まつり：満開（桧木内川堤）", "published", None)
    assert crowd.valid_until == datetime(2027, 4, 20, 14, 59, tzinfo=UTC)
    with pytest.raises(Invalid):
        status_lines.publish(write, season, " ", **given)
