"""The catalogue in figures: right, counted at most once a minute, and each leading to the list that it counts."""

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from models.base import now
from models.book import Status
from models.post import Status as PostStatus
from services import figures
from tests.entities import opened
from tests.factories import make_author, make_book, make_post, make_user


@pytest.fixture(autouse=True)
def fresh():
    figures.forget()
    yield
    figures.forget()


def test_totals_and_what_is_new(session):
    old = now() - timedelta(days=31)
    author = make_author(session, created_at=old)
    for moment in (old, now(), now()):
        make_book(session, author=author, created_at=moment)
    assert figures.totals(session) == {"authors": (1, 0), "books": (3, 2), "posts": (0, 0), "users": (0, 0)}


def test_books_by_year(session):
    author = make_author(session)
    days = [date(1990 + n, 1, 1) for n in range(14)] + [date(2003, 12, 31), None]
    for day in days:
        make_book(session, author=author, published_on=day)
    assert figures.books_by_year(session) == [(year, 1) for year in range(1992, 2003)] + [(2003, 2)]


def test_posts_by_month_have_a_place_for_every_month(session):
    assert [count for _, count in figures.posts_by_month(session)] == [0] * 12
    this = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for moment in (this, this - timedelta(microseconds=1), this - timedelta(days=400), now() + timedelta(days=40)):
        make_post(session, published_at=moment)
    months = figures.posts_by_month(session)
    assert [count for _, count in months] == [0] * 10 + [1, 1]
    assert months[-1][0] == this.date()
    assert [month for month, _ in months] == sorted({month for month, _ in months})


@pytest.mark.parametrize(
    ("first", "back", "month"),
    [
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
        (date(2026, 3, 1), 15, date(2024, 12, 1)),
    ],
)
def test_months_back(first, back, month):
    assert figures.months_back(first, back) == month


def test_posts_by_status(session):
    for status in (PostStatus.DRAFT, PostStatus.DRAFT, PostStatus.ARCHIVED):
        make_post(session, status=status)
    assert figures.posts_by_status(session) == {PostStatus.DRAFT: 2, PostStatus.ARCHIVED: 1}


@pytest.fixture
def trouble(session):
    """Records of which some need attention, and some just do not."""
    author, today = make_author(session), now().date()
    usual = {"author": author, "isbn": "9780306406157", "status": Status.ACTIVE}
    make_book(session, **usual)
    make_book(session, **usual | {"isbn": None})
    make_book(session, **usual | {"isbn": None, "price": Decimal(0)})
    for day in (today, today - timedelta(days=1), today - timedelta(days=400), None):
        make_book(session, author=author, isbn=None, status=Status.FORTHCOMING, published_on=day)
    writer = make_user(session)
    for moment in (now() - timedelta(hours=1), now() - timedelta(days=9), now() + timedelta(hours=1)):
        make_post(session, author=writer, status=PostStatus.SCHEDULED, publish_at=moment)
    make_post(session, author=writer, status=PostStatus.PUBLISHED, publish_at=datetime(2020, 1, 1, tzinfo=UTC))


def test_what_needs_attention(session, trouble):
    assert figures.attention(session) == [6, 1, 2, 2]


def test_each_number_leads_to_a_list_of_as_many(client, session, trouble):
    for count, (said, _, _, model, _, query) in zip(figures.attention(session), figures.ATTENTION, strict=True):
        address = f"/{model.__tablename__}/?" + "&".join(f"{name}={value}" for name, value in query().items())
        assert len(opened(client, address).rows) == count, said


def test_figures_are_counted_once_a_minute(context, monkeypatch):
    calls = []

    def compute(_):
        calls.append(1)
        return len(calls)

    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    assert [figures.remembered(context, "x", compute, 0) for _ in range(3)] == [1, 1, 1]
    clock[0] += figures.KEPT - 1
    assert figures.remembered(context, "x", compute, 0) == 1
    clock[0] += 2
    assert figures.remembered(context, "x", compute, 0) == 2
    figures.forget()
    assert figures.remembered(context, "x", compute, 0) == 3


def test_a_figure_that_takes_too_long_is_left_out_for_a_while(context, kind, monkeypatch):
    monkeypatch.setattr(figures, "PATIENCE", 0.05)
    endless = "SELECT pg_sleep(60)" if kind == "postgresql" else ENDLESS
    assert (
        figures.remembered(context, "slow", lambda opened: opened.execute(text(endless)).all(), "nothing") == "nothing"
    )
    assert figures.remembered(context, "slow", figures.totals, "nothing") == "nothing", "it is not tried again at once"
    assert figures.remembered(context, "other", figures.totals, {})["books"] == (0, 0)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
