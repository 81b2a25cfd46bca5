"""What of a resource a file can fill."""

import pytest

from admin.imports.targets import NeedsRecord, Stub, kept, rule_of, targets
from models.author import Author
from models.book import Book
from tests.entities import ENTITIES, each_entity


@each_entity
def test_every_own_field_of_the_form_is_a_target_and_nothing_else_but_the_id(resource):
    found = targets(resource)
    assert list(found) == ["id", *(a.name for a in resource.fields if a.model is resource.model)]
    assert [name for name, target in found.items() if not target.written] == ["id"]


@each_entity
def test_what_an_export_holds_beyond_that_is_kept_by_colophon(resource):
    assert {"created_at", "updated_at"} <= kept(resource).keys()
    assert not kept(resource).keys() & targets(resource).keys()


def test_a_reference_is_named_by_what_is_unique_then_by_its_name_then_by_its_id():
    assert targets(ENTITIES["books"])["author"].by == ("email", "name", "id")
    assert targets(ENTITIES["posts"])["author"].by == ("username", "email", "name", "id")
    assert targets(ENTITIES["posts"])["tags"].by == ("name", "id")


def test_rules_about_a_value_alone_are_asked_and_others_are_left_to_whoever_has_the_row():
    author = targets(ENTITIES["authors"])
    assert [name for name, target in author.items() if target.row_rule] == ["name", "sort_name"]
    assert rule_of(Author.name) is None
    assert rule_of(Book.isbn)("0306406152") == "9780306406157"
    assert rule_of(Book.title) is None


def test_the_stub_tells_nothing_and_keeps_nothing():
    with pytest.raises(NeedsRecord):
        Stub().name  # noqa: B018
    with pytest.raises(NeedsRecord):
        Stub().name = "x"
