"""Choosing a record: the type-ahead's answers, the searchable page of a form without a script, and of a filter."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from models.author import Status
from models.book import Book
from models.user import Role
from tests.entities import LABEL, address, each_entity, make, opened
from tests.factories import make_author, make_book, make_post, make_tag, make_user
from tests.forms import read, send

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def offered(response) -> list[str]:
    return re.findall(r'data-label="([^"]*)"', response.text)


@each_entity
def test_at_most_twenty_are_offered_by_one_statement(client, session, queries, resource):
    for _ in range(60):
        make(session, resource)
    with queries() as seen:
        response = client.get(address(resource, "options"), headers=PARTIAL)
    assert response.status_code == 200
    assert len(offered(response)) == 20
    assert len(seen) <= 2, seen
    found = make(session, resource, **{LABEL[resource.entity]: "brontosaurus"})
    response = client.get(address(resource, "options?q=ontosau"), headers=PARTIAL)
    assert re.findall(r'data-value="(\d+)"', response.text) == [str(found.id)]


def test_namesakes_are_told_apart_by_their_hints(client, session):
    one = make_author(session, name="Anne Brontë", email="anne@example.org")
    make_book(session, author=one), make_book(session, author=one)
    make_author(session, name="Anne Brontë")
    html = client.get("/authors/options?q=bronte", headers=PARTIAL).text
    assert "anne@example.org · 2 books" in html
    assert "0 books" in html


def test_a_tags_hint_counts_its_own_posts(client, session):
    tags = [make_tag(session, name="poetry"), make_tag(session, name="prose")]
    for number in range(3):
        make_post(session, tags=tags[: 1 + number % 2])
    html = client.get("/tags/options", headers=PARTIAL).text
    assert "3 posts" in html
    assert "1 post<" in html


def test_what_was_typed_is_marked_and_escaped(client, session):
    make_author(session, name="Bront <i>")
    html = client.get("/authors/options?q=ront", headers=PARTIAL).text
    assert "B<mark>ront</mark> &lt;i&gt;" in html


def test_who_is_out_of_use_is_not_offered(client, session):
    make_author(session, name="Gone", status=Status.INACTIVE)
    make_user(session, username="gone", is_active=False)
    assert offered(client.get("/authors/options?q=gone", headers=PARTIAL)) == []
    assert offered(client.get("/users/options?q=gone", headers=PARTIAL)) == []


@pytest.mark.parametrize("bad", ["\x00", "a" * 201])
def test_a_search_that_cannot_be_read_is_refused(client, bad):
    assert client.get("/authors/options", query_string={"q": bad}).status_code == 400


def test_contributors_may_choose_users_and_viewers_may_not(session, log_in_as):
    assert log_in_as("contributor").get("/users/options", headers=PARTIAL).status_code == 200
    assert log_in_as("viewer").get("/users/options", headers=PARTIAL).status_code == 403


# --- without a script: the page between two looks at a form


def test_a_reference_is_chosen_on_a_page_and_everything_typed_is_kept(client, session, stored):
    for number in range(30):
        make_author(session, name=f"Author {number:02}")
    zola = make_author(session, name="Émile Zola")
    typed = {"title": "Nana & co", "price": "cheap", "description": "*one*\r\n<two>", "format": "audio", "pages": "7"}
    form = client.get("/books/new?price=5")
    picker = send(client, form, typed, button="pick")
    assert picker.status_code == 200
    assert "What you typed is kept" in picker.text
    buttons = re.findall(r'<button name="author" value="(\d+)">', picker.text)
    assert len(buttons) == 20
    found = send(client, picker, {"pick_q": "zola"}, button="pick")
    assert re.findall(r'<button name="author" value="(\d+)">', found.text) == [str(zola.id)]
    chosen = send(client, found, {"picked": "author"}, button=str(zola.id))
    assert chosen.status_code == 200
    back = read(chosen).form("title")
    assert back.value("author") == str(zola.id)
    assert "Émile Zola" in chosen.text
    for name, value in typed.items():
        assert back.value(name).replace("\r\n", "\n") == value.replace("\r\n", "\n"), name
    assert session.query(Book).count() == 0
    saved = send(client, chosen, {"price": "5"})
    assert saved.status_code == 303, read(saved).errors
    [book] = session.query(Book)
    assert (book.author_id, book.title, book.description) == (zola.id, "Nana & co", "*one*\n<two>")


def test_one_goes_back_without_choosing(client, session):
    author = make_author(session)
    book = make_book(session, author=author)
    picker = send(client, client.get(f"/books/{book.id}/edit"), {"title": "Typed"}, button="pick")
    page = send(client, picker, {"picked": "author"}, button=str(author.id))
    form = read(page).form("title")
    assert (form.value("title"), form.value("author")) == ("Typed", str(author.id))


def test_the_picker_of_a_form_is_for_those_who_may_use_the_form(session, log_in_as, log_in):
    book = make_book(session)
    assert log_in_as("viewer").post(f"/books/{book.id}/edit", data={"pick": "author"}).status_code in (400, 403)
    me = make_user(session, role=Role.CONTRIBUTOR)
    client = log_in(me)
    picker = send(client, client.get("/posts/new"), {"title": "Typed"}, button="pick")
    assert picker.status_code == 200
    assert f'value="{me.id}"' in picker.text


@pytest.mark.parametrize("name", ["title", "price", "nothing", "password_hash", ""])
def test_there_is_nothing_to_choose_for_other_fields(client, session, name):
    form = read(client.get("/books/new")).form("title")
    data = dict(form.filled({})) | {"pick": name}
    assert client.post("/books/new", data=data).status_code in (200, 400)


# --- without a script: choosing the record a list is filtered by


def test_a_list_is_filtered_by_a_record_chosen_on_a_page(client, session):
    zola, woolf = make_author(session, name="Émile Zola"), make_author(session, name="Virginia Woolf")
    wanted = make_book(session, author=zola, price=5)
    make_book(session, author=zola, price=50)
    make_book(session, author=woolf, price=5)
    panel = opened(client, "/books/?price=1..9&sort=-price")
    choose = next(href for href, text in panel.links if text == "Choose…")
    page = opened(client, choose)
    assert {text.split(" Zola")[0] for _, text in page.links} >= {"Émile"}
    search = client.get(choose + "&q=zola")
    [target] = [href for href, _ in read(search).links if "author=" in href]
    assert urlsplit(target).path == "/books/"
    assert parse_qs(urlsplit(target).query) == {"price": ["1..9"], "sort": ["-price"], "author": [str(zola.id)]}
    assert opened(client, target).rows == [wanted.id]


@pytest.mark.parametrize("word", ["books", "books.title", "nothing.author", "users.role", ".", "books.author.x", "__"])
def test_there_is_no_list_to_go_back_to(client, session, word):
    make_author(session)
    response = client.get("/authors/options", query_string={"for": word, "back": "?q=x"})
    assert response.status_code == 400


def test_what_the_way_back_says_is_only_words_of_the_list(client, session):
    make_author(session)
    for back in ("https://evil.example/?a=b", "//evil.example", "javascript:x", '"><script>', "?after=x&author=9"):
        response = client.get("/authors/options", query_string={"for": "books.author", "back": back})
        assert response.status_code == 200
        assert "<script>" not in response.text.replace("<script src", "")
        targets = [href for href, _ in read(response).links if "author=" in href]
        assert all(href.startswith("/books/?") for href in targets)
        assert all("author=9" not in href and "after=" not in href for href in targets)
