"""Resources are checked when they are made, and all five of them agree with their models and with each other."""

import pytest

from admin import Column, Resource, Section, blueprint_for
from admin.registry import RESOURCES, known, resource_of
from models.tag import Tag
from models.user import Profile
from tests.entities import ENTITIES, each_entity

USUAL = {
    "model": Tag,
    "singular": "tag",
    "icon": "tag",
    "columns": [Column(Tag.name, sort=Tag.sort_key, link=True), Column(Tag.posts)],
    "sort": "name",
    "search": "Name",
    "form": [Section("Tag", [Tag.name])],
}


def test_what_a_resource_says_of_itself():
    tags = Resource(**USUAL)
    assert (tags.entity, tags.plural, tags.title) == ("tags", "tags", "Tags")
    assert list(tags.sorts) == ["name"]
    assert [attribute.name for attribute in tags.fields] == ["name"]
    assert RESOURCES[Tag] is not tags


@pytest.mark.parametrize("sort", ["colour", "posts", "-", "--name", ""])
def test_one_cannot_sort_by_what_is_no_sortable_column(sort):
    with pytest.raises(ValueError, match="tags: one cannot sort by"):
        Resource(**USUAL | {"sort": sort})


@pytest.mark.parametrize("links", [0, 2])
def test_exactly_one_column_leads_to_the_record(links):
    columns = [Column(Tag.name, sort=Tag.sort_key, link=links > 0), Column(Tag.posts, link=links > 1)]
    with pytest.raises(ValueError, match="exactly one column"):
        Resource(**USUAL | {"columns": columns})


@each_entity
def test_every_resource_fits_its_model(resource):
    model = resource.model
    assert resource_of(model) is resource
    assert resource.tabs is None or resource.tabs.key in resource.filterable
    assert all(attr.class_ is model for attr in resource.filters)
    assert all(column.attr.class_ is model for column in resource.columns)
    assert all(known(related.attr.property.mapper.class_) for related in resource.related)
    assert "derived" not in {key for attribute in resource.fields for key in attribute.info}
    assert {attribute.name for attribute in resource.fields}.isdisjoint({"id", "version", "created_at", "updated_at"})
    assert {"created_at", "updated_at"} <= set(resource.filterable)


@each_entity
def test_every_required_column_is_in_the_form_or_filled_otherwise(resource):
    named = {attribute.column.key for attribute in resource.fields if attribute.column is not None}
    others = {"id", "version", "created_at", "updated_at"} | set(resource.model.__keys__)
    for column in resource.model.__table__.columns:
        if not column.nullable and column.default is None and column.key not in others:
            assert column.key in named, column


def test_a_profile_has_no_screens_of_its_own():
    assert not known(Profile)
    assert list(ENTITIES) == sorted(ENTITIES)


def test_screens_may_be_left_out_and_written_by_hand():
    before = dict(RESOURCES)
    try:
        bp = blueprint_for(Resource(**USUAL), without=["delete", "create"])
        assert bp.name == "tags"
        assert bp.resource.model is Tag
        endpoints = set(bp.deferred_functions)
        assert len(endpoints) == len(blueprint_for(Resource(**USUAL)).deferred_functions) - 2
    finally:
        RESOURCES.clear()
        RESOURCES.update(before)


@pytest.mark.parametrize("column", [Column(Tag.posts, editable=True), Column(Tag.created_at, editable=True)])
def test_only_plain_fields_of_the_form_are_edited_in_a_cell(column):
    with pytest.raises(ValueError, match="cannot be edited in a cell"):
        Resource(**USUAL | {"columns": [*USUAL["columns"], column]})
