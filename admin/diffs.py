"""Changes as people read them: names instead of ids, words instead of codes, what went and what came marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from flask import g, url_for
from markupsafe import Markup
from sqlalchemy import String, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from admin.attributes import Attribute, describe, label_of, words
from admin.registry import known, resource_of
from admin.times import written
from models.base import Record
from models.rules import amount, grouped_isbn
from policy import may
from services import changes, diff, snapshots, timeline
from services.unit_of_work import models_by_table

LONG = 60  # characters; longer text is compared word by word
SHORTENED = 240  # of a text that came or went as a whole
PROSE = ("markdown", "textarea")


@dataclass(frozen=True)
class Named:
    """A record that history speaks of. `currency`: of its price now."""

    label: str
    exists: bool = False
    currency: str = ""


Names = Mapping[tuple[str, int], Named]


@dataclass(frozen=True)
class Difference:
    """One changed field. `before`: the earlier value in a few words, for the label of the button that restores it."""

    name: str
    label: str
    html: Markup
    before: str = ""


# Names


def names(session: Session, rows: Iterable[Any], known: Names | None = None) -> Names:
    """The names of all records these changes speak of: one statement, and one for what is gone; none for the known."""
    known = known or {}
    asked = {entity: {one for one in ids if (entity, one) not in known} for entity, ids in ids_wanted(rows).items()}
    wanted = {entity: ids for entity, ids in asked.items() if ids}
    if not wanted:
        return known
    parts = [named(models_by_table()[entity], ids) for entity, ids in wanted.items()]
    found = {
        (row.entity, row.id): Named(row.label or f"no. {row.id}", True, row.currency or "")
        for row in session.execute(union_all(*parts))
    }
    missing = {entity: [one for one in ids if (entity, one) not in found] for entity, ids in wanted.items()}
    gone = timeline.last_labels(session, missing)
    return {**known, **found, **{key: Named(label) for key, label in gone.items()}}


def name_of(record: Record) -> Names:
    """The name of a record that has been read already."""
    unit = unit_of(record)
    return {(record.__tablename__, record.id): Named(str(record), True, getattr(record, unit) if unit else "")}


def unit_of(model: Any) -> str | None:
    """The column that says which currency the prices are in."""
    return next((column.info["currency"] for column in model.__table__.columns if "currency" in column.info), None)


def ids_wanted(rows: Iterable[Any]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for row in rows:
        model = models_by_table().get(row.entity)
        if model is None:
            continue  # an entity of an earlier version
        wanted.setdefault(row.entity, set()).add(row.record_id)
        for values in (row.before or {}, row.after or {}):
            for name, target in targets(model).items():
                kept = values.get(name)
                wanted.setdefault(target.__tablename__, set()).update(
                    kept if isinstance(kept, list) else filter(None, [kept])
                )
    return {entity: ids for entity, ids in wanted.items() if ids}


@cache
def targets(model: type[Record]) -> Mapping[str, type[Record]]:
    """Field of a snapshot → the model that its id, or its list of ids, belongs to."""
    found = {name: relation.mapper.class_ for name, relation in snapshots.links(model).items()}
    for name, column in snapshots.columns(model).items():
        for key in column.foreign_keys:
            found[name] = models_by_table()[key.column.table.name]
    return found


def named(model: Any, ids: Iterable[int]) -> Any:
    """The select of these records' names, and of the currency their prices are in."""
    table = model.__table__
    unit = unit_of(model)
    currency = cast(table.c[unit] if unit else null(), String).label("currency")
    names = (cast(literal(table.name), String).label("entity"), table.c.id, label_of(model).label("label"), currency)
    return select(*names).where(table.c.id.in_(sorted(ids)))


def link_to(entity: str, record_id: int, found: Names) -> str | None:
    """Where the record is shown, if it is there and the person may look."""
    named = found.get((entity, record_id))
    model = models_by_table().get(entity)
    if named is None or not named.exists or model is None or not known(model) or not may(g.person, "view", entity):
        return None
    return url_for(f"{entity}.detail", id=record_id)


# Differences


def differences(row: Any, found: Names, brief: bool = True) -> list[Difference]:
    """The changed fields of one change, in the order of the form, as far as people know them."""
    model = models_by_table().get(row.entity)
    before, after = row.before or {}, row.after or {}
    shown = []
    for name in in_order(model, row.fields):
        attribute = attribute_of(model, name) if model else None
        old, new = before.get(name), after.get(name)
        if row.action != "update" and ((empty(old) and empty(new)) or is_bookkeeping(attribute)):
            continue
        currency = currency_of(row, attribute, found)
        html = compared(attribute, name, old, new, model, found, brief, currency)
        unit = Markup(" {}").format(currency) if currency else Markup("")
        label = attribute.label if attribute else words(name)
        shown.append(Difference(name, label, html + unit, spoken(attribute, name, old, model, found, currency)))
    return shown


def in_order(model: type[Record] | None, fields: str) -> list[str]:
    given = [name for name in fields.split(",") if name]
    if model is None:
        return given
    places = {name: place for place, name in enumerate(snapshot_order(model))}
    return sorted(given, key=lambda name: places.get(name, len(places)))


@cache
def snapshot_order(model: type[Record]) -> Sequence[str]:
    """The fields in the order of the form, then the others in the order of the table."""
    form = [field_name(a) for a in resource_of(model).fields if a.model is model] if known(model) else []
    return [*form, *(name for name in snapshots.columns(model) if name not in form)]


def field_name(attribute: Attribute) -> str:
    """The name a snapshot keeps this attribute under: that of its column, or of the list of links."""
    return attribute.column.name if attribute.column is not None else attribute.name


@cache
def attribute_of(model: type[Record], name: str) -> Attribute | None:
    """The attribute whose values a snapshot keeps under this name: `Book.author` for «author_id»."""
    mapper = model.__mapper__
    if name in snapshots.links(model):
        return describe(getattr(model, name))
    for relation in mapper.relationships:
        if not relation.uselist and name in {column.name for column in relation.local_columns} - {"id"}:
            return describe(relation.class_attribute)
    column = model.__table__.columns.get(name)
    return describe(getattr(model, name)) if column is not None else None


def is_bookkeeping(attribute: Attribute | None) -> bool:
    return attribute is not None and attribute.name in ("created_at", "user")


def empty(value: Any) -> bool:
    return value is None or value in ("", [])


def compared(
    attribute: Attribute | None, name: str, old: Any, new: Any, model: Any, found: Names, brief: bool, currency: str
) -> Markup:
    if old == changes.HIDDEN or new == changes.HIDDEN:
        return Markup('<span class="muted">changed; its value is hidden</span>')
    if isinstance(old, list) or isinstance(new, list):
        return linked(old or [], new or [], targets(model)[name].__tablename__, found)
    before, after = (spoken(attribute, name, value, model, found, currency) for value in (old, new))
    prose = attribute is not None and (attribute.kind in PROSE or max(len(before), len(after)) > LONG)
    if prose and before and after and attribute is not None and attribute.kind not in ("url", "reference"):
        return diff.words(before, after, brief=brief)
    return marked(cut(before, brief), cut(after, brief))


def marked(before: str, after: str) -> Markup:
    if not before and not after:
        return Markup('<span class="none">–</span>')
    gone = Markup("<del>{}</del>").format(before) if before else Markup("")
    come = Markup("<ins>{}</ins>").format(after) if after else Markup("")
    return Markup(" ").join(part for part in (gone, come) if part)


def cut(text: str, brief: bool) -> str:
    return text if not brief or len(text) <= SHORTENED else text[:SHORTENED].rsplit(None, 1)[0] + " …"


def linked(gone: Sequence[int], come: Sequence[int], entity: str, found: Names) -> Markup:
    """Tags taken away and added."""
    removed = [Markup("<del>{}</del>").format(label(entity, one, found)) for one in gone]
    added = [Markup("<ins>{}</ins>").format(label(entity, one, found)) for one in come]
    return Markup(" ").join([*removed, *added])


def label(entity: str, record_id: int, found: Names) -> str:
    named = found.get((entity, record_id))
    return named.label if named else f"no. {record_id}"


def spoken(attribute: Attribute | None, name: str, value: Any, model: Any, found: Names, currency: str = "") -> str:
    """A kept value in the words of the record page; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(label(targets(model)[name].__tablename__, one, found) for one in value)
    match attribute.kind if attribute else "":
        case "reference":
            return label(targets(model)[name].__tablename__, value, found)
        case "choice":
            return attribute.choices.get(value, str(value))  # type: ignore[union-attr]
        case "boolean":
            return "yes" if value else "no"
        case "isbn":
            return grouped_isbn(value)
        case "money":
            return amount(Decimal(value), currency)
        case "date":
            return written(date.fromisoformat(value))
        case "datetime":
            return f"{value[:10]} {value[11:16]} UTC"
        case _:
            return str(value)


def currency_of(row: Any, attribute: Attribute | None, found: Names) -> str:
    """The currency an amount was in, else that of the record now; nothing for what is no amount."""
    if attribute is None or "currency" not in attribute.info:
        return ""
    name = attribute.info["currency"]
    named = found.get((row.entity, row.record_id))
    return str((row.after or {}).get(name) or (row.before or {}).get(name) or (named and named.currency) or "")
