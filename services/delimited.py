"""Delimited text → records, as fast as the csv module, with what is wrong in words and bounded memory."""

import codecs
import csv
from collections.abc import Iterator
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

from services.shape import DELIMITERS, ENCODINGS, ESCAPES, LONGEST_CELL, QUOTES, Shape, Unreadable

Records = list[list[str]]

CHUNK = 5_000  # records at once, fewer where they are long
STEP = 20  # records between two looks at how much text they hold
HEAVY = 8_000_000  # characters: so many in one step are refused, half as many make a chunk
END = "\x04 no more rows \x04"  # a line after the last: a record of its own, unless a quote is still open
UNDECODED = "\udcff"  # stands in for bytes that an encoding does not know; decoded text never holds it

csv.field_size_limit(LONGEST_CELL)
codecs.register_error("marked", lambda error: (UNDECODED, error.end))  # type: ignore[attr-defined]


class Lines:
    """The lines of a text and one more, with a count of the characters taken since it was last set to 0."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text, self.taken = text, 0

    def __iter__(self) -> Iterator[str]:
        for line in iter(partial(self.text.readline, HEAVY), ""):
            self.taken += len(line)
            if self.taken >= HEAVY:
                raise csv.Error
            yield line
        yield END


def opened(path: Path, encoding: str, errors: str = "strict") -> TextIOWrapper:
    """The text of a file with the line ends it has, without a byte order mark."""
    return path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors=errors, newline="")


def dialect(shape: Shape) -> dict[str, Any]:
    """The csv module's words for how a file is written."""
    return {
        "delimiter": shape.delimiter,
        "quotechar": shape.quote or None,
        "quoting": csv.QUOTE_MINIMAL if shape.quote else csv.QUOTE_NONE,
        "escapechar": shape.escape or None,
        "skipinitialspace": shape.spaced,
    }


def records(path: Path, shape: Shape, skip: int = 0) -> Iterator[Records]:
    """Every record of the file, blank ones too, a few thousand at once; without the first `skip` of them."""
    known = (ENCODINGS, shape.encoding), (DELIMITERS, shape.delimiter), (QUOTES, shape.quote), (ESCAPES, shape.escape)
    if not all(value in choices for choices, value in known):
        raise Unreadable("wrong type", "The file cannot be read in the way that was chosen.")
    try:
        yield from _records(path, shape, skip)
    except (UnicodeError, csv.Error):
        raise _trouble(path, shape) from None


def _records(path: Path, shape: Shape, skip: int) -> Iterator[Records]:
    with opened(path, shape.encoding) as text:
        lines = Lines(text)
        reader = csv.reader(lines, **dialect(shape))
        chunk: Records = list(islice(reader, skip))[:0]
        characters = 0
        while some := list(islice(reader, STEP)):
            chunk += some
            characters, lines.taken = characters + lines.taken, 0
            if len(chunk) > CHUNK or characters > HEAVY / 2:
                yield chunk[:-1]
                chunk, characters = chunk[-1:], 0
    if chunk.pop() != [END]:
        raise csv.Error
    yield chunk


def _trouble(path: Path, shape: Shape) -> Unreadable:
    """What is wrong, and in which row: read again, record by record."""
    number = 0
    wrong = f"is not written in {ENCODINGS[shape.encoding]}. Choose another encoding, or save the file as UTF-8."
    with opened(path, shape.encoding, errors="marked") as text:
        lines = Lines(text)
        try:
            for number, record in enumerate(csv.reader(lines, **dialect(shape)), 1):
                lines.taken = lines.taken if number % STEP else 0
                if any(UNDECODED in cell for cell in record):
                    return Unreadable("encoding", f"Row {number:,} {wrong}")
        except UnicodeError:  # the mark that says which UTF-16 it is
            return Unreadable("encoding", f"The file {wrong}")
        except csv.Error:
            return Unreadable(
                "too long",
                f"Row {number + 1:,} is too long: a cell may have {LONGEST_CELL:,} characters, {STEP} rows {HEAVY:,}. "
                "Perhaps a quote is never closed.",
            )
    return Unreadable("quote", f"The quote that is opened in row {number:,} is never closed.")
