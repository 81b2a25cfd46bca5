"""On PostgreSQL, what must be unique and may be empty has a unique index of the filled values alone.

An index that holds the empty ones too begins like the one that a list is sorted by, and is mistaken for it: the rows
without a value are then all sorted, for each page.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = {"books": "isbn", "authors": "email_key"}


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, column in COLUMNS.items():
        name = f"uq_{table}_{column}"
        op.drop_constraint(name, table, type_="unique")
        op.execute(f"CREATE UNIQUE INDEX {name} ON {table} ({column}) WHERE {column} IS NOT NULL")


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, column in COLUMNS.items():
        name = f"uq_{table}_{column}"
        op.drop_index(name, table)
        op.create_unique_constraint(name, table, [column])
