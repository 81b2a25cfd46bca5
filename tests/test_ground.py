"""The ground the other tests stand on: what they are given is what it says it is."""

import socket

import pytest
from sqlalchemy import func, select, text

from models.book import Book
from tests import databases
from tests.browsers import WITH_AND_WITHOUT_SCRIPT
from tests.factories import make_book, make_isbn
from tests.forms import Document

PAGE = """
<form method="post" action="/books/new" id="f">
  <input type="hidden" name="version" value="3"><input name="title" value="a&amp;b">
  <input name="off" disabled value="x">
  <input type="checkbox" name="active" value="y" checked><input type="checkbox" name="gone" value="n">
  <input type="radio" name="format" value="audio"><input type="radio" name="format" value="e-book" checked>
  <select name="status"><option value="a">A</option><option value="b" selected>B</option></select>
  <select name="currency"><option value="EUR">Euro</option><option value="USD">Dollar</option></select>
  <select name="tags" multiple><option value="1">one</option></select>
  <textarea name="content">
two
lines</textarea>
  <p id="title-error">Too   long.</p>
  <button name="then" value="continue">Save and continue</button>
</form>
<input name="outside" form="f" value="o">
<table><tr data-id="7"><td><a rel="next" href="/books/?after=x">Next <b>page</b></a></td></tr></table>
"""


def test_each_kind_is_what_it_says(kind, site):
    assert site.engine.dialect.name == kind
    assert site.outside.dialect.name == kind


@pytest.mark.parametrize("_", range(2))
def test_every_test_finds_an_empty_database_that_counts_from_one(session, _):
    assert session.scalar(select(func.count()).select_from(Book)) == 0
    assert make_book(session).id == 1


def test_a_flushed_record_is_seen_by_the_application_at_once(app, session, queries):
    book = make_book(session, title="Emma", isbn=make_isbn(1))
    with app.app_context(), queries() as seen, app.extensions["sqlalchemy"].engine.begin() as connection:
        assert connection.scalar(select(Book.title).where(Book.id == book.id)) == "Emma"
    assert len(seen) == 1, seen
    assert "SELECT books.title" in repr(seen)


def test_an_application_with_other_settings(another_app):
    assert another_app(max_body=77).config["MAX_CONTENT_LENGTH"] == 77


def test_postgresql_is_used_as_an_ordinary_owner(sites):
    with sites("postgresql").outside.connect() as connection:
        assert connection.scalar(text("SELECT NOT usesuper FROM pg_user WHERE usename = current_user"))


def test_a_form_sends_what_a_browser_would_send():
    page = Document(PAGE)
    form = page.form("title")
    assert form.action == "/books/new"
    assert form.filled({"title": "Emma", "tags": [1, 2]}, button="then") == [
        ("version", "3"),
        ("active", "y"),
        ("format", "e-book"),
        ("status", "b"),
        ("currency", "EUR"),
        ("content", "two\nlines"),
        ("outside", "o"),
        ("title", "Emma"),
        ("tags", "1"),
        ("tags", "2"),
        ("then", "continue"),
    ]
    assert form.value("title") == "a&b"
    assert form.options["currency"] == ["EUR", "USD"]


def test_a_document_tells_its_rows_links_and_errors():
    page = Document(PAGE)
    assert page.rows == [7]
    assert page.rel == {"next": "/books/?after=x"}
    assert page.links == [("/books/?after=x", "Next page")]
    assert page.errors == {"title": "Too long."}


def test_nothing_leaves_this_machine():
    with socket.socket() as outgoing, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        outgoing.connect(("192.0.2.1", 9))


def test_a_taken_port_is_not_chosen():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert databases.free_port(port) != port


@pytest.mark.parametrize("look", WITH_AND_WITHOUT_SCRIPT, ids=str)
def test_a_page_without_faults(page_as, look):
    page = page_as("viewer")
    page.goto("/books/")
    assert page.get_by_role("heading", level=1).is_visible()


def test_faults_of_a_page_are_noticed(page, faults):
    page.set_content("<script>console.info('hello'); nothing()</script>")
    page.goto("/static/nothing")
    noted = " ".join(faults.found)
    faults.found.clear()
    assert "hello" in noted
    assert "nothing is not defined" in noted
    assert "404" in noted


def test_an_expected_status_is_no_fault(page_as, faults):
    faults.expect(404)
    page_as("viewer").goto("/books/77")
