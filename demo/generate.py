"""A large catalogue in which everything fits together, made and written at the speed of the database."""

from datetime import datetime

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from demo import invented, words
from demo.bulk import Report, Store, store_for
from demo.invented import Plan
from models.base import Model, now
from models.book import Book
from models.tag import Tag
from models.text import caseless
from services import changes


def silent(what: str, done: int, of: int) -> None:
    """A report that nobody reads."""


def generate(
    session: Session, books: int, *, seed: int = 1, moment: datetime | None = None, report: Report = silent
) -> dict[str, int]:
    """Add `books` invented books with their authors, users, posts and tags to what is there already.

    `session` is that of a unit of work, which commits: a run that is killed leaves nothing behind on either database.
    `report(what, done, of)` is called on the way; `demo.progress.bar()` is one. The same seed, moment and first ids
    give the same rows. Returns how many rows each table got: {"authors": 83333, "books": 1000000, …}.

    Meanwhile nobody else can write, and on PostgreSQL a table that at least doubles cannot be read either.
    There are no administrators among the users: give an empty database the demo catalogue first.
    Raises ValueError for less than one book, and for more than our block of ISBNs has room for.
    """
    plan = planned(session, store := store_for(session), books, seed, moment or now())
    for name in invented.STREAMS:
        if plan.counts[name] >= rows_in(session, name, plan.counts[name]):
            store.put_aside(table(name))
    written = {name: write(store, plan, name, report) for name in invented.STREAMS}
    store.put_back(report)
    remember(session, written)
    return written


def remember(session: Session, written: dict[str, int]) -> None:
    """One change set that says what was generated; a change for each row would take longer than the rows."""
    numbers = [changes.counted(written[name], name) for name in ("books", "authors", "users", "posts", "tags")]
    changes.describe(session, "command", f"generated {', '.join(numbers[:-1])} and {numbers[-1]}", "books")
    changes.current_set(session)


def planned(session: Session, store: Store, books: int, seed: int, moment: datetime) -> Plan:
    """What will be written, with ids and ISBNs that are free and stay so."""
    first_isbn = check_room(session, books)
    tags = known_tags(session)
    new_tags = [name for name in words.TAGS if caseless(name) not in tags.values()]
    counts = invented.amounts(books) | {"tags": len(new_tags)}
    first = {name: store.reserve(table(name), counts[name]) for name in invented.STREAMS if "id" in table(name).c}
    return Plan(counts, first, first_isbn, new_tags, list(tags), moment, seed)


def check_room(session: Session, books: int) -> int:
    """The place in our block of ISBNs that so many books can begin at. Raises ValueError when they cannot be added."""
    if books < 1:
        raise ValueError(f"At least one book can be added, not {books:,}.")
    first_isbn = next_isbn(session)
    if first_isbn + books > invented.ISBN_ROOM:
        raise ValueError(f"At most {invented.ISBN_ROOM - first_isbn:,} books can be added, not {books:,}.")
    return first_isbn


def write(store: Store, plan: Plan, name: str, report: Report) -> int:
    """Fill one table."""
    columns, rows = invented.STREAMS[name]
    return store.write(table(name), columns, rows(plan), plan.counts[name], report)


def table(name: str) -> Table:
    return Model.metadata.tables[name]


def rows_in(session: Session, name: str, most: int) -> int:
    """How many rows the table has, counted no further than one above `most`."""
    some = select(1).select_from(table(name)).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def known_tags(session: Session) -> dict[int, str]:
    """id → key of those of our tags that are there already; tags are reused, as people would."""
    ours = [caseless(name) for name in words.TAGS]
    found = session.execute(select(Tag.id, Tag.name_key).where(Tag.name_key.in_(ours)).order_by(Tag.id))
    return dict(found.all())


def next_isbn(session: Session) -> int:
    """The first place of our block of ISBNs behind all that are taken."""
    last = session.scalar(select(func.max(Book.isbn)).where(Book.isbn.between(*invented.isbn_range())))
    return invented.isbn_place(last) + 1 if last else 0
