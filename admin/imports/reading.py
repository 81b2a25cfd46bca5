"""The beginning of a file as it is read: its column names, its first rows, and samples of each column."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Earlier:
    """How a file was read whose columns somebody has placed."""

    name: str
    shape: Shape
    layout: str


def look(path: Path, name: str, meanwhile: Meanwhile, earlier: Sequence[Earlier] = ()) -> tuple[Shape, str]:
    """How the file is read, and the mark of its column names: as an earlier one that it looks like, else as is guessed.

    Raises Unreadable, and what `meanwhile` raises.
    """
    guess = tabular.look(path, name, meanwhile=meanwhile)
    return checked(path, as_before(path, name, guess, earlier, meanwhile) or guess, meanwhile)


def look_at(path: Path, name: str, sheet: str, meanwhile: Meanwhile) -> tuple[Shape, str]:
    """The same for the sheet that somebody has chosen."""
    return checked(path, tabular.look(path, name, sheet, meanwhile), meanwhile)


def checked(path: Path, shape: Shape, meanwhile: Meanwhile) -> tuple[Shape, str]:
    tabular.ready(path, shape, meanwhile)
    found = read(path, shape)
    if not found.rows:
        raise Unreadable("no rows", "The file names columns and has no rows below them.")
    return shape, layout_of(found.header)


def as_before(path: Path, name: str, guess: Shape, earlier: Sequence[Earlier], meanwhile: Meanwhile) -> Shape | None:
    """The first of these ways of reading under which the file has the very columns that an earlier one had."""
    sheets = {sheet.name for sheet in tabular.sheets(path)}
    others = [one for one in earlier if one.shape.sheet != guess.sheet and one.shape.sheet in sheets]
    for one in earlier:
        shape = replace(one.shape, encoding=encoding(guess, one.shape))
        is_cheap = shape.sheet == guess.sheet or one in others[:1]  # another sheet has to be unpacked first
        if not is_cheap or (not shape.header and without_digits(one.name) != without_digits(name)):
            continue
        with suppress(Unreadable):
            tabular.ready(path, shape, meanwhile)
            if layout_of(tabular.header(path, shape)) == one.layout:
                return shape
    return None


def encoding(guess: Shape, earlier: Shape) -> str:
    """UTF-8 shows itself; which of the others it is, somebody may have known better."""
    return guess.encoding if "utf" in guess.encoding or "utf" in earlier.encoding else earlier.encoding


def without_digits(name: str) -> str:
    """What the names of files have in common that come every month."""
    return re.sub(r"[0-9]+", "", name).casefold()


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


def read_briefly(path: Path, shape: Shape) -> Reading:
    """The same within a request. Raises Unfinished too."""
    tabular.ready(path, shape, briefly)
    return read(path, shape)


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
