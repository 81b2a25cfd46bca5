"""One index per large list in its usual order, with what is filtered and searched by inside."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# table: (the order, whose index the new one replaces, and what else is inside)
OVERVIEWS = {
    "books": (
        *("title_key", "id", "author_id", "status", "format", "price", "currency", "published_on", "isbn"),
        *("language", "created_at", "updated_at", "search_key"),
    ),
    "authors": ("sort_key", "id", "status", "country", "created_at", "updated_at", "search_key"),
    "posts": ("updated_at", "id", "author_id", "status", "publish_at", "published_at", "created_at"),
}
LONGEST = 1_700  # bytes of a search key, which must fit into an entry of an index


def upgrade() -> None:
    for table, columns in OVERVIEWS.items():
        shorten(table)
        op.create_index(f"ix_{table}_overview", table, columns)
        op.drop_index(f"ix_{table}_{columns[0]}_id", table)


def shorten(table: str) -> None:
    """What was kept of a search key before it had a limit."""
    rows = sa.table(table, sa.column("id"), sa.column("search_key"))
    long = sa.select(rows.c.id, rows.c.search_key).where(sa.func.length(rows.c.search_key) > LONGEST // 4)
    for key, text in op.get_bind().execute(long).all():
        short = text.encode()[:LONGEST].decode(errors="ignore")
        op.execute(rows.update().where(rows.c.id == key).values(search_key=short))


def downgrade() -> None:
    for table, columns in OVERVIEWS.items():
        op.create_index(f"ix_{table}_{columns[0]}_id", table, columns[:2])
        op.drop_index(f"ix_{table}_overview", table)
