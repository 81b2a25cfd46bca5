"""The run of an import: what the check found is written, all of it or nothing, with one history and one undo."""

import gc
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from flask import g
from sqlalchemy import event, inspect, select, text

from models.author import Author
from models.book import Book, Format, Status
from models.change import Change, ChangeSet
from models.post import Post
from models.post import Status as Standing
from models.session import UserSession
from models.tag import Tag
from models.user import Role, User
from services import aside, delimited, tabular, undo
from services.shape import Unreadable
from services.unit_of_work import Conflict, Refused, unit_of_work
from services.work import person_of
from tests.admin.imports.files import File
from tests.factories import make_author, make_book, make_isbn, make_post, make_tag, make_user

A, B, C, D = (make_isbn(910_000 + number) for number in range(4))
ODD = 'A\ttab, a "quote",\na \\ and ≠ é'


@pytest.fixture
def admin(session):
    return make_user(session, role=Role.ADMIN, username="root", name="Root")


@pytest.fixture
def file(tmp_path, context, session, admin):
    g.person = person_of(session, admin.id)
    return partial(File, tmp_path)


def history(session):
    session.expire_all()
    mine = select(Change).where(Change.set_id.in_(select(ChangeSet.id).where(ChangeSet.kind == "import")))
    return session.scalars(mine.order_by(Change.step, Change.id)).all()


def the_set(session):
    return session.scalars(select(ChangeSet).where(ChangeSet.kind == "import")).one()


def take_back(change_set_id):
    with unit_of_work() as session:
        return undo.undo(session, session.get_one(ChangeSet, change_set_id), False, lambda verb, entity: None)


def books_file(file, session):
    jane = make_author(session, name="Jane Austen")
    make_book(session, title="Emma", isbn=A, price=Decimal("10.00"), author=jane)
    make_book(session, title="Persuasion", isbn=B, price=Decimal("9.00"), author=jane)
    return file(
        *("books", "title isbn price author format published_on pages status description"),
        (
            "Emma",
            A,
            "12.50",
            "Émile Zola",
            "hardback",
            "1815-12-23",
            "474",
            "active",
            'A\ttab, a "quote",\na \\ and ≠ é',
        ),
        ("Sanditon, “unfinished” 100%", C, "8", "EMILE ZOLA", "", "", "", "", ""),
        ("Lady Susan", D, "7", "Jane Austen", "e-book", "", "", "", "c"),
    ).planned(match="isbn", create=["author"])


def test_new_and_changed_records_are_written_with_the_records_they_refer_to(session, file):
    assert books_file(file, session).run() == "Imported 3 books from file.csv: 2 new, 1 changed, 1 new author."
    session.expire_all()
    emma, sanditon = (session.scalars(select(Book).where(Book.isbn == isbn)).one() for isbn in (A, C))
    zola = session.scalars(select(Author).where(Author.name == "Émile Zola")).one()
    assert (zola.sort_name, zola.name_key, zola.version) == ("Zola, Émile", "emile zola", 1)
    assert (emma.author_id, emma.price, emma.format, emma.version) == (zola.id, Decimal("12.50"), Format.HARDBACK, 2)
    assert (emma.published_on, emma.description) == (date(1815, 12, 23), ODD)
    assert (sanditon.title_key, sanditon.currency, sanditon.status) == (
        "sanditon, “unfinished” 100%",
        "EUR",
        Status.FORTHCOMING,
    )
    assert sanditon.search_key == f" sanditon, “unfinished” 100%\n {C}\n"
    assert sanditon.created_at.tzinfo is not None


def test_history_is_exact(session, file):
    books_file(file, session).run()
    change_set = the_set(session)
    assert (change_set.kind, change_set.entity) == ("import", "books")
    assert change_set.sentence == "imported 3 books from file.csv: 2 new, 1 changed, 1 new author"
    rows = history(session)
    assert [(row.entity, row.action, row.label) for row in rows] == [
        ("authors", "insert", "Émile Zola"),
        ("books", "insert", "Sanditon, “unfinished” 100%"),
        ("books", "insert", "Lady Susan"),
        ("books", "update", "Emma"),
    ]
    emma = rows[3]
    assert emma.fields == "author_id,description,format,pages,price,published_on,status"
    assert (emma.before["price"], emma.after["price"], emma.version) == ("10.00", "12.50", 2)
    assert (emma.before["published_on"], emma.after["published_on"]) == ("2020-01-31", "1815-12-23")
    assert emma.after["description"] == ODD
    assert rows[1].after == {
        **{"title": "Sanditon, “unfinished” 100%", "subtitle": None, "isbn": C, "price": "8.00", "currency": "EUR"},
        **{"author_id": rows[0].record_id, "format": "paperback", "status": "forthcoming", "published_on": None},
        **{"pages": None, "language": None, "description": None, "created_at": rows[1].after["created_at"]},
    }


def test_the_same_file_again_changes_nothing_and_says_so(session, file):
    sent = books_file(file, session)
    sent.run()
    number = len(history(session))
    assert sent.run() == "Nothing to change: 3 books in the file, as they are in the catalogue."
    assert len(history(session)) == number


def test_records_without_the_key_are_known_by_their_name_and_what_they_refer_to(session, file, context, monkeypatch):
    monkeypatch.setattr(delimited, "CHUNK", 3)
    jane, other = make_author(session, name="Jane Austen"), make_author(session, name="Somebody Else")
    make_book(session, title="Emma", author=other, price=5)
    make_book(session, title="Emma", author=jane, isbn=A, price=5)
    rows = [("Emma", "", "Jane Austen", price) for price in ("10", "11", "12", "13")]
    sent = file("books", "title isbn author price", *rows).planned(match="isbn")
    assert sent.check(context).counts == (4, 0, 0, 0)
    sent.run()
    assert sent.check(context).counts == (0, 0, 4, 0)
    again = file("books", "title isbn author price", rows[0], ("Emma", "", "Jane Austen", "99")).planned(match="isbn")
    assert again.check(context).counts == (0, 1, 1, 0)
    session.expire_all()
    assert [book.price for book in other.books] == [5]


def test_a_row_without_the_key_is_never_the_record_that_an_earlier_row_made(session, file, context, in_small_chunks):
    rows = [("Emma", "", "Somebody New", "10"), ("Emma", "", "Somebody New", "11")]
    sent = in_small_chunks(file("books", "title isbn author price", *rows).planned(match="isbn", create=["author"]))
    make_book(session, title="Persuasion")
    assert sent.check(context).counts == (2, 0, 0, 0)
    assert "2 new" in sent.run()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("there", [3, 30], ids=["the table doubles", "it grows a little"])
def test_records_without_the_key_are_found_by_an_index_while_the_table_grows(site, session, file, context, there):
    jane = make_author(session, name="Jane Austen")
    for number in range(there):
        make_book(session, title=f"Novel {number}", author=jane)
    rows = [(f"Novel {number}", "", "Jane Austen", "10") for number in range(20)]
    sent = file("books", "title isbn author price", *rows).planned(match="isbn")
    plans = []

    def explain(conn, cursor, statement, parameters, *_):
        if "AS key_" in statement and "AS name_" in statement:
            raw = conn.connection.driver_connection
            plans.append(raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()[0][3])

    event.listen(site.engine, "before_cursor_execute", explain)
    sent.run()
    event.remove(site.engine, "before_cursor_execute", explain)
    assert len(plans) == 2, "of the check, and of the run"
    assert all("title_key=?" in plan for plan in plans), plans
    assert ("INDEX stays" in plans[1]) == (there < 17)
    indexes = session.connection().exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars()
    assert "stays" not in list(indexes)


def test_one_undo_takes_everything_back(session, file):
    sent = books_file(file, session)
    before = everything(session)
    sent.run()
    outcome = take_back(the_set(session).id)
    assert (outcome.done, outcome.left_count) == (4, 0)
    assert everything(session) == before


def everything(session):
    session.expire_all()
    books = {book.isbn: (book.title, book.price, book.author_id, book.format) for book in session.scalars(select(Book))}
    return books, [author.name for author in session.scalars(select(Author).order_by(Author.id))]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_table_that_an_undo_empties_is_in_its_indexes_and_its_search_again(session, file, engine, monkeypatch):
    monkeypatch.setattr(aside, "LARGE", 5)
    monkeypatch.setattr(delimited, "CHUNK", 3)
    make_book(session, title="Emma")
    rows = [(f"Novel {number}", "", f"Author {number % 4}", "10") for number in range(20)]
    sent = file("books", "title isbn author price", *rows).planned(match="isbn", create=["author"])
    before = everything(session), schema_of(engine)
    sent.run()
    assert take_back(the_set(session).id).left_count == 0
    assert (everything(session), schema_of(engine)) == before
    session.execute(text("INSERT INTO books_search (books_search, rank) VALUES ('integrity-check', 1)"))


def schema_of(engine):
    return sorted((one["name"], *one["column_names"]) for one in inspect(engine).get_indexes("books"))


def test_bad_rows_stop_it_or_are_left_out(session, file):
    rows = [("Poetry",), ("x" * 60,)]
    sent = file("tags", "id name", *(("", *row) for row in rows))
    with pytest.raises(Refused, match="1 row is wrong"):
        sent.run()
    assert session.query(Tag).count() == 0
    assert sent.run(partial=True) == "Imported 1 tag from file.csv: 1 new."
    assert [tag.name for tag in session.query(Tag)] == ["Poetry"]


def add_the_same_isbn(session):
    make_book(session, isbn=C)


def change_one(session):
    book = session.scalars(select(Book).where(Book.isbn == A)).one()
    book.pages = 1
    session.flush()


def change_one_that_stays(session):
    book = session.scalars(select(Book).where(Book.isbn == B)).one()
    book.pages = 1
    session.flush()


@pytest.mark.parametrize("meanwhile", [add_the_same_isbn, change_one])
def test_a_catalogue_that_changed_since_the_check_is_left_alone(session, file, context, meanwhile):
    sent = books_file(file, session)
    found = sent.check(context)
    context.rollback()
    meanwhile(session)
    with pytest.raises(Conflict), unit_of_work() as working:
        sent.write(working, found)
    assert session.query(Author).filter_by(name="Émile Zola").count() == 0
    assert not list(sent.path.parent.glob("*.run*"))


def test_a_run_that_is_interrupted_leaves_nothing(session, file, context):
    class Stop(Exception):
        pass

    def report(done):
        raise Stop

    sent = books_file(file, session)
    found = sent.check(context)
    with pytest.raises(Stop), unit_of_work() as working:
        sent.write(working, found, report=report)
    assert (session.query(Book).count(), history(session)) == (2, [])
    assert sorted(path.suffix for path in sent.path.parent.iterdir()) == [".csv", ".ledger"]


def test_posts_get_their_slugs_and_moments(session, file):
    make_post(session, slug="a-short-history", title="A short history")
    published = datetime(2020, 1, 1, tzinfo=UTC)
    make_post(session, slug="old", title="Old", status=Standing.PUBLISHED, published_at=published)
    make_post(session, slug="draft-one", title="Draft one")
    rows = [
        ("", "", "A short history", "draft", ""),
        ("", "", "A short history", "published", ""),
        ("", "", "Later", "scheduled", ""),
        ("", "", "Later", "scheduled", "2090-01-01T09:00:00Z"),
    ]
    sent = file("posts", "id slug title status publish_at", *rows).planned(fixed={"author": "root"})
    found = sent.check(session)
    assert found.counts == (3, 0, 0, 1)
    assert sent.problems() == [(4, "publish_at", "A scheduled post needs the moment of its publication.")]
    sent.run(partial=True)
    slugs = set(session.scalars(select(Post.slug)))
    assert slugs == {"a-short-history", "a-short-history-2", "a-short-history-3", "old", "draft-one", "later"}
    two = session.scalars(select(Post).where(Post.slug == "a-short-history-3")).one()
    assert two.published_at is not None
    ids = {post.slug: post.id for post in session.scalars(select(Post))}
    again = [(str(ids["old"]), "new", "Old", "published"), (str(ids["draft-one"]), "", "Draft two", "draft")]
    sent = file("posts", "id slug title status", *again).planned(match="id")
    assert sent.check(session).counts == (0, 1, 0, 1)
    assert sent.problems() == [(2, "slug", "The slug of a published post is fixed: others link to it.")]
    sent.run(partial=True)
    session.expire_all()
    assert session.get_one(Post, ids["draft-one"]).slug == "draft-two"


def test_the_last_administrator_stays_and_others_are_signed_out(session, file, admin):
    other = make_user(session, username="other", role=Role.ADMIN)
    viewer = make_user(session, username="viewer", role=Role.VIEWER)
    for user in (other, viewer):
        session.add(UserSession(user_id=user.id, token_hash=f"{user.id:064}"))
    session.flush()
    rows = [("other", "viewer", "yes"), ("root", "editor", "yes"), ("viewer", "viewer", "yes")]
    sent = file("users", "username role is_active", *rows).planned(match="username")
    assert sent.check(session).counts == (0, 1, 1, 1)
    assert [(row, field) for row, field, _ in sent.problems()] == [(3, "role")]
    sent.run(partial=True)
    session.expire_all()
    assert session.get_one(User, admin.id).role == Role.ADMIN
    assert [one.user_id for one in session.scalars(select(UserSession))] == [viewer.id]


@pytest.mark.parametrize("piece", [0, 7, 20_000])
def test_a_table_that_grows_a_lot_keeps_its_indexes_and_its_search(
    session, file, engine, monkeypatch, in_small_chunks, piece
):
    monkeypatch.setattr(aside, "PIECE", piece)

    def schema():
        found = inspect(engine)
        return sorted((one["name"], *one["column_names"]) for one in found.get_indexes("tags"))

    before = schema()
    sent = in_small_chunks(file("tags", "id name", *(("", f"Poem {number}") for number in range(50))))
    sent.run()
    assert schema() == before
    make_tag(session, name="Poem 77")
    if engine.dialect.name == "sqlite":  # which compares them, and raises when they differ
        session.execute(text("INSERT INTO tags_search (tags_search, rank) VALUES ('integrity-check', 1)"))
        found = text("SELECT count(*) FROM tags_search WHERE tags_search MATCH '\"poem 7\"'")
        assert session.scalar(found) == 2
        kept = session.execute(text("SELECT k, v FROM tags_search_config WHERE k != 'version'"))
        assert dict(kept.all()) == aside.USUAL, "later writes put its pieces together as ever"


def test_tags_are_a_set_and_are_undone(session, file):
    poetry, prose = make_tag(session, name="Poetry"), make_tag(session, name="Prose")
    post = make_post(session, slug="verse", title="Verse", tags=[poetry])
    other = make_post(session, slug="rhyme", title="Rhyme", tags=[poetry, prose])
    rows = [
        ("verse", "Verse!", "prose, Letters", "root"),
        ("rhyme", "Rhyme", "", "root"),
        ("new", "New", "LETTERS, poetry", "root"),
    ]
    sent = file("posts", "slug title tags author", *rows).planned(match="slug", create=["tags"])
    assert sent.run() == "Imported 3 posts from file.csv: 1 new, 2 changed, 1 new tag."
    assert tags_of(session) == {"verse": ["Letters", "Prose"], "rhyme": [], "new": ["Letters", "Poetry"]}
    new = next(row for row in history(session) if row.entity == "posts" and row.action == "insert")
    assert new.after["tags"] == sorted(session.scalars(select(Tag.id).where(Tag.name.in_(["Letters", "Poetry"]))))
    assert sent.run().startswith("Nothing to change")
    take_back(the_set(session).id)
    assert tags_of(session) == {"verse": ["Poetry"], "rhyme": ["Poetry", "Prose"]}
    assert {post.id, other.id} == set(session.scalars(select(Post.id)))
    assert session.query(Tag).count() == 2


def tags_of(session):
    session.expire_all()
    return {post.slug: [tag.name for tag in post.tags] for post in session.scalars(select(Post))}


def test_a_chunk_is_written_by_the_same_number_of_statements_whatever_is_in_it(context, session, file, queries):
    seen = {}
    for number in (2, 40):
        isbns = [make_isbn(30_000 * number + n) for n in range(2 * number)]
        for isbn in isbns[:number]:
            make_book(session, isbn=isbn)
        rows = [(isbn, f"Title {n}", f"{number} new {n}") for n, isbn in enumerate(isbns)]
        sent = file("books", "isbn title author", *rows).planned(match="isbn", create=["author"], fixed={"price": "9"})
        found = sent.check(context)
        with queries() as asked, unit_of_work() as working:
            sent.write(working, found)
        seen[number] = len(asked)
    assert seen[2] == seen[40] <= 16, seen


@pytest.fixture
def in_small_chunks(monkeypatch):
    """A function: file → its rows are read one by one; `broken` after so many."""

    def cut(sent, broken=10**6):
        rows = [row for chunk in tabular.rows(sent.path, sent.shape) for row in chunk]

        def read(path, shape):
            for number, row in enumerate(rows):
                if number == broken:
                    raise Unreadable("broken", "The file ends in the middle.")
                yield [row]

        monkeypatch.setattr("services.tabular.rows", read)
        return sent

    return cut


def test_chunks_of_all_kinds_are_one_undo(session, file, in_small_chunks):
    sent = in_small_chunks(books_file(file, session))
    before = everything(session)
    assert sent.run() == "Imported 3 books from file.csv: 2 new, 1 changed, 1 new author."
    assert len({row.step for row in history(session)}) == 4
    assert take_back(the_set(session).id).done == 4
    assert everything(session) == before


def test_a_file_that_breaks_off_leaves_nothing(session, file, context, in_small_chunks):
    sent = books_file(file, session)
    found = sent.check(context)
    in_small_chunks(sent, broken=2)
    with pytest.raises(Unreadable), unit_of_work() as working:
        sent.write(working, found)
    assert gc.isenabled()
    assert (session.query(Book).count(), history(session)) == (2, [])
