"""What a filter means in SQL: put together once for all filters of one shape, which is the field, the signs, how many.

Operands stand in it by name, and are given when the statement runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select
from sqlalchemy.sql.visitors import cloned_traverse

from admin.attributes import Attr, Attribute, describe, foreign_key
from admin.statements import kept
from models.text import caseless
from services import search
from services.search import Database, Term

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
SEVERAL, NAMED, EMPTY, FILLED = "in", "~", "none", "any"


@dataclass(frozen=True)
class Test:
    """One question to a field: a sign, and what the value is compared with.

    Besides the signs of OPERATORS: «in» several values, «~» a record whose name holds these words, «none», «any».
    """

    sign: str
    operand: Any = None


@dataclass(frozen=True)
class Slot:
    """A test without its operand: the sign, the name of the parameter; of words, their terms."""

    sign: str
    name: str
    terms: tuple[Term, ...] = ()


Question = Sequence[Test]  # tests that must all hold
Slots = tuple[tuple[Slot, ...], ...]


def asked(
    attribute: Attribute, database: Database, alternatives: Sequence[Question], excluded: Sequence[Question]
) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """The condition that one of the alternatives holds and nothing of what is excluded, and its operands by name."""
    alternatives = united(alternatives)
    slots: list[tuple[Slot, ...]] = []
    operands: dict[str, Any] = {}
    for place, question in enumerate((*alternatives, *excluded)):
        names = [f"of_{attribute.name}_{place}_{number}" for number in range(len(question))]
        slots.append(tuple(map(slot, names, question)))
        for name, test in zip(names, question, strict=True):
            operands |= given(name, test)
    number = len(alternatives)
    return kept(condition, attribute.attr, database, tuple(slots[:number]), tuple(slots[number:])), operands


def united(alternatives: Sequence[Question]) -> Sequence[Question]:
    """Several values of a field as a list of them, along which an index can be read."""
    lists = {"=": lambda operand: [operand], SEVERAL: list}
    if len(alternatives) < 2 or not all(len(each) == 1 and each[0].sign in lists for each in alternatives):
        return alternatives
    return [[Test(SEVERAL, [value for (test,) in alternatives for value in lists[test.sign](test.operand)])]]


def slot(name: str, test: Test) -> Slot:
    return Slot(test.sign, name, search.named(name, test.operand) if test.sign == NAMED else ())


def given(name: str, test: Test) -> Mapping[str, Any]:
    if test.sign == NAMED:
        return search.values(name, test.operand)
    return {} if test.sign in (EMPTY, FILLED) else {name: test.operand}


def filled(clause: Any, values: Mapping[str, Any]) -> Any:
    """The condition with its values in it, for a statement that is put together for this one time."""

    def fill(part: Any) -> None:
        if part.key in values:
            part.value, part.required = values[part.key], False

    # Not a replacing traversal: that leaves out what `any()` says of the other end of a relationship.
    return cloned_traverse(clause, {"maintain_key": True, "detect_subquery_cols": True}, {"bindparam": fill})


# The SQL


def condition(attr: Attr, database: Database, alternatives: Slots, excluded: Slots) -> ColumnElement[bool]:
    attribute = describe(attr)
    one_of = [or_(*(every(attribute, database, slots) for slots in alternatives))] if alternatives else []
    return and_(*one_of, *(outside(attribute, every(attribute, database, slots)) for slots in excluded))


def every(attribute: Attribute, database: Database, slots: Sequence[Slot]) -> ColumnElement[bool]:
    return and_(*(meaning(attribute, database, slot) for slot in slots))


def meaning(attribute: Attribute, database: Database, slot: Slot) -> ColumnElement[bool]:
    """A test. What refers to other records is asked with a subquery, never with a join that multiplies rows."""
    column = compared(attribute)
    match slot.sign:
        case "none" | "any":
            return emptiness(attribute, empty=slot.sign == EMPTY)
        case "~":
            clause = column.in_(with_words(attribute.target, database, slot.terms))
        case "in":
            clause = column.in_(bindparam(slot.name, type_=column.type, expanding=True))
        case sign:
            clause = OPERATORS[sign](column, bindparam(slot.name, type_=column.type))
    return attribute.attr.any(clause) if attribute.kind == "tags" else clause


def with_words(model: Any, database: Database, terms: Sequence[Term]) -> Any:
    return select(model.id).where(*(search.matching(database, model, term) for term in terms))


def compared(attribute: Attribute) -> Any:
    """The column whose values are compared: of a reference its key, of a text its unique key if it has one."""
    if attribute.kind == "tags":
        return attribute.target.id  # type: ignore[union-attr]
    key = caseless_key(attribute)
    return column_of(attribute) if key is None else key


def caseless_key(attribute: Attribute) -> Any:
    """The unique key under which two spellings of this text are the same, if the model keeps one."""
    model = attribute.model
    unique = (key for key, rule in model.__keys__.items() if rule == (caseless, (attribute.name,)))
    return next((getattr(model, key) for key in unique), None)


def column_of(attribute: Attribute) -> Any:
    return foreign_key(attribute.attr) if attribute.kind == "reference" else attribute.attr


def emptiness(attribute: Attribute, empty: bool) -> ColumnElement[bool]:
    if attribute.kind == "tags":
        return ~attribute.attr.any() if empty else attribute.attr.any()
    column = column_of(attribute)
    clause: ColumnElement[bool] = column.is_(None) if empty else column.is_not(None)
    return clause


def outside(attribute: Attribute, clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The opposite. What has no value is not that value either."""
    if attribute.kind == "tags" or attribute.column is None or not attribute.column.nullable:
        return not_(clause)
    return or_(column_of(attribute).is_(None), not_(clause))
