"""Home: the catalogue in figures, what needs attention and what is new, each leading to its list."""

from datetime import date, timedelta

import pytest

from models.base import now
from models.book import Status
from models.post import Status as PostStatus
from models.user import Role
from services import figures
from tests.entities import opened
from tests.factories import make_author, make_book, make_post, make_user
from tests.forms import read, submit


@pytest.fixture(autouse=True)
def fresh():
    figures.forget()
    yield
    figures.forget()


def test_an_empty_catalogue_is_greeted(client):
    html = client.get("/").text
    assert "Good " in html
    assert "Nothing waits for you" in html
    assert "<svg" in html


def test_figures_and_charts_lead_to_their_lists(client, session):
    author = make_author(session)
    for _ in range(3):
        make_book(session, author=author, isbn=None, published_on=date(1999, 5, 1), status=Status.ACTIVE)
    writer = make_user(session)
    make_post(session, author=writer, status=PostStatus.PUBLISHED, published_at=now())
    make_post(session, author=writer, status=PostStatus.SCHEDULED, publish_at=now() - timedelta(days=1))
    page = client.get("/")
    document = read(page)
    targets = [href for href, _ in document.links]
    for wanted in ("/books/", "/authors/", "/posts/", "/users/", "/books/?isbn=none"):
        assert wanted in targets
    year = next(href for href in targets if "published_on=1999" in href)
    assert len(opened(client, year).rows) == 3
    month = next(href for href in targets if f"published_at={now():%Y-%m}" in href)
    assert len(opened(client, month).rows) == 1
    overdue = next(href for href in targets if "status=scheduled" in href and "publish_at" in href)
    assert len(opened(client, overdue).rows) == 1
    assert "Posts scheduled in the past" in page.text
    assert "Books without an ISBN" in page.text
    for href in {href for href in targets if href.startswith(("/books/?", "/posts/?"))}:
        assert client.get(href).status_code == 200, href


def test_the_newest_changes_come_first(client, session):
    for name in ("Zola", "Woolf"):
        assert submit(client, "/authors/new", {"name": name}).status_code == 303
    html = client.get("/").text
    assert 0 < html.index("Woolf") < html.index("Zola")


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_only_what_is_open_to_him(session, log_in_as, role):
    make_post(session, author=make_user(session, name="Somebody Secret"))
    make_book(session, isbn=None)
    client = log_in_as(role.value)
    targets = {href for href, _ in opened(client, "/").links if href.startswith("/")}
    assert any(href.startswith("/users/") for href in targets) is (role == Role.ADMIN)
    assert ("/books/new" in targets) is (role in (Role.EDITOR, Role.ADMIN))
    assert ("/posts/new" in targets) is (role != Role.VIEWER)
    for href in targets:
        assert client.get(href).status_code in (200, 303), href
    if role != Role.ADMIN:
        assert "Somebody Secret" not in client.get("/").text


def test_home_takes_as_many_statements_for_many_rows_as_for_few(client, session, queries):
    seen = []
    author, writer = make_author(session), make_user(session)
    for more in (5, 55):
        for _ in range(more):
            make_book(session, author=author)
            make_post(session, author=writer)
        figures.forget()
        with queries() as asked:
            page = client.get("/")
        assert len(page.data) < 150_000
        seen.append(asked)
    assert len(seen[0]) == len(seen[1]), seen
    with queries() as again:
        client.get("/")
    assert len(again) < len(seen[0])


def test_a_name_of_one_word_or_of_signs_is_greeted(session, log_in):
    for name in ("Ana", "李", "<b>", "- -"):
        user = make_user(session, name=name)
        assert log_in(user).get("/").status_code == 200
