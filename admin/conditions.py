"""One filter of a list: the texts of the address, and the SQL they mean.

A text is a value, a range «8..20», a comparison «>8» or several «>8 <20» that all hold, an age «<30d», a name
«~le guin», «none» or «any»; «!» in front turns it round. Several texts are alternatives; what is turned round must
hold besides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import eq
from typing import Any

from sqlalchemy import BinaryExpression, ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from admin import relative, values
from admin.attributes import Attribute, foreign_key
from models.text import caseless, one_line
from services import search

MOST_VALUES = 50
MOST_COMPARISONS = 4
MOST_NAMESAKES = 20
LONGEST_NAME = 200
AGE_SIGNS = ("<", ">")
COMPARISON = re.compile(r"([<>]=?)(.*)")


class BadCondition(ValueError):
    """A text that a filter cannot read; the message says what to write instead."""

    def __init__(self, text: str, message: str) -> None:
        super().__init__(message)
        self.text = text


@dataclass(frozen=True)
class Criterion:
    """One text, understood. A record that is only named is looked up when the SQL is made."""

    text: str
    negated: bool = False
    clause: ColumnElement[bool] | None = None
    value: Any = None  # the id, where the text is one
    name: str = ""


@dataclass(frozen=True)
class Condition:
    """One filter: the field and what is asked of it."""

    attribute: Attribute
    criteria: Sequence[Criterion]
    found: dict[str, Sequence[int]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def texts(self) -> Sequence[str]:
        return [criterion.text for criterion in self.criteria]

    @property
    def positive(self) -> Sequence[Criterion]:
        return [criterion for criterion in self.criteria if not criterion.negated]

    @property
    def negative(self) -> Sequence[Criterion]:
        return [criterion for criterion in self.criteria if criterion.negated]

    def where(self, session: Session) -> ColumnElement[bool]:
        one_of = [either([self.clause(session, criterion) for criterion in self.positive])] if self.positive else []
        return and_(*one_of, *(outside(self.attribute, self.clause(session, c)) for c in self.negative))

    def clause(self, session: Session, criterion: Criterion) -> ColumnElement[bool]:
        return criterion.clause if criterion.clause is not None else self.named(session, criterion.name)

    def named(self, session: Session, name: str) -> ColumnElement[bool]:
        """The records of exactly this name; without one, those that a search for it finds."""
        ids = self.bearers(session, name)
        if ids:
            return refers(self.attribute, ids)
        target: Any = self.attribute.target
        words = [search.matching(session, target, word) for word in search.terms(name)]
        return refers(self.attribute, select(target.id).where(*words))

    def bearers(self, session: Session, name: str) -> Sequence[int]:
        if name not in self.found:
            self.found[name] = ids_of(session, self.attribute.target, name)
        return self.found[name]

    def ids(self, session: Session, criterion: Criterion) -> Sequence[str]:
        """The texts that say the same by id; the text itself where there is no such name."""
        sign = "!" if criterion.negated else ""
        ids = self.bearers(session, criterion.name) if criterion.name else ()
        return [f"{sign}{record_id}" for record_id in ids] or [criterion.text]


def either(clauses: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """One of these; several values of a column as a list of them, along which an index can be read."""
    equalities: list[Any] = [clause for clause in clauses if is_equality(clause)]
    if len(clauses) == 1 or len(equalities) < len(clauses):
        return or_(*clauses)
    column = equalities[0].left
    if not all(clause.left.compare(column) for clause in equalities):
        return or_(*clauses)
    listed: ColumnElement[bool] = column.in_([clause.right for clause in equalities])
    return listed


def is_equality(clause: Any) -> bool:
    return isinstance(clause, BinaryExpression) and clause.operator is eq


def ids_of(session: Session, model: Any, name: str) -> Sequence[int]:
    """The records of this name, in any spelling; a number that is nobody's name is an id."""
    exact = select(model.id).where(search.named(session, model, name)).order_by(model.id).limit(MOST_NAMESAKES)
    ids = session.scalars(exact).all()
    return ids or ([int(name)] if re.fullmatch(r"[0-9]{1,18}", name) else [])


def refers(attribute: Attribute, ids: Any) -> ColumnElement[bool]:
    """The record refers to one of these: a list of ids, or a subquery, never a join that multiplies rows."""
    if attribute.kind == "tags":
        return attribute.attr.any(attribute.target.id.in_(ids))  # type: ignore[union-attr]
    clause: ColumnElement[bool] = foreign_key(attribute.attr).in_(ids)
    return clause


def outside(attribute: Attribute, clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The opposite. What has no value is not that value either."""
    if attribute.kind == "tags" or attribute.column is None or not attribute.column.nullable:
        return not_(clause)
    return or_(column_of(attribute).is_(None), not_(clause))


def column_of(attribute: Attribute) -> Any:
    return foreign_key(attribute.attr) if attribute.kind == "reference" else attribute.attr


def parse_condition(attribute: Attribute, texts: Sequence[str]) -> Condition:
    """Read the texts of one parameter. Raises BadCondition."""
    given = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not given or len(given) > MOST_VALUES:
        raise BadCondition("", "This has no value." if not given else f"At most {MOST_VALUES} values at once.")
    return Condition(attribute, list({c.text: c for c in (criterion(attribute, text) for text in given)}.values()))


def criterion(attribute: Attribute, text: str) -> Criterion:
    negated = text.startswith("!")
    bare = text[1:].strip() if negated else text
    try:
        found = positive(attribute, bare)
    except ValueError as error:
        raise BadCondition(text, str(error)) from None
    if not negated:
        return found
    if found.text in ("none", "any"):
        return positive(attribute, "any" if found.text == "none" else "none")
    return Criterion(f"!{found.text}", True, found.clause, found.value, found.name)


def positive(attribute: Attribute, text: str) -> Criterion:
    if text in ("none", "any"):
        return Criterion(text, clause=emptiness(attribute, empty=text == "none"))
    if attribute.has_range:
        return ranged(attribute, text)
    if text.startswith("~") and attribute.target is not None:
        return named(text)
    value = values.parse(attribute, text)
    if value is None:
        raise ValueError("Write a value.")
    return Criterion(text, clause=equal(attribute, value), value=value)


def named(text: str) -> Criterion:
    name = one_line(text[1:])
    if not name or len(name) > LONGEST_NAME:
        raise ValueError("Write a name.")
    return Criterion(f"~{name}", name=name)


def equal(attribute: Attribute, value: Any) -> ColumnElement[bool]:
    if attribute.kind == "tags":
        return attribute.attr.any(attribute.target.id == value)  # type: ignore[union-attr]
    key = caseless_key(attribute)
    clause: ColumnElement[bool] = column_of(attribute) == value if key is None else key == caseless(value)
    return clause


def caseless_key(attribute: Attribute) -> Any:
    """The unique key under which two spellings of this text are the same, if the model keeps one."""
    model = attribute.model
    unique = (key for key, rule in model.__keys__.items() if rule == (caseless, (attribute.name,)))
    return next((getattr(model, key) for key in unique), None)


def emptiness(attribute: Attribute, empty: bool) -> ColumnElement[bool]:
    if attribute.kind == "tags":
        return ~attribute.attr.any() if empty else attribute.attr.any()
    column = column_of(attribute)
    clause: ColumnElement[bool] = column.is_(None) if empty else column.is_not(None)
    return clause


def ranged(attribute: Attribute, text: str) -> Criterion:
    """«8..20», «8..», «..20», one value, or comparisons; a year or a month of a date is all of its days."""
    parts = comparisons(text)
    if len(parts) > MOST_COMPARISONS:
        raise ValueError(f"At most {MOST_COMPARISONS} comparisons at once.")
    if not parts:
        first, last = ends(attribute, text)
        one = attribute.attr == first if first == last else and_(attribute.attr >= first, upto(attribute, last))
        return Criterion(text, clause=one)
    clause = and_(*(compared(attribute, sign, operand) for sign, operand in parts))
    return Criterion(shortest(parts), clause=clause)


def comparisons(text: str) -> list[tuple[str, str]]:
    """(sign, operand) pairs that all hold: «>8 <20», and the ends of «8..20» too. Empty for a single value."""
    if text.startswith(("<", ">")):
        found = [COMPARISON.fullmatch(part) for part in re.split(r"\s+(?=[<>])", text)]
        return [(match[1], match[2].strip()) for match in found if match]
    start, separator, end = text.partition("..")
    if not separator:
        return []
    if not start.strip() and not end.strip():
        raise ValueError("A range is from..to, and one end may be missing.")
    return [(sign, operand.strip()) for sign, operand in ((">=", start), ("<=", end)) if operand.strip()]


def shortest(parts: Sequence[tuple[str, str]]) -> str:
    """The text of comparisons as the address keeps it: «from..to» where that says it."""
    signs = [sign for sign, _ in parts]
    aged = any(relative.is_age(operand) and sign in AGE_SIGNS for sign, operand in parts)
    if not aged and signs == [">=", "<="]:
        return f"{parts[0][1]}..{parts[1][1]}"
    if signs == [">="]:
        return f"{parts[0][1]}.."
    if signs == ["<="]:
        return f"..{parts[0][1]}"
    return " ".join(f"{sign}{operand}" for sign, operand in parts)


def compared(attribute: Attribute, sign: str, operand: str) -> ColumnElement[bool]:
    if not operand:
        raise ValueError(f"Write something after {sign}.")
    if sign in AGE_SIGNS and relative.is_age(operand) and attribute.kind in ("date", "datetime"):
        return aged(attribute, sign, operand)
    first, last = ends(attribute, operand)
    clause: ColumnElement[bool]
    match sign:
        case ">=":
            clause = attribute.attr >= first
        case "<":
            clause = attribute.attr < first
        case "<=":
            clause = upto(attribute, last)
        case _:
            clause = attribute.attr >= last if attribute.kind == "datetime" else attribute.attr > last
    return clause


def ends(attribute: Attribute, text: str) -> tuple[Any, Any]:
    """The first and the last value of this text; see `values.bounds`."""
    if not one_line(text):
        raise ValueError("Write a value.")
    if attribute.kind in ("date", "datetime") and relative.is_relative(text):
        text = relative.day(text).isoformat()
    return values.bounds(attribute, text)


def upto(attribute: Attribute, last: Any) -> ColumnElement[bool]:
    clause: ColumnElement[bool] = attribute.attr < last if attribute.kind == "datetime" else attribute.attr <= last
    return clause


def aged(attribute: Attribute, sign: str, operand: str) -> ColumnElement[bool]:
    """«<30d» is within the last 30 days, not in the future; «>30d» is longer ago. Whole days, so that pages agree."""
    start = at(attribute, relative.day(f"-{operand}"))
    if sign == ">":
        clause: ColumnElement[bool] = attribute.attr < start
        return clause
    return and_(attribute.attr >= start, attribute.attr < at(attribute, relative.day("tomorrow")))


def at(attribute: Attribute, day: date) -> date:
    """The day, or the moment it begins."""
    return datetime.combine(day, datetime.min.time(), UTC) if attribute.kind == "datetime" else day
