"""Column helpers that the models share."""

import sqlalchemy as sa


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """Make a check constraint that a column holds one of the values."""
    return sa.CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)
