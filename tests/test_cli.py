"""The commands that change something, run inside this process on each database."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

import cli
from config import Config
from models.author import Author
from models.book import Book
from models.change import ChangeSet
from models.post import Post
from models.tag import Tag
from models.user import Role, User
from services.unit_of_work import Refused
from tests.factories import make_author, make_user


@pytest.fixture
def run(app):
    """A function: the words after «flask» → the result, with exit_code, output and stderr."""
    return lambda *words: app.test_cli_runner().invoke(args=words)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


# Users


def test_a_user_is_created_and_told_how_to_sign_in(run, session):
    done = run("users", "create", "ana", "--email", "Ana@Example.org", "--role", "admin")
    assert (done.exit_code, done.output) == (0, "ana is now admin. To sign in: flask users link ana\n")
    ana = session.scalars(select(User)).one()
    assert (ana.username, ana.role, ana.is_active) == ("ana", Role.ADMIN, True)
    assert session.scalar(select(User.password_hash)) is None


def test_there_is_no_way_to_pass_a_password(run):
    done = run("users", "create", "ana", "--email", "a@example.org", "--role", "admin", "--password", "x")
    assert done.exit_code == 2
    assert "password" in run("users", "create", "--help").output, "it says that there is none"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (
            ["INES", "--email", "new@example.org"],
            "There is a user INES already. For a sign-in link: flask users link INES",
        ),
        (["new", "--email", "INES@example.org"], "Somebody else has the address INES@example.org already."),
        (["a b", "--email", "new@example.org"], "Only letters from A to Z"),
        (["new\x00", "--email", "new@example.org"], "NUL"),
        (["new", "--email", "nothing"], "Write an e-mail address"),
        (["", "--email", "new@example.org"], "The username has 1 to 50 characters."),
        (["n" * 51, "--email", "new@example.org"], "The username has 1 to 50 characters."),
        (["new", "--email", "a" * 250 + "@x.org"], "The email has 1 to 254 characters."),
    ],
)
def test_what_cannot_be_a_user_is_refused_with_a_sentence(run, session, words, refusal):
    make_user(session, username="ines")
    done = run("users", "create", *words, "--role", "viewer")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert refusal in done.stderr
    assert "Traceback" not in done.stderr + done.output
    assert count(session, User) == 1


def test_any_other_refusal_says_what_it_says():
    assert cli.explained(Refused("This value is not allowed here.", "role"), "ana", "a@example.org") == (
        "This value is not allowed here."
    )


def test_a_role_that_is_none_lists_those_there_are(run):
    done = run("users", "create", "ana", "--email", "a@example.org", "--role", "king")
    assert done.exit_code == 2
    assert "'viewer', 'contributor', 'editor', 'admin'" in done.stderr


def test_what_a_command_writes_is_in_history_as_a_command(run, session):
    assert run("users", "create", "ana", "--email", "ana@example.org", "--role", "editor").exit_code == 0
    made = session.scalars(select(ChangeSet)).one()
    assert (made.kind, made.actor_id, made.actor, made.sentence) == (
        *("command", None, "command line"),
        "created the user ana",
    )


@pytest.mark.parametrize("name", ["ines", "INES", "ines@example.org"])
def test_a_link_is_printed_and_signs_in(run, app, session, name):
    make_user(session, username="ines")
    done = run("users", "link", name)
    assert done.exit_code == 0
    address = done.output.strip()
    assert address.startswith("http://127.0.0.1:8000/login/link/")
    assert app.test_client().get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_a_link_is_for_somebody_who_is_there_and_active(run, session):
    make_user(session, username="gone", is_active=False)
    for name in ("gone", "nobody"):
        done = run("users", "link", name)
        assert done.exit_code == 1
        assert f"There is no active user {name}. To add one: flask users create {name}" in done.stderr


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8000/login/link/T"),
        ({"host": "0.0.0.0", "port": 80}, "http://127.0.0.1:80/login/link/T"),  # noqa: S104
        ({"host": "::1", "port": 9}, "http://[::1]:9/login/link/T"),
        ({"host": "::"}, "http://[::1]:8000/login/link/T"),
        ({"host": "192.0.2.1"}, "http://192.0.2.1:8000/login/link/T"),
        ({"app_env": "production", "trusted_hosts": ("books.example", "b")}, "https://books.example/login/link/T"),
    ],
)
def test_a_link_leads_to_where_the_server_is(settings, address):
    assert cli.link_address(Config(**settings), "T") == address


# The demo


def test_the_demo_catalogue_is_added_once(run, session):
    done = run("demo")
    assert done.exit_code == 0, done.stderr
    assert [count(session, model) >= least for model, least in ((Author, 40), (Book, 200), (User, 12), (Post, 60))] == [
        True
    ] * 4
    again = run("demo")
    assert again.exit_code == 1
    assert "nothing was added" in again.stderr
    assert count(session, Author) < 100


def test_a_large_catalogue_is_added_to_what_is_there(run, session):
    done = run("demo", "--books", "1000")
    assert done.exit_code == 0, done.stderr
    assert "1,000 books" in done.output
    assert "books" in done.stderr, "its progress"
    assert count(session, Book) >= 1000
    assert session.scalar(select(func.count()).select_from(User).where(User.role == Role.ADMIN)) >= 1
    before = count(session, User)
    assert run("demo", "--books", "10").exit_code == 0
    assert count(session, User) >= before


@pytest.mark.parametrize(("number", "code"), [("0", 2), ("-5", 2), ("x", 2), ("99999999999", 1)])
def test_a_number_of_books_that_cannot_be(run, session, number, code):
    done = run("demo", "--books", number)
    assert done.exit_code == code
    assert done.stderr
    assert count(session, Book) == 0


# The shell


def test_the_shell_has_everything_at_hand(app):
    with app.app_context():
        hand = app.make_shell_context()
    for name in ("Author", "Book", "User", "Profile", "Post", "Tag", "db", "select", "app"):
        assert name in hand, name
    assert hand["app"] is app


# Import


@pytest.fixture
def list_of_books(tmp_path, session):
    make_author(session, name="Jane Austen")
    path = tmp_path / "autumn.csv"
    path.write_text(
        "Titel,Preis,author,isbn\nEmma,9.50,Jane Austen,\nSanditon,x,Jane Austen,\nLady Susan,8.00,Nobody Yet,\n"
    )
    return path


NAMED = ["--map", "Titel=title", "--map", "Preis=price"]


def test_a_file_is_imported_or_nothing_of_it(run, session, list_of_books):
    done = run("import", "books", str(list_of_books), *NAMED)
    assert (done.exit_code, count(session, Book)) == (1, 0)
    assert "autumn.csv: 1 new, 0 changed, 0 unchanged, 2 bad." in done.output
    assert "row 3, Preis: 'x': " in done.output
    assert "row 4, author: 'Nobody Yet': There is no author «Nobody Yet» yet." in done.output
    assert "Nothing was imported" in done.output
    done = run("import", "books", str(list_of_books), *NAMED, "--partial", "--create", "author")
    assert (done.exit_code, count(session, Book)) == (0, 2)
    assert "Imported 2 books from autumn.csv: 2 new, 1 new author." in done.output
    written = session.scalars(select(ChangeSet).where(ChangeSet.kind == "import")).one()
    assert (written.actor, written.actor_id) == ("command line", None)


def test_the_name_of_a_column_says_the_currency(run, session, tmp_path):
    make_author(session, name="Jane Austen")
    path = tmp_path / "list.csv"
    path.write_text("title,author,Price (USD)\nEmma,Jane Austen,12.50\n")
    assert run("import", "books", str(path)).exit_code == 0
    assert session.scalars(select(Book.currency)).all() == ["USD"]


def test_the_same_file_again_changes_nothing(run, session, list_of_books):
    words = ["import", "books", str(list_of_books), *NAMED, "--partial", "--create", "author"]
    assert "2 new, 1 new author." in run(*words).output
    assert "Nothing to change: 2 books" in run(*words).output
    assert "Imported 2 books from autumn.csv: 2 new." in run(*words, "--match", "none").output
    assert count(session, Book) == 4


def test_a_dry_run_only_says_what_would_be_done(run, session, list_of_books, tmp_path):
    report = tmp_path / "bad.csv"
    more = ["--dry-run", "--fixed", "currency=GBP", "--report", str(report)]
    done = run("import", "books", str(list_of_books), *NAMED, *more)
    assert (done.exit_code, count(session, Book)) == (1, 0)
    assert report.read_text().splitlines()[:2] == [
        "row,column,value,reason,proposal",
        "3,Preis,x,Not a number.,",
    ]


def test_standard_input_is_a_file_too(app, session):
    done = app.test_cli_runner().invoke(args=["import", "tags", "-"], input="name\nPoetry\nProse\n")
    assert (done.exit_code, count(session, Tag)) == (0, 2)
    assert "Imported 2 tags from standard input: 2 new." in done.output


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--map", "Nothing=title"], "There is no column «Nothing»; there are Titel, Preis, author, isbn."),
        (["--map", "Titel=colour"], "There is no field «colour»; there are id, title"),
        (["--map", "Titel"], "«Titel» is not of the form name=value."),
        (["--match", "title"], "There is no field that finds one record «title»; there are id, isbn."),
        (["--create", "writer"], "There is no field «writer»"),
    ],
)
def test_words_that_are_unknown_are_named(run, list_of_books, words, refusal):
    done = run("import", "books", str(list_of_books), *words)
    assert done.exit_code == 1
    assert refusal in done.output


def test_what_is_no_file_of_rows_is_refused(run, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    done = run("import", "books", str(path))
    assert (done.exit_code, "Traceback" in done.output) == (1, False)
    assert run("import", "bookz", str(path)).exit_code == 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (OperationalError(None, None, Exception("disk I/O error")), "The database is in trouble: disk I/O error."),
        (OSError(28, "No space left on device"), "No space left on device."),
    ],
    ids=["database", "disk"],
)
def test_trouble_while_a_file_is_read_is_said(run, list_of_books, monkeypatch, trouble, words):
    def look(*_):
        raise trouble

    monkeypatch.setattr(cli.command, "look", look)
    done = run("import", "books", str(list_of_books), *NAMED)
    assert (done.exit_code, done.output.splitlines()[-1]) == (1, f"Error: {words} Nothing was imported.")
