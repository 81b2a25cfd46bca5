"""An entity's rules for many records at once: the set-based twin of what a resource does before it saves one."""

from collections.abc import Callable, Mapping, Sequence
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
