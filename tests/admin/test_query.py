"""The address of a list, read: what it means, what it refuses, and its canonical form."""

import pytest
from werkzeug.datastructures import MultiDict

from admin import query
from admin.query import BadQuery
from tests.entities import ENTITIES, each_entity

BOOKS = ENTITIES["books"]


def parse(*pairs):
    return query.parse(BOOKS, MultiDict(pairs))


def test_an_empty_address_is_the_usual_list():
    asked = parse()
    assert (asked.q, asked.order.text, asked.per_page, asked.place, asked.filtered) == ("", "title", 50, None, False)
    assert asked.url() == "?"


def test_the_canonical_address_leaves_out_what_is_usual():
    asked = parse(("sort", "title"), ("per_page", "50"), ("q", "  le   guin "), ("status", "active"), ("saved", "7"))
    assert asked.url() == "?q=le+guin&status=active"
    assert asked.saved == 7
    assert asked.url(sort="-price") == "?q=le+guin&status=active&sort=-price"
    assert asked.url(q=None, after="x") == "?status=active&after=x"
    assert asked.without(BOOKS.filterable["status"]) == "?q=le+guin"


def test_several_values_are_alternatives_once_each_and_in_order():
    asked = parse(("status", "active"), ("status", "cancelled"), ("status", " active "))
    assert asked.conditions[0].texts == ["active", "cancelled"]
    assert asked.url() == "?status=active&status=cancelled"


@each_entity
def test_every_sort_and_every_filter_is_read(resource):
    for word in resource.sorts:
        assert query.parse(resource, MultiDict([("sort", f"-{word}")])).order.descending
    for name in resource.filterable:
        for text in ("none", "any"):
            [condition] = query.parse(resource, MultiDict([(name, text)])).conditions
            assert condition.attribute.name == name


@pytest.mark.parametrize("name", ["id", "version", "search_key", "title", "q2", "Q", "", "sort ", "x" * 500])
def test_a_word_the_list_does_not_have_is_named(name):
    with pytest.raises(BadQuery) as refused:
        parse((name, "1"))
    assert name[:40] in str(refused.value)
    assert len(str(refused.value)) < 150


def test_a_place_is_after_or_before_not_both():
    with pytest.raises(BadQuery, match="not both"):
        parse(("after", "x"), ("before", "end"))
    assert parse(("before", "end")).place.backwards


def test_the_place_is_left_behind_when_anything_else_changes():
    asked = parse(("before", "end"), ("status", "active"))
    assert "before" not in asked.url(sort="price")
