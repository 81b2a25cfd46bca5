"""What a list is asked for, as those read it who find its rows and who count them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, ColumnElement

from admin.keyset import Order
from admin.resource import Column, Resource
from services.search import Database, Term


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for: conditions on its rows, terms to search for (the longest first), and the order.

    All but the values, which are given when a statement runs, is the key under which statements are kept.
    """

    resource: Resource
    database: Database
    filters: tuple[ColumnElement[bool], ...]
    terms: tuple[Term, ...]
    order: Order
    columns: tuple[Column, ...] = ()
    is_labelled: bool = False  # each row has the name of its record, too
    is_plannable: bool = False  # the filters are choices: PostgreSQL keeps statistics of each of their values
    gathered: CTE | None = None  # what the text indexes find, when several questions of one statement share it
    beside: tuple[ColumnElement[Any], ...] = ()  # scalars to be found out along with the rows
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def model(self) -> Any:
        return self.resource.model

    @property
    def is_on_postgresql(self) -> bool:
        return self.database.dialect == "postgresql"
