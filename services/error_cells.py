"""The error cells of a workbook («#DIV/0!»), whose texts calamine does not tell: found in the XML while it streams by.

Every part of the archive passes here once, so that what lies about its size or its sum is found before it is read.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from posixpath import join, normpath
from xml.etree import ElementTree

Errors = Mapping[int, Mapping[int, str]]  # number of the row → index of the column → text

BLOCK = 1 << 20
MARK = b't="e"'
# Bounded everywhere (a formula has at most 8,192 characters), so that no sheet can be made to be slow.
CELL = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: [^>]{0,100})? t="e"[^>]{0,100}>(?:(?!</c>).){0,9000}?<v>([^<]{1,20})</v>',
    re.DOTALL,
)
NUMBERS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def error_cells(archive: zipfile.ZipFile) -> dict[str, Errors]:
    """The errors of each sheet by its name."""
    names = _names(archive)
    found: dict[str, Errors] = {}
    for member in archive.namelist():
        errors: dict[int, dict[int, str]] = {}
        for column, row, text in _errors(archive, member):
            errors.setdefault(int(row), {})[_index(column)] = text.decode()
        found[names.get(member, member)] = errors
    return found


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Path in the archive → name of the sheet."""
    try:
        sheets = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (ElementTree.ParseError, KeyError):
        raise zipfile.BadZipFile from None
    paths = {
        relation.get("Id"): normpath(join("/xl", relation.get("Target", ""))).lstrip("/") for relation in relations
    }
    return {paths.get(sheet.get(NUMBERS), ""): sheet.get("name", "") for sheet in sheets.iterfind(".//{*}sheet")}


def _errors(archive: zipfile.ZipFile, member: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(letters of the column, number of the row, text) of each error in a part of the archive."""
    rest = b""
    with archive.open(member) as file:
        while block := file.read(BLOCK):
            block = rest + block
            whole = max(block.rfind(b"<c "), 0)
            rest = block[whole:][-BLOCK:]
            if MARK in block[:whole]:
                yield from CELL.findall(block, 0, whole)
    yield from CELL.findall(rest)


def _index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1
