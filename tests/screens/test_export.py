"""Export: exactly what the list shows, of one moment, in three formats, and nothing that runs in a spreadsheet."""

import csv
import io
import json
import stat
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import literal, select, text

import jobs
from admin import export
from admin.screens import export as screen
from extensions import db
from models.book import Book
from models.job import Job, State
from models.user import Role, User
from services import allowance, formulas, queue
from services.unit_of_work import unit_of_work
from tests.entities import address, each_entity, in_order, make_various
from tests.factories import make_author, make_book, make_post, make_tag, make_user
from tests.forms import read, send

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(autouse=True)
def generous(monkeypatch):
    """What is allowed within ten minutes is the subject of one test alone."""
    monkeypatch.setitem(allowance.LIMITS, "export", 1000)


def records(answer) -> list[dict[str, Any]]:
    """The rows of a file: what each cell says, under its name."""
    assert answer.status_code == 200, answer.text
    match answer.mimetype:
        case "text/csv":
            return list(csv.DictReader(io.StringIO(answer.text, newline="")))
        case "application/json":
            return json.loads(answer.text, parse_float=Decimal)
        case _:
            names, *rows = cells(answer.data)
            return [{name: row.get(column) for column, (_, name) in names.items()} for row in rows]


def cells(data: bytes) -> list[dict[str, tuple[str, str]]]:
    """Of each row the column's letter → (type, text) of the cell; «n» is a number."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert "xl/calcChain.xml" not in book.namelist()
    assert not list(sheet.iter(f"{SHEET}f")), "a formula"
    return [
        {
            cell.get("r").rstrip("0123456789"): (cell.get("t", "n"), "".join(cell.itertext()))
            for cell in row.iter(f"{SHEET}c")
        }
        for row in sheet.iter(f"{SHEET}row")
    ]


def ids(answer) -> list[int]:
    return [int(record["id"]) for record in records(answer)]


# The same as the list


@each_entity
def test_it_has_the_rows_of_the_list_in_the_list_s_order(client, session, resource):
    make_various(session, resource, 11)
    for word in resource.sorts:
        for sign in ("", "-"):
            answer = client.get(address(resource, f"export.json?sort={sign}{word}"))
            assert ids(answer) == in_order(session, resource, word, bool(sign)), sign + word


@each_entity
def test_every_format_says_the_same(client, session, resource):
    make_various(session, resource, 5)
    listed = read(client.get(address(resource))).rows
    names = [column.name for column in resource.shown]
    plain = records(client.get(address(resource, "export.json")))
    for format in ("csv", "xlsx", "json"):
        found = records(client.get(address(resource, f"export.{format}")))
        assert [spoken(record["id"]) for record in found] == [str(key) for key in listed]
        assert [name for name in found[0] if name in names] == names
        for record, expected in zip(found, plain, strict=True):
            for name, cell in record.items():
                assert alike(cell, spoken(expected[name]), format), (format, name)


def dangerous(text: str) -> bool:
    bare = text.lstrip(formulas.GUARD)
    return bool(bare) and bare[0] in formulas.FIRST


def guarded(text: str) -> str:
    """What the database is to write."""
    return formulas.GUARD + text if dangerous(text) else text


def alike(cell: Any, said: str, format: str) -> bool:
    if isinstance(cell, tuple) and cell[0] == "n":
        return Decimal(cell[1]) == Decimal(said)
    return spoken(cell) == (guarded(said) if format == "csv" else said)


def spoken(value: Any) -> str:
    """A value as the cell of a table says it."""
    match value:
        case (_, text):
            return text
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value)
        case _:
            return str(value)


def test_values_are_exact(client, session):
    author = make_author(session, name="Zoë & Sons, “Ltd”")
    book = make_book(
        session,
        author=author,
        title='He said "no",\nthen left',
        price=Decimal("1234567890.10"),
        published_on=date(1813, 1, 28),
        isbn="9780306406157",
    )
    post = make_post(session, title="Øre", published_at=datetime(2026, 2, 28, 23, 59, 59, 123456, UTC))
    post.tags = [make_tag(session, name=name) for name in ("zebra", "Émile", "apple")]
    session.flush()
    for format in ("csv", "xlsx", "json"):
        [found] = records(client.get(f"/books/export.{format}"))
        said = {name: spoken(cell) for name, cell in found.items()}
        assert said["title"] == book.title, format
        assert (said["author"], said["author_id"]) == (author.name, str(author.id))
        assert Decimal(said["price"]) == Decimal("1234567890.10")
        assert (said["currency"], said["isbn"], said["published_on"]) == ("EUR", "9780306406157", "1813-01-28")
        [found] = records(client.get(f"/posts/export.{format}"))
        assert spoken(found["published_at"]) == "2026-02-28T23:59:59.123456Z"
        assert spoken(found["tags"]) == "apple, Émile, zebra"
    assert client.get("/books/export.csv").text.split(",")[0] == "id"
    assert '"price":1234567890.10' in client.get("/books/export.json").text.replace(" ", "")


def test_filters_search_and_a_selection(client, session):
    author = make_author(session, name="Ada Lovelace")
    by_ada = [make_book(session, author=author, status=status).id for status in ("active", "cancelled")]
    others = [make_book(session).id for _ in range(3)]
    session.commit()
    assert ids(client.get(f"/books/export.csv?author={author.id}")) == by_ada
    assert ids(client.get("/books/export.csv?q=lovelace&status=active")) == by_ada[:1]
    assert ids(client.get(f"/books/export.csv?ids={others[2]}&ids={by_ada[0]}&sort=created_at")) == [
        by_ada[0],
        others[2],
    ]
    assert ids(client.get("/books/export.csv?price=900..")) == []
    assert ids(client.get("/books/export.json?price=900..")) == []


@pytest.mark.parametrize(("query", "titles"), [("tags={}", ["A"]), ("tags=!{}", ["B"]), ("tags=none", ["B"])])
def test_posts_with_a_tag(client, session, query, titles):
    tag = make_tag(session)
    make_post(session, title="A", tags=[tag])
    make_post(session, title="B")
    found = client.get(f"/posts/export.json?{query.format(tag.id)}").get_json()
    assert [post["title"] for post in found] == titles


def test_what_was_ticked_or_all_that_match_is_exported_from_the_bar(client, session):
    first, _, last = (make_book(session, title=title, status="active").id for title in ("Emma", "Ulysses", "Villette"))
    session.commit()
    page = client.get("/books/?status=active&sort=-title")
    ticked = send(client, page, {"ids": [first, last]}, "export")
    assert [ids(client.get(link)) for link, text in read(ticked).links if text == "JSON"] == [[last, first]]
    token = read(page).form("ids").value("csrf_token")
    data = {"csrf_token": token, "action": "export", "all": "1"}
    everything = client.post("/books/bulk?status=active", data=data)
    [link] = [link for link, text in read(everything).links if text == "CSV"]
    assert len(ids(client.get(link))) == 3


def test_the_chosen_columns_in_their_order(client, session):
    make_book(session, pages=320)
    for format in ("csv", "json", "xlsx"):
        [found] = records(client.get(f"/books/export.{format}?columns=title,pages,author"))
        assert list(found) == [
            "id",
            "title",
            *(["subtitle"] if "subtitle" in found else []),
            "pages",
            "author",
            "author_id",
        ]
        assert spoken(found["pages"]) == "320"


def test_no_secret_is_ever_a_column(client, session):
    make_user(session, password_hash="$argon2id$canary")
    for format in ("csv", "json", "xlsx"):
        answer = client.get(f"/users/export.{format}")
        assert b"canary" not in answer.data
        assert client.get(f"/users/export.{format}?columns=username,password_hash").status_code == 400


# Formulas


def test_no_text_is_taken_for_a_formula(client, session):
    for number, first in enumerate(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")):
        wild = f'{first}HYPERLINK("http://evil.example";{number})'
        author = make_author(session, name=wild)
        make_book(session, author=author, title=wild, subtitle="'tis plain")
        make_post(session, title="'" + wild).tags = [make_tag(session, name=f"{first}{number}")]
        session.flush()
        book = records(client.get("/books/export.csv?sort=-created_at"))[0]
        post = records(client.get("/posts/export.csv?sort=-created_at"))[0]
        assert (book["title"], book["author"], book["subtitle"]) == ("'" + wild, "'" + wild, "'tis plain")
        assert (post["title"], post["tags"]) == ("''" + wild, f"'{first}{number}")
        assert [formulas.unguarded(cell) for cell in (book["title"], post["title"])] == [wild, "'" + wild]
        for format in ("json", "xlsx"):
            book = records(client.get(f"/books/export.{format}?sort=-created_at"))[0]
            assert spoken(book["title"]) in (wild, wild.replace("\r", "_x000D_"))
            assert format == "json" or (book["title"][0], book["price"][0]) == ("inlineStr", "n")


def test_the_guard_can_be_taken_off_again(session, kind):
    texts = [
        "",
        "'",
        "''",
        "a=b",
        "'a",
        *(quotes + first + "1" for first in formulas.FIRST for quotes in ("", "'", "''")),
    ]
    for given in texts:
        if "\x00" in given and kind == "postgresql":
            continue  # which keeps none
        statement = select(formulas.guarded_sql(literal(given), kind))
        assert session.scalar(statement) == guarded(given), repr(given)
        assert formulas.unguarded(guarded(given)) == given


# One moment, little memory, few statements


def test_what_others_write_meanwhile_is_not_in_it(app, session, monkeypatch, kind):
    """The book moves from the first half of the order to the second while the first is being written."""
    moving, *_ = [make_book(session, published_on=day).id for day in (date(1999, 1, 1), date(2000, 1, 1), None)]
    session.commit()
    monkeypatch.setattr(export, "BLOCK", 1)

    def write(number):
        session.get(Book, moving).published_on = None
        session.flush()

    wanted = reading(app, "books", "sort=published_on")
    with app.app_context(), export.snapshot(db.session()):
        file = io.BytesIO()
        assert export.write_csv(db.session(), wanted, file, write) == 3
    assert file.getvalue().decode().count("1999-01-01") == 1


def reading(app, entity: str, query: str = "") -> export.Export:
    resource = app.blueprints[entity].resource
    return screen.read(resource, screen.MultiDict(part.split("=") for part in query.split("&") if part))


def test_the_number_of_statements_does_not_grow(client, session, queries):
    seen = []
    for count in (2, 20):
        for _ in range(count):
            make_book(session)
        session.commit()
        with queries() as statements:
            assert len(ids(client.get("/books/export.json"))) >= count
        seen.append(len(statements))
    assert seen[0] == seen[1] <= 7, statements


def make_many(session, kind, count):
    """Tags by one statement; their names have fifty letters."""
    series = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) SELECT i FROM n"
        if kind == "sqlite"
        else "SELECT generate_series(1, :count) AS i"
    )
    name = "substr('000000' || i, length(cast(i AS text)) + 1) || 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr'"
    session.execute(
        text(
            "INSERT INTO tags (name, name_key, sort_key, search_key, version, created_at, updated_at) "
            f"SELECT {name}, {name}, {name}, {name}, 1, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' "
            f"FROM ({series}) AS numbers"
        ),
        {"count": count},
    )


@pytest.mark.parametrize("format", ["csv", "json", "xlsx"])
def test_no_more_than_a_block_is_held(app, session, kind, format, monkeypatch):
    monkeypatch.setattr(export, "BLOCK", 200)
    make_many(session, kind, 8_000)
    wanted = reading(app, "tags")
    with app.app_context(), export.snapshot(db.session()), open("/dev/null", "wb") as nowhere:
        small = export.Export(wanted.asked, wanted.columns, [1])
        export.FORMATS[format].write(db.session(), small, io.BytesIO(), screen.unreported)  # what is loaded once
        file = io.BytesIO() if format == "xlsx" else nowhere  # an archive is written here and there
        tracemalloc.start()
        try:
            assert export.FORMATS[format].write(db.session(), wanted, file, screen.unreported) == 8_000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 700_000, f"{peak:,} bytes for a table of more than a million"


# Who, and how often


def test_a_role_exports_what_it_may_read(log_in_as, session):
    make_book(session)
    viewer = log_in_as("viewer")
    assert len(ids(viewer.get("/books/export.csv"))) == 1
    assert viewer.get("/users/export.csv").status_code == 403
    links = [link for link, _ in read(viewer.get("/books/?status=forthcoming")).links]
    assert "/books/export.csv?status=forthcoming" in links


def test_each_export_is_logged(client, session, caplog):
    make_book(session)
    caplog.set_level("INFO")
    client.get("/books/export.xlsx?status=forthcoming")
    [line] = [line for line in caplog.records if line.getMessage() == "exported"]
    assert (line.entity, line.format, line.rows) == ("books", "xlsx", 1)
    assert line.user


def test_after_some_exports_one_waits(log_in_as, session, monkeypatch, caplog):
    monkeypatch.setitem(allowance.LIMITS, "export", 2)
    client, other = log_in_as("viewer"), log_in_as("viewer")
    assert [client.get("/tags/export.csv").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/tags/export.csv")
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert "Go on in 10 minutes" in refused.text
    assert "too often" in caplog.text
    assert other.get("/tags/export.csv").status_code == 200


STRANGE = [
    *("csv?x=1", "csv?sort=nonsense", "json?status=nonsense", "csv?q=a&q=b", "xlsx?columns=nonsense", "csv?after=x"),
    *("csv?ids=x", "csv?ids=0", "csv?ids=", "csv?ids=-1", "csv?ids=9223372036854775808", "csv?ids=1&ids=²"),
    *("csv?" + "&".join(f"ids={number}" for number in range(1, 502)), "csv?format=json", "csv?view=7"),
]


def test_what_the_address_does_not_know_is_named(client):
    for tail in STRANGE:
        assert client.get(f"/books/export.{tail}").status_code == 400, tail
    for tail in ("pdf", "csv/", "CSV", "csv.gz", ""):
        assert client.get(f"/books/export.{tail}").status_code == 404, tail


def test_a_question_about_a_file_makes_none(client, session, caplog):
    caplog.set_level("INFO")
    answer = client.head("/books/export.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert "exported" not in caplog.messages


def test_what_a_sheet_cannot_hold_is_refused_in_words(client, session, monkeypatch):
    monkeypatch.setattr(screen, "MOST_SHEET_ROWS", 2)
    for _ in range(3):
        make_tag(session)
    answer = client.get("/tags/export.xlsx")
    assert answer.status_code == 400
    assert "Take CSV or JSON, or narrow it." in answer.text


# A long list becomes a job


@pytest.fixture
def long_lists(monkeypatch):
    """Two rows are many."""
    monkeypatch.setattr(screen, "AT_ONCE", 2)


@pytest.fixture
def ines(session):
    return make_user(session, role=Role.EDITOR, name="Ines Lindqvist", lists={"books": {"columns": ["title", "price"]}})


@pytest.fixture
def asked(long_lists, log_in, ines, session, app):
    """Ines's client, and a job of hers that waits."""
    for left in folder(app).glob("*.*"):
        left.unlink()
    for number in range(3):
        make_book(session, title=f"=Emma {number}")
    session.commit()
    client = log_in(ines)
    answer = client.get("/books/export.csv?sort=-title")
    assert (answer.status_code, answer.location) == (303, "/jobs/1")
    return client


def perform(app, attempt=1):
    with app.app_context():
        jobs.perform(1, attempt)


def folder(app) -> Path:
    return app.config["COLOPHON"].results


def test_the_job_writes_what_was_asked_and_its_page_leads_to_the_file(asked, app, ines, stored, session):
    ines.lists = {}  # what she chooses later does not matter
    session.flush()
    perform(app)
    job = stored(Job, 1)
    assert (job.state, job.title, job.done) == (State.DONE, "Export more than 2 books as CSV", 3)
    assert job.message.startswith("3 books, ")
    with asked.get("/jobs/1/result") as answer:
        found = records(answer)
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=books-")
    assert [record["title"] for record in found] == ["'=Emma 2", "'=Emma 1", "'=Emma 0"]
    assert list(found[0]) == ["id", "title", "subtitle", "price", "currency"]
    assert stat.S_IMODE((folder(app) / "1.csv").stat().st_mode) == 0o600


def test_asked_again_while_it_waits_it_is_the_same_job(asked, session):
    assert asked.get("/books/export.csv?sort=-title").location == "/jobs/1"
    assert asked.get("/books/export.csv?sort=title").location == "/jobs/2"


def test_whoever_may_not_export_any_more_gets_no_file(asked, app, session, ines, stored):
    with app.app_context(), unit_of_work() as opened:
        opened.get(Job, 1).entity = "users"  # as if she had been an administrator when she asked
    perform(app)
    job = stored(Job, 1)
    assert (job.state, job.result) == (State.FAILED, None)
    assert job.message == "Ines Lindqvist may not export users any more, so nothing was done."


def test_a_job_that_is_cancelled_leaves_no_file(asked, app, stored, monkeypatch):
    def cancelled(session, wanted, file, report):
        file.write(b"half of it")
        with app.app_context(), unit_of_work() as other:
            queue.cancel(other, 1)
        report(1)

    monkeypatch.setitem(export.FORMATS, "csv", export.Format("CSV", "text/csv", cancelled))
    perform(app)
    assert stored(Job, 1).state == State.CANCELLED
    assert not list(folder(app).glob("1.*"))


def test_a_full_disk_is_said(asked, app, stored, monkeypatch):
    def full(session, wanted, file, report):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(export.FORMATS, "csv", export.Format("CSV", "text/csv", full))
    perform(app)
    assert stored(Job, 1).message == "The file could not be written: No space left on device."
    assert not list(folder(app).glob("1.*"))


# The command


def test_the_command_writes_the_same(app, client, session, tmp_path):
    make_book(session, title="Emma", status="active")
    make_book(session)
    session.commit()
    runner = app.test_cli_runner()
    done = runner.invoke(args=["export", "books", "status=active", "--format", "json"])
    assert done.exit_code == 0, done.output
    assert done.stdout == client.get("/books/export.json?status=active").text
    assert "1 books." in done.stderr
    written = tmp_path / "books.csv"
    assert runner.invoke(args=["export", "books", "-o", str(written)]).exit_code == 0
    assert written.read_text() == client.get("/books/export.csv").text
    for wrong in (["export", "shelves"], ["export", "books", "x=1"], ["export", "books", "--format", "pdf"]):
        assert runner.invoke(args=wrong).exit_code != 0
    db_users = session.scalars(select(User.id)).all()
    assert db_users, "nobody had to be signed in, and nobody went"
