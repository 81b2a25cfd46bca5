"""Substring search: trigram indexes on PostgreSQL, trigram full-text tables on SQLite.

The tables of SQLite hold no text of their own; triggers keep them in step with `search_key`. On PostgreSQL the extension
pg_trgm is trusted since version 13, so the database's owner may make it; elsewhere an administrator does so beforehand.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("authors", "books", "users", "posts", "tags")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for table in TABLES:
            op.execute(f"CREATE INDEX ix_{table}_search_trigram ON {table} USING gin (search_key gin_trgm_ops)")
    else:
        for table in TABLES:
            full_text(table)


def full_text(table: str) -> None:
    search = f"{table}_search"
    remove = f"INSERT INTO {search} ({search}, rowid, search_key) VALUES ('delete', old.id, old.search_key)"
    add = f"INSERT INTO {search} (rowid, search_key) VALUES (new.id, new.search_key)"
    op.execute(
        f"CREATE VIRTUAL TABLE {search} USING fts5 "
        f"(search_key, content='{table}', content_rowid='id', tokenize='trigram', detail='full')"
    )
    op.execute(f"INSERT INTO {search} ({search}) VALUES ('rebuild')")
    op.execute(f"CREATE TRIGGER {search}_insert AFTER INSERT ON {table} BEGIN {add}; END")
    op.execute(f"CREATE TRIGGER {search}_delete AFTER DELETE ON {table} BEGIN {remove}; END")
    op.execute(f"CREATE TRIGGER {search}_update AFTER UPDATE OF search_key ON {table} BEGIN {remove}; {add}; END")


def downgrade() -> None:
    for table in TABLES:
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"DROP INDEX ix_{table}_search_trigram")
            continue
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER {table}_search_{event}")
        op.execute(f"DROP TABLE {table}_search")
