"""JSON → delimited text: an array of objects, an object per line, or an object that holds such arrays by name.

Read a piece at a time, so that a file may be of any size. A name that an object gives a value is a column.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from services.canonical import write
from services.delimited import HEAVY, opened
from services.shape import ENCODINGS, LONGEST_CELL, Sheet, Unreadable

FIRST = 1_000  # objects whose names are the columns
BLOCK = 1 << 18  # characters
DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)  # numbers keep their digits
BLANK = re.compile(r"[ \t\r\n\ufeff]*")
STRING = r'"(?:[^"\\]|\\.)*"'
# An object whose first value that is no scalar is an array of objects.
HOLDER = re.compile(rf"{{\s*(?:{STRING}\s*:\s*(?:{STRING}|[\w.+-]+)\s*,\s*)*{STRING}\s*:\s*\[\s*{{")

Found = tuple[str, Any]  # name of the array, value in it


class Scanner:
    """A text of JSON, value by value."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text, self.buffer, self.at = text, text.read(BLOCK), 0

    def peek(self) -> str:
        """The next character that is not blank; nothing at the end."""
        while True:
            end = BLANK.match(self.buffer, self.at).end()  # type: ignore[union-attr]
            self.at = end
            if end < len(self.buffer):
                return self.buffer[end]
            if not self.more():
                return ""

    def more(self) -> bool:
        """Read on, and forget what has been taken."""
        rest = self.buffer[self.at :]
        block = self.text.read(max(BLOCK, len(rest)))
        self.buffer, self.at = rest + block, 0
        return bool(block)

    def take(self, characters: str) -> bool:
        """Whether one of these comes next, which is then behind us."""
        found = self.peek()
        if not found or found not in characters:
            return False
        self.at += 1
        return True

    def value(self) -> Any:
        """The next value. What is cut off where the buffer ends is tried again with more of the text."""
        self.peek()
        while True:
            try:
                value, self.at = DECODER.raw_decode(self.buffer, self.at)
                return value
            except json.JSONDecodeError as error:
                cut_off = error.msg.startswith("Unterminated") or error.pos > len(self.buffer) - 10
                if not cut_off or len(self.buffer) - self.at > HEAVY or not self.more():
                    raise


def convert(path: Path, encoding: str, wanted: str, target: Path) -> None:
    """Write an array of the file as delimited text: the one that is wanted, or the longest."""
    columns, counts = _survey(path, encoding)
    if not counts or (wanted and wanted not in counts):
        raise Unreadable("empty", f"The file has no list «{wanted}»." if wanted else "The file holds no objects.")
    chosen = wanted or counts.most_common(1)[0][0]
    sheets = [Sheet(name, count + 1, len(columns[name]), visible=True) for name, count in counts.items() if name]
    write(target, _rows(path, encoding, chosen, list(columns[chosen])), (encoding, chosen), sheets)


def _survey(path: Path, encoding: str) -> tuple[Mapping[str, Mapping[str, None]], Counter[str]]:
    """The columns of each array in the order of their coming, and how many objects it has; «""» is the only one."""
    columns: dict[str, dict[str, None]] = {}
    counts: Counter[str] = Counter()
    for name, found in objects(path, encoding):
        counts[name] += 1
        if counts[name] <= FIRST:
            columns.setdefault(name, {}).update(dict.fromkeys(found))
        elif not name:
            break
    return columns, counts


def _rows(path: Path, encoding: str, chosen: str, columns: Sequence[str]) -> Iterator[list[str]]:
    yield list(columns)
    known = set(columns)
    row = 1
    for name, found in objects(path, encoding):
        if name != chosen:
            continue
        row += 1
        if not found.keys() <= known:
            new = next(name for name in found if name not in known)
            raise Unreadable(
                "new column",
                f"Row {row:,} has «{new}», which is in none of the first {FIRST:,} rows. Put it there too.",
            )
        yield _cells([found.get(column, "") for column in columns], columns, row)


def _cells(values: list[Any], columns: Sequence[str], row: int) -> list[str]:
    """The values of an object as texts."""
    if set(map(type, values)) != {str}:
        try:
            values = [value if type(value) is str else text(value) for value in values]
        except TypeError:
            nested = next(name for name, value in zip(columns, values, strict=True) if is_nested(value))
            raise Unreadable(
                "nested", f"Row {row:,} has an object in «{nested}». A cell can be a text, a number or a list of them."
            ) from None
    if max(map(len, values), default=0) > LONGEST_CELL:
        raise Unreadable("too long", f"Row {row:,} has a text of more than {LONGEST_CELL:,} characters.")
    return values


def text(value: Any) -> str:
    """A value as text; numbers are that already."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if is_nested(value):
        raise TypeError
    return ", ".join(map(text, value))


def is_nested(value: Any) -> bool:
    """Whether a value is more than a scalar or a list of scalars."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value))


def objects(path: Path, encoding: str) -> Iterator[Found]:
    """Every object of the file with the name of its array."""
    number = 0
    try:
        with opened(path, encoding) as text:
            for name, value in values(Scanner(text)):
                number += 1
                if not isinstance(value, dict):
                    raise Unreadable(
                        "no header", "The file holds values without names. Send a list of objects, {name: value, …}."
                    )
                yield name, value
    except UnicodeError:
        raise Unreadable(
            "encoding", f"Behind row {number + 1:,} the file is not written in {ENCODINGS[encoding]}. Save it as UTF-8."
        ) from None
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(
            "corrupt", f"Behind row {number + 1:,} the file is not JSON; perhaps its end is lost."
        ) from None


def values(scan: Scanner) -> Iterator[Found]:
    """Every value of a list, with the name of the list."""
    if scan.take("["):
        for value in _elements(scan):
            yield "", value
    elif HOLDER.match(scan.buffer, scan.at):
        yield from _held(scan)
    else:
        while scan.peek():
            yield "", scan.value()
            scan.take(",")
    if scan.peek():
        raise json.JSONDecodeError("Something follows", scan.buffer, scan.at)


def _elements(scan: Scanner) -> Iterator[Any]:
    while not scan.take("]"):
        yield scan.value()
        scan.take(",")


def _held(scan: Scanner) -> Iterator[Found]:
    """The objects of the arrays in an object; what else it has is passed over."""
    scan.take("{")
    while not scan.take("}"):
        name = scan.value()
        if not scan.take(":") or not isinstance(name, str):
            raise json.JSONDecodeError("No name", scan.buffer, scan.at)
        if scan.take("["):
            yield from ((name, value) for value in _elements(scan) if isinstance(value, dict))
        else:
            scan.value()
        scan.take(",")
