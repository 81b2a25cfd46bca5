"""What a person has decided about a file: where its columns go, how they are read, what is matched. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Mode = Literal["both", "create", "update"]
# The whole cell; the first of several names; «Surname, Given» turned round; of an amount the currency beside it.
Take = Literal["all", "first", "flip", "sign"]


@dataclass(frozen=True)
class Place:
    """One column of the file (from 0) goes to one field. A column may have two places, a field several columns.

    `lenient`: what cannot be read leaves the field empty, instead of leaving out the row.
    """

    column: int
    field: str
    take: Take = "all"
    lenient: bool = False


@dataclass(frozen=True)
class Style:
    """How numbers and days are written where that could mean two things. "" is: not known, so ask."""

    decimal: Literal[".", ",", ""] = ""
    dates: Literal["ymd", "dmy", "mdy", ""] = ""


@dataclass(frozen=True)
class Plan:
    """Everything that decides what becomes of a row."""

    places: Sequence[Place] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)  # field → the text that every row has there
    style: Style = Style()
    match: str = ""  # the field by which records are found; "" is none: every row is new
    mode: Mode = "both"
    create: Sequence[str] = ()  # references whose missing records are made
    choices: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # field → name in the file → the id meant
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # field → word in the file → the text meant
    fixes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # row number → field → the corrected text
    last_wins: bool = False  # of rows with the same key the last counts; else the first, and the others are invalid

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Plan":
        places = tuple(Place(**place) for place in kept["places"])
        return cls(**{**kept, "places": places, "style": Style(**kept["style"])})
