"""What can be done with many records of an entity at once, read off its attributes; a new entity gets it for free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from flask import g

from admin.attributes import Attribute, describe
from admin.registry import resource_of
from admin.resource import Resource
from models.base import Record
from policy import may

Kind = Literal["set", "price", "tags", "delete"]


@dataclass(frozen=True)
class Action:
    """`name` is the word of the address: the field it is about, or «edit» and «delete»."""

    name: str
    label: str
    kind: Kind
    verb: str
    fields: Sequence[Attribute] = ()

    @property
    def field(self) -> Attribute:
        return self.fields[0]


def actions_of(resource: Resource) -> Mapping[str, Action]:
    return actions_by_model(resource.model)


@cache
def actions_by_model(model: type[Record]) -> Mapping[str, Action]:
    return {action.name: action for action in declared(resource_of(model))}


def declared(resource: Resource) -> Iterator[Action]:
    settable = [attribute for attribute in own_fields(resource) if is_settable(attribute)]
    if has_rules_for_many(resource):
        yield from special(resource, settable)
        if settable:
            yield Action("edit", "Edit fields", "set", "edit", settable)
        yield Action("delete", "Delete", "delete", "delete")


def special(resource: Resource, settable: Sequence[Attribute]) -> Iterator[Action]:
    """The badge's choice, prices, tags and references have a button of their own."""
    for attribute in settable:
        if resource.badge is not None and attribute.attr is resource.badge:
            yield Action(attribute.name, f"Set {attribute.label.lower()}", "set", "edit", [attribute])
    for attribute in own_fields(resource):
        if attribute.kind == "money" and "currency" in attribute.info:
            yield Action(attribute.name, f"Change {attribute.label.lower()}", "price", "edit", [attribute])
        elif attribute.kind == "tags":
            yield Action(attribute.name, f"Add or remove {attribute.label.lower()}", "tags", "edit", [attribute])
        elif attribute.kind == "reference":
            yield Action(attribute.name, f"Change {attribute.label.lower()}", "set", "edit", [attribute])


def own_fields(resource: Resource) -> list[Attribute]:
    """The fields of the form that are the record's own, not those of a part of it."""
    return [attribute for attribute in resource.fields if attribute.model is resource.model]


def is_settable(attribute: Attribute) -> bool:
    """Whether many records may hold the same: not in what is unique, and nobody gives many records one name."""
    column = attribute.column
    return column is not None and attribute.name != named_by(attribute.model) and not is_unique(attribute)


def named_by(model: Any) -> str:
    return describe(getattr(model, model.__label__)).name if model.__label__ in model.__table__.columns else ""


def is_unique(attribute: Attribute) -> bool:
    """By its own column, or by a key that is made of it."""
    columns = attribute.model.__table__.columns
    keys = [key for key, (_, parts) in attribute.model.__keys__.items() if attribute.name in parts]
    return any(columns[name].unique for name in (*keys, attribute.column.name))  # type: ignore[union-attr]


def has_rules_for_many(resource: Resource) -> bool:
    """Whoever has rules for saving one record must say what they mean for many, or nothing is changed in bulk."""
    return resource.for_many is not None or (resource.before_save is None and resource.before_delete is None)


def allowed(resource: Resource) -> list[Action]:
    """The actions that the person signed in may take, at least on some records."""
    return [action for action in actions_of(resource).values() if may(g.person, action.verb, resource.entity)]
