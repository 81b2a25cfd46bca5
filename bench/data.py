"""The data: one filled database per size and kind, made once and kept, and what the operations need to know of it."""

import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Connection, create_engine, text

from bench.operations import PER_PAGE
from tests import databases

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("BENCH_DATA", ROOT / "bench" / "data"))
KINDS = ("postgresql", "sqlite")
OWN = "Bench book"  # how the titles of books begin that a run creates
NO_SUCH_TERM = "qzxvkj"
SHORTEST_WORD = 5


@dataclass(frozen=True)
class Facts:
    """What is in a database: where its middle is, what one can search for, who has the most books."""

    url: str
    books: int
    middle_key: str
    middle_id: int
    few: str
    many: str
    none: str
    book_ids: tuple[int, ...]
    prolific_author: int
    status: str


@contextmanager
def server(kind: str) -> Iterator[str]:
    """Where databases of this kind are: the address of a running PostgreSQL, or a folder."""
    HOME.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        yield str(HOME)
        return
    with databases.server(HOME / f"postgresql-{major_version()}") as address:
        yield address


def major_version() -> str:
    """Clusters of different versions do not understand each other's files."""
    said = subprocess.run([databases.binaries() / "postgres", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"\d+", said.stdout)
    return found[0] if found else "unknown"


def version(kind: str, where: str) -> str:
    if kind == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with psycopg.connect(where) as connection:
        return f"PostgreSQL {str(connection.info.parameter_status('server_version')).split()[0]}"


def filled(kind: str, where: str, size: int) -> str:
    """The address of the database with so many books: migrated, filled unless it is, and as a run finds it."""
    if kind == "sqlite":
        url = f"sqlite:///{Path(where) / f'books-{size}.db'}"
    else:
        url = databases.create(where, f"bench_{size}")
    flask(url, "db", "upgrade")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.execute(text("SELECT 1 FROM books LIMIT 1")).first():
            flask(url, "demo", "--books", str(size))
        put_right(connection)
        connection.execute(text("VACUUM ANALYZE" if kind == "postgresql" else "ANALYZE"))
    engine.dispose()
    return url


def put_right(connection: Connection) -> None:
    """Take away what the last run left, and so many books that the last page is as full as the others."""
    connection.execute(text("DELETE FROM usage"))  # a person exports thirty times in ten minutes, and no more
    connection.execute(text(f"DELETE FROM books WHERE title LIKE '{OWN}%'"))
    surplus = connection.execute(text("SELECT count(*) FROM books")).scalar_one() % PER_PAGE
    newest = text("DELETE FROM books WHERE id IN (SELECT id FROM books ORDER BY id DESC LIMIT :surplus)")
    connection.execute(newest, {"surplus": surplus})


def flask(url: str, *words: str) -> str:
    """Run one of Colophon's commands on this database; what it printed. Its progress is for whoever watches."""
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    environment = {**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def known_user(url: str, name: str, table: str = "users") -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT 1 FROM {table} WHERE username = :name"), {"name": name}).first()
    engine.dispose()
    return found is not None


def facts(url: str) -> Facts:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = look_round(connection, url)
    engine.dispose()
    return found


def look_round(connection: Connection, url: str) -> Facts:
    books = connection.execute(text("SELECT count(*) FROM books")).scalar_one()
    page = text("SELECT id, title, title_key, isbn FROM books ORDER BY title_key, id LIMIT 2000 OFFSET :half")
    middle = connection.execute(page, {"half": books // 2}).all()
    prolific = text("SELECT author_id FROM books GROUP BY author_id ORDER BY count(*) DESC, author_id LIMIT 1")
    return Facts(
        url=url,
        books=books,
        middle_key=middle[0].title_key,
        middle_id=middle[0].id,
        few=next(row.isbn for row in middle if row.isbn)[:11],
        many=common_word(row.title for row in middle),
        none=NO_SUCH_TERM,
        book_ids=tuple(row.id for row in middle),
        prolific_author=connection.execute(prolific).scalar_one(),
        status="out of print",
    )


def common_word(titles: Iterator[str]) -> str:
    """The word of some length that most titles share."""
    words = Counter(word for title in titles for word in set(re.findall(r"[a-z]+", title.lower())))
    return max((word for word in words if len(word) >= SHORTEST_WORD), key=lambda word: (words[word], word))


def spare_books(facts: Facts, count: int) -> list[int]:
    """So many books more, to be deleted; their ids."""
    engine = create_engine(facts.url, connect_args={"timeout": 60} if facts.url.startswith("sqlite") else {})
    values = ", ".join(SPARE.values())
    statement = (
        f"INSERT INTO books ({', '.join(SPARE)}) "
        f"SELECT {values} FROM (SELECT * FROM books ORDER BY id LIMIT :count) AS model RETURNING id"
    )
    with engine.begin() as connection:
        ids = list(connection.execute(text(statement), {"count": count}).scalars())
    engine.dispose()
    return ids


# Column → where its value comes from: another book, or a text of SQL.
SPARE = {
    **{name: name for name in ("price", "currency", "author_id", "format", "status", "created_at", "updated_at")},
    **{"title": f"'{OWN}'", "title_key": f"'{OWN.lower()}'", "search_key": f"' {OWN.lower()}'", "version": "1"},
}
