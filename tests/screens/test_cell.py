"""Edit in the list: one value by the rules of the form, with version, history and undo; without a script too."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models.book import Book, Status
from models.change import ChangeSet
from models.post import Post
from tests.entities import ENTITIES, address, each_entity, make
from tests.factories import make_book, make_isbn, make_post, make_user
from tests.forms import follow, read, send, submit

HTMX = {"HX-Request": "true"}
CELLS = [(resource, name) for resource in ENTITIES.values() for name in resource.editable]
each_cell = pytest.mark.parametrize(("resource", "name"), CELLS, ids=lambda given: getattr(given, "entity", given))


def cell(record, name):
    return f"/{record.__tablename__}/{record.id}/cell/{name}"


@pytest.fixture
def book(session):
    made = make_book(session, title="Emma", price=Decimal("9.50"), isbn=make_isbn(1), published_on=None)
    session.commit()
    return made


# --- saving


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("title", "  Emma: A Novel ", "Emma: A Novel"),
        ("price", "1.234,50", Decimal("1234.50")),
        ("status", "out of print", Status.OUT_OF_PRINT),
        ("published_on", "1815-12-23", date(1815, 12, 23)),
        ("published_on", "", None),
        ("isbn", "", None),
    ],
)
def test_a_cell_understands_what_the_form_understands(client, stored, book, name, typed, value):
    answer = submit(client, cell(book, name), {name: typed})
    assert answer.status_code == 303
    assert getattr(stored(Book, book.id), name) == value


@each_cell
def test_every_cell_opens_with_its_value_and_saves_it_in_few_statements(client, session, queries, resource, name):
    record = make(session, resource)
    session.commit()
    page = client.get(cell(record, name))
    with queries() as asked:
        answer = send(client, page, {name: read(page).form(name).value(name)})
    assert answer.status_code == 303
    assert len(asked) <= 6, asked
    session.expire_all()
    assert record.version == 1  # nothing was written, because nothing was changed


def test_only_this_field_is_touched_whatever_else_is_sent(client, stored, book):
    form = read(client.get(cell(book, "price"))).form("price")
    more = {"title": "Stolen", "status": "cancelled"}
    assert client.post(form.action, data=dict(form.filled({"price": "11"})) | more).status_code == 303
    saved = stored(Book, book.id)
    assert (saved.price, saved.title, saved.status) == (11, "Emma", book.status)


def test_a_cell_is_a_change_set_of_its_own_and_can_be_undone(client, session, stored, book):
    page = follow(client, submit(client, cell(book, "price"), {"price": "11"}))
    session.expire_all()
    assert session.scalars(select(ChangeSet.kind).order_by(ChangeSet.id.desc())).first() == "cell"
    assert "Price of" in page.text
    client.post(read(page).form("back").action, data=dict(read(page).form("back").fields))
    assert stored(Book, book.id).price == Decimal("9.50")


def test_one_returns_to_the_list_one_came_from_with_the_row_marked(client, book):
    page = client.get(cell(book, "price"), headers={"Referer": "http://localhost/books/?status=active&sort=-price"})
    answer = send(client, page, {"price": "11"})
    assert answer.location == f"/books/?status=active&sort=-price&saved={book.id}"


def test_a_script_gets_the_row_alone_with_the_message(client, session, book):
    make_book(session, title="Persuasion")
    page = client.get(cell(book, "price"), headers=HTMX | {"Referer": "http://localhost/books/?sort=price"})
    assert "<html" not in page.text
    form = read(page).form("price")
    answer = client.post(form.action, data=dict(form.filled({"price": "12,50"})), headers=HTMX)
    row = client.get(answer.location, headers=HTMX)
    assert read(row).rows == [book.id]
    assert "12.50" in row.text
    assert "Price of" in row.text
    assert 'name="back" value="/books/' in row.text
    assert "only=" not in read(row).form("back").value("back")


# --- the row alone


def test_a_row_that_does_not_match_its_list_any_more_says_so(client, book):
    page = client.get(f"/books/?status=cancelled&only={book.id}", headers=HTMX)
    assert read(page).rows == [book.id]
    assert "«Emma» does not match this list any more." in page.text
    assert "any more" not in client.get(f"/books/?q=emma&only={book.id}", headers=HTMX).text


@each_entity
def test_a_row_alone_takes_no_more_statements_than_four(client, session, queries, resource):
    record = make(session, resource)
    with queries() as asked:
        page = client.get(address(resource, f"?only={record.id}"), headers=HTMX)
    assert read(page).rows == [record.id]
    assert len(asked) <= 4, asked


def test_a_row_that_is_gone_is_no_row(client, session):
    assert read(client.get("/books/?only=77", headers=HTMX)).rows == []


# --- what is refused


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("price", "free", "Write a number"),
        ("price", "-1", "At least 0"),
        ("price", "", "missing"),
        ("title", " ", "missing"),
        ("status", "lost", "Choose one"),
        ("published_on", "1815-02-30", "no such day"),
        ("isbn", "123", "13 digits"),
    ],
)
def test_what_is_wrong_is_said_at_the_cell_and_what_was_typed_stays(client, stored, book, name, typed, words):
    answer = submit(client, cell(book, name), {name: typed})
    assert answer.status_code == 422
    assert words in read(answer).errors[name]
    assert read(answer).form(name).value("version") == str(book.version)
    assert stored(Book, book.id).version == book.version


def test_a_duplicate_names_the_record_it_clashes_with(client, session, book):
    other = make_book(session, title="Persuasion")
    session.commit()
    answer = submit(client, cell(other, "isbn"), {"isbn": book.isbn})
    assert answer.status_code == 422
    assert "Emma" in read(answer).errors["isbn"]


def test_a_rule_about_another_field_leads_to_the_form(client, session):
    post = make_post(session, publish_at=None)
    session.commit()
    answer = submit(client, cell(post, "status"), {"status": "scheduled"})
    assert answer.status_code == 422
    assert "Publish at: " in answer.text
    assert "Open the form" in answer.text


def test_only_declared_fields_are_cells_and_there_must_be_a_version(client, book):
    for name in ("description", "author", "version", "id", "nothing"):
        assert client.get(cell(book, name)).status_code == 404
        assert client.post(cell(book, name), data={"version": "1", name: "1"}).status_code in (400, 404)
    form = read(client.get(cell(book, "price"))).form("price")
    answer = client.post(form.action, data={"csrf_token": form.value("csrf_token"), "price": "11"})
    assert answer.status_code == 400


def test_a_contributor_edits_the_cells_of_his_own_posts_and_no_others(session, log_in, stored):
    me = make_user(session, role="contributor")
    mine, other = make_post(session, author=me, title="Mine"), make_post(session, title="Another's")
    session.commit()
    client = log_in(me)
    assert submit(client, cell(mine, "title"), {"title": "Still mine"}).status_code == 303
    assert stored(Post, mine.id).title == "Still mine"
    assert client.get(cell(other, "title")).status_code == 403
    assert "an editor publishes it" in submit(client, cell(mine, "status"), {"status": "published"}).text


# --- two people


def test_a_stale_cell_shows_the_other_s_value_keeps_mine_and_lets_me_choose(client, log_in_as, stored, book):
    page = client.get(cell(book, "price"))
    submit(log_in_as("editor"), cell(book, "price"), {"price": "13"})
    answer = send(client, page, {"price": "12,50"})
    assert answer.status_code == 409
    assert "changed this to <b>13.00</b>" in answer.text
    assert read(answer).form("price").value("price") == "12,50"
    assert stored(Book, book.id).price == 13
    assert send(client, answer, {"price": "12,50"}).status_code == 303
    assert stored(Book, book.id).price == Decimal("12.50")


def test_a_cell_that_another_left_alone_is_saved_beside_theirs(client, log_in_as, stored, book):
    page = client.get(cell(book, "price"))
    submit(log_in_as("editor"), cell(book, "title"), {"title": "Emma!"})
    answer = send(client, page, {"price": "12,50"})
    assert answer.status_code == 303
    assert (stored(Book, book.id).title, stored(Book, book.id).price) == ("Emma!", Decimal("12.50"))
    assert "Title as" in follow(client, answer).text


def test_both_typed_the_same_and_nobody_is_asked(client, log_in_as, book):
    page = client.get(cell(book, "price"))
    submit(log_in_as("editor"), cell(book, "price"), {"price": "13"})
    assert send(client, page, {"price": "13.00"}).status_code == 303
