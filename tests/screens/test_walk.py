"""From record to record through the list one came from, by its own order and filters, in one statement."""

from decimal import Decimal
from urllib.parse import quote

import pytest

from tests.entities import address, each_entity, in_order, make, make_various, opened
from tests.factories import make_author, make_book


def record_page(resource, record_id, listed):
    return address(resource, f"{record_id}?back={quote(listed)}")


def walked(client, path, rel):
    """The ids one comes to by this link, the first one included."""
    found = []
    while path:
        page = opened(client, path)
        found.append(int(path.partition("?")[0].rpartition("/")[2]))
        path = page.rel.get(rel)
    return found


@each_entity
def test_the_arrows_lead_through_the_list_in_its_own_order(client, session, resource):
    make_various(session, resource, 5)
    for number, word in enumerate(resource.sorts):
        descending = bool(number % 2)
        expected = in_order(session, resource, word, descending)
        listed = address(resource, f"?sort={'-' if descending else ''}{word}")
        assert walked(client, record_page(resource, expected[0], listed), "next") == expected, word
        assert walked(client, record_page(resource, expected[-1], listed), "prev") == expected[::-1], word


@pytest.fixture
def books(session):
    author = make_author(session)
    made = [make_book(session, author=author, title=f"Book {n}", price=Decimal(n)) for n in range(6)]
    session.commit()
    return made


def test_it_says_the_place_in_the_filtered_list(client, books):
    page = client.get(f"/books/{books[3].id}", headers={"Referer": "http://localhost/books/?price=2..&q=book"})
    assert "2 of 4" in page.text
    assert "back=" in opened(client, record_page_of(books[2])).rel["next"]
    assert "prev" not in opened(client, record_page_of(books[2])).rel


def record_page_of(book):
    return f"/books/{book.id}?back=" + quote("/books/?price=2..")


def test_a_record_that_left_the_list_still_stands_between_its_neighbours(client, session, books):
    listed = quote("/books/?price=..1&price=3..")
    page = client.get(f"/books/{books[2].id}?back={listed}")
    assert "Not in this list any more" in page.text
    assert f"/books/{books[3].id}?" in opened(client, f"/books/{books[2].id}?back={listed}").rel["next"]


def test_where_counting_would_take_long_the_arrows_are_enough(client, books, monkeypatch):
    monkeypatch.setattr("admin.screens.walk.MOST", 5)
    page = client.get(record_page_of(books[3]).replace("price%3D2..", ""))
    assert 'rel="next"' in page.text
    assert " of 6" not in page.text


@pytest.mark.parametrize("listed", ["", "/authors/", "//elsewhere.example/books/", "/books/?colour=red", "/books/2"])
def test_without_a_list_of_these_records_there_is_no_way(client, books, listed):
    page = client.get(f"/books/{books[1].id}?back={quote(listed)}")
    assert page.status_code == 200
    assert 'class="walk"' not in page.text


@each_entity
def test_a_record_page_with_its_neighbours_takes_at_most_eight_statements(client, session, queries, resource):
    record = make(session, resource)
    with queries() as asked:
        page = opened(client, record_page(resource, record.id, address(resource)))
    assert page.rel.keys() <= {"prev", "next"}
    assert len(asked) <= 8, asked
