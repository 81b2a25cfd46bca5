"""The index that finds the undo of a change set holds undos only: few sets are one.

With all of history in it, most of it NULL, SQLite's statistics say that the index finds nothing quickly, and the page of
changes reads the whole table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "ix_change_sets_undoes_id"


def upgrade() -> None:
    op.drop_index(NAME, table_name="change_sets")
    undos = sa.text("undoes_id IS NOT NULL")
    op.create_index(NAME, "change_sets", ["undoes_id"], sqlite_where=undos, postgresql_where=undos)


def downgrade() -> None:
    op.drop_index(NAME, table_name="change_sets")
    op.create_index(NAME, "change_sets", ["undoes_id"])
