"""Columns find their fields."""

from werkzeug.datastructures import MultiDict

from admin import export
from admin.imports.guessing import guess
from admin.imports.targets import kept, targets
from admin.query import parse
from tests.entities import each_entity


@each_entity
def test_every_column_of_an_export_finds_its_field_again(resource):
    columns = list(resource.choosable.values())
    header = [field.name for field in export.fields(export.Export(parse(resource, MultiDict()), columns), "sqlite")]
    found = {header[place.column]: place.field for place in guess(resource, header, [])}
    mine = targets(resource)
    for name in header:
        if name in mine:
            assert found[name] == name
        elif name.removesuffix("_id") in mine:
            assert found[name] == name.removesuffix("_id")
        else:
            assert name in kept(resource)
            assert name not in found
