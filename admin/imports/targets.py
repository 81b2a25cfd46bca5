"""What of a resource a file can fill: its own attributes, as the form has them, and the id that finds a record."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NoReturn

from sqlalchemy import inspect

from admin.attributes import Attr, Attribute, describe
from admin.resource import Resource
from models.base import Record
from models.text import search_key

Rule = Callable[[Any], Any]


class NeedsRecord(Exception):
    """A rule of the model that looks at more than the value."""


class Stub:
    """Stands for the record where a rule is asked about a value alone."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NeedsRecord(name)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise NeedsRecord(name)


@dataclass(frozen=True)
class Target:
    """One field of an import.

    `by`: of a reference, what its records can be named by, the surest first. `row_rule`: the model's rule for it looks
    at the rest of the record, so it is for whoever has the whole row. `written`: whether the value is kept; the id only
    finds.
    """

    name: str
    label: str
    attribute: Attribute
    required: bool
    by: tuple[str, ...] = ()
    row_rule: bool = False
    written: bool = True


def targets(resource: Resource) -> Mapping[str, Target]:
    """By name, in the order of the form."""
    found = {"id": identity(resource)}
    for attribute in resource.fields:
        if attribute.model is resource.model:
            found[attribute.name] = target(attribute.attr)
    return found


def identity(resource: Resource) -> Target:
    attribute = replace(describe(resource.model.id), kind="id", label="ID", required=False)
    return Target("id", "ID", attribute, required=False, written=False)


@cache
def target(attr: Attr) -> Target:
    attribute = describe(attr)
    return Target(
        attribute.name,
        attribute.label,
        attribute,
        attribute.required,
        by=natural_keys(attribute.target) if attribute.target else (),
        row_rule=looks_further(attr),
    )


def kept(resource: Resource) -> Mapping[str, str]:
    """What an export holds and Colophon keeps by itself: name → label. A file does not change it."""
    mine = targets(resource)
    return {name: column.heading for name, column in resource.choosable.items() if name not in mine}


@cache
def natural_keys(model: type[Record]) -> tuple[str, ...]:
    """What names a record of this model: what is unique, then its name, then the id."""
    return tuple(dict.fromkeys((*unique_names(model), *label_names(model), "id")))


def unique_names(model: type[Record]) -> Iterator[str]:
    """Columns with a key of their own, or that are unique as they stand."""
    columns = inspect(model).columns
    for key, (_, parts) in model.__keys__.items():
        if columns[key].unique and len(parts) == 1 and parts[0] != model.__label__:
            yield parts[0]
    yield from (name for name, column in columns.items() if column.unique and not column.info.get("derived"))


def label_names(model: type[Record]) -> Iterator[str]:
    """The column that names a record; where the name is put together, the columns it is made of."""
    if model.__label__ in inspect(model).columns:
        yield model.__label__
        return
    columns = inspect(model).columns
    for key, (rule, parts) in model.__keys__.items():
        if not columns[key].unique and rule is not search_key:
            yield from parts


@cache
def rule_of(attr: Attr) -> Rule | None:
    """What the model says about a value alone: it returns the value to be kept, or raises ValueError."""
    if (found := validator(attr)) is None or not asks_only_the_value(found, "a"):
        return None
    return found


def validator(attr: Attr) -> Rule | None:
    found = inspect(attr.class_).validators.get(attr.key)
    return None if found is None else lambda value: found[0](Stub(), attr.key, value)


def looks_further(attr: Attr) -> bool:
    """Whether the rule asks for the record: for a value, or where there is none."""
    found = validator(attr)
    return found is not None and not all(asks_only_the_value(found, value) for value in ("a", None))


def asks_only_the_value(rule: Rule, value: Any) -> bool:
    try:
        with suppress(ValueError, TypeError, AttributeError):
            rule(value)
    except NeedsRecord:
        return False
    return True
