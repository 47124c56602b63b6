"""Column helpers that the models share."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """Make a check constraint that a column holds one of the values."""
    return sa.CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


class Translated:
    """A row whose texts can be said in other languages: `{"en": {"title": "Summer festival"}}`.

    Texts that are no field (a reason, a note, a photo's description, an answer) are translated under "texts" by
    themselves: `{"en": {"texts": {"大雪のため": "because of heavy snow"}}}`, so that another reason has no old translation.
    """

    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
