"""Odd texts in the Display menu and in everything that keeps a view: an answer below 500, and nothing odd is kept."""

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.view import LONGEST_NAME, SavedView
from tests.factories import make_book
from tests.forms import read
from tests.hostile.odd import NASTY, encoded

SAVED = {"list": "books", "name": "Fine", "state": "status=active", "columns": "title", "density": "normal"}
SHOWN = {"columns": "title", "order": "author,price", "at.price": "1", "density": "", "per_page": "50", "back": ""}
FORM = "application/x-www-form-urlencoded"


def test_odd_texts_in_every_field(client: FlaskClient, session: Session) -> None:
    make_book(session)
    token = read(client.get("/books/?q=book")).form("name", "state").value("csrf_token")
    fields = [("/views/new", SAVED, field) for field in SAVED] + [("/books/display", SHOWN, field) for field in SHOWN]
    for place, text in enumerate(NASTY):
        path, usual, field = fields[place % len(fields)]
        body = encoded([*(usual | {field: text, "csrf_token": token}).items()])
        assert client.post(path, data=body, content_type=FORM).status_code in (303, 400, 403, 413, 422), (
            path,
            field,
            text[:40],
        )
    assert client.get("/books/").status_code == 200
    assert client.get("/views/").status_code == 200
    assert client.get("/views/counts?list=books").status_code == 200
    for view in session.scalars(select(SavedView)):
        assert 0 < len(view.name) <= LONGEST_NAME
        assert view.name.isprintable()
        assert client.get(f"/books/?view={view.id}", follow_redirects=True).status_code == 200, view.query
