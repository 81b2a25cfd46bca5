"""The floor: what Flask, one SQLAlchemy Core statement and one plain Jinja template need for the same rows.

Nobody is signed in, no right is checked, nothing stands around the table. Statements are made once.
"""

import csv
import io
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pycountry
from flask import Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    ColumnClause,
    Numeric,
    Select,
    TableClause,
    bindparam,
    column,
    create_engine,
    func,
    select,
    table,
    text,
    tuple_,
    update,
)

PER_PAGE = 50
ROWS = 1000  # of an export, sent at a time

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])
on_sqlite = engine.dialect.name == "sqlite"


def named(name: str, *columns: str) -> TableClause:
    return table(name, column("id"), *map(column, columns))


FIELDS = ("title", "subtitle", "author_id", "isbn", "currency", "status", "format", "published_on", "pages", "language")
books = table(
    "books", *map(column, ("id", *FIELDS, "description", "title_key", "search_key")), column("price", Numeric)
)
authors = named("authors", "name")
posts = named("posts", "title", "author_id", "status", "published_at", "updated_at")
users = named("users", "name", "username")
tags = named("tags", "name", "sort_key")
post_tags = table("post_tags", column("post_id"), column("tag_id"))


def shown() -> Select[Any]:
    """The columns of Colophon's list of books."""
    names = ("id", "title", "subtitle", "isbn", "format", "price", "currency", "status", "published_on", "author_id")
    return (
        select(*(books.c[name] for name in names), authors.c.name.label("author"))
        .join_from(books, authors, authors.c.id == books.c.author_id)
        .limit(PER_PAGE)
    )


def found() -> Any:
    """The condition of a search, as the index of each database answers it."""
    if on_sqlite:
        return books.c.id.in_(text("SELECT rowid FROM books_search WHERE books_search MATCH :phrase"))
    return books.c.search_key.like(bindparam("pattern"))


def spoken_tags() -> Any:
    """A post's tags in one column."""
    named_tags = select(tags.c.name).join_from(tags, post_tags, post_tags.c.tag_id == tags.c.id)
    ordered = named_tags.where(post_tags.c.post_id == posts.c.id).order_by(tags.c.sort_key).correlate(posts).subquery()
    joined = func.group_concat if on_sqlite else func.string_agg
    return select(joined(ordered.c.name, ", ")).scalar_subquery()


key: tuple[ColumnClause[Any], ...] = (books.c.title_key, books.c.id)
STATEMENTS: dict[str, Select[Any]] = {
    "first": shown().order_by(*key),
    "middle": shown().where(tuple_(*key) > tuple_(bindparam("key"), bindparam("id"))).order_by(*key),
    "last": shown().order_by(books.c.title_key.desc(), books.c.id.desc()),
    "price": shown().order_by(books.c.price, books.c.id),
    "search": shown().where(found()).order_by(*key),
    "status": shown().where(books.c.status == bindparam("status")).order_by(*key),
}
POSTS = (
    select(posts, func.coalesce(users.c.name, users.c.username).label("author"), spoken_tags().label("tags"))
    .join_from(posts, users, users.c.id == posts.c.author_id)
    .order_by(posts.c.updated_at.desc(), posts.c.id.desc())
    .limit(PER_PAGE)
)
BOOK = (
    select(books, authors.c.name.label("author"))
    .join_from(books, authors, authors.c.id == books.c.author_id)
    .where(books.c.id == bindparam("id"))
)
SAVE = update(books).where(books.c.id == bindparam("book_id")).values(price=bindparam("price"))

CHOICES = {
    "currency": {each.alpha_3: each.alpha_3 for each in pycountry.currencies},
    "language": {each.alpha_2: each.name for each in pycountry.languages if hasattr(each, "alpha_2")},
    "format": {word: word for word in ("hardback", "paperback", "e-book", "audio")},
    "status": {word: word for word in ("forthcoming", "active", "out of stock", "out of print", "cancelled")},
}


@app.get("/books/list/<name>")
def listing(name: str) -> ResponseReturnValue:
    term = request.args.get("q", "")
    given = {
        "key": request.args.get("key"),
        "id": request.args.get("id", type=int),
        "status": request.args.get("status"),
        "phrase": f'"{term}"',
        "pattern": f"%{term}%",
    }
    with engine.connect() as connection:
        rows = connection.execute(STATEMENTS[name], given).all()
    return render_template("books.html", rows=rows)


@app.get("/posts")
def list_posts() -> ResponseReturnValue:
    with engine.connect() as connection:
        rows = connection.execute(POSTS).all()
    return render_template("posts.html", rows=rows)


@app.get("/books/export")
def export() -> ResponseReturnValue:
    return Response(exported(request.args["status"]), mimetype="text/csv")


def exported(status: str) -> Iterator[bytes | str]:
    """PostgreSQL writes CSV itself; with SQLite, Python does."""
    names = ("title", "isbn", "format", "price", "currency", "status", "published_on")
    statement = select(*(books.c[name] for name in names)).where(books.c.status == status).order_by(*key)
    with engine.connect() as connection:
        if on_sqlite:
            yield from lines(connection.execution_options(yield_per=ROWS).execute(statement))
            return
        words = str(statement.compile(engine, compile_kwargs={"literal_binds": True}))
        with connection.connection.cursor().copy(f"COPY ({words}) TO STDOUT (FORMAT csv, HEADER)") as copy:
            yield from iter(lambda: b"".join(islice(copy, ROWS)), b"")  # it gives one row at a time


def lines(result: Any) -> Iterator[str]:
    for part in result.partitions():
        buffer = io.StringIO()
        csv.writer(buffer).writerows(part)
        yield buffer.getvalue()


@app.get("/books/<int:book_id>/edit")
def edit(book_id: int) -> ResponseReturnValue:
    with engine.connect() as connection:
        book = connection.execute(BOOK, {"id": book_id}).one()
    return render_template("edit.html", book=book, choices=CHOICES)


@app.post("/books/<int:book_id>/edit")
def save(book_id: int) -> ResponseReturnValue:
    with engine.begin() as connection:
        connection.execute(SAVE, {"book_id": book_id, "price": request.form["price"]})
    return redirect("/books/list/first", 303)
