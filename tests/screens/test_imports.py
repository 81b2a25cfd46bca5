"""Import, step by step: a file comes in, its columns find their fields, every row is looked at before it counts."""

import csv
import errno
import io
import stat
import tracemalloc

import pytest
from sqlalchemy import delete, func, select, update
from xlsxwriter import Workbook

import jobs
from admin.imports import plan_form, reading
from admin.imports.plan import Plan
from admin.imports.summary import OUTCOMES
from admin.screens import import_check, import_job
from models.base import now
from models.book import Book
from models.job import Job, State
from models.session import UserSession
from models.upload import Upload
from models.user import Role
from policy import GRANTS, granted
from services import allowance, passwords, sign_in, uploads
from tests.entities import ENTITIES, address, each_entity, make_various
from tests.factories import make_author, make_book, make_user
from tests.forms import follow, read, send

BOOKS = "title,isbn,author,price\nEmma,9780306406157,Jane Austen,9.90\nVillette,978-1-4028-9462-6,Jane Austen,12\n"


no_database = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # has a part in it


@pytest.fixture(autouse=True)
def generous(monkeypatch):
    """What is allowed within ten minutes is the subject of one test alone."""
    monkeypatch.setitem(allowance.LIMITS, "import", 1000)


@pytest.fixture
def austen(session):
    return make_author(session, name="Jane Austen")


def post_file(client, content, entity="books", name="list.csv"):
    token = read(client.get(f"/{entity}/import")).form("text").value("csrf_token")
    data = {
        "csrf_token": token,
        "file": (io.BytesIO(content if isinstance(content, bytes) else content.encode()), name),
    }
    return client.post(f"/{entity}/import", data=data, content_type="multipart/form-data")


def sent(client, content, entity="books", name="list.csv"):
    """The page of the columns of a file that was just sent."""
    answer = post_file(client, content, entity, name)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location)


def checked(client, content, entity="books", **changes):
    """The page of the check; `changes` are to the form of the columns."""
    answer = send(client, sent(client, content, entity), {"match": changes.pop("match", "id")} | changes)
    assert answer.status_code == 303, read(answer).errors
    return client.get(answer.location)


def upload_of(session):
    session.expire_all()
    return session.scalars(select(Upload).order_by(Upload.id.desc())).first()


def plan_of(session):
    return Plan.from_json(upload_of(session).plan)


def folder(app):
    return app.config["COLOPHON"].uploads


def figures(page):
    """What the check counts: new, changed, unchanged, invalid."""
    numbers = [page.text.split(f"<span>{label}</span><b>")[1].split("<")[0] for label in OUTCOMES.values()]
    return [int(number.replace(",", "")) for number in numbers]


def check_again(client, page, **typed):
    form = next(form for form in read(page).forms if form.action.endswith("/fix"))
    return client.post(form.action, data={**dict(form.fields), **typed})


# A file


@no_database
def test_a_file_is_kept_for_its_sender_alone_under_a_number(app, client, session):
    page = sent(client, BOOKS, name="../../etc/pass\x01wd.csv")
    upload = upload_of(session)
    path = folder(app) / str(upload.id)
    assert (upload.name, upload.entity, upload.size) == ("pass wd.csv", "books", len(BOOKS))
    assert path.read_text() == BOOKS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "pass wd.csv" in page.text


@no_database
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "a.csv"),
        (b"a,a\n1,2\n", "twice.csv"),
        (b",,\n", "none.csv"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason_and_not_kept(app, client, session, content, name):
    before = set(folder(app).glob("*"))
    answer = post_file(client, content, name=name)
    assert answer.status_code == 422
    assert len(read(answer).errors["file"]) > 10
    assert session.scalar(select(func.count()).select_from(Upload)) == 0
    assert set(folder(app).glob("*")) == before


@no_database
def test_too_many_columns_are_refused(client):
    answer = post_file(client, ",".join(f"c{n}" for n in range(400)) + "\n1\n")
    assert answer.status_code == 422
    assert "400 columns" in read(answer).errors["file"]


@no_database
def test_rows_are_pasted_as_a_spreadsheet_copies_them(client, session, austen):
    page = client.get("/books/import")
    answer = send(client, page, {"text": "title\tauthor\tprice\nEmma\tJane Austen\t9,90\n"})
    assert follow(client, answer).status_code == 200
    assert upload_of(session).shape["delimiter"] == "\t"
    assert read(send(client, page, {"text": "  "})).errors["file"].startswith("Choose a file")


@no_database
def test_a_refused_paste_is_not_lost(client):
    answer = send(client, client.get("/books/import"), {"text": "a,a\n1,2\n"})
    assert answer.status_code == 422
    assert read(answer).form("text").value("text") == "a,a\n1,2\n"


def test_only_so_many_files_are_taken_in_ten_minutes(client, session, monkeypatch):
    monkeypatch.setitem(allowance.LIMITS, "import", 2)
    assert post_file(client, b"").status_code == 422, "what cannot be read counts too"
    assert post_file(client, BOOKS).status_code == 303
    answer = post_file(client, BOOKS)
    assert answer.status_code == 429
    assert "import no. 2" in answer.text
    assert session.scalar(select(func.count()).select_from(Upload)) == 1


@no_database
def test_a_full_disk_is_said_and_leaves_nothing_behind(app, client, session, monkeypatch):
    class Full(io.BytesIO):
        def read(self, *_):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploads, "BLOCK", 10)
    real = uploads.incoming
    monkeypatch.setattr(uploads, "incoming", lambda file, folder: real(Full(), folder))
    before = set(folder(app).glob("*"))
    answer = post_file(client, BOOKS)
    assert answer.status_code == 503
    assert "The disk is full" in answer.text
    assert set(folder(app).glob("*")) == before
    assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_files_that_are_too_old_are_swept_and_their_rows_remembered(app, client, session):
    sent(client, BOOKS)
    upload = upload_of(session)
    upload.expires_at = upload.created_at
    session.flush()
    (folder(app) / "777.csv").touch()
    with app.app_context():
        jobs.sweep()
    assert not (folder(app) / str(upload.id)).exists()
    assert not (folder(app) / "777.csv").exists()
    answer = client.get(f"/books/import/{upload.id}")
    assert answer.status_code == 410
    assert "taken away" in answer.text


# How large


ROW = b"Emma,1815\n"


class Stream(io.RawIOBase):
    """A multipart body with a file of `size` bytes, made while it is read."""

    def __init__(self, head, size, tail):
        self.parts, self.size = [head, size, tail], len(head) + size + len(tail)

    def readable(self):
        return True

    def readinto(self, buffer):
        while self.parts and not self.parts[0]:
            self.parts.pop(0)
        if not self.parts:
            return 0
        first = self.parts[0]
        number = min(len(buffer), first if isinstance(first, int) else len(first))
        number -= number % len(ROW) if isinstance(first, int) and number >= len(ROW) else 0
        buffer[:number] = (ROW * (number // len(ROW) + 1))[:number] if isinstance(first, int) else first[:number]
        self.parts[0] = first - number if isinstance(first, int) else first[number:]
        return number


def post_large(client, path, size):
    token = read(client.get("/account")).form().value("csrf_token")
    part = "--x\r\nContent-Disposition: form-data; name={}\r\n\r\n{}"
    head = f"{part.format('csrf_token', token)}\r\n{part.format('file; filename=a.csv', '')}"
    body = Stream(head.encode(), size, b"\r\n--x--\r\n")
    environ = {"CONTENT_LENGTH": str(body.size), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    return client.post(path, environ_overrides={"wsgi.input": io.BufferedReader(body), **environ})


@no_database
def test_only_the_address_of_files_takes_more_than_a_form_and_only_from_people(app, client, anonymous):
    assert post_large(client, "/books/import", 3_000_000).status_code == 303
    assert post_large(client, "/books/new", 3_000_000).status_code == 413
    assert post_large(client, "/books/import/1/fix", 3_000_000).status_code == 413
    assert anonymous.post("/books/import", data={"text": "x" * 1_100_000}).status_code == 413


@no_database
def test_a_file_may_have_so_many_bytes(another_app, client):
    small = another_app(max_upload=2_000_000).test_client()
    small.set_cookie("colophon", client.get_cookie("colophon").value)
    answer = post_large(small, "/books/import", 2_000_001)
    assert answer.status_code == 413
    assert "up to 2 MB" in answer.text


@no_database
def test_a_large_file_is_never_in_memory(client):
    post_large(client, "/books/import", 1000)
    tracemalloc.start()
    answer = post_large(client, "/books/import", 30_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 303
    assert peak < 10_000_000


# Whose it is


def test_a_file_is_its_sender_s_and_an_administrator_s(log_in_as, session):
    sent(log_in_as("editor"), BOOKS)
    paths = [f"/books/import/{upload_of(session).id}{tail}" for tail in ("", "/columns", "/rows.csv?rows=new")]
    other, admin = log_in_as("editor"), log_in_as("admin")
    for path in paths:
        assert other.get(path).status_code == 403
        assert admin.get(path).status_code != 403
    assert admin.get(paths[0].replace("books", "tags")).status_code == 404
    assert "list.csv" not in other.get("/books/import").text


def test_an_unfinished_file_is_listed_and_can_be_discarded(app, client, session):
    sent(client, BOOKS, name="autumn <b>.csv")
    page = client.get("/books/import")
    assert "autumn &lt;b&gt;.csv" in page.text
    key = upload_of(session).id
    token = read(page).form().value("csrf_token")
    answer = client.post(f"/books/import/{key}/discard", data={"csrf_token": token})
    assert "was taken away" in follow(client, answer).text
    assert not (folder(app) / str(key)).exists()
    assert upload_of(session) is None


@no_database
@each_entity
def test_addresses_take_no_other_words(client, session, resource):
    answer = post_file(client, "id\n1\n", resource.entity)
    base = address(resource, f"import/{upload_of(session).id}")
    for path in (address(resource, "import"), base, f"{base}/columns", f"{base}/rows.csv"):
        refused = client.get(f"{path}?page=2")
        assert refused.status_code == 400
        assert "«page»" in refused.text
    assert answer.status_code == 303


# Columns


@each_entity
def test_what_is_exported_is_imported_again_and_changes_nothing(client, session, resource):
    make_various(session, resource, 12)
    content = client.get(address(resource, "export.csv")).data
    page = checked(client, content, resource.entity)
    new, _, same, invalid = figures(page)  # a post that says nothing of when it was published is told so
    assert (new, invalid) == (0, 0)
    assert same >= 10


def test_a_file_that_changes_nothing_says_so(client, session):
    make_various(session, ENTITIES["books"], 3)
    page = checked(client, client.get("/books/export.csv").data)
    assert "Nothing to change: all 3 rows are in the catalogue as they are." in page.text
    assert "/run" not in "".join(form.action for form in read(page).forms)


@no_database
def test_columns_can_be_read_otherwise(client, session):
    page = sent(client, "title;price\nÄ;1\n".encode("cp1252"))
    assert read(page).form("match").value("encoding") == "cp1252"
    page = send(client, page, {"encoding": "cp1251", "delimiter": ","}, button="look")
    assert page.status_code == 200
    assert "title;price" in page.text
    assert "Д;1" in page.text
    page = send(client, page, {"header": "0"}, button="look")
    assert "Column A" in page.text
    assert upload_of(session).shape["encoding"] == "cp1252", "nothing is kept before the check"


@no_database
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("delimiter", "x"),
        ("encoding", "rot13"),
        ("header", "-1"),
        ("to-0", "password_hash"),
        ("match", "price"),
        ("mode", "x"),
    ],
)
def test_what_no_control_offers_is_a_bad_request(client, name, text):
    answer = send(client, sent(client, BOOKS), {name: text})
    assert answer.status_code == 400
    assert f"«{name}»" in answer.text


@no_database
def test_a_way_of_reading_that_makes_no_sense_is_said_and_the_choice_of_columns_stays(client):
    page = send(client, sent(client, BOOKS), {"header": "9", "to-0": "subtitle"}, button="look")
    assert page.status_code == 422
    assert "makes no sense" in page.text
    assert read(page).form("match").value("to-0") == "subtitle"


def test_what_a_new_record_needs_is_asked_for_and_given_to_every_row(client, session, austen):
    page = sent(client, "title,author\nEmma,Jane Austen\n")
    answer = send(client, page, {"match": ""})
    assert answer.status_code == 422
    assert "No column goes to it" in read(answer).errors["fixed-price"]
    answer = send(client, answer, {"fixed-price": "a lot"})
    assert answer.status_code == 422
    assert read(answer).form("match").value("fixed-price") == "a lot"
    page = follow(client, send(client, answer, {"fixed-price": "9,90"}))
    assert figures(page) == [1, 0, 0, 0]
    assert plan_of(session).fixed == {"price": "9,90"}


@no_database
def test_updating_needs_something_to_find_records_by(client):
    page = sent(client, "title,author,price\nEmma,Jane Austen,1\n")
    assert send(client, page, {"match": "", "mode": "update"}).status_code == 422
    answer = send(client, page, {"match": "isbn", "mode": "update"})
    assert "nothing can be found by it" in answer.text


@no_database
def test_one_column_goes_to_two_fields_and_is_taken_apart(client, session):
    page = sent(client, "Künstler;No\nKlimt, Gustav;AT\nKahlo, Frida;MX\nTwombly, Cy;US\n", "authors")
    page = send(client, page, {"to-0": "name", "to-1": "", "also-0": ""}, button="look")
    changes = {"match": "", "to-take-0": "flip", "also-0": "sort_name", "lenient-0": "1"}
    follow(client, send(client, page, changes))
    assert [(place.field, place.take, place.lenient) for place in plan_of(session).places] == [
        ("name", "flip", True),
        ("sort_name", "all", True),
    ]


def test_files_with_the_same_columns_are_placed_alike(client, session, austen):
    content = "Was,Wer\nEmma,Jane Austen\n"
    page = sent(client, content)
    page = send(client, page, {"to-0": "title", "to-1": "author"}, button="look")
    follow(client, send(client, page, {"match": "", "fixed-price": "1"}))
    page = sent(client, content.replace("Emma", "Persuasion"))
    assert "Remembered from" in page.text
    form = read(page).form("match")
    assert (form.value("to-0"), form.value("to-1"), form.value("fixed-price")) == ("title", "author", "1")


# The check


def test_every_row_is_new_changed_unchanged_or_invalid(client, session, austen):
    make_book(session, author=austen, title="Emma", isbn="9780306406157", price=10)
    make_book(session, author=austen, title="Villette", isbn="9781402894626", price=12)
    content = BOOKS + "Persuasion,,Jane Austen,8\nSanditon,,Jane Austen,free\n"
    page = checked(client, content, match="isbn")
    assert figures(page) == [1, 1, 1, 1]
    assert read(page).rows == [5], "what is wrong is shown first"
    base = page.request.path
    assert "<del>10.00</del> <ins>9.90</ins>" in client.get(f"{base}?rows=changed").text
    assert "Persuasion" in client.get(f"{base}?rows=new").text
    assert "Villette" in client.get(f"{base}?rows=same").text
    assert client.get(f"{base}?rows=odd").status_code == 400


@no_database
def test_a_cell_is_corrected_in_the_page(client, session, austen):
    page = checked(client, "title,author,price\nEmma,Jane Austen,free\n", match="")
    page = follow(client, send(client, page, {"fix-2-price": "9,90"}))
    assert figures(page) == [1, 0, 0, 0]
    assert plan_of(session).fixes == {"2": {"price": "9,90"}}


@no_database
def test_a_proposal_stands_in_the_box_and_is_taken_by_checking_again(client, austen):
    page = checked(client, "title,isbn,author,price\nEmma,9780306406158,Jane Austen,1\n", match="isbn")
    assert figures(page) == [0, 0, 0, 1]
    assert read(page).form("fix-2-isbn").value("fix-2-isbn").replace("-", "") == "9780306406157"
    assert figures(follow(client, send(client, page, {"fix-2-isbn": "9780306406157"}))) == [1, 0, 0, 0]


def test_what_cannot_be_read_is_left_empty_with_one_choice(client, session, austen):
    page = checked(client, "title,pages,author,price\nEmma,many,Jane Austen,1\n", match="")
    assert figures(page) == [0, 0, 0, 1]
    assert "Leave Pages empty there" in page.text
    page = follow(client, send(client, page, {"lenient": "pages"}))
    assert figures(page) == [1, 0, 0, 0]
    page = checked(client, "title,pages,author,price\nEmma,12,Jane Austen,much\n", match="")
    assert "Leave Price empty there" not in page.text, "a price is needed"


def test_missing_authors_are_made_unless_somebody_says_no(client, session):
    page = checked(client, BOOKS, match="isbn")
    assert figures(page) == [2, 0, 0, 0]
    assert "with 1 new author" in page.text
    page = follow(client, send(client, page, {"shown": "author", "create": ()}))
    assert figures(page) == [0, 0, 0, 2]
    assert "1 author is not there yet" in page.text


def test_which_of_two_namesakes_is_meant_is_asked(client, session):
    first, second = (make_author(session, name="Jane Austen", email=f"{n}@example.org") for n in range(2))
    page = checked(client, BOOKS, match="isbn")
    assert "Which author is meant?" in page.text
    assert "1@example.org" in page.text
    page = follow(client, send(client, page, {"choice-author-1": second.id}))
    assert figures(page) == [2, 0, 0, 0]
    assert plan_of(session).choices == {"author": {"Jane Austen": second.id}}
    assert first.id != second.id


def test_rows_are_browsed_page_by_page(client, monkeypatch, austen):
    monkeypatch.setattr(import_check, "PAGE", 3)
    lines = "".join(f"Book {n},Jane Austen,1\n" for n in range(8))
    page = checked(client, f"title,author,price\n{lines}", match="")
    path, seen = f"{page.request.path}?rows=new", []
    while path:
        page = read(client.get(path))
        seen.append(page.rows)
        path = page.rel.get("next")
    assert seen == [[2, 3, 4], [5, 6, 7], [8, 9]]


def test_invalid_rows_are_downloaded_mended_and_sent_again(client, austen):
    page = checked(client, "title,author,price\n=1+1,Jane Austen,free\nEmma,Jane Austen,2\n", match="")
    answer = client.get(f"{page.request.path}/rows.csv?rows=invalid")
    assert answer.headers["Content-Disposition"] == "attachment; filename=list-invalid.csv"
    head, row = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert head == ["title", "author", "price", "Reason"]
    assert row[:3] == ["'=1+1", "Jane Austen", "free"], "no spreadsheet runs it"
    assert len(row[3]) > 5
    mended = answer.data.replace(b"free", b"3")
    page = checked(client, mended, match="")
    assert figures(page) == [1, 0, 0, 0]
    assert "=1+1" in client.get(f"{page.request.path}?rows=new").text


# The run


def perform(app, session):
    """What the worker does with the job that was asked for last."""
    session.expire_all()
    job = session.scalars(select(Job).order_by(Job.id.desc())).first()
    with app.app_context():
        jobs.perform(job.id, job.attempt)
    session.expire_all()
    return session.get(Job, job.id)


def test_what_the_check_showed_is_written_reported_and_taken_back(app, client, session):
    page = checked(client, BOOKS, match="isbn")
    assert "Import 2 rows" in page.text
    answer = send(client, page, {"seen": read(page).form("seen").value("seen")})
    job = perform(app, session)
    assert answer.location == f"/jobs/{job.id}"
    assert (job.kind, job.state, job.parameters["do"]) == ("import", State.DONE, "run")
    assert sorted(session.scalars(select(Book.title))) == ["Emma", "Villette"]
    report = client.get(answer.location)
    assert job.message in report.text
    assert page.request.path in [link for link, _ in read(report).links]
    assert "This very file was imported on" not in page.text
    assert "This very file was imported on" in sent(client, BOOKS).text
    page = client.get(page.request.path)
    assert job.message in page.text
    assert "/run" not in "".join(form.action for form in read(page).forms)
    undo = next(form for form in read(report).forms if form.action.endswith("/undo"))
    assert client.post(undo.action, data=dict(undo.fields)).status_code == 303
    assert session.scalar(select(func.count()).select_from(Book)) == 0
    assert "Undone by" in client.get(answer.location).text


def test_the_same_file_again_changes_nothing_mended_cells_included(app, client, session):
    content = BOOKS + "Sanditon,,Jane Austen,free\n"
    page = follow(client, send(client, checked(client, content, match="isbn"), {"fix-4-price": "3"}))
    send(client, page, {"seen": read(page).form("seen").value("seen")})
    perform(app, session)
    page = checked(client, content, match="isbn")
    assert figures(page) == [0, 0, 3, 0]
    assert "Nothing to change: all 3 rows are in the catalogue as they are." in page.text
    page = checked(client, content.replace("Sanditon", "Lady Susan"), match="isbn")
    assert figures(page) == [0, 0, 2, 1], "another file has other cells"


def test_invalid_rows_are_left_out_only_when_somebody_says_so(app, client, session):
    page = checked(client, BOOKS + "Sanditon,,Jane Austen,free\n", match="isbn")
    assert "Leave out the 1 invalid row" in page.text
    refused = send(client, page, {"seen": read(page).form("seen").value("seen")})
    assert refused.status_code == 422
    assert "1 row is invalid" in refused.text
    assert send(client, page, {"partial": "1"}).status_code == 303
    assert perform(app, session).state == State.DONE
    assert session.scalar(select(func.count()).select_from(Book)) == 2


@no_database
def test_what_was_checked_again_meanwhile_is_shown_instead_of_run(client, session, austen):
    page = checked(client, BOOKS, match="isbn")
    answer = send(client, page, {"seen": "2 0 0 x"})
    assert answer.location == page.request.path
    assert "checked again meanwhile" in follow(client, answer).text
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_catalogue_that_changed_since_the_check_is_left_alone_and_checked_again(app, client, session, austen):
    book = make_book(session, author=austen, title="Emma", isbn="9780306406157", price=10)
    page = checked(client, BOOKS, match="isbn")
    answer = send(client, page, {"seen": read(page).form("seen").value("seen")})
    book.price = 11
    session.flush()
    job = perform(app, session)
    assert job.state == State.FAILED
    assert "Look at the check" in client.get(answer.location).text
    page = client.get(page.request.path)
    assert "It was not imported." in page.text
    page = follow(client, check_again(client, page))
    assert figures(page) == [1, 1, 0, 0]
    assert "Import 2 rows" in page.text


def test_a_long_file_is_checked_by_a_job_whose_page_leads_back(app, client, session, monkeypatch):
    monkeypatch.setattr(import_job, "AT_ONCE", 1)
    answer = send(client, sent(client, BOOKS), {"match": "isbn"})
    waiting = client.get(answer.location)
    assert "Waiting for its turn" in waiting.text
    assert send(client, sent(client, BOOKS), {"match": "isbn"}).status_code == 303
    job = session.scalars(select(Job).order_by(Job.id)).first()
    with app.app_context():
        jobs.perform(job.id, 1)
    session.expire_all()
    assert session.get(Job, job.id).state == State.DONE
    assert "Look at the check" in client.get(f"/jobs/{job.id}").text
    assert figures(client.get(answer.location)) == [2, 0, 0, 0]


@no_database
def test_a_file_at_work_is_neither_discarded_nor_planned_anew(client, session, monkeypatch):
    monkeypatch.setattr(import_job, "AT_ONCE", 1)
    page = sent(client, BOOKS)
    follow(client, send(client, page, {"match": "isbn"}))
    refused = send(client, page, {"match": "isbn"})
    assert refused.status_code == 422
    assert "A job is at work" in refused.text
    upload = upload_of(session)
    discard = next(form for form in read(client.get("/books/import")).forms if form.action.endswith("/discard"))
    assert "is at work" in follow(client, client.post(discard.action, data=dict(discard.fields))).text
    assert upload_of(session).id == upload.id


@no_database
def test_creating_what_is_missing_needs_the_right_to(log_in_as, session, monkeypatch):
    monkeypatch.setitem(GRANTS, Role.EDITOR, (*(g for g in GRANTS[Role.EDITOR] if g != "authors:*"), "authors:view"))
    granted.cache_clear()
    client = log_in_as("editor")
    page = checked(client, BOOKS, match="isbn")
    assert figures(page) == [0, 0, 0, 2]
    check_again(client, page, shown="author", create="author")
    assert not plan_of(session).create
    granted.cache_clear()


@no_database
def test_users_are_imported_by_somebody_who_has_just_signed_in(app, log_in, session):
    admin = make_user(session, username="ana", role=Role.ADMIN, password_hash=passwords.make_hash("zebra lantern 42"))
    client = log_in(admin)
    page = checked(client, "username,email\nmia,mia@example.org\n", "users", match="username")
    earlier = now() - sign_in.FRESH - sign_in.TOUCH
    session.execute(update(UserSession).values(created_at=earlier))
    answer = send(client, page, {"seen": read(page).form("seen").value("seen")})
    assert answer.status_code == 401
    assert "Your password once more" in answer.text
    page = send(client, answer, {"signin.password": "zebra lantern 42"})
    onward = read(page).form("seen")
    assert client.post(onward.action, data=dict(onward.fields)).status_code == 303
    assert perform(app, session).state == State.DONE


@no_database
def test_a_file_that_came_after_the_session_had_ended_is_asked_for_again(client, session):
    token = read(client.get("/books/import")).form("text").value("csrf_token")
    session.execute(delete(UserSession))
    data = {"csrf_token": token, "text": BOOKS, "file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")}
    answer = client.post("/books/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 401
    assert read(answer).form("signin.password").value("text").split() == BOOKS.split()
    assert session.scalar(select(func.count()).select_from(Upload)) == 0


@no_database
def test_the_pages_ask_the_database_the_same_however_many_rows_there_are(client, queries, austen):
    numbers = set()
    for rows in (1, 60):
        lines = "".join(f"Book {n},Jane Austen,1\n" for n in range(rows))
        base = checked(client, f"title,author,price\n{lines}", match="").request.path
        for path in (base, f"{base}/columns"):
            with queries() as seen:
                assert client.get(path).status_code == 200
            numbers.add((path.rpartition("/")[2] == "columns", len(seen)))
    assert len(numbers) == 2
    assert max(number for _, number in numbers) <= 4


@pytest.mark.parametrize(
    ("content", "currency"),
    [
        ("title,author,price\nEmma,Jane Austen,£12.50\nPersuasion,Jane Austen,£9.00\n", "GBP"),
        ("title,author,Price (USD)\nEmma,Jane Austen,12.50\nPersuasion,Jane Austen,9.00\n", "USD"),
    ],
    ids=["in the cells", "in the name of the column"],
)
def test_a_price_brings_its_currency_along(app, client, session, austen, content, currency):
    page = checked(client, content, match="")
    assert figures(page) == [2, 0, 0, 0]
    send(client, page, {"seen": read(page).form("seen").value("seen")})
    perform(app, session)
    assert set(session.scalars(select(Book.currency))) == {currency}


@no_database
def test_the_lists_of_a_json_file_can_be_chosen_like_sheets(client):
    content = '{"people": [{"name": "Jane Austen"}], "books": [{"title": "Emma"}, {"title": "Persuasion"}]}'
    page = sent(client, content, name="all.json")
    assert "Persuasion" in page.text
    other = send(client, page, {"sheet": "people"})
    assert "Jane Austen" in other.text
    assert "list «people»" in other.text
    assert "Persuasion" not in other.text


# Words


WORDS = "title,author,price,format\n" + "".join(
    f"Book {n},{who},{price},Slipcase\n" for n, (who, price) in enumerate([("Jane Austin", "free")] * 3)
)


def test_a_word_is_corrected_once_for_all_its_rows_and_remembered_with_the_columns(client, session, austen):
    page = checked(client, WORDS, match="", create=())
    assert figures(page) == [0, 0, 0, 3]
    form = read(page).form("means-format-1")
    assert (form.value("word-format-1"), form.value("word-price-1")) == ("Slipcase", "free")
    page = follow(client, send(client, page, {"means-format-1": "hardback", "means-price-1": "0"}))
    assert "1 author is not there yet" in page.text
    assert "Called alike:" in page.text
    page = follow(client, send(client, page, {"means-author-1001": "Jane Austen"}))
    assert figures(page) == [3, 0, 0, 0]
    assert "3 × Format: «Slipcase» read as «Hardback»" in page.text
    meant = {"format": {"Slipcase": "hardback"}, "price": {"free": "0"}, "author": {"Jane Austin": "Jane Austen"}}
    assert plan_of(session).words == meant
    page = checked(client, WORDS.replace("Book", "Another"), match="")
    assert figures(page) == [3, 0, 0, 0], "the next file of the same columns"
    page = follow(client, send(client, page, {"means-format-2001": ""}))
    assert figures(page) == [0, 0, 0, 3], "what was said is taken back"
    assert plan_of(session).words == {name: meant[name] for name in ("price", "author")}


@no_database
def test_what_was_said_of_a_name_follows_what_is_said_of_that_name_later(client, session, austen):
    page = checked(client, WORDS.replace("free", "1").replace("Slipcase", ""), match="")
    page = follow(client, send(client, page, {"means-author-1001": "Jane Austn"}))
    assert read(page).form("word-author-1001").value("word-author-1001") == "Jane Austn"
    follow(client, send(client, page, {"means-author-1001": "Jane Austen"}))
    assert plan_of(session).words["author"] == {"Jane Austin": "Jane Austen", "Jane Austn": "Jane Austen"}


@no_database
def test_a_meaning_that_makes_no_sense_stays_in_its_box_with_the_reason(client, austen):
    page = checked(client, WORDS.replace("Austin", "Austen"), match="")
    page = follow(client, send(client, page, {"means-price-1": "a song", "means-format-1": "hardback"}))
    assert figures(page) == [0, 0, 0, 3]
    assert read(page).form("means-price-1").value("means-price-1") == "a song"
    assert "Not a number." in page.text


@no_database
def test_a_proposal_for_a_word_does_not_fill_the_boxes_of_its_rows(client, session):
    lines = "".join(f"Author {n},German; English\n" for n in range(2))
    page = checked(client, f"name,country\n{lines}".replace("German; English", "DE;AT"), "authors", match="")
    form = read(page).form("means-country-1")
    assert (form.value("means-country-1"), form.value("fix-2-country")) == ("DE", "")
    assert figures(follow(client, send(client, page, {"means-country-1": "DE"}))) == [2, 0, 0, 0]
    assert plan_of(session).fixes == {}


@no_database
def test_only_so_many_words_are_kept(client, session, austen, monkeypatch):
    monkeypatch.setattr(plan_form, "MOST_WORDS", 1)
    page = checked(client, WORDS.replace("Austin", "Austen"), match="")
    refused = send(client, page, {"means-price-1": "0", "means-format-1": "hardback"})
    assert refused.status_code == 422
    assert "More than 1 words" in refused.text
    assert plan_of(session).words == {}


# Workbooks


def workbook(rows, sheets=("Books",)):
    content = io.BytesIO()
    with Workbook(content) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return content.getvalue()


EMMA = [("title", "author", "price"), ("Emma", "Jane Austen", 9.9)]


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits for a workbook within a request."""
    monkeypatch.setattr(reading, "PATIENCE", -1)


def test_a_workbook_is_read_at_once(client, monkeypatch, austen):
    monkeypatch.setattr(reading, "PATIENCE", 60)
    page = sent(client, workbook(EMMA), name="list.xlsx")
    assert read(page).form("match").value("to-0") == "title"
    assert "sheet «Books», 1 row" in page.text


def test_one_that_takes_longer_is_read_by_a_job_whose_page_leads_on(app, client, session, austen, impatient):
    waiting = sent(client, workbook(EMMA), name="list.xlsx")
    assert "Waiting for its turn" in waiting.text
    here = waiting.request.path
    assert f'hx-get="{here}"' in waiting.text
    assert client.get(here.removesuffix("/columns")).location == here
    job = perform(app, session)
    assert (job.state, job.parameters["do"]) == (State.DONE, "read"), job.message
    page = client.get(here)
    assert "sheet «Books», 1 row" in page.text
    assert figures(follow(client, send(client, page, {"match": ""}))) == [1, 0, 0, 0]
    assert "Go on with the file" in client.get(f"/jobs/{job.id}").text


def test_another_sheet_that_takes_longer_is_read_by_a_job_too(app, client, session, austen, monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE", 60)
    page = sent(client, workbook(EMMA, ("Books", "More")), name="list.xlsx")
    monkeypatch.setattr(reading, "PATIENCE", -1)
    answer = send(client, page, {"sheet": "More"}, button="look")
    assert answer.status_code == 303
    assert upload_of(session).layout == "", "its columns are not known yet"
    assert "Waiting for its turn" in client.get(answer.location).text
    perform(app, session)
    assert "sheet «More», 1 row" in client.get(answer.location).text


def test_a_workbook_that_cannot_be_read_is_said_by_the_job_and_can_be_read_again(app, client, session, impatient):
    waiting = sent(client, workbook([()]), name="list.xlsx")
    assert perform(app, session).state == State.FAILED
    page = client.get(waiting.request.path)
    assert "The workbook is empty." in page.text
    again = next(form for form in read(page).forms if form.action == waiting.request.path)
    answer = client.post(again.action, data=dict(again.fields))
    assert "Waiting for its turn" in follow(client, answer).text
    assert session.scalar(select(func.count()).select_from(Job)) == 2


@no_database
def test_a_reading_that_is_cancelled_leaves_nothing_half_written(app, client, session, impatient):
    sent(client, workbook(EMMA), name="list.xlsx")
    session.scalars(select(Job)).one().cancel_requested = True
    session.flush()
    assert perform(app, session).state == State.CANCELLED
    assert [path.name for path in folder(app).glob(f"{upload_of(session).id}*")] == [str(upload_of(session).id)]


@no_database
def test_somebody_with_many_jobs_is_told_so_and_the_file_is_not_kept(app, client, session, impatient, monkeypatch):
    monkeypatch.setattr("services.queue.MOST_OPEN", 0)
    before = set(folder(app).glob("*"))
    answer = post_file(client, workbook(EMMA), name="list.xlsx")
    assert answer.status_code == 422
    assert "jobs under way" in read(answer).errors["file"]
    assert set(folder(app).glob("*")) == before


# How a file is read, remembered


def read_as(client, content, name="list-1.csv", **ways):
    """Send a file, say how it is read, and check it."""
    page = send(client, sent(client, content, name=name), ways, button="look")
    return follow(client, send(client, page, {"match": "", "fixed-price": "1"}))


TITLED = "{} list,{},x\ntitle,author,pages\nEmma,Jane Austen,{}\n"


def test_a_file_is_read_as_the_last_one_with_the_same_columns(client, session, austen):
    page = sent(client, TITLED.format("Autumn", 2026, 300), name="list-1.csv")
    assert read(page).form("match").value("header") == "1", "so it is guessed"
    read_as(client, TITLED.format("Autumn", 2026, 300), header="2")
    page = sent(client, TITLED.format("Winter", 2027, 310), name="other.csv")
    assert read(page).form("match").value("header") == "2"
    assert "Remembered from" in page.text
    page = sent(client, "title,author,pages\nEmma,Jane Austen,300\nEmma,Jane Austen,300\n", name="list-2.csv")
    assert read(page).form("match").value("header") == "1", "another file is looked at anew"


def test_a_file_without_column_names_is_known_by_its_name(client, session, austen):
    content = "Emma,Jane Austen\nPersuasion,Jane Austen\n"
    page = send(client, sent(client, content, name="Export 2026-11.csv"), {"header": "0"}, button="look")
    page = send(client, page, {"to-0": "title", "to-1": "author"}, button="look")
    follow(client, send(client, page, {"match": "", "fixed-price": "1"}))
    forms = [read(sent(client, content, name=name)).form("match") for name in ("export 2026-12.csv", "people.csv")]
    assert [form.value("header") for form in forms] == ["0", "1"]
    assert [form.value("to-0") for form in forms] == ["title", ""]


def test_an_encoding_that_only_a_person_can_tell_is_remembered(client, austen):
    content = "title,author,pages\n{},Jane Austen,300\n"
    read_as(client, content.format("Дом").encode("cp1251"), encoding="cp1251")
    assert "Лес" in sent(client, content.format("Лес").encode("cp1251")).text
    assert "Лес" in sent(client, content.format("Лес").encode()).text, "UTF-8 shows itself"


def test_the_sheet_of_a_workbook_is_remembered(app, client, session, austen, monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE", 60)
    content = workbook(EMMA, ("Notes", "Books"))
    page = send(client, sent(client, content, name="list.xlsx"), {"sheet": "Books"}, button="look")
    follow(client, send(client, page, {"match": ""}))
    assert "sheet «Books»" in sent(client, content, name="list.xlsx").text
    monkeypatch.setattr(reading, "PATIENCE", -1)
    waiting = sent(client, content, name="list.xlsx")
    perform(app, session)
    assert "sheet «Books»" in client.get(waiting.request.path).text
