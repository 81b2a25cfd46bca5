"""An entity's rules for many records at once: the set-based twin of what a resource does before it saves one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Hindrance:
    """Records that a bulk action leaves alone, and why, as the end of a sentence: «has books»."""

    reason: str
    where: ColumnElement[bool]


Ids = Any  # a select of the ids concerned


def nothing(session: Session, ids: Ids) -> None:
    """No rule."""


@dataclass(frozen=True)
class Rules:
    """`also`: columns that change along. `check` raises Refused; `carry_out` is done in the same unit of work."""

    also: Mapping[str, Any] = field(default_factory=dict)
    hindrances: Sequence[Hindrance] = ()
    check: Callable[[Session, Ids], None] = nothing
    carry_out: Callable[[Session, Ids], None] = nothing


NO_RULES = Rules()


# For rows of a file


@dataclass
class Row:
    """One record as a row of a file would leave it, by the names of columns. A rule may complete `after`, or refuse."""

    id: int | None  # None: it is new
    before: Mapping[str, Any]  # nothing, when it is new
    after: dict[str, Any]
    said: Collection[str]  # what the file itself says of it
    refusals: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, name: str, reason: str) -> None:
        self.refusals.append((name, reason))

    def changes(self, name: str) -> bool:
        """Whether a record that is there gets another value."""
        return self.id is not None and self.before[name] != self.after[name]


Taken = Callable[[str, Sequence[Any]], set[Any]]  # field, values → those that a record or an earlier row has already


def none_of_them(session: Session, rows: Sequence[Row]) -> None:
    """Nothing is to be done."""


def without_proof(session: Session, is_new: bool, fields: Collection[str]) -> None:
    """Nothing has to be proved."""


@dataclass(frozen=True)
class RowRules:
    """What saving one record means for many that come from a file, a few thousand at a time.

    `prepare` completes or refuses rows; what it has to remember from one chunk to the next it keeps in the dictionary.
    `written` does what follows from rows that were written. `prove` raises when new records, or changes of these
    fields, need somebody who has just signed in.
    """

    prepare: Callable[[Session, Sequence[Row], Taken, dict[str, Any]], None]
    written: Callable[[Session, Sequence[Row]], None] = none_of_them
    prove: Callable[[Session, bool, Collection[str]], None] = without_proof
