"""Every form, filled in by somebody who does not mean well."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from admin import values
from admin.attributes import Attribute
from admin.resource import Resource
from models.base import derive, now
from tests.entities import ENTITIES, LABEL, each_entity, make
from tests.factories import number
from tests.forms import read
from tests.hostile import odd
from tests.hostile.odd import BUDGET, CALM, NASTY, Sender, kept

FORGED_ID = 424242
FORGED = {
    "id": str(FORGED_ID),
    "version": "7",
    "created_at": "1999-01-01T00:00",
    "updated_at": "1999-01-01T00:00",
    "published_at": "1999-01-01T00:00",
    "last_login_at": "1999-01-01T00:00",
    "password_hash": "$argon2id$forged",
    "password": "forged forged forged",
    "theme": "dark",
    "user_id": "1",
    "author_id": str(FORGED_ID),
    "books": "1",
    "posts": "1",
    "profile": "1",
    "tags": "1",
    "__class__": "x",
    "books-0-title": "forged",
    "profile.id": "1",
    "is_admin": "1",
}
WORDS = ("pick", "picked", "preview", "pick_q", "then", "back", "version", "csrf_token", "tags-add", "tags-remove")


def forged(resource: Resource) -> dict[str, str]:
    """A value for each attribute of the model that the form has no field for."""
    names = [*FORGED, *odd.columns_of(resource)]
    fields = {attribute.name for attribute in resource.fields}
    return {name: FORGED.get(name, "forged") for name in names if name not in fields}


def filled(resource: Resource) -> dict[str, str]:
    """What is enough for a new record; another name each time."""
    mine = next(number)
    return {
        "authors": {"name": f"Author {mine}"},
        "books": {"title": f"Book {mine}", "price": "12,50", "author": "1"},
        "posts": {"title": f"Post {mine}", "author": "1"},
        "tags": {"name": f"tag {mine}"},
        "users": {"username": f"name{mine}", "email": f"name{mine}@example.org"},
    }[resource.entity]


def oddities(resource: Resource) -> st.SearchStrategy[dict[str, list[str]]]:
    """Some fields with one odd text, several, or none."""
    fields = [attribute.name for attribute in resource.fields]
    names = st.one_of(st.sampled_from(fields), st.sampled_from(fields), st.sampled_from(WORDS), st.text(max_size=8))
    return st.dictionaries(names, st.lists(odd.texts, max_size=2), min_size=1, max_size=4)


def pairs_of(usual: dict[str, str], changes: dict[str, list[str]], more: dict[str, str]) -> list[tuple[str, str]]:
    kept_pairs = [(name, text) for name, text in {**more, **usual}.items() if name not in changes]
    return kept_pairs + [(name, text) for name, several in changes.items() for text in several]


@pytest.fixture
def sender(client: FlaskClient) -> Sender:
    return Sender(client)


def arranged(session: Session, resource: Resource) -> int:
    """A record that others may refer to, and one to edit, whose id is returned."""
    make(session, resource)
    edited = make(session, resource)
    session.commit()
    return edited.id


def check_record(resource: Resource, record: Any, before: dict[str, Any]) -> None:
    """What was written is what the form is for; the rest is as it was or as the machine makes it."""
    assert odd.values_of(record, before) == before
    parts = {part for _, names in record.__keys__.values() for part in names}
    for key, value in derive(resource.model, {part: getattr(record, part) for part in parts}).items():
        assert getattr(record, key) == value
    assert now() - record.updated_at < timedelta(hours=1)
    assert getattr(record, "published_at", None) is None or record.published_at.year > 1999


def check_pages(client: FlaskClient, resource: Resource, record_id: int) -> None:
    """Whatever was accepted can be looked at, and saved again as the form shows it."""
    home = f"/{resource.entity}/{record_id}"
    assert client.get(home).status_code == 200
    form = read(client.get(f"{home}/edit")).form(LABEL[resource.entity])
    again = Sender(client, form.value("csrf_token") or "").post(f"{home}/edit", form.fields)
    assert again.status_code == 303, read(again).errors
    assert client.get(again.location).status_code == 200


def check_lists(client: FlaskClient, resource: Resource) -> None:
    for word in resource.sorts:
        assert client.get(f"/{resource.entity}/?per_page=200&sort=-{word}").status_code == 200
    assert client.get("/").status_code == 200


@each_entity
def test_creating(resource: Resource, sender: Sender, session: Session, engine: Engine) -> None:
    arranged(session, resource)

    @settings(BUDGET, max_examples=100)  # on each database
    @given(oddities(resource), st.booleans(), odd.ways)
    def create(changes: dict[str, list[str]], forging: bool, way: str) -> None:
        before = odd.state(engine)
        more = forged(resource) if forging else {}
        response = sender.post(f"/{resource.entity}/new", pairs_of(filled(resource), changes, more), way)
        assert response.status_code in CALM
        if response.status_code != 303:
            assert odd.state(engine) == before
            return
        assert kept(engine, resource.model, FORGED_ID) is None
        if "another" in changes.get("then", ()):
            return
        record_id = int(sender.client.get(response.location).request.path.split("/")[2])
        record = kept(engine, resource.model, record_id)
        unforged = {name: None for name in ("password_hash", "last_login_at") if hasattr(record, name)}
        check_record(resource, record, unforged | {"version": 1})
        assert now() - record.created_at < timedelta(hours=1)
        check_pages(sender.client, resource, record_id)

    create()
    check_lists(sender.client, resource)


@each_entity
def test_editing(resource: Resource, sender: Sender, session: Session, engine: Engine) -> None:
    record_id = arranged(session, resource)
    path = f"/{resource.entity}/{record_id}/edit"

    @settings(BUDGET, max_examples=100)  # on each database
    @given(oddities(resource), st.booleans(), odd.ways)
    def edit(changes: dict[str, list[str]], forging: bool, way: str) -> None:
        before, as_it_was = odd.state(engine), kept(engine, resource.model, record_id)
        more = {**(forged(resource) if forging else {}), "version": str(as_it_was.version)}
        response = sender.post(path, pairs_of({}, changes, more), way)
        assert response.status_code in CALM
        record = kept(engine, resource.model, record_id)
        if response.status_code != 303:
            assert odd.state(engine) == before
            return
        assert record.version in (as_it_was.version, as_it_was.version + 1)
        check_record(resource, record, odd.values_of(as_it_was, odd.protected(resource)))
        check_pages(sender.client, resource, record_id)

    edit()
    check_lists(sender.client, resource)


def takes(attribute: Attribute, text: str) -> bool:
    """Whether this text could be meant for this field: it is read, whatever the database says of it."""
    try:
        return values.parse(attribute, text) is not None
    except ValueError:
        return False


@each_entity
def test_every_odd_text_in_every_field_that_takes_it(
    resource: Resource, sender: Sender, session: Session, engine: Engine
) -> None:
    """Everything at once, so that the whole list of odd texts gets past the parsers and into both databases."""
    record_id = arranged(session, resource)
    path = f"/{resource.entity}/{record_id}/edit"
    for place, text in enumerate(NASTY):
        version = kept(engine, resource.model, record_id).version
        chosen = [attribute.name for attribute in resource.fields if takes(attribute, text)]
        response = sender.post(path, [("version", str(version)), *((name, text) for name in chosen)])
        assert response.status_code in {303, 422}, text
        if response.status_code == 303 and place % 3 == 0:
            check_pages(sender.client, resource, record_id)


@each_entity
def test_every_odd_text_in_all_fields_at_once(
    resource: Resource, sender: Sender, session: Session, engine: Engine
) -> None:
    """Fields that refuse a text, beside a version that is old: the page that shows both versions stands all of it.

    A version that never was has nothing before it, so that an empty field says nothing new: that is «nothing changed».
    """
    record_id = arranged(session, resource)
    names = [*(attribute.name for attribute in resource.fields), "tags-add", "tags-remove"]
    before = odd.state(engine)
    for place, text in enumerate(NASTY):
        way, expected = (("preview", "1"), {200, 413}) if place % 2 else (("version", "0"), {303, 409, 413, 422})
        response = sender.post(f"/{resource.entity}/{record_id}/edit", [way, *((name, text) for name in names)])
        assert response.status_code in expected, text
    assert odd.state(engine) == before


FIELDS = [(entity, attribute) for entity, resource in ENTITIES.items() for attribute in resource.fields]


@pytest.mark.parametrize("attribute", [a for _, a in FIELDS], ids=[f"{entity}-{a.name}" for entity, a in FIELDS])
def test_reading_a_value_fails_in_one_way_only(attribute: Attribute) -> None:
    """ValueError, whose words stand at the field. And what was read is shown as text that is read as the same."""

    def check(text: str) -> None:
        try:
            value = values.parse(attribute, text)
        except ValueError:
            return
        shown = values.write(attribute, value)
        assert values.write(attribute, values.parse(attribute, shown)) == shown

    for text in NASTY:
        check(text)
    settings(BUDGET, max_examples=100)(given(odd.texts)(check))()
