"""Delimited text in the one form that a workbook or JSON is written in, beside the file it comes from.

Its first record says what was written, so that another sheet is not taken for it; then one record per row of the file.
"""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from tempfile import mkstemp

from services.delimited import Records, records
from services.shape import Shape, Sheet

PLAIN = Shape("csv")

Part = tuple[str, str]  # encoding and name of the sheet that was read


def beside(path: Path) -> Path:
    """Where the text of a file is."""
    return path.with_name(f"{path.name}.csv")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new file that takes the place of another when all of it has been written, and is gone where it was not."""
    number, name = mkstemp(dir=target.parent, prefix=f"{target.name}.")
    os.close(number)
    try:
        yield Path(name)
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def write(target: Path, rows: Iterable[Sequence[str]], part: Part, sheets: Sequence[Sheet]) -> None:
    """Write all rows."""
    # Half a character, which JSON may hold, is written as its number, because UTF-8 has none for it.
    with target.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        text = csv.writer(file)  # which ends lines with both characters, and so puts either into quotes
        text.writerow([json.dumps([part, [astuple(sheet) for sheet in sheets]])])
        text.writerows(rows)


def about(target: Path) -> tuple[Part, list[Sheet]]:
    """What of the file the text holds, and which sheets there are."""
    [record] = next(records(target, PLAIN))[:1]
    (encoding, sheet), sheets = json.loads(record[0])
    return (encoding, sheet), [Sheet(*each) for each in sheets]


def holds(target: Path, path: Path, part: Part) -> bool:
    """Whether the text is there, of this part of the file, and no older than the file."""
    return target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns and about(target)[0] == part


def rows(target: Path) -> Iterator[Records]:
    """The records behind the first."""
    return records(target, PLAIN, skip=1)
