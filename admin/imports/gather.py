"""The columns of a chunk of rows become the fields of a resource: values, what is wrong with them, what was mended.

Nothing here asks the database, so the check, the run and the pages that show rows all read a file alike.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from admin import values
from admin.imports import meant
from admin.imports.cells import Cells, combine, read
from admin.imports.plan import Place, Plan
from admin.imports.targets import Target, targets
from admin.resource import Resource

Row = tuple[int, list[str]]  # its number as a spreadsheet shows it, and its cells
ABSENT: Any = object()  # what a row says of a field that it does not mention
LINKED = ("reference", "tags")  # their texts name other records; see matching.py


@dataclass(frozen=True)
class Bad:
    """What is wrong with a row: the field, the column and the cell as the file has them, why, and what may help."""

    field: str
    column: str
    text: str
    reason: str
    proposal: str = ""


@dataclass
class Unread:
    """A word that cannot be read, or leads nowhere: the word, why, what may be meant, and in how many rows it is."""

    text: str
    reason: str
    proposal: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Reading:
    """How the columns of a file become fields: the same for every chunk."""

    resource: Resource
    plan: Plan
    header: Sequence[str]
    guarded: bool  # whether apostrophes stand before what looks like a formula

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        return targets(self.resource)

    @cached_property
    def places(self) -> Mapping[str, Sequence[Place]]:
        """Field → the columns that go there, in the order of the form; a field of corrections alone has none."""
        found: dict[str, list[Place]] = {name: [] for name in self.targets}
        for place in self.plan.places:
            found[place.field].append(place)
        said = {name for texts in self.fixes.values() for name in texts} | self.plan.fixed.keys()
        return {name: places for name, places in found.items() if places or name in said}

    @cached_property
    def fixes(self) -> Mapping[int, Mapping[str, str]]:
        return {int(number): texts for number, texts in self.plan.fixes.items()}

    def typed(self, number: int, name: str) -> str:
        """What somebody typed for this cell of this row."""
        return self.fixes.get(number, {}).get(name, "")

    @cached_property
    def words(self) -> Mapping[str, Mapping[str, str]]:
        """Field → what spellings of a word have in common → the text that is meant."""
        words = self.plan.words
        return {name: meant.by_key(self.targets[name], words[name]) for name in words if name in self.targets}

    def only(self, fields: Sequence[str]) -> "Reading":
        """The same for some of the fields."""
        places = tuple(place for place in self.plan.places if place.field in fields)
        fixed = {name: text for name, text in self.plan.fixed.items() if name in fields}
        fixes = {
            number: {name: text for name, text in texts.items() if name in fields}
            for number, texts in self.plan.fixes.items()
        }
        return replace(self, plan=replace(self.plan, places=places, fixed=fixed, fixes=fixes))

    def column(self, name: str) -> str:
        """The name of the first column that goes to this field."""
        places = self.places.get(name)
        return self.header[places[0].column] if places else ""


@dataclass
class Gathered:
    """A chunk of rows, by field. Problems and repairs are by the row's place in the chunk."""

    numbers: list[int]
    cells: list[list[str]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    linked: dict[str, list[list[Any]]] = field(default_factory=dict)  # of a reference: the texts of each column
    bad: defaultdict[int, list[Bad]] = field(default_factory=lambda: defaultdict(list))
    repairs: defaultdict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    unread: dict[tuple[str, str], Unread] = field(default_factory=dict)  # by field and meant.key

    def text(self, reading: Reading, name: str, row: int) -> str:
        """The cell of a field, as the file has it."""
        places = reading.places.get(name)
        return self.cells[row][places[0].column] if places else ""

    def refuse(self, reading: Reading, row: int, name: str, reason: str, proposal: str = "") -> None:
        self.bad[row].append(Bad(name, reading.column(name), self.text(reading, name, row), reason, proposal))

    def count_unread(self, target: Target, word: str, reason: str, proposal: str = "") -> None:
        """Another row has this word."""
        if key := meant.key(target, word):
            self.unread.setdefault((target.name, key), Unread(word.strip(), reason, proposal)).rows += 1


def gather(reading: Reading, rows: Sequence[Row]) -> Gathered:
    """The fields of these rows."""
    found = Gathered([number for number, _ in rows], [cells for _, cells in rows])
    too_long(reading, found)
    columns = list(zip(*found.cells, strict=False))
    fixed = {row: reading.fixes[number] for row, number in enumerate(found.numbers) if number in reading.fixes}
    for name, places in reading.places.items():
        parts = [part(reading, found, name, place, columns[place.column]) for place in places]
        if not parts:
            parts = [constant(reading, name, len(rows))]
        correct(reading, found, name, parts, {row: texts[name] for row, texts in fixed.items() if name in texts})
        if reading.targets[name].attribute.kind in LINKED:
            found.linked[name] = [cells.values for cells in parts]
            found.values[name] = [ABSENT] * len(rows)  # until matching.py knows
            note(reading, found, name, places, parts, parts)
        else:
            whole = combine(reading.targets[name], parts) if len(parts) > 1 else parts[0]
            found.values[name] = whole.values
            note(reading, found, name, places, parts, [whole])
    return found


def too_long(reading: Reading, found: Gathered) -> None:
    width = len(reading.header)
    for row, cells in enumerate(found.cells):
        if len(cells) > width:
            surplus = ", ".join(cells[width:])
            there = "there is 1 column" if width == 1 else f"there are {width} columns"
            reason = f"This row has {len(cells)} cells, and {there}."
            found.bad[row].append(Bad("", "", surplus, reason))


def part(reading: Reading, found: Gathered, name: str, place: Place, texts: Sequence[str]) -> Cells:
    """One column, read for one field. What a lenient one cannot read is left empty, and that is said."""
    target, style = reading.targets[name], reading.plan.style
    cells = read(target, texts, style, place.take, reading.guarded)
    if name in reading.words:
        meant.apply(target, cells, texts, reading.words[name], style)
    if place.lenient:
        cells.repairs |= {row: f"left empty: {problem.reason}" for row, problem in cells.problems.items()}
        cells.problems = {}
    return cells


def constant(reading: Reading, name: str, number: int) -> Cells:
    """What every row has in a field that no column goes to."""
    if name not in reading.plan.fixed:
        return Cells([ABSENT] * number)
    cells = read(reading.targets[name], [reading.plan.fixed[name]], reading.plan.style)
    problems = dict.fromkeys(range(number), cells.problems[0]) if cells.problems else {}
    return Cells(cells.values * number, problems)


def correct(reading: Reading, found: Gathered, name: str, parts: list[Cells], fixes: Mapping[int, str]) -> None:
    """What somebody typed for single cells stands in the first column of the field, and the others say nothing."""
    if not fixes:
        return
    typed = read(reading.targets[name], list(fixes.values()), reading.plan.style)
    for place, row in enumerate(fixes):
        for cells in parts:
            cells.problems.pop(row, None)
            cells.repairs.pop(row, None)
            cells.values[row] = None
        parts[0].values[row] = typed.values[place]
        if place in typed.problems:
            parts[0].problems[row] = typed.problems[place]


def note(
    reading: Reading,
    found: Gathered,
    name: str,
    places: Sequence[Place],
    parts: Sequence[Cells],
    results: Sequence[Cells],
) -> None:
    """Remember problems with the column they stand in, and repairs."""
    for result in results:
        for row, problem in result.problems.items():
            at = next((index for index, cells in enumerate(parts) if row in cells.problems), 0)
            column = places[at].column if places else -1
            texts = (
                (reading.header[column], found.cells[row][column]) if places else ("", reading.plan.fixed.get(name, ""))
            )
            if fix := reading.typed(found.numbers[row], name):
                texts = (texts[0], fix)
            elif places:
                found.count_unread(reading.targets[name], texts[1], problem.reason, problem.proposal)
            found.bad[row].append(Bad(name, *texts, problem.reason, problem.proposal))
        for row, words in result.repairs.items():
            found.repairs[row].append((name, words))


def shown(target: Target, value: Any) -> str:
    """A value as a page shows it."""
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return values.write(target.attribute, value)
