"""What the number columns of a list come to: how many, the least, the average, the most; money by currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.attributes import Attribute
from admin.query import ListQuery
from admin.resource import Resource
from models.rules import amount

KINDS = ("money", "decimal", "integer")


@dataclass(frozen=True)
class Sum:
    """One line: of this attribute (in this currency), so many values between these."""

    attribute: Attribute
    currency: str | None
    number: int
    least: Any
    average: Any
    most: Any

    def say(self, value: Any) -> str:
        return amount(value, self.currency) if self.currency else f"{value:,}"


def columns(resource: Resource) -> list[Attribute]:
    """The columns of the list that are amounts."""
    return [column.attribute for column in resource.columns if column.kind in KINDS]


def of(session: Session, asked: ListQuery) -> Sequence[Sum]:
    """The sums of everything that the list shows, the most frequent currency first."""
    return [line for attribute in columns(asked.resource) for line in lines(session, asked, attribute)]


def lines(session: Session, asked: ListQuery, attribute: Attribute) -> Sequence[Sum]:
    value, unit = attribute.attr, attribute.info.get("currency")
    currency = getattr(attribute.model, unit) if unit else None
    number = func.count(value).label("number")
    statement = select(number, func.min(value), func.avg(value), func.max(value)).where(*asked.where(session))
    if currency is not None:
        statement = statement.add_columns(currency).group_by(currency).order_by(number.desc(), currency)
    return [
        Sum(attribute, row[4] if unit else None, row[0], row[1], near(attribute, row[2]), row[3])
        for row in session.execute(statement)
        if row[0]
    ]


def near(attribute: Attribute, average: Any) -> Decimal:
    """An average to as many places as the values have, and one for whole numbers."""
    return round(Decimal(str(average)), 1 if attribute.kind == "integer" else 2)
