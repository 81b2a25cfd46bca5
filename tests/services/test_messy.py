"""Every file of the shared messy data is read as what is known of it says: columns, rows, ragged ones, sheets."""

import csv
import json
import shutil
from dataclasses import replace

import pytest
from xlsxwriter import Workbook

from services.tabular import Unreadable, count, header, letters, look, rows, sheets
from tests.conftest import SHARED

EXPECTED = SHARED / "messy" / "expected.json"
KNOWN = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
ENCODING = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "utf-8 with BOM": "utf-8",
    "cp1252": "cp1252",
    "utf-16-be with BOM": "utf-16",
    "utf-16-le with BOM": "utf-16",
}
TEXTS = [name for name, known in KNOWN.items() if known["kind"] == "csv"]
BOOKS = [name for name, known in KNOWN.items() if known["kind"] == "xlsx"]
# What the facts list as names that come twice, the product refuses; it tells which.
REPEATED = {name for name in TEXTS if "header_names_repeated" in KNOWN[name]}
NO_CONTENT = {
    name for name in BOOKS if not any(sheet.get("rows_with_content") for sheet in KNOWN[name].get("sheets", []))
}
REJECTED = {name for name, known in KNOWN.items() if known.get("outcome") == "reject"}


@pytest.fixture
def messy(shared_data, tmp_path):
    def copy(name):
        return shutil.copy(shared_data / "messy" / name, tmp_path / "file")

    return copy


def test_all_of_them_are_there(shared_data):
    found = {str(path.relative_to(shared_data / "messy")) for path in (shared_data / "messy").glob("*/*")}
    assert found == set(TEXTS) | set(BOOKS)
    assert len(found) == 39


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in REPEATED])
def test_delimited_text(messy, name):
    path, known = messy(name), KNOWN[name]
    shape = look(path, name)
    names = header(path, shape)
    read = [row for chunk in rows(path, shape) for row in chunk]
    width = len(names)
    assert (shape.delimiter, shape.header) == (known["delimiter"], known["header_line"])
    assert shape.encoding == ENCODING[known["encoding"]]
    assert names == [name.strip() or f"Column {letters(index)}" for index, name in enumerate(known["header"])]
    assert len(read) == count(path, shape) == known["data_rows"]
    assert [number - 1 for number, cells in read if len(cells) > width] == [
        row for row, _ in known.get("too_long_row_and_line", [])
    ]
    assert max((len(cell) for _, cells in read for cell in cells), default=0) <= known["longest_field"]
    assert all(len(cells) >= width for _, cells in read)


@pytest.mark.parametrize("name", sorted(REPEATED))
def test_repeated_names_are_refused(messy, name):
    path = messy(name)
    with pytest.raises(Unreadable, match=f"«{KNOWN[name]['header_names_repeated'][0]}»") as refusal:
        header(path, look(path, name))
    assert refusal.value.kind == "repeated header"


@pytest.mark.parametrize("name", sorted(set(BOOKS) - NO_CONTENT - REJECTED))
def test_workbooks(messy, name):
    path, known = messy(name), [sheet for sheet in KNOWN[name]["sheets"] if "not_a_worksheet" not in sheet]
    guess = look(path, name)
    assert guess.sheet == next(sheet["name"] for sheet in known if sheet["rows_with_content"])
    assert [(sheet.name, sheet.visible) for sheet in sheets(path)] == [
        (sheet["name"], sheet["state"] == "visible") for sheet in known
    ]
    for sheet in known:
        if not sheet["rows_with_content"]:
            continue
        shape = replace(guess, sheet=sheet["name"], header=sheet["first_row"])
        read = [row for chunk in rows(path, shape) for row in chunk]
        assert len(header(path, shape)) == sheet["columns"]
        assert len(read) == sheet["data_rows_after_first"]
        assert not read or read[-1][0] == sheet["last_row"]
        errors = dict(sheet.get("error_cells", []))
        found = {f"A{number}": cells[0] for number, cells in [*read, (1, header(path, shape))] if errors}
        assert found == errors


@pytest.mark.parametrize("name", sorted(NO_CONTENT | REJECTED))
def test_workbooks_that_hold_nothing_to_read(messy, name):
    with pytest.raises(Unreadable) as refusal:
        look(messy(name), name)
    assert refusal.value.kind == ("encrypted" if name in REJECTED else "empty")


def as_csv(path, lines):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def as_json(path, lines):
    path.write_text(json.dumps([dict(zip(lines[0], line, strict=True)) for line in lines[1:]]))


def as_workbook(path, lines):
    with Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                sheet.write_string(number, place, cell)


@pytest.mark.parametrize("write", [as_csv, as_json, as_workbook])
def test_naughty_strings_are_read_as_they_are(shared_data, tmp_path, write):
    strings = json.loads((shared_data / "strings" / "blns.json").read_text())
    if write is as_workbook:
        strings.remove("\ufffe")  # which XML cannot hold, nor calamine decode
    lines = [[str(number), string] for number, string in enumerate(strings)]
    path = tmp_path / "file"
    write(path, [["number", "string"], *lines])
    read = [cells for chunk in rows(path, look(path, "strings")) for _, cells in chunk]
    assert read == lines
