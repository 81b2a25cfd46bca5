"""Odd texts and odd files on their way into the catalogue: each is read or refused in words, and none is our fault."""

import io

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.upload import Upload
from services import allowance
from tests.factories import make_author
from tests.forms import Form, read
from tests.hostile import odd
from tests.hostile.odd import BUDGET, CALM, FEW, NASTY, Sender

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # what reaches a database is tried elsewhere

BOOKS = "title,isbn,author,price\nEmma,9780306406157,Jane,1\nVillette,1,Jane,free\nShirley,,Nobody,2\n"


@pytest.fixture(autouse=True)
def generous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(allowance.LIMITS, "import", 100_000)


@pytest.fixture
def sender(client: FlaskClient) -> Sender:
    return Sender(client)


def post_file(sender: Sender, content: bytes, name: str) -> int:
    data = {"csrf_token": sender.fresh_token(), "file": (io.BytesIO(content), name)}
    return sender.client.post("/books/import", data=data, content_type="multipart/form-data").status_code


@pytest.fixture
def base(sender: Sender, session: Session) -> str:
    """The address of a file that was checked, with two authors of one name."""
    for _ in range(2):
        make_author(session, name="Jane")
    session.commit()
    assert post_file(sender, BOOKS.encode(), "books.csv") == 303
    base = f"/books/import/{session.scalars(select(Upload.id)).one()}"
    assert sender.post(f"{base}/columns", form_at(sender, f"{base}/columns").fields).status_code == 303
    return base


def form_at(sender: Sender, path: str, action: str = "") -> Form:
    return next(form for form in read(sender.client.get(path)).forms if form.action == (action or path))


def test_every_field_of_the_columns_takes_odd_texts(base: str, sender: Sender, engine: Engine) -> None:
    before, form = odd.state(engine), form_at(sender, f"{base}/columns")
    for name in sorted(form.names):
        for text in FEW:
            pairs = [(key, text if key == name else value) for key, value in form.fields]
            assert sender.post(f"{base}/columns", pairs).status_code in CALM, (name, text)
        assert sender.client.get(f"{base}/columns").status_code == 200
    assert odd.state(engine) == before


def test_every_correction_takes_every_odd_text(base: str, sender: Sender, engine: Engine) -> None:
    before = odd.state(engine)
    fields = ("title", "isbn", "author", "price", "tags", "id", "nothing", "password_hash")
    for text in NASTY:
        pairs = [(f"fix-{row}-{name}", text) for row in (0, 2, 3, 10**8, 10**30) for name in fields]
        pairs += [("name-author-1", text), ("choice-author-1", text), ("create", text), ("lenient", text)]
        assert sender.post(f"{base}/fix", pairs).status_code in CALM, text
        for outcome in ("new", "invalid"):
            assert sender.client.get(f"{base}?rows={outcome}").status_code == 200, text
            assert sender.client.get(f"{base}/rows.csv?rows={outcome}").status_code == 200, text
    assert odd.state(engine) == before


def test_addresses_of_a_check_take_no_odd_text(base: str, sender: Sender) -> None:
    for text in NASTY:
        for name in ("rows", "after", text):
            query = f"{odd.escaped(name)}={odd.escaped(text)}"
            assert sender.client.get(f"{base}?{query}").status_code in CALM | {414}, (name, text)
            assert sender.client.get(f"{base}/rows.csv?{query}").status_code in CALM | {414}, (name, text)


def test_files_of_any_bytes_and_any_name(sender: Sender, engine: Engine) -> None:
    before = odd.state(engine)

    @settings(BUDGET, max_examples=60)
    @given(st.binary(max_size=400), odd.texts)
    def send(content: bytes, name: str) -> None:
        name = name.encode("utf-8", "replace").decode().replace("\r", "").replace("\n", "")
        assert post_file(sender, content, name or "a.csv") in CALM

    send()
    for text in NASTY:
        assert post_file(sender, f"title,{text}\n{text},{text}\n".encode("utf-8", "replace"), "a.csv") in CALM, text
    assert sender.client.get("/books/import").status_code == 200
    assert odd.state(engine) == before


def test_pasted_texts_of_any_kind(sender: Sender, session: Session) -> None:
    for text in NASTY:
        answer = sender.post("/books/import", [("text", f"title\tprice\n{text}\t1\n")])
        assert answer.status_code in CALM, text
        if answer.status_code == 303:
            assert sender.client.get(answer.location).status_code == 200, text
