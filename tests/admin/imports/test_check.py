"""The check of a file: what would become of each row, and why, before anything is written."""

from functools import partial

import pytest
from flask import g

from admin.imports import alike, check
from admin.imports.ledger import Draft, Ledger
from models.author import Author
from models.book import Book
from models.user import Role
from services import tabular
from services.work import person_of
from tests.admin.imports.files import File
from tests.factories import make_author, make_book, make_isbn, make_post, make_tag, make_user

A, B, C, D = (make_isbn(900_000 + number) for number in range(4))


@pytest.fixture
def file(tmp_path, context, session):
    g.person = person_of(session, make_user(session, role=Role.ADMIN).id)
    return partial(File, tmp_path)


def test_rows_are_new_changed_the_same_or_invalid(context, session, file):
    author = make_author(session, name="Jane Austen")
    make_book(session, title="Emma", isbn=A, price=10, author=author)
    make_book(session, title="Persuasion", isbn=B, price=9, author=author)
    sent = file(
        *("books", "title isbn price author"),
        ("Emma", A, "12.50", "Jane Austen"),
        ("Persuasion", B, "9.00", "Jane Austen"),
        ("Sanditon", C, "8", "Jane Austen"),
        ("Lady Susan", "978", "8", "Jane Austen"),
    ).planned(match="isbn")
    found = sent.check(context)
    assert (found.rows, found.new, found.changed, found.same, found.invalid) == (4, 1, 1, 1, 1)
    assert found.fields == {"price": 1}
    (changed,) = sent.lines("changed")
    assert (changed.number, changed.label, changed.before, changed.values["price"]) == (
        2,
        "Emma",
        {"price": "10.00"},
        "12.50",
    )
    assert [(line.number, line.label, line.record_id is None) for line in sent.lines("new")] == [(4, "Sanditon", True)]
    assert [line.values["title"] for line in sent.lines("same")] == ["Persuasion"]
    (bad,) = sent.lines("invalid")
    assert [(one.field, one.column, one.text) for one in bad.problems] == [("isbn", "isbn", "978")]


def test_nothing_is_written(context, session, file):
    make_author(session, name="Jane Austen")
    sent = file("books", "title isbn price author", ("Emma", A, "8", "Jane Austen"), ("Sanditon", B, "8", "Nobody Yet"))
    assert sent.planned(create=["author"]).check(context).new == 2
    assert (session.query(Book).count(), session.query(Author).count()) == (0, 1)


def test_what_a_new_record_needs_is_said_once_for_each_field(context, session, file):
    sent = file("books", "title isbn price author", ("", "", "", ""), ("Emma", "", "x", ""))
    found = sent.check(context)
    assert sent.problems() == [
        *((3, "price", "Not a number."), (3, "author", "Author is missing.")),
    ]
    assert found.invalid == 1


def test_a_field_that_no_column_fills_is_missing_in_new_records_only(context, session, file):
    book = make_book(session, title="Emma", isbn=A)
    sent = file("books", "title isbn", ("Emma, again", A), ("Sanditon", B)).planned(match="isbn")
    found = sent.check(context)
    assert (found.changed, found.invalid) == (1, 1)
    assert sent.problems() == [(3, "author", "Author is missing."), (3, "price", "Price is missing.")]
    assert sent.lines("changed")[0].record_id == book.id


def test_an_empty_cell_empties_a_field_but_not_one_that_begins_with_something(context, session, file):
    make_book(session, title="Emma", isbn=A, pages=300, currency="GBP")
    sent = file("books", "isbn pages currency status subtitle", (A, "", "", "", "")).planned(match="isbn")
    found = sent.check(context)
    assert (found.changed, found.fields) == (1, {"pages": 1})
    assert sent.lines("changed")[0].before == {"pages": "300"}


@pytest.mark.parametrize(
    ("mode", "counts"), [("both", (1, 1, 0, 0)), ("create", (1, 0, 1, 0)), ("update", (0, 1, 0, 1))]
)
def test_one_may_only_create_or_only_update(context, session, file, mode, counts):
    author = make_author(session, name="Jane Austen")
    make_book(session, title="Emma", isbn=A, author=author)
    rows = [("Emma!", A, "9", "Jane Austen"), ("Sanditon", B, "9", "Jane Austen")]
    sent = file("books", "title isbn price author", *rows).planned(match="isbn", mode=mode)
    found = sent.check(context)
    assert found.counts == counts
    if mode == "create":
        assert sent.lines("same")[0].repairs == [("", "exists already, left alone")]
    if mode == "update":
        assert sent.problems() == [(3, "isbn", "There is no book with this ISBN.")]


def test_an_id_finds_its_record_or_is_wrong(context, session, file):
    tag = make_tag(session, name="Poetry")
    rows = [(str(tag.id), "Poems"), ("77", "Prose"), ("x", "Plays"), ("", "Letters")]
    sent = file("tags", "id name", *rows).planned(match="id")
    assert sent.check(context).counts == (1, 1, 0, 2)
    assert sent.problems() == [(3, "id", "There is no tag with this ID."), (4, "id", "An id is a whole number.")]


def test_what_another_record_has_already_is_said_with_its_name(context, session, file):
    ana = make_user(session, username="ana", email="ana@example.org", name="Ana Kovač")
    make_user(session, username="bo", email="bo@example.org")
    sent = file("users", "username email", ("ANA", "bo@example.org"), ("cy", "ANA@example.org")).planned(
        match="username"
    )
    found = sent.check(context)
    assert found.invalid == 2
    assert sent.problems() == [(2, "email", "This belongs to bo."), (3, "email", "This belongs to Ana Kovač.")]
    assert sent.lines("invalid")[0].record_id == ana.id


@pytest.mark.parametrize("last_wins", [False, True])
def test_a_key_counts_once_in_a_file(context, session, file, last_wins, monkeypatch):
    rows = [("Poetry",), ("Prose",), ("poetry ",), ("POETRY",)]
    sent = file("tags", "name", *rows).planned(last_wins=last_wins)
    monkeypatch.setattr("services.tabular.rows", in_chunks_of_one(sent))
    assert sent.check(context).counts == (2, 0, 0, 2)
    first, later = "Row 5 says it again.", "Row 2 has the same Name."
    assert sent.problems() == (
        [(2, "name", first), (4, "name", first)] if last_wins else [(4, "name", later), (5, "name", later)]
    )


def in_chunks_of_one(sent):
    chunks = list(tabular.rows(sent.path, sent.shape))
    return lambda path, shape: iter([[row] for chunk in chunks for row in chunk])


def test_a_key_that_a_record_gives_up_is_not_for_a_later_row(context, session, file, monkeypatch):
    one = make_book(session, isbn=A)
    other = make_book(session, isbn=B)
    rows = [(str(one.id), C), (str(other.id), A)]
    sent = file("books", "id isbn", *rows).planned(match="id")
    monkeypatch.setattr("services.tabular.rows", in_chunks_of_one(sent))
    assert sent.check(context).counts == (0, 1, 0, 1)
    assert sent.problems() == [(3, "isbn", "Already taken.")]


def test_authors_are_found_by_email_or_by_name(context, session, file):
    zola = make_author(session, name="Émile Zola", email="emile@example.org")
    make_author(session, name="John Smith", country="GB"), make_author(session, name="John Smith", country="US")
    names = [
        "emile zola",
        "EMILE@example.org",
        str(zola.id),
        "John Smith",
        "nobody@example.org",
        "Emil Zola",
        "EMIL ZOLÀ",
        "99",
    ]
    sent = file("books", "title price author", *((f"Book {n}", "9", name) for n, name in enumerate(names)))
    found = sent.check(context)
    assert (found.new, found.missing, found.ambiguous) == (3, {"author": 1}, {"author": 1})
    assert sent.problems() == [
        (5, "author", "There are 2 authors «John Smith». Say which one is meant."),
        (6, "author", "There is no author nobody@example.org."),
        (7, "author", "There is no author «Emil Zola» yet."),
        (8, "author", "There is no author «EMIL ZOLÀ» yet."),
        (9, "author", "There is no author 99."),
    ]
    with Ledger.open(sent.ledger) as ledger:
        assert [(name.text, name.rows) for name in ledger.names("author", "missing", 10)] == [("Emil Zola", 2)]
        (smith,) = ledger.names("author", "ambiguous", 10)
        assert [label for _, label, _ in smith.candidates] == ["John Smith", "John Smith"]
    chosen = {"author": {"John Smith": smith.candidates[1][0]}}
    again = sent.planned(create=["author"], choices=chosen).check(context)
    assert (again.new, again.invalid, again.missing) == (6, 2, {"author": 1})


def test_a_name_and_an_id_have_to_be_the_same_record(context, session, file):
    one, two = make_author(session, name="John Smith"), make_author(session, name="John Smith")
    other = make_author(session, name="Jane Austen")
    rows = [("John Smith", one.id), ("John Smith", two.id), ("John Smith", other.id), ("", two.id), ("Jane Austen", "")]
    sent = file("books", "title price author author_id", *(("Emma", "9", name, str(key)) for name, key in rows))
    assert sent.check(context).counts == (4, 0, 0, 1)
    assert sent.problems() == [(4, "author", f"«John Smith» and «{other.id}» are not the same author.")]


def test_a_sort_name_is_guessed_as_in_the_form(context, session, file):
    make_author(session, name="Ursula Le Guin", email="ursula@example.org")
    rows = [("Jane Austen", "jane@example.org", ""), ("Ursula K. Le Guin", "ursula@example.org", "")]
    sent = file("authors", "name email sort_name", *rows).planned(match="email")
    found = sent.check(context)
    assert (found.new, found.fields) == (1, {"name": 1, "sort_name": 1})
    (changed,) = sent.lines("changed")
    assert changed.values["sort_name"] == "Le Guin, Ursula K."


def test_what_is_wrong_in_many_rows_is_counted_once_without_the_names(context, session, file):
    rows = [("Emma", f"{n}@example.org", "1") for n in range(3)] + [("Emma", "Jane", "1"), ("Emma", "Ann", "1")]
    found = file("books", "title author price", *rows).check(context)
    assert ("author", "There is no author …", 3) in found.reasons
    assert ("author", "There is no author … yet.", 2) in found.reasons
    one = file("books", "title author price", ("Emma", "Jane", "1")).check(context)
    assert ("author", "There is no author «Jane» yet.", 1) in one.reasons


def test_corrections_count_instead_of_the_cells(context, session, file):
    make_author(session, name="Jane Austen")
    rows = [("Emma", "978", "x", "Jane Austen"), ("Sanditon", "", "9", "Jane Austin")]
    sent = file("books", "title isbn price author", *rows)
    assert sent.check(context).invalid == 2
    fixes = {"2": {"isbn": A, "price": "9,50"}, "3": {"author": "Jane Austen", "language": "en"}}
    assert sent.planned(fixes=fixes).check(context).new == 2
    assert [line.values["price"] for line in sent.lines("new")] == ["9.50", "9.00"]
    assert [line.values.get("language") for line in sent.lines("new")] == [None, "en"]


def test_fixed_values_are_those_of_every_row(context, session, file):
    make_author(session, name="Jane Austen")
    sent = file("books", "title price", ("Emma", "9"), ("Sanditon", "8")).planned(
        fixed={"author": "jane austen", "currency": "GBP"}
    )
    assert sent.check(context).new == 2
    assert {line.values["currency"] for line in sent.lines("new")} == {"GBP"}


def test_a_row_with_too_many_cells_is_not_guessed_at(context, session, file):
    sent = file("tags", "id name", ("", "Poetry", "and more"), ("", "Prose"))
    assert sent.check(context).counts == (1, 0, 0, 1)
    assert sent.problems() == [(2, "", "This row has 3 cells, and there are 2 columns.")]


def test_bad_rows_come_back_as_they_were_with_the_reason(context, session, file):
    sent = file("tags", "name", ("Poetry",), ("x" * 60,))
    sent.check(context)
    with Ledger.open(sent.ledger) as ledger:
        assert list(ledger.lines("invalid")) == [["x" * 60, "name: At most 50 characters; this has 60."]]


def test_a_chunk_takes_the_same_number_of_statements_whatever_is_in_it(context, session, file, queries, monkeypatch):
    monkeypatch.setattr(alike, "MOST", 0)  # names that are looked for after the last chunk
    seen = {}
    for number in (2, 40):
        authors = [make_author(session, name=f"{number} {n}") for n in range(number)]
        isbns = [make_isbn(10_000 * number + n) for n in range(number)]
        for n in range(number):
            make_book(session, isbn=isbns[n], author=authors[n])
        rows = [(isbn, f"Other {n}", f"{number} {n}") for n, isbn in enumerate(isbns)]
        rows += [(make_isbn(20_000 * number + n), f"New {n}", f"Nobody {n}") for n in range(number)]
        sent = file("books", "isbn title author", *rows).planned(match="isbn", create=["author"], fixed={"price": "9"})
        context.rollback()
        with queries() as asked:
            assert sent.check(context).counts == (number, number, 0, 0)
        seen[number] = len(asked)
    assert seen[2] == seen[40] <= 6, seen


def test_tags_are_compared_as_a_set(context, session, file):
    tags = [make_tag(session, name=name) for name in ("Poetry", "Prose", "Plays")]
    post = make_post(session, title="Verse", slug="verse", tags=tags[:2])
    make_post(session, title="Rhyme", slug="rhyme", tags=tags[:1])
    rows = [("verse", "prose, Poetry"), ("rhyme", "Plays, Letters")]
    sent = file("posts", "slug tags", *rows).planned(match="slug")
    found = sent.check(context)
    assert (found.same, found.invalid, found.missing) == (1, 1, {"tags": 1})
    assert sent.problems() == [(3, "tags", "There is no tag «Letters» yet.")]
    again = sent.planned(create=["tags"]).check(context)
    assert (again.same, again.changed, again.fields) == (1, 1, {"tags": 1})
    (line,) = sent.lines("changed")
    assert (line.before, line.values["tags"]) == ({"tags": "Poetry"}, "Letters, Plays")
    assert sent.lines("same")[0].record_id == post.id


def test_a_row_without_a_key_is_the_record_that_holds_just_what_it_says(context, session, file):
    author = make_author(session, name="Jane Austen")
    book = make_book(session, title="Emma", price=9, author=author, pages=None)
    make_book(session, title="Emma", price=9, author=author, isbn=A)
    rows = [("EMMA", "9"), ("Emma", "9.00"), ("Emma", "8")]
    sent = file("books", "title price author isbn", *((*row, "Jane Austen", "") for row in rows)).planned(match="isbn")
    assert sent.check(context).counts == (2, 0, 1, 0)
    assert [(line.number, line.record_id) for line in sent.lines("same")] == [(3, book.id)]
    assert sent.planned(match="").check(context).counts == (3, 0, 0, 0)


def test_two_checks_of_one_file_at_once_do_not_meet(context, session, file):
    sent = file("tags", "id name", ("", "Poetry"), ("", "Prose"))
    with Draft(sent.ledger) as other:
        assert sent.check(context).new == 2
        other.keep(check.reading(sent.path, sent.shape, sent.resource, sent.plan))
    assert sent.lines("new") == []
    assert [path.name for path in sent.path.parent.glob("*.part")] == []
