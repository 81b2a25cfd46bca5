"""The beginning of a file as it is read: its column names, its first rows, and samples of each column."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from services import tabular
from services.apart import Meanwhile
from services.shape import Shape, Unreadable

LOOKED_AT = 500  # rows
SHOWN = 8
SAMPLES = 3
LONGEST_SAMPLE = 60
MOST_COLUMNS = 300
PATIENCE = 2  # seconds that a request waits until a workbook is unpacked

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Reading:
    """What the page of the columns shows, and what guesses are made from."""

    shape: Shape
    header: Sequence[str]
    rows: Sequence[Row]
    is_all: bool  # whether the file has no more rows than these

    @cached_property
    def columns(self) -> Sequence[Sequence[str]]:
        """The cells of these rows, column by column."""
        width = len(self.header)
        return [[cells[place] for _, cells in self.rows] for place in range(width)]

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[:SHOWN]

    @cached_property
    def samples(self) -> Sequence[Sequence[str]]:
        """The cells of these rows, from which is guessed."""
        return [cells for _, cells in self.rows]

    def examples(self, column: int) -> Sequence[str]:
        """A few different cells of a column, shortened."""
        filled = dict.fromkeys(text.strip() for text in self.columns[column] if text.strip())
        return [shortened(text) for text in islice(filled, SAMPLES)]


class Unfinished(Exception):
    """It takes longer than one waits for a page."""


def briefly(seconds: float) -> None:
    if seconds > PATIENCE:
        raise Unfinished


def look(path: Path, name: str, sheet: str, meanwhile: Meanwhile) -> tuple[Shape, str]:
    """How the file is read, and the mark of its column names. Raises Unreadable, and what `meanwhile` raises."""
    shape = tabular.look(path, name, sheet, meanwhile)
    found = read(path, shape)
    if not found.rows:
        raise Unreadable("no rows", "The file names columns and has no rows below them.")
    return shape, layout_of(found.header)


def layout_of(header: Sequence[str]) -> str:
    """The same for files with the same columns in the same order. Raises Unreadable for more than a page can show."""
    if len(header) > MOST_COLUMNS:
        raise Unreadable("too wide", f"The file has {len(header):,} columns; at most {MOST_COLUMNS} can be imported.")
    return hashlib.sha256("\x1f".join(name.strip().casefold() for name in header).encode()).hexdigest()


def read(path: Path, shape: Shape) -> Reading:
    """Raises Unreadable."""
    header = tabular.header(path, shape)
    rows = list(islice(each(path, shape), LOOKED_AT + 1))
    return Reading(shape, header, rows[:LOOKED_AT], is_all=len(rows) <= LOOKED_AT)


def each(path: Path, shape: Shape) -> Iterator[Row]:
    for chunk in tabular.rows(path, shape):
        yield from chunk


def has_more(path: Path, shape: Shape, limit: int) -> bool:
    """Whether there are more rows than this; read no further than needed."""
    number = 0
    for chunk in tabular.rows(path, shape):
        number += len(chunk)
        if number > limit:
            return True
    return False


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"
