"""The facts of the demo: complete, in order, and true as far as a machine can tell."""

import re
from collections import Counter
from datetime import date

import pytest
from markupsafe import Markup

from demo.authors import AUTHORS
from demo.books import BOOKS
from demo.facts import Days
from demo.isbn import demo_isbn
from demo.people import PEOPLE
from demo.posts import POSTS, TEXTS, text_of
from models.author import Status as Standing
from models.book import Format
from models.book import Status as Availability
from models.post import Status as Progress
from models.rules import countries, currencies, isbn13, languages
from models.text import fold, slugify
from models.user import Role
from services.markdown import render

LISTED = [book for books in BOOKS.values() for book in books]
LINK = re.compile(r"]\(/(\w+)/\?q=([^)]*)\)")
SHORTEST = {"untitled": 20}  # words; a draft may be a note


def test_the_numbers_are_those_that_are_promised():
    assert len(AUTHORS) >= 40
    assert len(LISTED) >= 200
    assert len(PEOPLE) == 12
    assert len(POSTS) == 60


def test_every_author_is_from_a_country_and_named_once():
    assert {author.country for author in AUTHORS} <= countries().keys()
    assert len({author.name for author in AUTHORS}) == len(AUTHORS)
    assert {author.status for author in AUTHORS} == set(Standing)


def test_books_stand_under_known_authors():
    assert BOOKS.keys() <= {author.name for author in AUTHORS}


def test_every_status_format_and_role_is_there():
    assert {book.status for book in LISTED} == set(Availability)
    assert {book.format for book in LISTED} == set(Format)
    assert {post.status for post in POSTS} == set(Progress)
    assert {person.role for person in PEOPLE} == set(Role)
    assert {person.is_active for person in PEOPLE} == {True, False}


def test_ages_are_unknown_or_known_and_one_is_nought():
    ages = [person.age for person in PEOPLE]
    assert None in ages
    assert 0 in ages


def test_titles_are_named_once_and_codes_are_known():
    assert not [title for title, times in Counter(book.title for book in LISTED).items() if times > 1]
    assert {book.language for book in LISTED} <= languages().keys()
    assert {book.price.currency for book in LISTED} == {"EUR", "GBP", "USD", "JPY"} <= currencies().keys()


def test_yen_have_no_decimals():
    assert all(book.price.amount % 1 == 0 for book in LISTED if book.price.currency == "JPY")


def test_isbns_are_right_and_different():
    numbers = [demo_isbn(place) for place in range(len(LISTED))]
    assert [isbn13(number) for number in numbers] == numbers
    assert len(set(numbers)) == len(numbers)


def test_a_full_block_of_isbns_says_so():
    with pytest.raises(ValueError, match="no book number 300"):
        demo_isbn(300)


def test_forthcoming_books_have_days_and_others_have_years():
    for book in LISTED:
        if book.status is Availability.FORTHCOMING:
            assert isinstance(book.published, Days), book.title
        elif book.published:
            year = book.published.year if isinstance(book.published, date) else book.published
            assert 1600 < year < 2026, book.title


def test_something_needs_attention():
    assert sum(not book.has_isbn for book in LISTED) == 8
    assert sum(isinstance(book.published, Days) and book.published < 0 for book in LISTED) == 2
    assert sum(post.status is Progress.SCHEDULED and post.day < 0 for post in POSTS) == 2


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.slug)
def test_a_post_has_a_text_that_renders(post):
    html = render(text_of(post))
    assert isinstance(html, Markup)
    assert post.slug == slugify(post.title)
    assert len(text_of(post).split()) >= SHORTEST.get(post.slug, 190)
    assert ("<h2>" in html) is (post.slug not in SHORTEST)
    assert (post.day is None) is (post.status in (Progress.DRAFT, Progress.IN_REVIEW))


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.slug)
def test_a_link_of_a_post_finds_something(post):
    titles = {
        "books": [fold(f"{book.title} {book.subtitle or ''}") for book in LISTED],
        "posts": [fold(each.title) for each in POSTS],
        "authors": [fold(author.name) for author in AUTHORS],
    }
    titles["books"] += [fold(f"{name} {book.title}") for name, books in BOOKS.items() for book in books]
    for table, query in LINK.findall(text_of(post)):
        terms = fold(query.replace("+", " ")).split()
        assert any(all(term in title for term in terms) for title in titles[table]), query


def test_every_text_belongs_to_a_post_by_somebody_who_may_write():
    writers = {person.username for person in PEOPLE if person.role is not Role.VIEWER}
    assert {post.author for post in POSTS} <= writers
    assert {path.stem for path in TEXTS.glob("*.md")} == {post.slug for post in POSTS}
