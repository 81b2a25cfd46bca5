"""One filter of a list: the texts of the address, and what they ask.

A text is a value, a range «8..20», a comparison «>8» or several «>8 <20» that all hold, an age «<30d», a name
«~le guin», «none» or «any»; «!» in front turns it round. Several texts are alternatives; what is turned round must
hold besides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from admin import clauses, relative, values
from admin.attributes import Attribute
from admin.clauses import EMPTY, FILLED, NAMED, SEVERAL, Test
from admin.statements import kept
from models.text import caseless, one_line
from services import search
from services.search import Database

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
    """One text, understood: tests that must all hold. A record that is only named is looked up later."""

    text: str
    negated: bool = False
    tests: Sequence[Test] = ()
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

    def asked(self, session: Session) -> tuple[ColumnElement[bool], dict[str, Any]]:
        """What a row must fulfil, and the values in it by name."""
        alternatives = [self.tests(session, criterion) for criterion in self.positive]
        excluded = [self.tests(session, criterion) for criterion in self.negative]
        return clauses.asked(self.attribute, database_of(session, self.attribute), alternatives, excluded)

    def tests(self, session: Session, criterion: Criterion) -> Sequence[Test]:
        """A name is that of the records that are called exactly so; without one, of those a search for it finds."""
        if not criterion.name:
            return criterion.tests
        ids = self.bearers(session, criterion.name)
        return [Test(SEVERAL, ids) if ids else Test(NAMED, search.terms(criterion.name))]

    def bearers(self, session: Session, name: str) -> Sequence[int]:
        if name not in self.found:
            self.found[name] = ids_of(session, self.attribute, name)
        return self.found[name]

    def ids(self, session: Session, criterion: Criterion) -> Sequence[str]:
        """The texts that say the same by id; the text itself where there is no such name."""
        sign = "!" if criterion.negated else ""
        ids = self.bearers(session, criterion.name) if criterion.name else ()
        return [f"{sign}{record_id}" for record_id in ids] or [criterion.text]


def database_of(session: Session, attribute: Attribute) -> Database:
    return search.database_of(session, *([attribute.target] if attribute.target is not None else []))


def ids_of(session: Session, attribute: Attribute, name: str) -> Sequence[int]:
    """The records of this name, in any spelling; a number that is nobody's name is an id."""
    statement = kept(bearers, database_of(session, attribute), attribute.target)
    ids = session.scalars(statement, search.whole_name_values(name)).all()
    return ids or ([int(name)] if re.fullmatch(r"[0-9]{1,18}", name) else [])


def bearers(database: Database, model: Any) -> Select[Any]:
    exact = select(model.id).where(search.whole_name(database, model))
    return exact.order_by(model.id).limit(MOST_NAMESAKES)


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
    if found.text in (EMPTY, FILLED):
        return positive(attribute, FILLED if found.text == EMPTY else EMPTY)
    return Criterion(f"!{found.text}", True, found.tests, found.value, found.name)


def positive(attribute: Attribute, text: str) -> Criterion:
    if text in (EMPTY, FILLED):
        return Criterion(text, tests=[Test(text)])
    if attribute.has_range:
        return ranged(attribute, text)
    if text.startswith("~") and attribute.target is not None:
        return named(text)
    value = values.parse(attribute, text)
    if value is None:
        raise ValueError("Write a value.")
    return Criterion(text, tests=[Test("=", operand(attribute, value))], value=value)


def named(text: str) -> Criterion:
    name = one_line(text[1:])
    if not name or len(name) > LONGEST_NAME:
        raise ValueError("Write a name.")
    return Criterion(f"~{name}", name=name)


def operand(attribute: Attribute, value: Any) -> Any:
    return value if clauses.caseless_key(attribute) is None else caseless(value)


def ranged(attribute: Attribute, text: str) -> Criterion:
    """«8..20», «8..», «..20», one value, or comparisons; a year or a month of a date is all of its days."""
    parts = comparisons(text)
    if len(parts) > MOST_COMPARISONS:
        raise ValueError(f"At most {MOST_COMPARISONS} comparisons at once.")
    if not parts:
        first, last = ends(attribute, text)
        one = [Test("=", first)] if first == last else [Test(">=", first), upto(attribute, last)]
        return Criterion(text, tests=one)
    return Criterion(shortest(parts), tests=[test for part in parts for test in compared(attribute, *part)])


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


def compared(attribute: Attribute, sign: str, operand: str) -> Sequence[Test]:
    if not operand:
        raise ValueError(f"Write something after {sign}.")
    if sign in AGE_SIGNS and relative.is_age(operand) and attribute.kind in ("date", "datetime"):
        return aged(attribute, sign, operand)
    first, last = ends(attribute, operand)
    match sign:
        case ">=" | "<":
            return [Test(sign, first)]
        case "<=":
            return [upto(attribute, last)]
        case _:
            return [Test(">=" if attribute.kind == "datetime" else ">", last)]


def ends(attribute: Attribute, text: str) -> tuple[Any, Any]:
    """The first and the last value of this text; see `values.bounds`."""
    if not one_line(text):
        raise ValueError("Write a value.")
    if attribute.kind in ("date", "datetime") and relative.is_relative(text):
        text = relative.day(text).isoformat()
    return values.bounds(attribute, text)


def upto(attribute: Attribute, last: Any) -> Test:
    return Test("<" if attribute.kind == "datetime" else "<=", last)


def aged(attribute: Attribute, sign: str, operand: str) -> Sequence[Test]:
    """«<30d» is within the last 30 days, not in the future; «>30d» is longer ago. Whole days, so that pages agree."""
    start = at(attribute, relative.day(f"-{operand}"))
    if sign == ">":
        return [Test("<", start)]
    return [Test(">=", start), Test("<", at(attribute, relative.day("tomorrow")))]


def at(attribute: Attribute, day: date) -> date:
    """The day, or the moment it begins."""
    return datetime.combine(day, datetime.min.time(), UTC) if attribute.kind == "datetime" else day
