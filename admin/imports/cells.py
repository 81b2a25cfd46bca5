"""The texts of a column → the values of a field, with what was repaired and what cannot be read.

Column by column and without forms: every text is read once, however often it stands there. What needs more than the
text is left to others: whether a required value is missing, what a reference leads to, rules about the whole record.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import is_normalized

from admin import values
from admin.attributes import Attribute, describe, label_of
from admin.imports import addresses, amounts, days, isbns, words
from admin.imports.amounts import currency_beside
from admin.imports.plan import Style, Take
from admin.imports.repairs import Problem, Reading, Repair, Unclear, tidy, unwrapped
from admin.imports.targets import Rule, Target, rule_of
from admin.imports.words import SEVERAL, empty, taken
from models.rules import is_isbn13
from models.text import EDGES, is_plain
from services.formulas import GUARD, unguarded

LONG = ("textarea", "markdown")
LINES = ("text", "slug", "reference", "tags", "email", "url")
WORDLESS = ("text", "slug", "reference", "tags", *LONG)  # kinds in which «N/A» or «none» may be meant as it stands
PLAIN_AMOUNT = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
PLAIN_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)

Quick = Callable[[str], Any]
Repairs = tuple[str, ...]
Read = tuple[Any, Repairs]


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
    quick = reader.quick
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
        if make is None or self.take == "sign":
            return no_quick_way
        rule = rule_of(self.attribute.attr) if self.attribute.kind != "isbn" else None  # whose quick way is the rule
        quick = with_rule(make(self.attribute), rule)
        return quick if self.take == "all" else lambda text: None if SEVERAL.search(text) else quick(text)

    def slow(self, text: str) -> Reading:
        try:
            return self.reading(text)
        except ValueError as error:
            return Reading(problem=Problem(str(error), getattr(error, "proposal", "")))

    def reading(self, text: str) -> Reading:
        text, repairs = self.opened(unguarded(text) if self.guarded else text)
        if not text or self.says_nothing(text):
            return Reading()
        value, more = READERS.get(self.attribute.kind, read_text)(self.attribute, text, self.style)
        value, said = ruled(self.attribute, value)
        return Reading(value, (*repairs, *more, *said))

    def opened(self, text: str) -> tuple[str, Repairs]:
        """What of the cell is to be read."""
        kind = self.attribute.kind
        if self.take == "sign":
            return currency_beside(text) or "", ()
        if kind in LONG or kind in LINES:
            text, repairs = tidy(text, lines=kind in LONG)
            name, more = taken(text, self.take)
            return name, (*repairs, *more)
        return unwrapped(text)

    def says_nothing(self, text: str) -> bool:
        kind, choices = self.attribute.kind, self.attribute.choices
        return kind not in WORDLESS and text not in choices and text.casefold() in empty()


def read_text(attribute: Attribute, text: str, _: Style) -> Read:
    return values.parse(attribute, text), ()


def read_reference(_: Attribute, text: str, __: Style) -> Read:
    """A name, as it stands: what it leads to is for others to find."""
    return text, ()


READERS: Mapping[str, Callable[[Attribute, str, Style], Read]] = {
    "isbn": lambda _, text, __: isbns.read(text),
    "money": amounts.read_amount,
    "decimal": amounts.read_amount,
    "integer": amounts.read_integer,
    "id": amounts.read_id,
    "date": days.read_date,
    "datetime": days.read_moment,
    "choice": words.read_choice,
    "boolean": words.read_boolean,
    "tags": words.read_tags,
    "reference": read_reference,
    "email": addresses.read_email,
    "slug": addresses.read_slug,
}


def ruled(attribute: Attribute, value: Any) -> tuple[Any, Repairs]:
    """The value as the model's rule leaves it; where it objects, with what it would accept instead."""
    rule = rule_of(attribute.attr)
    if rule is None or value is None:
        return value, ()
    try:
        found = rule(value)
    except ValueError as error:
        raise Unclear(str(error), accepted(rule, addresses.proposals(attribute.kind, str(value)))) from None
    return found, (Repair.HTTPS,) if attribute.kind == "url" and found != value else ()


def accepted(rule: Rule, proposals: Iterable[str]) -> str:
    """The first of these texts that the rule lets pass."""
    for proposal in proposals:
        with suppress(ValueError):
            return proposal if rule(proposal) else ""
    return ""


def with_rule(quick: Quick, rule: Rule | None) -> Quick:
    if rule is None:
        return quick

    def both(text: str) -> Any:
        value = quick(text)
        try:
            return None if value is None else rule(value)
        except ValueError:
            return None  # the slow way says why

    return both


# The quick ways. Each must agree with the slow one in all that it does not leave to it.


def no_quick_way(_: str) -> None:
    return None


def quick_text(attribute: Attribute) -> Quick:
    longest = attribute.maxlength or 10**9

    def quick(text: str) -> str | None:
        return text if is_plain(text) and len(text) <= longest and text[:1] != GUARD else None

    return quick


def quick_email(attribute: Attribute) -> Quick:
    quick = quick_text(attribute)
    return lambda text: quick(text) if "@" in text and not text.endswith((".", ",", ";", ">")) else None


def quick_slug(attribute: Attribute) -> Quick:
    quick = quick_text(attribute)
    return lambda text: quick(text) if text.islower() else None


def quick_url(attribute: Attribute) -> Quick:
    quick = quick_text(attribute)
    return lambda text: quick(text) if text.startswith(("https://", "http://")) else None


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


def quick_moment(_: Attribute) -> Quick:
    def quick(text: str) -> datetime | None:
        if not PLAIN_MOMENT.fullmatch(text):
            return None
        try:
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None

    return quick


def quick_long(_: Attribute) -> Quick:
    def quick(text: str) -> str | None:
        if "\r" in text or "\x00" in text or text[0] in EDGES or text[-1] in EDGES or text[0] == GUARD:
            return None
        return text if text.isascii() or (is_normalized("NFC", text) and whole(text)) else None

    return quick


def whole(text: str) -> bool:
    """Whether every character is one, and not half of a pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def quick_tags(attribute: Attribute) -> Quick:
    target: Any = attribute.target
    longest = describe(label_of(target)).maxlength or 0

    def quick(text: str) -> tuple[str, ...] | None:
        if text[:1] == GUARD or not is_plain(text):
            return None
        names = text.split("|" if "|" in text else ", ")
        if "," in "".join(names) or ";" in text or not all(map(is_plain, names)) or max(map(len, names)) > longest:
            return None
        return tuple(names) if all(names) and len(set(map(str.casefold, names))) == len(names) else None

    return quick


QUICK: dict[str, Callable[[Attribute], Quick]] = {
    **dict.fromkeys(("text", "reference"), quick_text),
    "slug": quick_slug,
    "email": quick_email,
    "url": quick_url,
    "isbn": quick_isbn,
    "money": quick_amount,
    "decimal": quick_amount,
    "integer": quick_integer,
    "date": quick_date,
    "datetime": quick_moment,
    "tags": quick_tags,
    **dict.fromkeys(LONG, quick_long),
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
