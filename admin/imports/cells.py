"""The texts of a column → the values of a field, with what was repaired and what cannot be read.

Column by column and without forms: every text is read once, however often it stands there. What needs more than the
text is left to others: whether a required value is missing, what a reference leads to, rules about the whole record.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from admin import values
from admin.attributes import Attribute
from admin.imports.plan import Style, Take
from admin.imports.repairs import Problem, Reading, tidy, unwrapped
from admin.imports.targets import Rule, Target, rule_of
from models.rules import is_isbn13
from models.text import is_plain
from services.formulas import GUARD, unguarded

TEXTS = ("text", "email", "url", "slug", "textarea", "markdown", "reference")
LONG = ("textarea", "markdown")
EMPTY = frozenset({"", "-", "–", "—", "na", "n/a", "#n/a", "n.a.", "null", "none", "nil", "nan", "k.a.", "s.d."})
PLAIN_AMOUNT = re.compile(r"[0-9]{1,10}\.[0-9]{2}")

Quick = Callable[[str], Any]


@dataclass
class Cells:
    """A column of a chunk, read. Problems and repairs are by the place in the chunk."""

    values: list[Any]
    problems: dict[int, Problem] = field(default_factory=dict)
    repairs: dict[int, str] = field(default_factory=dict)


def read(target: Target, texts: Sequence[str], style: Style, take: Take = "all", guarded: bool = False) -> Cells:
    """What these texts mean for this field; None is nothing, and for what cannot be read.

    `guarded`: they come from delimited text, where an export puts an apostrophe before what looks like a formula.
    """
    reader = Reader(target.attribute, style, take, guarded)
    found: dict[str, Any] = {}
    odd: dict[str, Reading] = {}
    quick = reader.quick if take == "all" else no_quick_way
    for text in set(texts):
        value = quick(text) if text else None
        if value is None and text:
            reading = reader.slow(text)
            value = reading.value
            if reading.problem or reading.repairs:
                odd[text] = reading
        found[text] = value
    cells = Cells([found[text] for text in texts])
    if odd:
        note(cells, texts, odd)
    return cells


def note(cells: Cells, texts: Sequence[str], odd: dict[str, Reading]) -> None:
    for place, text in enumerate(texts):
        if text in odd:
            reading = odd[text]
            if reading.problem:
                cells.problems[place] = reading.problem
            else:
                cells.repairs[place] = ", ".join(reading.repairs)


@dataclass(frozen=True)
class Reader:
    """How one column is read: the quick way for texts that need no thought, the slow one for all others."""

    attribute: Attribute
    style: Style
    take: Take
    guarded: bool

    @property
    def quick(self) -> Quick:
        """Reads what is written as we would write it; None for everything that needs a closer look."""
        make = QUICK.get(self.attribute.kind)
        return with_rule(make(self.attribute), rule_of(self.attribute.attr)) if make else no_quick_way

    def slow(self, text: str) -> Reading:
        try:
            return self.reading(text)
        except ValueError as error:
            return Reading(problem=Problem(str(error), getattr(error, "proposal", "")))

    def reading(self, text: str) -> Reading:
        attribute = self.attribute
        if self.guarded:
            text = unguarded(text)
        if attribute.kind in TEXTS:
            text, repairs = tidy(text, lines=attribute.kind in LONG)
        else:
            text, repairs = unwrapped(text)
            if text.lower() in EMPTY and text not in attribute.choices:
                return Reading()
        if not text:
            return Reading()
        value = values.parse(attribute, text) if attribute.kind not in ("reference", "id") else text
        rule = rule_of(attribute.attr)
        return Reading(rule(value) if rule else value, repairs)


def with_rule(quick: Quick, rule: Rule | None) -> Quick:
    if rule is None:
        return quick

    def ruled(text: str) -> Any:
        value = quick(text)
        try:
            return None if value is None else rule(value)
        except ValueError:
            return None  # the slow way says why

    return ruled


# The quick ways. Each must agree with the slow one in all that it does not leave to it.


def no_quick_way(_: str) -> None:
    return None


def quick_text(attribute: Attribute) -> Quick:
    longest = attribute.maxlength or 10**9

    def quick(text: str) -> str | None:
        return text if is_plain(text) and len(text) <= longest and text[:1] != GUARD else None

    return quick


def quick_isbn(_: Attribute) -> Quick:
    return lambda text: text if is_isbn13(text) else None


def quick_amount(attribute: Attribute) -> Quick:
    column_type: Any = attribute.column.type  # type: ignore[union-attr]
    if (column_type.precision, column_type.scale) != (12, 2) or attribute.info.get("minimum", 0) > 0:
        return no_quick_way
    return lambda text: Decimal(text) if PLAIN_AMOUNT.fullmatch(text) else None


def quick_integer(attribute: Attribute) -> Quick:
    least, most = attribute.info.get("minimum", 0), attribute.info.get("maximum", values.LARGEST)

    def quick(text: str) -> int | None:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            return None
        number = int(text)
        return number if least <= number <= most else None

    return quick


def quick_date(_: Attribute) -> Quick:
    def quick(text: str) -> date | None:
        if len(text) != 10 or text[4] != "-" or text[7] != "-":
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None

    return quick


QUICK: dict[str, Callable[[Attribute], Quick]] = {
    **dict.fromkeys(("text", "email", "url", "slug", "reference"), quick_text),
    "isbn": quick_isbn,
    "money": quick_amount,
    "decimal": quick_amount,
    "integer": quick_integer,
    "date": quick_date,
}


def combine(target: Target, columns: Sequence[Cells]) -> Cells:
    """Several columns into one field: texts are joined, of everything else the first that can be read counts."""
    if target.attribute.kind in ("text", *LONG):
        return joined(columns, "\n\n" if target.attribute.kind in LONG else " ")
    first, *others = columns
    result = Cells(list(first.values), dict(first.problems), dict(first.repairs))
    for other in others:
        for place, value in enumerate(result.values):
            if value is None:
                take_over(result, other, place)
    return result


def take_over(result: Cells, other: Cells, place: int) -> None:
    """Where one column says nothing, another one does; only when none can be read is the first problem one."""
    if other.values[place] is not None:
        result.values[place] = other.values[place]
        result.problems.pop(place, None)
        result.repairs.pop(place, None)
        if place in other.repairs:
            result.repairs[place] = other.repairs[place]
    elif place in other.problems:
        result.problems.setdefault(place, other.problems[place])


def joined(columns: Sequence[Cells], between: str) -> Cells:
    result = Cells(
        [between.join(filter(None, parts)) or None for parts in zip(*(c.values for c in columns), strict=True)]
    )
    for column in reversed(columns):
        result.problems |= column.problems
        result.repairs |= column.repairs
    return result
