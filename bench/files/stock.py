"""What is imported and exported: a full catalogue, one with the same authors and no book, and files of the books."""

import csv
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from bench import data
from bench.files.columns import READY, SENT
from demo.invented import ISBN_ROOM, isbn_number
from models.base import derive
from models.book import Book
from tests import databases

FEW = 10  # rows of the file that says what a program holds before it has much to do
MOMENT = "2026-01-01 00:00:00.000000"
EVERYTHING = "SELECT b.*, a.email FROM books b JOIN authors a ON a.id = b.author_id ORDER BY b.id"
EMAIL = "UPDATE authors SET email = 'author.' || id || '@example.org', email_key = 'author.' || id || '@example.org'"
SURPLUS = "DELETE FROM books WHERE id IN (SELECT id FROM books ORDER BY id LIMIT :surplus)"
# In the copy without books: whom books belong to, and who signs in.
KEPT = ("authors", "users")


@dataclass(frozen=True)
class Files:
    """The same books twice: as they are sent, and as the table wants them."""

    sent: Path
    ready: Path


@dataclass(frozen=True)
class Stock:
    kind: str
    where: str
    size: int
    full: str  # the address of the database with all books
    empty: str  # with their authors and no book
    books: Files
    others: Files  # as many, that are not in the full one
    few: Files


def stock(kind: str, where: str, size: int) -> Stock:
    """Made anew for each run, from the catalogue that the lists are measured with."""
    folder = data.HOME / "files"
    folder.mkdir(exist_ok=True)
    full = copied(kind, where, data.filled(kind, where, size), "files_full")
    with engine(full).begin() as connection:
        connection.execute(text(f"{EMAIL} WHERE email IS NULL"))
        connection.execute(text(SURPLUS), {"surplus": count(full) - size})
    empty = without_books(kind, where, full)
    books, others, few = (named(folder, f"{kind}-{name}") for name in ("books", "others", "few"))
    with written([books, others, few]) as writers:
        for number, row in enumerate(rows(full)):
            write(writers[0], row, row["isbn"] or spare_isbn(number))
            write(writers[1], row, spare_isbn(size + number))
            if number < FEW:
                write(writers[2], row, spare_isbn(2 * size + number))
    return Stock(kind, where, size, full, empty, books, others, few)


def named(folder: Path, name: str) -> Files:
    return Files(folder / f"{name}.csv", folder / f"{name}-ready.csv")


@contextmanager
def written(files: Sequence[Files]) -> Iterator[list[tuple[Any, Any]]]:
    """Writers of CSV for each pair, their headers written."""
    with ExitStack() as stack:
        pairs = []
        for one in files:
            opened = [stack.enter_context(path.open("w", newline="")) for path in (one.sent, one.ready)]
            sent, ready = (csv.writer(file, lineterminator="\n") for file in opened)
            sent.writerow(SENT)
            ready.writerow(READY)
            pairs.append((sent, ready))
        yield pairs


def rows(url: str) -> Iterator[Any]:
    with engine(url).connect().execution_options(stream_results=True, yield_per=5_000) as connection:
        yield from connection.execute(text(EVERYTHING)).mappings()


def write(writers: tuple[Any, Any], row: Any, isbn: str) -> None:
    sent, ready = writers
    cells = {**row, "isbn": isbn, "author": row["email"], "price": f"{row['price']:.2f}"}
    sent.writerow([cells[name] for name in SENT])
    keys = derive(Book, {"title": row["title"], "subtitle": None, "isbn": isbn})
    derived = {**keys, "version": 1, "created_at": MOMENT, "updated_at": MOMENT}
    ready.writerow([{**cells, **derived}[name] for name in READY])


def spare_isbn(number: int) -> str:
    """From the end of the block whose beginning the catalogue uses."""
    return isbn_number(ISBN_ROOM - 1 - number)


# Databases


def engine(url: str) -> Engine:
    """One that keeps no connection: a database that is in use cannot be copied."""
    return create_engine(url, poolclass=NullPool)


def copied(kind: str, where: str, url: str, name: str) -> str:
    """A copy of this database under another name, in place of what was there."""
    if kind == "sqlite":
        source, target = (Path(make_url(one).database or "") for one in (url, f"sqlite:///{where}/{name}.db"))
        remove(target)
        with sqlite3.connect(source) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        shutil.copyfile(source, target)
        return f"sqlite:///{target}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')  # by force one may not, while autovacuum is in it
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{make_url(url).database}"')
    return databases.create(where, name)


def without_books(kind: str, where: str, full: str) -> str:
    """The same authors and no book, with statistics that are true."""
    if kind == "sqlite":
        return with_authors_of(where, full)
    url = copied(kind, where, full, "files_empty")
    with engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("TRUNCATE books, changes, change_sets CASCADE"))
        connection.execute(text("VACUUM ANALYZE"))
    return url


def with_authors_of(where: str, full: str) -> str:
    """A new file with whom books belong to: faster than to delete a million books."""
    target = Path(where) / "files_empty.db"
    remove(target)
    url = f"sqlite:///{target}"
    data.flask(url, "db", "upgrade")
    with sqlite3.connect(target) as raw:
        raw.execute("ATTACH ? AS full", (make_url(full).database,))
        for table in KEPT:
            raw.execute(f"INSERT INTO {table} SELECT * FROM full.{table}")
        raw.commit()
        raw.execute("ANALYZE")
    raw.close()
    return url


def remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.with_suffix(".jobs.db").unlink(missing_ok=True)


def dropped(stock: Stock, *urls: str) -> None:
    for url in urls:
        name = make_url(url).database or ""
        if stock.kind == "sqlite":
            remove(Path(name))
        else:
            with psycopg.connect(stock.where, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')


def fresh(stock: Stock, name: str) -> str:
    """A copy of the catalogue without books."""
    return copied(stock.kind, stock.where, stock.empty, name)


def address(stock: Stock, name: str) -> str:
    """Where the database of this name is."""
    if stock.kind == "sqlite":
        return f"sqlite:///{stock.where}/{name}.db"
    return databases.create(stock.where, name)


def count(url: str) -> int:
    with engine(url).connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM books")).scalar_one())
