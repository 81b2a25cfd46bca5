"""The record page: everything readable, and small lists of what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin import back, records
from admin.attributes import Attribute, child_key, describe
from admin.forms import owner
from admin.page import page
from admin.registry import resource_of
from admin.resource import Column, Related, Resource
from admin.screens import history, presence, walk
from extensions import db
from models.base import Record
from policy import may

FEW = 8


@dataclass(frozen=True)
class SmallList:
    """Some of the records that belong to the one shown. `filter` is the word of their own list's address."""

    resource: Resource
    columns: Sequence[Column]
    filter: str
    rows: Any
    total: int
    add: bool


def screen(resource: Resource, id: int, **more: Any) -> ResponseReturnValue:
    """`more` is what a template of the entity's own shows besides."""
    session = db.session()
    record = records.load(session, resource, id)
    latest, changes = history.latest(session, resource, record)
    came_from = back.to_list(resource, request)
    return page(
        "detail",
        resource,
        record=record,
        sections=facts(resource, record),
        lists=[small_list(session, related, record) for related in resource.related if readable(related)],
        latest=latest,
        changes=changes,
        may_restore=may(g.person, "edit", resource.entity, record),
        look=presence.here(resource, record),
        badge=describe(resource.badge) if resource.badge else None,
        walk=walk.through(session, resource, record, came_from),
        back=came_from,
        **more,
    )


def readable(related: Related) -> bool:
    return may(g.person, "view", related.attr.property.mapper.class_.__tablename__)


def facts(resource: Resource, record: Record) -> list[tuple[str, list[tuple[Attribute, Any]]]]:
    """The form's sections with their values, then what nobody edits but everybody may read."""
    sections = [
        (section.title, [fact(resource, record, describe(attr)) for attr in section.fields])
        for section in resource.form
    ]
    others = [fact(resource, record, attribute) for attribute in unedited(resource)]
    return [(sections[0][0], [*sections[0][1], *others]), *sections[1:]]


def fact(resource: Resource, record: Record, attribute: Attribute) -> tuple[Attribute, Any]:
    return attribute, getattr(owner(resource, record, attribute), attribute.name, None)


def unedited(resource: Resource) -> list[Attribute]:
    """Shown in the list, and not in the form: a last sign-in, a date of publication."""
    edited = {attribute.name for attribute in resource.fields}
    own = (column.attribute for column in resource.columns if column.attribute.column is not None)
    return [
        a for a in own if a.name not in edited and a.kind != "reference" and a.name not in ("created_at", "updated_at")
    ]


def small_list(session: Session, related: Related, record: Record) -> SmallList:
    """The first of the related records by their own list's order and columns, with their number, in one statement."""
    other = resource_of(related.attr.property.mapper.class_)
    prop = related.attr.property
    belongs: Any
    if prop.secondary is not None:
        far = next(link for _, link in prop.synchronize_pairs)
        belongs = other.model.id.in_(
            select(next(link for _, link in prop.secondary_synchronize_pairs)).where(far == record.id)
        )
    else:
        belongs = child_key(related.attr) == record.id
    total = records.capped_count(select(other.model.id).where(belongs)).label("total")
    skip = back_reference(other, related)
    columns = [column for column in other.shown if column.attr is not skip]
    statement = records.rows(other, columns).where(belongs).add_columns(total)
    found = session.execute(statement.order_by(*records.sort_expression(other)).limit(FEW)).all()
    filter_name = prop.back_populates or ""
    return SmallList(other, columns, filter_name, found, found[0].total if found else 0, related.add)


def back_reference(other: Resource, related: Related) -> Any:
    """The column that would say the same in every row."""
    name = related.attr.property.back_populates
    column = other.by_name.get(name)
    return column.attr if column is not None and column.kind == "reference" else None
