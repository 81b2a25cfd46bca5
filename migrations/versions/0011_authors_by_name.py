"""Authors are found by their name, whatever its case and accents: files name them so."""

import sqlalchemy as sa
from alembic import op

from models.text import sort_key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MANY = 5_000


def upgrade() -> None:
    # The default only helps the rows that are there: SQLite cannot take it away again without making the table anew.
    kind = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
    op.add_column("authors", sa.Column("name_key", kind, nullable=False, server_default=""))
    fill()
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("authors", "name_key", server_default=None)
    op.create_index(op.f("ix_authors_name_key_id"), "authors", ["name_key", "id"])


def fill() -> None:
    rows = sa.table("authors", sa.column("id"), sa.column("name"), sa.column("name_key"))
    given = {"name_key": sa.bindparam("key")}
    last = 0
    while few := names(rows, last):
        keys = [{"row": one.id, "key": sort_key(one.name)} for one in few]
        op.get_bind().execute(rows.update().where(rows.c.id == sa.bindparam("row")).values(given), keys)
        last = few[-1].id


def names(rows: sa.TableClause, last: int) -> list[sa.Row[tuple[int, str]]]:
    wanted = sa.select(rows.c.id, rows.c.name).where(rows.c.id > last).order_by(rows.c.id).limit(MANY)
    return list(op.get_bind().execute(wanted).all())


def downgrade() -> None:
    op.drop_index(op.f("ix_authors_name_key_id"), "authors")
    op.drop_column("authors", "name_key")
