"""Every entity of the admin, and for each: records in all variety, what its form takes, and walks through its list."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.registry import RESOURCES
from admin.resource import Resource
from blueprints import all_blueprints
from models import author, book, load_all, post, user
from tests.factories import make_author, make_book, make_isbn, make_post, make_tag, make_user
from tests.forms import Document, read

load_all()
all_blueprints()
ENTITIES: dict[str, Resource] = {resource.entity: resource for resource in RESOURCES.values()}
each_entity = pytest.mark.parametrize("resource", ENTITIES.values(), ids=ENTITIES)

MAKE: dict[str, Callable[..., Any]] = {
    "authors": make_author,
    "books": make_book,
    "posts": make_post,
    "tags": make_tag,
    "users": make_user,
}
THEN = datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=UTC)
LABEL = {"authors": "name", "books": "title", "posts": "title", "tags": "name", "users": "username"}


def make(session: Session, resource: Resource, **values: Any) -> Any:
    return MAKE[resource.entity](session, **values)


def cycled(options: Any, number: int) -> Any:
    listed = list(options)
    return listed[number % len(listed)]


def variety(entity: str, number: int) -> dict[str, Any]:
    """Values of the n-th record: gaps, ties, accents, and every choice now and then."""
    gap = number % 3 == 0
    days = timedelta(days=number // 4)
    times = {"created_at": THEN + days, "updated_at": THEN + timedelta(microseconds=number // 2)}
    name = cycled(("Émile Zola", "zola", "Łukasz", "Ångström", "李白", "a", "Zoë & Sons", "Le Guin", "'; --"), number)
    match entity:
        case "authors":
            own = {
                "name": name,
                "email": None if gap else f"{number}@example.org",
                "status": cycled(author.Status, number),
                "country": cycled((None, "NL", "FR"), number),
            }
        case "books":
            own = {
                "title": name,
                "isbn": None if gap else make_isbn(1000 + number),
                "price": Decimal(number % 4) / 2,
                "status": cycled(book.Status, number),
                "format": cycled(book.Format, number),
                "published_on": None if gap else date(1999, 12, 25) + days,
            }
        case "posts":
            own = {
                "title": name,
                "status": cycled(post.Status, number),
                "publish_at": None if gap else THEN + days,
                "published_at": THEN + days if gap else None,
            }
        case "users":
            own = {
                "name": None if gap else name,
                "age": cycled((None, 0, 0, 33, 150), number),
                "role": cycled(user.Role, number),
                "is_active": bool(number % 5),
                "last_login_at": None if gap else THEN + days,
            }
        case _:
            own = {"name": f"{name} {number:02}"}
    return own | times


def make_various(session: Session, resource: Resource, count: int) -> list[int]:
    """The ids of `count` records with gaps and ties in every column. Committed."""
    shared: dict[str, Any] = {}
    if resource.entity == "books":
        shared = {"author": make_author(session)}
    if resource.entity == "posts":
        shared = {"author": make_user(session)}
    ids = [make(session, resource, **shared, **variety(resource.entity, number)).id for number in range(count)]
    session.commit()
    return ids


def complete(session: Session, resource: Resource) -> dict[str, Any]:
    """What a person types into the form of a new record; what it refers to is there. Committed."""
    typed: dict[str, Any] = {
        "authors": {
            "name": "Ursula K. Le Guin",
            "country": "US",
            "email": "ursula@example.org",
            "bio": "Wrote *much*.",
        },
        "books": {"title": "The Dispossessed", "price": "12,50", "isbn": "978-0-306-40615-7", "pages": "341"},
        "posts": {"title": "A short history", "content": "Some *words*.", "tags-add": "History, Short"},
        "tags": {"name": "Poetry"},
        "users": {"username": "ana", "email": "kovac@example.org", "name": "Ana Kovač", "age": "3", "bio": "Reads."},
    }[resource.entity]
    if resource.entity == "books":
        typed["author"] = make_author(session).id
    session.commit()
    return typed


def address(resource: Resource, tail: str = "") -> str:
    return f"/{resource.entity}/{tail}"


def opened(client: FlaskClient, path: str) -> Document:
    response = client.get(path)
    assert response.status_code == 200, f"{path} answers {response.status}"
    return read(response)


def pages(client: FlaskClient, path: str, rel: str) -> Iterator[Document]:
    """The list at this address and those that its links «next» or «prev» lead to."""
    for _ in range(100):
        page = opened(client, path)
        yield page
        if rel not in page.rel:
            return
        path = urljoin(path, page.rel[rel])
    raise AssertionError("The list does not end.")


def in_order(session: Session, resource: Resource, word: str, descending: bool) -> list[int]:
    """The ids as a list in this order shows them, found out in Python: NULLs last both ways, the id breaks ties."""
    by = resource.sorts[word]
    statement = select(resource.model.id, by)
    if by.class_ is not resource.model:
        statement = statement.join(resource.by_name[word].attr)
    rows = session.execute(statement).all()
    filled = sorted(((value, key) for key, value in rows if value is not None), reverse=descending)
    empty = sorted((key for key, value in rows if value is None), reverse=descending)
    return [key for _, key in filled] + empty
