"""A search finds the same rows in the same order by whichever way it comes to look: the bounds are small here."""

from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import finding, query
from admin.keyset import Place, decode
from admin.statements import kept
from admin.wanted import Wanted
from models.book import Book, Status
from services.search import Database, named
from tests.entities import ENTITIES
from tests.factories import make_author, make_book
from tests.recorder import recorded

PER_PAGE = 10


def last_way(wanted: Wanted, said: Any) -> finding.Build:
    """The same as it is chosen in a large catalogue."""
    return finding.through_filters if wanted.is_on_postgresql and said.fitting < said.found else finding.everything


@pytest.fixture
def bounds(monkeypatch):
    """Set how much each way of looking takes on."""

    def set_bounds(few: int, probe: int, short: int, long: int) -> None:
        monkeypatch.setattr(finding, "FEW", few)
        monkeypatch.setattr(finding, "PROBE", probe)
        monkeypatch.setattr(finding, "RARE", probe)
        monkeypatch.setattr(finding, "short_stretch", lambda _: short)
        monkeypatch.setattr(finding, "long_stretches", lambda *_: [long] if long > short else [])
        monkeypatch.setattr(finding, "last_way", last_way)
        kept.cache_clear()

    yield set_bounds
    kept.cache_clear()


@pytest.fixture
def shelf(session):
    """Sixty books; every third has no date, the author of every fourth is called Garden."""
    authors = [make_author(session, name=name) for name in ("Ada Garden", "Émile Zola")]
    for number in range(60):
        title = f"{'Winter' if number % 2 else 'Summer'} {number:02}" + (" in the garden" if number > 40 else "")
        published = None if number % 3 == 0 else date(2000, 1, 1) + timedelta(days=number * 37 % 50)
        status = Status.ACTIVE if number % 5 else Status.CANCELLED
        author = authors[0] if number % 4 == 0 else authors[1]
        make_book(session, title=title, author=author, published_on=published, status=status)
    return session


def expected(session: Session, words: str, sort: str, status: str) -> list[int]:
    books = [book for book in session.query(Book) if all(holds(book, word) for word in words.split())]
    books = [book for book in books if not status or book.status == status]
    value, down = VALUES[sort.lstrip("-")], sort.startswith("-")
    filled = sorted(((value(book), book.id) for book in books if value(book) is not None), reverse=down)
    empty = sorted((book.id for book in books if value(book) is None), reverse=down)
    return [*(key for _, key in filled), *empty]


def holds(book: Book, word: str) -> bool:
    return word in book.search_key or word in book.author.search_key


WORDS = ("garden", "winter garden")
SORTS = ("title", "published_on", "-published_on", "author")
VALUES = {
    "title": lambda book: book.title_key,
    "published_on": lambda book: book.published_on,
    "author": lambda book: book.author.sort_key,
}
BOUNDS = {
    "few": (1_000, 2_000, 20, 40),
    "all the text indexes give": (3, 2_000, 4, 40),
    "a short stretch": (3, 5, 60, 60),
    "a long stretch": (3, 5, 6, 60),
    "everything": (3, 5, 6, 7),
}


def pages(session: Session, asked: query.ListQuery) -> list[int]:
    """The ids of all rows, a page after the other."""
    wanted, place, found = asked.wanted(session, asked.resource.shown), None, []
    while True:
        page = finding.page(session, wanted, place, PER_PAGE)
        found += [row.id for row in page.rows]
        if not page.has_next:
            return found
        place = decode(asked.order, page.last, backwards=False)


def pages_backwards(session: Session, asked: query.ListQuery) -> list[int]:
    """The same from the last page to the first."""
    wanted, place, found = asked.wanted(session, asked.resource.shown), Place(None, None, backwards=True), []
    while True:
        page = finding.page(session, wanted, place, PER_PAGE)
        found = [row.id for row in page.rows if row.id not in found] + found  # the first page is always a full one
        if not page.has_previous:
            return found
        place = decode(asked.order, page.first, backwards=True)


@pytest.mark.parametrize("way", BOUNDS)
def test_every_way_leads_to_the_same_rows(bounds, shelf, way):
    bounds(*BOUNDS[way])
    for words, sort, status in product(WORDS, SORTS, ("", "cancelled")):
        given = {"q": words, "sort": sort, **({"status": status} if status else {})}
        asked = query.parse(ENTITIES["books"], MultiDict(given))
        everything = expected(shelf, words, sort, status)
        assert pages(shelf, asked) == everything, given
        assert pages_backwards(shelf, asked) == everything, given


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_table_no_longer_than_a_stretch_is_looked_through_at_once(bounds, shelf):
    asked = query.parse(ENTITIES["books"], MultiDict({"q": "garden", "status": "active"}))
    for stretch, statements in ((shelf.query(Book).count(), 1), (20, 2)):
        bounds(few=0, probe=100, short=stretch, long=0)
        with recorded(shelf.get_bind().engine) as seen:
            finding.page(shelf, asked.wanted(shelf, asked.resource.shown), None, PER_PAGE * 10)
        assert len(seen) == statements, seen


POSTGRESQL = Database("postgresql")


@pytest.mark.parametrize(
    ("sort", "met", "matches", "distance", "stretches"),
    [
        ("title", 0, 200_000, 800_000, [1_200_000]),  # to be read in a fifth of a second, and gathered in one
        ("title", 20, 200_000, 800_000, [76_500, 1_200_000]),  # as thick as those that were met
        ("title", 0, 50_000, 700_000, []),  # to be gathered in less than it takes to read so far
        ("title", 0, 30_000, None, [25_500]),  # nobody knows how far away
        ("title", 0, 5_000, None, []),
        ("price", 0, 200_000, 10_000, [3_825, 15_000]),
        ("price", 0, 200_000, 800_000, [3_825]),  # whose rows lie all over the table
    ],
)
def test_a_stretch_is_read_when_that_is_sooner_done_than_to_gather_all_matches(sort, met, matches, distance, stretches):
    order = query.parse_order(ENTITIES["books"], sort)
    wanted = Wanted(ENTITIES["books"], POSTGRESQL, (), named("word", ["winter"]), order)
    said = SimpleNamespace(matches=matches, distance=distance, size=10_000_000)
    assert finding.long_stretches(wanted, said, met, 51) == stretches
