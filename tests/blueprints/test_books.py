"""Books: what is special about them on their screens."""

from decimal import Decimal

from models.book import Book, Status
from tests.factories import make_author, make_book
from tests.forms import read, submit


def test_a_book_is_found_by_its_author_and_moves_with_a_rename(client, session):
    author = make_author(session, name="Émile Zola")
    book = make_book(session, author=author, title="Nana")
    assert read(client.get("/books/?q=zola")).rows == [book.id]
    submit(client, f"/authors/{author.id}/edit", {"name": "Someone Else", "sort_name": "Else"})
    assert read(client.get("/books/?q=zola")).rows == []
    assert read(client.get("/books/?q=someone")).rows == [book.id]


def test_books_are_sorted_by_the_sort_name_of_the_author(client, session):
    le_guin = make_book(session, author=make_author(session, name="Ursula K. Le Guin"))
    adams = make_book(session, author=make_author(session, name="Zaphod Adams"))
    assert read(client.get("/books/?sort=author")).rows == [adams.id, le_guin.id]


def test_out_of_print_instead_of_deleted(client, session, stored):
    book = make_book(session)
    assert submit(client, f"/books/{book.id}/delete", {"choice": "retire"}).status_code == 303
    assert stored(Book, book.id).status == Status.OUT_OF_PRINT


def test_the_currency_stands_beside_the_price(client, session, stored):
    book = make_book(session, price=Decimal("1500"), currency="JPY")
    html = client.get(f"/books/{book.id}/edit").text
    assert '<option value="JPY" selected title="Yen">JPY</option>' in html
    submit(client, f"/books/{book.id}/edit", {"currency": "USD"})
    after = stored(Book, book.id)
    assert (after.currency, str(after.price)) == ("USD", "1500.00")


def test_two_books_without_an_isbn_do_not_clash(client, session):
    author = make_author(session)
    for _ in range(2):
        typed = {"title": "x", "price": "1", "author": author.id, "isbn": " "}
        assert submit(client, "/books/new", typed).status_code == 303
    assert session.query(Book).filter(Book.isbn.is_(None)).count() == 2
