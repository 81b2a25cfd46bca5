"""XLSX → delimited text: for a process of its own (services/apart.py), because a workbook may be a bomb.

What it holds is looked at before it is unpacked; calamine reads it, which is fast.
"""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from services.canonical import write
from services.error_cells import Errors, error_cells
from services.shape import Sheet, Unreadable

# A sheet of 1,048,576 rows × 12 columns of text unpacks to 733 MB, six times its size.
UNPACKED = 1 << 30  # bytes
RATIO, SMALL = 100, 10_000_000  # times its size that a workbook may unpack to, if it unpacks to more bytes than these
MEMBERS = 2_000

ENCODING = "utf-8"
TOO_LARGE = "The workbook is too large to unpack. Save the sheet as CSV, and send that."
DAMAGED = "The workbook is damaged. Open it in a spreadsheet program, save it anew, and send that."


def convert(path: Path, _: str, sheet: str, target: Path) -> None:
    """Write a sheet of a workbook, whose encoding is always the same, as delimited text. For a process of its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            check(archive)
            errors = error_cells(archive)
        with CalamineWorkbook.from_path(path) as book:
            put(book, sheet, errors, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeError, NotImplementedError, CalamineError):
        raise Unreadable("corrupt", DAMAGED) from None


def check(archive: zipfile.ZipFile) -> None:
    """Whether an archive is a workbook that may be unpacked, by its list of contents."""
    members = archive.infolist()
    unpacked, packed = (sum(getattr(member, size) for member in members) for size in ("file_size", "compress_size"))
    if len(members) > MEMBERS or (unpacked > SMALL and unpacked > RATIO * packed):
        raise Unreadable("bomb", "The workbook unpacks to a multiple of its size that no real one has.")
    if unpacked > UNPACKED:
        raise Unreadable("too large", TOO_LARGE)
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("encrypted", "The file is encrypted with a password. Save it without one.")
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        what = "a binary or OpenDocument workbook" if names & {"xl/workbook.bin", "content.xml"} else "no workbook"
        raise Unreadable("wrong type", f"The file is {what}. Send XLSX, CSV, TSV or JSON.")


def put(book: CalamineWorkbook, wanted: str, errors: Mapping[str, Errors], target: Path) -> None:
    """Write the sheet that is wanted, or the first visible one that holds something, and what sheets there are."""
    sheets: list[Sheet] = []
    chosen: CalamineSheet | None = None
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        visible = about.visible == SheetVisibleEnum.Visible
        rows, columns = (place + 1 for place in sheet.end) if sheet.end else (0, 0)
        sheets.append(Sheet(about.name, rows, columns, visible))
        if chosen is None and (about.name == wanted if wanted else visible and any(map(any, cells(sheet, errors)))):
            chosen = sheet
    if chosen is None:
        raise Unreadable("empty", f"The workbook has no sheet «{wanted}»." if wanted else "The workbook is empty.")
    write(target, cells(chosen, errors), (ENCODING, chosen.name), sheets)


def cells(sheet: CalamineSheet, errors: Mapping[str, Errors]) -> Iterator[list[str]]:
    """The rows of a sheet as texts, from its first row and column on, empty as these may be."""
    wrong = errors.get(sheet.name, {})
    before = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), 1):
        texts = before + [cell if type(cell) is str else text(cell) for cell in row]
        for column, error in wrong.get(number, {}).items():
            texts[column] = error
        yield texts


def text(value: Any) -> str:
    """A value of a cell as its spreadsheet would write it without regard to a country."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):  # of which a spreadsheet shows fifteen digits, because more are noise
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)
