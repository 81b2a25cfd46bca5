"""Files of rows: what one is, what its columns are called, and its rows in chunks, whatever kind of file it is.

Delimited text is read as it is. Everything else is first written as delimited text beside the file, one record per row
of the sheet, so that the number of a record is the number of a row.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path

from services import apart, canonical, jsonrows, workbook
from services.apart import Meanwhile
from services.delimited import Records, records
from services.shape import ENCODINGS, MOST_COLUMNS, Shape, Sheet, Unreadable
from services.sniffing import encoding_of, header_row, kind_of, written

__all__ = ["Shape", "Sheet", "Unreadable", "count", "header", "letters", "look", "ready", "rows", "sheets"]

Row = tuple[int, list[str]]

SMALL = 10_000_000  # bytes of JSON, which are read at once
AHEAD = 100  # records among which the widest says how many columns a file without a header has


def no_hurry(_: float) -> None:
    """Whoever waits as long as it takes."""


def look(path: Path, name: str, sheet: str = "", meanwhile: Meanwhile = no_hurry) -> Shape:
    """The best guess at how to read a file, or a sheet of it: from its content first, its name second.

    `meanwhile` is called with the seconds since the beginning while another process is at work, and may end that.
    """
    kind = kind_of(path, name)
    if kind == "csv":
        return written(path, encoding_of(path))
    shape = Shape(kind, encoding=encoding_of(path) if kind == "json" else workbook.ENCODING, sheet=sheet)
    text = _as_text(path, shape, meanwhile)
    (_, sheet), _ = canonical.about(text)
    first = islice(chain.from_iterable(canonical.rows(text)), AHEAD)
    return replace(shape, sheet=sheet, header=1 if kind == "json" else header_row(first))


def ready(path: Path, shape: Shape, meanwhile: Meanwhile) -> None:
    """See that the file can be read at once from now on; `meanwhile` as for `look`."""
    if shape.kind != "csv":
        _as_text(path, shape, meanwhile)


def sheets(path: Path) -> Sequence[Sheet]:
    """The sheets of a workbook, or the named lists of JSON, that has been looked at; any other file has none."""
    text = canonical.beside(path)
    return canonical.about(text)[1] if text.exists() else ()


def header(path: Path, shape: Shape) -> list[str]:
    """The names of the columns; one without a name is called after its letter, as in a spreadsheet."""
    names = _names(path, shape)
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
    for chunk in _records(path, shape):
        numbered = list(enumerate(chunk, number))
        number += len(chunk)
        if numbered and numbered[0][0] <= shape.header:
            numbered = [row for row in numbered if row[0] > shape.header]
        if not _is_even(chunk, width):
            numbered = [
                (at, cells if len(cells) == width else _fitted(cells, width))
                for at, cells in numbered
                if any(map(str.strip, cells))
            ]
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


def _records(path: Path, shape: Shape) -> Iterator[Records]:
    """The records of a file, the first of which is that of row 1."""
    return records(path, shape) if shape.kind == "csv" else canonical.rows(_as_text(path, shape))


def _names(path: Path, shape: Shape) -> list[str]:
    """What the header says; nothing for each column where there is none."""
    every = chain.from_iterable(_records(path, shape))
    if not shape.header:
        return [""] * max((len(record) for record in islice(every, AHEAD)), default=0)
    names = [_cleaned(name) for name in next(islice(every, shape.header - 1, None), [])]
    if len(names) > MOST_COLUMNS:  # as far to the right as somebody has formatted the sheet
        names = names[: max((place for place, name in enumerate(names, 1) if name), default=0)]
    return names


def _as_text(path: Path, shape: Shape, meanwhile: Meanwhile = no_hurry) -> Path:
    """The file as delimited text, which is written unless it is there."""
    text = canonical.beside(path)
    if not canonical.holds(text, path, (shape.encoding, shape.sheet)):
        if shape.encoding not in ENCODINGS:
            raise Unreadable("wrong type", "The file cannot be read in the encoding that was chosen.")
        with canonical.replacing(text) as new:
            if shape.kind == "json" and path.stat().st_size <= SMALL:
                jsonrows.convert(path, shape.encoding, shape.sheet, new)
            else:
                apart.convert(shape.kind, path, shape.encoding, shape.sheet, new, meanwhile)
    return text


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
