"""Single requests that ask for trouble: addresses, headers, bodies and the buttons between two looks at a form."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from admin.resource import Resource
from models.author import Author
from models.book import Book
from models.user import User
from tests.entities import ENTITIES, LABEL, each_entity, make
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user
from tests.forms import read, submit
from tests.hostile import odd
from tests.hostile.odd import CALM, FEW, NASTY, Sender, kept


@pytest.fixture
def sender(client: FlaskClient) -> Sender:
    return Sender(client)


@pytest.fixture
def records(session: Session) -> dict[str, int]:
    """One record of each entity, with what may belong to it: entity → id."""
    author, user, tag = make_author(session), make_user(session), make_tag(session)
    make_profile(session, user)
    book = make_book(session, author=author)
    post = make_post(session, author=user)
    post.tags.append(tag)
    session.commit()
    return {"authors": author.id, "books": book.id, "users": user.id, "posts": post.id, "tags": tag.id}


# Ids

BEYOND = ("0", "-1", "00", "01", str(2**31), str(2**63 - 1), str(2**63), str(2**64), "9" * 40, "9" * 5000)
NO_NUMBER = (
    "²",
    "１",
    "١",
    "1.0",
    "1e3",
    "+1",
    "1 ",
    " 1",
    "1%00",
    "%ED%A0%80",
    "NaN",
    "1;",
    "1'",
    "..",
    "%2e%2e%2f1",
    "true",
)


@each_entity
@pytest.mark.parametrize("tail", ["", "/edit", "/delete"])
def test_an_id_that_is_none_is_not_found(resource: Resource, tail: str, client: FlaskClient) -> None:
    for key in (*BEYOND, *NO_NUMBER):
        assert client.get(f"/{resource.entity}/{key}{tail}", follow_redirects=True).status_code in {404, 400}, key


@each_entity
def test_posting_to_an_id_that_is_none(resource: Resource, sender: Sender, engine: Engine) -> None:
    before = odd.state(engine)
    for key in (*BEYOND, *NO_NUMBER):
        for tail in ("/edit", "/delete"):
            response = sender.post(f"/{resource.entity}/{key}{tail}", [("version", "1"), ("seen", "")])
            assert response.status_code in {404, 400}, key
    assert odd.state(engine) == before


# Bodies and headers

BODIES = (
    (b"", "application/x-www-form-urlencoded"),
    (b"", ""),
    (b"{}", "application/json"),
    (b"[1]", "application/json"),
    (b"{broken", "application/json"),
    (b'{"name": {"$gt": ""}}', "application/json"),
    (b"<x/>", "text/xml"),
    (b"\xff\xfe\x00", "application/octet-stream"),
    (b"%", "application/x-www-form-urlencoded"),
    (b"%ff=%ff&=&&==&a", "application/x-www-form-urlencoded"),
    (b"name[]=1&name[a]=2&name.x=3", "application/x-www-form-urlencoded"),
    (b"nothing=1", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"nothing=1", "application/x-www-form-urlencoded; charset=nonsense"),
    (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
    (b"--x", "multipart/form-data; boundary="),
    (b"--x", "multipart/form-data"),
    (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nunfinished', "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    (
        b'--x\r\nContent-Disposition: form-data; name="nothing"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+AAA-'
        b"\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    (b"\r" * 5000, "multipart/form-data; boundary=x"),
)  # fmt: skip


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
@each_entity
def test_bodies_that_are_no_form(resource: Resource, sender: Sender, records: dict[str, int], engine: Engine) -> None:
    before = odd.state(engine)
    home = f"/{resource.entity}"
    paths = (f"{home}/new", f"{home}/{records[resource.entity]}/edit", f"{home}/{records[resource.entity]}/delete")
    for data, content_type in BODIES:
        for path in paths:
            headers = {"X-CSRFToken": sender.fresh_token()}
            response = sender.client.post(path, data=data, content_type=content_type or None, headers=headers)
            assert response.status_code in {400, 409, 413, 415, 422}, (path, data, content_type)
    assert odd.state(engine) == before


ODD_URLS = (
    *("http://[", "http://[::1", "http://]", "//[", "http://localhost:abc/", "http://localhost:99999999/", "\\\\x"),
    *("http://localhost/books/\t", "http://localhost/books/?q=\xff", "http://\u2100.example", "x" * 5000, "", "data:,"),
)
HEADERS = ("Referer", "Origin", "HX-Current-URL", "HX-Request", "HX-Request-Type", "HX-History-Restore-Request",
           "Accept-Language", "Accept-Encoding", "User-Agent", "X-Forwarded-For", "If-None-Match", "If-Modified-Since",
           "Range", "Content-Length", "Cookie", "X-HTTP-Method-Override", "X-Request-ID", "Authorization")  # fmt: skip


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
@pytest.mark.parametrize("header", HEADERS)
def test_headers_of_any_kind(header: str, sender: Sender, records: dict[str, int]) -> None:
    """Whatever a browser says of where it comes from or of what it wants."""
    token = sender.fresh_token()
    book = records["books"]
    for value in (*ODD_URLS, "²", "9" * 400, "-1", "a\x01b", "bytes=0-99999999999999999999", 'W/"x', "%00"):
        value = value.encode("utf-8").decode("latin-1") if not value.isascii() else value
        for path in ("/books/", f"/books/{book}", f"/books/{book}/edit", "/login", "/"):
            response = sender.client.get(path, headers={header: value})
            assert response.status_code < 500, (path, value)
        data = {"csrf_token": token, "version": "0", "theme": "dark"}
        for path in (f"/books/{book}/edit", f"/books/{book}/delete", "/preferences", "/books/preview"):
            response = sender.client.post(path, data=data, headers={header: value})
            assert response.status_code < 500, (path, value)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
@each_entity
def test_other_methods(resource: Resource, sender: Sender, records: dict[str, int], engine: Engine) -> None:
    before = odd.state(engine)
    home = f"/{resource.entity}"
    headers = {"X-CSRFToken": sender.fresh_token()}
    for path in (f"{home}/", f"{home}/new", f"{home}/{records[resource.entity]}", f"{home}/options", f"{home}/preview"):
        for method in ("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "X"):
            assert sender.client.open(path, method=method, headers=headers).status_code < 500, (path, method)
    assert odd.state(engine) == before


def test_every_address_with_every_odd_text(app: Flask, sender: Sender, records: dict[str, int], engine: Engine) -> None:
    """Also what is not one of the engine's screens: each route of the site, asked and posted to."""
    before = odd.state(engine)
    words = (
        "q",
        "id",
        "next",
        "back",
        "for",
        "to",
        "version",
        "choice",
        "seen",
        "theme",
        "password",
        "current",
        "again",
    )
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "auth.logout", "auth.end_other_sessions"):
            continue
        for text in ("²", "\x00", "9" * 30, "\ud800"):
            path = re.sub(r"<\w+>", odd.escaped(text), re.sub(r"<id:\w+>", "1", rule.rule))
            query = "&".join(f"{word}={odd.escaped(text)}" for word in words)
            assert sender.client.get(f"{path}?{query}").status_code < 500, (path, text)
            if "POST" in (rule.methods or ()) and rule.endpoint != "auth.login":
                assert sender.post(path, [(word, text) for word in words]).status_code < 500, (path, text)
    assert odd.state(engine) == before


# Between two looks at a form


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
@each_entity
def test_choosing_and_previewing_with_any_words(
    resource: Resource, sender: Sender, records: dict[str, int], engine: Engine
) -> None:
    before = odd.state(engine)
    fields = [
        *(attribute.name for attribute in resource.fields),
        "csrf_token",
        "errors",
        "data",
        "__class__",
        *FEW,
    ]
    home = f"/{resource.entity}"
    for path in (f"{home}/new", f"{home}/{records[resource.entity]}/edit", f"{home}/{records[resource.entity]}/delete"):
        for field in (*fields, "to"):
            for word in ("pick", "picked"):
                response = sender.post(
                    path, [(word, field), ("pick_q", "a"), ("version", "1"), ("seen", "x"), (field, "²")]
                )
                assert response.status_code in CALM - {303}, (path, word, field)
    assert odd.state(engine) == before


@pytest.mark.parametrize(("path", "field"), [("/books/new", "author"), ("/posts/new", "author")])
def test_searching_in_the_picker(path: str, field: str, sender: Sender, records: dict[str, int]) -> None:
    for text in FEW:
        response = sender.post(path, [("pick", field), ("pick_q", text), (LABEL["books"], text), (field, text)])
        assert response.status_code in {200, 400, 413}, text


@each_entity
def test_options_with_any_parameters(resource: Resource, client: FlaskClient, records: dict[str, int]) -> None:
    home = f"/{resource.entity}/options"
    for text in FEW:
        if len(text) > 2000:
            continue
        for name in ("q", "for", "back"):
            more = "&for=books.author" if name == "back" else ""
            response = client.get(f"{home}?{name}={odd.escaped(text)}{more}")
            assert response.status_code in {200, 400, 414}, (name, text)
    for wanted in (
        "books.author",
        "books.status",
        "books.title",
        "books.",
        ".author",
        "users.password_hash",
        "x.y",
        "a.b.c",
    ):
        response = client.get(f"{home}?for={wanted}&q=a&back=%3Fq%3D%25%26sort%3D%26after%3Dx")
        assert response.status_code in {200, 400}, wanted


def test_a_page_of_choices_leads_to_lists_that_open(client: FlaskClient, records: dict[str, int]) -> None:
    """For whatever filter one asks: no link of the page leads to a refusal."""
    for entity, resource in ENTITIES.items():
        for name in resource.filterable:
            for of in ENTITIES:
                page = client.get(f"/{of}/options?for={entity}.{name}")
                if page.status_code == 400:
                    continue
                links = [link for link, _ in read(page).links if link.startswith(f"/{entity}/?{name}=")]
                for link in links:
                    assert client.get(link).status_code == 200, (of, link)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
@each_entity
def test_previews(resource: Resource, sender: Sender) -> None:
    for text in NASTY:
        response = sender.post(f"/{resource.entity}/preview", [("content", text)])
        assert response.status_code in {200, 422}, text
    assert sender.post(f"/{resource.entity}/preview", []).status_code == 200


def test_what_a_new_record_begins_with_in_the_address(client: FlaskClient, session: Session) -> None:
    """The fields of a new record, given in its address: what is readable is taken, the rest left out."""
    make_author(session)
    session.commit()
    for entity, resource in ENTITIES.items():
        names = [attribute.name for attribute in resource.fields]
        for text in FEW:
            if len(text) > 500:
                continue
            query = "&".join(f"{name}={odd.escaped(text)}" for name in (*names, "back", "version", "id"))
            if len(query) < 8000:
                assert client.get(f"/{entity}/new?{query}").status_code == 200, (entity, text)


# Deleting


@each_entity
def test_deleting_with_any_words(resource: Resource, sender: Sender, session: Session, engine: Engine) -> None:
    """What the page did not offer is refused, and nothing goes."""
    make(session, resource)
    record = make(session, resource)
    dependants = {"authors": make_book, "users": make_post}
    if resource.entity in dependants:
        dependants[resource.entity](session, author=record)
    session.commit()
    path = f"/{resource.entity}/{record.id}/delete"
    before = odd.state(engine)
    for text in FEW:
        for changes in (
            [("version", text)],
            [("version", "1"), ("choice", text or "x")],
            [("version", "1"), ("choice", "reassign"), ("to", text if text != "1" else "0")],
            [("version", "1"), ("choice", "reassign"), ("to", str(record.id))],
            [("version", "1"), ("seen", text + "x")],
            [("version", "1"), ("seen", text + "x"), ("back", text)],
        ):
            if changes == [("version", "1")] or (
                ("choice", "reassign") in changes and resource.entity not in dependants
            ):
                continue  # nothing is odd in it: without dependants there is nobody to be given to another
            response = sender.post(path, changes)
            assert response.status_code in {400, 409, 413, 422}, changes
    assert odd.state(engine) == before


@pytest.mark.parametrize(
    "name", ["{", "}", "{x}", "{0}", "{name.__class__.__mro__}", "{url}", "%(name)s", "<b>{name}</b>"]
)
def test_names_with_braces_are_names(name: str, client: FlaskClient, session: Session, engine: Engine) -> None:
    """What is said after a deletion holds the names as they are, and says nothing else."""
    goes, stays = make_author(session, name=f"From {name}"), make_author(session, name=f"To {name}")
    book = make_book(session, author=goes)
    session.commit()
    path = f"/authors/{goes.id}/delete"
    response = submit(client, path, {"choice": "reassign", "to": stays.id})
    assert response.status_code == 303
    page = client.get(response.location).text
    assert "&lt;class" not in page
    assert odd.text_of(page).count(name) >= 2
    assert kept(engine, Book, book.id).author_id == stays.id
    assert kept(engine, Author, goes.id) is None


def test_long_names_fit_into_the_cookie(client: FlaskClient, session: Session) -> None:
    """A message about two names of the greatest length, in characters that compress badly, leaves one signed in."""
    names = ["".join(chr(0x10000 + (place * 7919 + seed) % 60000) for place in range(100)) for seed in (1, 2)]
    goes, stays = (make_author(session, name=name) for name in names)
    make_book(session, author=goes)
    session.commit()
    response = submit(client, f"/authors/{goes.id}/delete", {"choice": "reassign", "to": stays.id})
    assert response.status_code == 303
    odd.assert_cookie_is_small(response)
    for title in (names[0] + names[1], "&" * 200, "<\"'>" * 50, "\x01\x02\x03\x04" * 50):
        response = submit(client, "/books/new", {"title": title, "author": stays.id, "price": "1"})
        assert response.status_code == 303
        odd.assert_cookie_is_small(response)


def test_the_last_administrator_stays_whatever_is_sent(sender: Sender, session: Session, engine: Engine) -> None:
    admin = next(user for user in session.query(User) if user.role == "admin")
    path = f"/users/{admin.id}"
    for changes in (
        [("role", "viewer")],
        [("is_active", "no")],
        [("is_active", "")],
        [("role", "")],
        [("role", "VIEWER")],
    ):
        assert sender.post(f"{path}/edit", [("version", str(admin.version)), *changes]).status_code == 422, changes
    for choice in ("delete", "retire", "reassign"):
        response = sender.post(f"{path}/delete", [("version", str(admin.version)), ("choice", choice)])
        assert response.status_code == 422, choice
    assert kept(engine, User, admin.id).role == "admin"
    assert kept(engine, User, admin.id).is_active
