"""Forms made of columns: their controls, what counts as a change, and how they are laid out."""

import pytest
from flask import g
from werkzeug.datastructures import MultiDict

from admin import forms
from models.author import Author
from models.book import Book, Format
from models.post import Post
from models.tag import Tag
from models.user import User
from services.unit_of_work import Refused
from tests.entities import ENTITIES, each_entity


def built(app, entity, record=None, typed=None, prefill=None):
    with app.test_request_context("/"):
        data = MultiDict(typed) if typed is not None else None
        return forms.build(ENTITIES[entity], record, data, prefill or {})


@each_entity
def test_there_is_a_field_for_each_attribute_in_the_order_of_the_form(resource):
    form = forms.BaseForm({a.name: forms.unbound(a) for a in resource.fields})
    assert [field.name for field in form] == [attribute.name for attribute in resource.fields]
    for field, attribute in zip(form, resource.fields, strict=True):
        assert field.label.text == attribute.label
        assert field.required == (attribute.required and attribute.kind != "tags")
        assert field.description == attribute.help


@pytest.mark.parametrize(
    ("entity", "kinds"),
    [
        (
            "books",
            {"title": "text", "author": "reference", "format": "radio", "status": "choice", "language": "choice"},
        ),
        ("books", {"price": "money", "isbn": "isbn", "published_on": "date", "pages": "integer"}),
        ("users", {"role": "radio", "is_active": "boolean", "bio": "textarea", "website": "url", "email": "email"}),
        ("posts", {"content": "markdown", "publish_at": "datetime", "slug": "slug", "tags": "tags"}),
    ],
)
def test_the_kind_of_control_follows_the_column(entity, kinds):
    resource = ENTITIES[entity]
    form = forms.BaseForm({a.name: forms.unbound(a) for a in resource.fields})
    assert {name: form[name].kind for name in kinds} == kinds


def test_what_a_new_record_begins_with(app):
    form = built(app, "books", prefill={"title": "Nana"})
    assert (form["title"].data, form["format"].data, form["currency"].data) == ("Nana", Format.PAPERBACK, "EUR")
    assert form["price"].data is None


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({}, False),
        ({"title": "Nana"}, False),
        ({"title": "nana"}, True),
        ({"title": ""}, True),
        ({"description": "a\r\nb"}, False),
        ({"description": "a\r\nb "}, True),
        ({"format": "audio"}, False),
        ({"pages": "0"}, True),
        ({"pages": ""}, False),
    ],
)
def test_a_change_is_what_differs_from_the_record(app, typed, changed):
    book = Book(title="Nana", description="a\nb", format=Format.AUDIO)
    form = built(app, "books", book, typed)
    assert any(field.changes(is_new=False) for field in form) is changed


def test_an_unticked_box_is_no(app):
    user = User(username="a", email="a@example.org", is_active=True)
    assert built(app, "users", user, [("is_active", "no")])["is_active"].changes(is_new=False)
    assert not built(app, "users", user, [("is_active", "no"), ("is_active", "yes")])["is_active"].changes(is_new=False)
    assert not built(app, "users", user, {})["is_active"].changes(is_new=False)


def test_tags_are_read_as_additions_and_removals(app):
    post = Post(title="x", tags=[Tag(id=3, name="Poetry")])
    field = built(app, "posts", post, [("tags-add", " a , b,,A"), ("tags-remove", "3"), ("tags-remove", "²")])["tags"]
    assert (field.names, field.removed, field.current) == (["a", "b", "A"], {3}, [(3, "Poetry")])
    assert field.changes(is_new=False)
    assert not built(app, "posts", post, {"tags-add": " , "})["tags"].changes(is_new=False)


def test_a_rule_of_the_model_speaks_at_its_field(app, context):
    form = built(app, "authors", None, {"name": "Zola", "email": "nobody"})
    with pytest.raises(Refused):
        forms.fill(context(), ENTITIES["authors"], form, Author())
    assert "e-mail address" in form["email"].errors[0]


@each_entity
def test_widths_fill_the_lines(app, resource):
    with app.test_request_context("/"):
        g.person = User(id=1, username="ana")
        form = forms.build(resource, None, None, {})
    assert {field.width for field in form} <= {"full", "half", "third"}
    assert all(field.width == "full" for field in form if field.kind in ("markdown", "textarea"))
