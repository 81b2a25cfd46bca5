"""The case in which other admins lose records: a form is saved that was opened before a colleague linked another one.

It is tried for every to-many relationship there is, those of entities to come included.
"""

import pytest
from sqlalchemy import select

from admin.registry import RESOURCES
from tests.entities import ENTITIES, LABEL, address, make
from tests.forms import send

TO_MANY = [
    pytest.param((resource, relation.key), id=f"{resource.entity}.{relation.key}")
    for resource in ENTITIES.values()
    for relation in resource.model.__mapper__.relationships
    if relation.uselist
]


def test_these_are_all():
    assert {param.id for param in TO_MANY} == {"authors.books", "users.posts", "posts.tags", "tags.posts"}


@pytest.fixture(params=TO_MANY)
def relation(request, session):
    """(resource, record, name of the relationship, a function that makes one more of the others)."""
    resource, name = request.param
    other = RESOURCES[resource.model.__mapper__.relationships[name].mapper.class_]
    record = make(session, resource)
    getattr(record, name).append(make(session, other))
    session.flush()
    session.commit()
    return resource, record, name, lambda: make(session, other)


def linked(session, record, name):
    session.expire_all()
    return {other.id for other in getattr(record, name)}


@pytest.mark.parametrize("comes", [True, False], ids=["one more", "one less"])
def test_a_form_opened_before_leaves_what_a_colleague_linked(session, log_in_as, relation, comes):
    resource, record, name, make_other = relation
    mine = log_in_as("admin")
    page = mine.get(address(resource, f"{record.id}/edit"))
    if comes:
        getattr(record, name).append(make_other())
    else:
        session.delete(next(iter(getattr(record, name))))
    session.flush()
    session.commit()
    then = linked(session, record, name)
    assert len(then) == (2 if comes else 0)
    assert send(mine, page, {LABEL[resource.entity]: "changed"}).status_code == 303
    assert linked(session, record, name) == then
    assert session.scalar(select(resource.model.id).where(resource.model.id == record.id)) == record.id
