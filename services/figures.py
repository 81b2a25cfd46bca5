"""The catalogue in figures, for the home page: counted at most once a minute, so that it costs nothing at any size."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, and_, case, extract, func, select
from sqlalchemy.orm import Session

from extensions import dialect_of
from models.author import Author
from models.base import Record, now
from models.book import Book
from models.book import Status as BookStatus
from models.post import Post
from models.post import Status as PostStatus
from models.user import User
from services.patience import impatiently
from services.sizes import size_of

KEPT = 60  # seconds that a figure may be old
GIVEN_UP = 300  # seconds until one is tried again that took too long
PATIENCE = 1  # seconds that a figure may take
LARGE = 100_000  # rows of a table of which one says about how many they are
MONTHS = 12
YEARS = 12

_kept: dict[tuple[str, str], tuple[float, Any]] = {}
_lock = Lock()


def remembered(session: Session, name: str, compute: Callable[[Session], Any], otherwise: Any) -> Any:
    """The value of a minute ago, or a fresh one; `otherwise`, for a while, where it takes too long to find out.

    Kept per database and process.
    """
    key = (str(session.get_bind().url), name)  # type: ignore[union-attr]
    with _lock:
        until, value = _kept.get(key, (float("-inf"), None))
    if time.monotonic() < until:
        return value
    found = impatiently(session, PATIENCE, lambda: compute(session))
    value, kept = (otherwise, GIVEN_UP) if found is None else (found, KEPT)
    with _lock:
        _kept[key] = (time.monotonic() + kept, value)
    return value


def forget() -> None:
    """Count anew: after a bulk load, and between tests."""
    with _lock:
        _kept.clear()


def totals(session: Session) -> dict[str, tuple[int, int]]:
    """Table → (rows, about, when they are very many; rows added in the last 30 days)."""
    month = now() - timedelta(days=30)
    models = (Author, Book, Post, User)
    scalars = [part for model in models for part in (all_of(session, model), count(model, model.created_at >= month))]
    row = session.execute(select(*scalars)).one()
    return {model.__tablename__: (row[2 * place], row[2 * place + 1]) for place, model in enumerate(models)}


def all_of(session: Session, model: type[Record]) -> Any:
    size = size_of(dialect_of(session), model)
    return case((size > LARGE, size), else_=count(model))


def count(model: type[Record], *where: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(*where).scalar_subquery()


def books_by_year(session: Session) -> Sequence[tuple[int, int]]:
    """(year, books) of the latest years of publication that have any, the oldest first.

    The years are found by steps along the index, and counted each by its stretch of it.
    """
    years: list[int] = []
    latest = session.scalar(select(func.max(Book.published_on)))
    while latest is not None and len(years) < YEARS:
        years.insert(0, latest.year)
        latest = session.scalar(select(func.max(Book.published_on)).where(Book.published_on < date(latest.year, 1, 1)))
    numbers = [count(Book, Book.published_on.between(date(year, 1, 1), date(year, 12, 31))) for year in years]
    return list(zip(years, session.execute(select(*numbers)).one(), strict=True)) if years else []


def posts_by_month(session: Session) -> Sequence[tuple[date, int]]:
    """(first of the month, posts published in it) of the last twelve months."""
    first = months_back(now().date().replace(day=1), MONTHS - 1)
    year, month = extract("year", Post.published_at), extract("month", Post.published_at)
    start = datetime(first.year, first.month, 1, tzinfo=now().tzinfo)
    statement = select(year, month, func.count()).where(Post.published_at >= start, Post.published_at <= now())
    found = {(int(row[0]), int(row[1])): row[2] for row in session.execute(statement.group_by(year, month))}
    months = [months_back(now().date().replace(day=1), back) for back in range(MONTHS - 1, -1, -1)]
    return [(month, found.get((month.year, month.month), 0)) for month in months]


def months_back(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 - months, 12)
    return date(first.year + years, month + 1, 1)


def posts_by_status(session: Session) -> dict[PostStatus, int]:
    rows = session.execute(select(Post.status, func.count()).group_by(Post.status))
    return {row[0]: row[1] for row in rows}


ATTENTION: Sequence[
    tuple[str, str, str, type[Record], Callable[[], ColumnElement[bool]], Callable[[], dict[str, Any]]]
] = (
    (
        *("Books without an ISBN", "Shops cannot order them.", "Fix", Book),
        lambda: Book.isbn.is_(None),
        lambda: {"isbn": "none"},
    ),
    (
        *("Prices of 0", "Set on purpose, or forgotten?", "Review", Book),
        lambda: Book.price == 0,
        lambda: {"price": "0"},
    ),
    (
        *("Forthcoming, but the date has passed", "Set them active, or move the date.", "Review", Book),
        lambda: and_(Book.status == BookStatus.FORTHCOMING, Book.published_on < now().date()),
        lambda: {"status": "forthcoming", "published_on": f"..{now().date() - timedelta(days=1)}"},
    ),
    (
        *("Posts scheduled in the past", "They should be out by now.", "Publish", Post),
        lambda: and_(Post.status == PostStatus.SCHEDULED, Post.publish_at < now()),
        lambda: {"status": "scheduled", "publish_at": f"..{now():%Y-%m-%dT%H:%M}"},
    ),
)


def attention(session: Session) -> Sequence[int]:
    """How many records each rule of ATTENTION finds, counted no further than 10,001."""
    capped = [
        select(func.count()).select_from(select(model.id).where(where()).limit(10_001).subquery()).scalar_subquery()
        for _, _, _, model, where, _ in ATTENTION
    ]
    return list(session.execute(select(*capped)).one())
