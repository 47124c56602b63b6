"""Keep the statistics from which the query planner chooses its indexes.

Without them SQLite reads every published entry to list the dates of one month. PostgreSQL keeps them itself (autovacuum),
but later than the first query after many rows were added.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from calendar_app.db.engine import for_writing

# SQLite names tables that have grown tenfold since they were last analysed, and does nothing itself (-1).
SQLITE = "PRAGMA optimize(-1)"
# As many rows changed as would have autovacuum analyse a table.
POSTGRESQL = """
SELECT format('ANALYZE %I.%I', schemaname, relname) FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND n_mod_since_analyze > 50 + n_live_tup / 10
"""


def refresh(engine: Engine) -> list[str]:
    """Analyse the tables that have outgrown their statistics; return the statements that did it. Each commits alone."""
    with engine.connect() as connection:
        due = sa.text(SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL)
        statements = list(connection.scalars(due))
    for statement in statements:
        with for_writing(engine).begin() as connection:
            connection.exec_driver_sql(statement)
    return statements
