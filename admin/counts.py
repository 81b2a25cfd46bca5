"""How many records a list has. What is known at once is exact in a small table; in a large one it is counted later."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, String, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from admin import finding, holding, records
from admin.attributes import Attr, Attribute, describe
from admin.clauses import filled
from admin.keyset import Page
from admin.query import ListQuery
from admin.statements import fixed, kept
from admin.wanted import Wanted
from services.sizes import size_of

ROUND = 2  # figures of an estimate that are said


@dataclass(frozen=True)
class Total:
    """A number of records as it is said: «214», «10,000+», «about 1.2 million»; «many» before anybody has counted."""

    number: int | None
    is_estimate: bool = False
    size: int = 0  # about how many there are in the whole table

    @property
    def room(self) -> int:
        """How many characters no number of this table is longer than: room that is kept for those that come later."""
        return 3 if self.size < 1_000 else 5 if self.size < records.COUNT_CAP else 7

    @property
    def is_exact(self) -> bool:
        return self.number is not None and not self.is_estimate and self.number <= records.COUNT_CAP

    def __str__(self) -> str:
        if self.number is None:
            return "many"
        if self.is_estimate:
            return f"about {rounded(self.number)}"
        return f"{self.number:,}" if self.is_exact else f"{records.COUNT_CAP:,}+"


def rounded(number: int) -> str:
    """«12,000», «350,000», «1.2 million», «10 million»."""
    places = max(len(str(number)) - ROUND, 0)
    near = round(number, -places)
    return f"{near / 1_000_000:,g} million" if near >= 1_000_000 else f"{near:,}"


def at_once(wanted: Wanted) -> tuple[Any, Any]:
    """Two scalars: how many rows match (NULL in a large table, where counting would cost more than the rows), and
    about how many rows there are."""
    found: tuple[Any, Any] = kept(both_numbers, replace(wanted, columns=()))
    return found


def both_numbers(wanted: Wanted) -> tuple[Any, Any]:
    size = size_of(wanted.database.dialect, wanted.model)
    number = case((size > fixed(records.COUNT_CAP), None), else_=number_of(wanted))
    return number.label("total"), size.label("table_size")


def number_of(wanted: Wanted) -> Any:
    """How many rows match, counted no further than one above the cap."""
    return select(func.count()).select_from(finding.some(wanted).subquery()).scalar_subquery()


def number_alone(session: Session, asked: ListQuery) -> Any:
    """The same with its values in it, for a statement in which several lists are counted."""
    wanted = asked.wanted(session)
    return filled(number_of(wanted), wanted.values)


def known(found: Page, asked: ListQuery) -> Total:
    """What can be said at once: what was counted, what the only page shows, or what the database keeps of the table."""
    number, size = found.beside.total, found.beside.table_size  # type: ignore[union-attr]
    if number is None and not (found.has_previous or found.has_next):
        number = len(found.rows)
    if number is None and not asked.filtered:
        return Total(size, is_estimate=True, size=size or 0)
    return Total(number, size=size or 0)


def exact(session: Session, asked: ListQuery) -> int:
    """How many rows match, counted to the end."""
    model = asked.resource.model
    return session.scalar(select(func.count()).select_from(model).where(*asked.where(session))) or 0


# By the values of choices


@dataclass(frozen=True)
class Facets:
    """The total, and for each attribute's name how many rows each of its values would show."""

    total: Total
    numbers: Mapping[str, Mapping[str, Total]]

    def of(self, name: str, value: str) -> Total | None:
        """None where nobody has counted."""
        found = self.numbers.get(name, {})
        was_counted = len(found) > 1 or (ALL in found and found[ALL].number == 0)
        return found.get(value, Total(0)) if was_counted else None

    def all(self, name: str) -> Total | None:
        """What there would be without this attribute's own filter."""
        return self.numbers.get(name, {}).get(ALL)


ALL = ""


def facets(session: Session, asked: ListQuery, attributes: Sequence[Attribute]) -> Facets:
    """Counted in one statement, no number further than one above the cap.

    What a field would show is counted as if it were not filtered by, so that the numbers are those of the other tabs.
    """
    wanted = asked.wanted(session)
    others = [(attribute.attr, asked.leaving(attribute).wanted(session)) for attribute in attributes]
    statement = kept(all_numbers, wanted, tuple(others))
    numbers: dict[str, dict[str, Total]] = {}
    for name, value, number in session.connection().execute(statement, wanted.values):
        numbers.setdefault(name, {})[value] = Total(number)
    total = numbers.pop(ALL)[ALL]
    return Facets(total, numbers)


def all_numbers(wanted: Wanted, others: Sequence[tuple[Attr, Wanted]]) -> Any:
    """(field, value, number): of everything, and for each field of what the list without its filter shows."""
    gathered = holding.first_ids(wanted) if wanted.terms else None
    few = finding.some(replace(wanted, gathered=gathered), literal(1)).cte("few")
    parts = [select(literal(ALL).label("name"), literal(ALL).label("value"), func.count()).select_from(few)]
    for attr, without in others:
        parts += by_value(replace(without, gathered=gathered), describe(attr))
    return union_all(*parts)


def by_value(wanted: Wanted, attribute: Attribute) -> Iterator[Select[Any]]:
    """The number of all rows under the empty value, then one for each value that has any.

    Few rows are read once and divided. Of many each value is counted by itself along its own index; where anything else
    is asked for too, no index leads to that, and the values stay uncounted.
    """
    name, word = literal(attribute.name), cast(attribute.attr, String).label("value")
    few = finding.some(wanted, word).cte(f"few_{attribute.name}")
    number = select(func.count()).select_from(few).scalar_subquery()
    yield select(name, literal(ALL), number)
    yield select(name, few.c.value, func.count()).where(number <= records.COUNT_CAP).group_by(few.c.value)
    if wanted.terms or wanted.filters:
        return
    for value in attribute.choices:
        each = number_of(replace(wanted, filters=(attribute.attr == value,)))
        yield select(name, literal(value), each).where(number > records.COUNT_CAP)
