"""Files of rows: what one is, what its columns are called, and its rows in chunks, whatever kind of file it is.

Delimited text is read as it is. Everything else is first written as delimited text beside the file, one record per row
of the sheet, so that the number of a record is the number of a row.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path

from services.delimited import records
from services.shape import MOST_COLUMNS, Shape, Sheet, Unreadable
from services.sniffing import encoding_of, kind_of, written

__all__ = ["Shape", "Sheet", "Unreadable", "count", "header", "letters", "look", "rows", "sheets"]

Row = tuple[int, list[str]]

AHEAD = 100  # records among which the widest says how many columns a file without a header has


def look(path: Path, name: str) -> Shape:
    """The best guess at how to read a file: from its content first, its name second."""
    kind = kind_of(path)
    if kind != "csv":
        raise Unreadable("wrong type", "Send CSV or TSV.")
    return written(path, encoding_of(path))


def sheets(path: Path) -> Sequence[Sheet]:
    """The sheets of a workbook; any other file has none."""
    return ()


def header(path: Path, shape: Shape) -> list[str]:
    """The names of the columns; one without a name is called after its letter, as in a spreadsheet."""
    if not shape.header:
        widest = max((len(record) for record in islice(_all(path, shape), AHEAD)), default=0)
        names = [""] * widest
    else:
        names = [_cleaned(name) for name in next(islice(_all(path, shape), shape.header - 1, None), [])]
    if len(names) > MOST_COLUMNS:
        raise Unreadable("too large", f"The file has {len(names):,} columns; {MOST_COLUMNS:,} can be read.")
    if shape.header and not any(names):
        raise Unreadable("no header", f"Row {shape.header:,} names no columns. Choose the row that does.")
    repeated = [name for name, times in Counter(names).items() if name and times > 1]
    if repeated:
        raise Unreadable("repeated header", _repetition(names, repeated))
    return [name or f"Column {letters(index)}" for index, name in enumerate(names)]


def rows(path: Path, shape: Shape) -> Iterator[list[Row]]:
    """The rows below the header in chunks, each with its number as a spreadsheet shows it; blank ones are left out.

    A row is as wide as the header, or wider where it holds more.
    """
    width = len(header(path, shape))
    number = 1
    for chunk in records(path, shape):
        numbered = list(enumerate(chunk, number))
        number += len(chunk)
        if numbered and numbered[0][0] <= shape.header:
            numbered = [row for row in numbered if row[0] > shape.header]
        if not _is_even(chunk, width):
            numbered = [(at, _fitted(cells, width)) for at, cells in numbered if any(map(str.strip, cells))]
        if numbered:
            yield numbered


def count(path: Path, shape: Shape) -> int:
    """How many rows of data a file has."""
    return sum(map(len, rows(path, shape)))


def letters(index: int) -> str:
    """The name of a column in a spreadsheet: A … Z, AA …"""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _all(path: Path, shape: Shape) -> Iterator[list[str]]:
    return chain.from_iterable(records(path, shape))


def _is_even(chunk: Sequence[Sequence[str]], width: int) -> bool:
    """Whether every record is as wide as the header, and none is blank as far as its first cell tells."""
    return set(map(len, chunk)) == {width} and width > 0 and all(map(str.strip, map(itemgetter(0), chunk)))


def _fitted(cells: list[str], width: int) -> list[str]:
    """A row padded to the width of the header; what is wider loses blank cells only."""
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return cells + [""] * (width - len(cells))


def _cleaned(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").replace("\x00", "").split())


def _repetition(names: Sequence[str], repeated: Sequence[str]) -> str:
    told = []
    for name in repeated:
        columns = [letters(index) for index, other in enumerate(names) if other == name]
        told.append(f"«{name}» names the columns {', '.join(columns[:-1])} and {columns[-1]}")
    return f"{'; '.join(told)}. Give each column a name of its own."
