"""search: an index of every entry's words, in the way of each database"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    entry = sa.ForeignKey("entry.id", ondelete="CASCADE", name="fk_search_state_entry_id_entry")
    op.create_table(
        "search_state",
        sa.Column("entry_id", sa.Integer(), entry, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_search_state"),
    )
    entry = sa.ForeignKey("entry.id", ondelete="CASCADE", name="fk_search_word_entry_id_entry")
    op.create_table(
        "search_word",
        sa.Column("entry_id", sa.Integer(), entry, nullable=False),
        sa.Column("word", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "word", name="pk_search_word"),
    )
    op.create_index("ix_search_word_word", "search_word", ["word"])
    if op.get_bind().dialect.name == "sqlite":
        # "ascii": what is not ASCII is a letter, whatever Unicode of which year says; the pieces are cut by us.
        columns = "title, names, text, tokenize = 'ascii', prefix = '1'"
        op.execute(f"CREATE VIRTUAL TABLE search_index USING fts5({columns})")
    else:
        op.execute("CREATE TABLE search_index (rowid INTEGER PRIMARY KEY, words TSVECTOR NOT NULL)")
        # Kept in its row: the planner does not count what lies apart, and would rather look through all of it.
        op.execute("ALTER TABLE search_index ALTER COLUMN words SET STORAGE MAIN")
        op.execute("CREATE INDEX search_index_words ON search_index USING gin (words)")


def downgrade() -> None:
    op.execute("DROP TABLE search_index")
    op.drop_table("search_word")
    op.drop_table("search_state")
