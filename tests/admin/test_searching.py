"""The help beside the search box says nothing that the box does not understand."""

from werkzeug.datastructures import MultiDict

from admin import query, searching
from tests.entities import each_entity


@each_entity
def test_every_example_can_be_typed_as_it_stands(resource):
    examples = list(searching.examples(resource))
    assert len(examples) > 5
    for typed, meaning in examples:
        assert query.read(resource, MultiDict([("q", typed)])).mistakes == [], typed
        assert meaning
