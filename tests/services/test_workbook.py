"""XLSX: its cells as texts, its sheets, and what is refused before it can do harm."""

import re
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from xlsxwriter import Workbook

from services import apart
from services.canonical import beside
from services.tabular import Sheet, Unreadable, header, look, rows, sheets

PARTS = {
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://'
    'schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="One" sheetId="1" r:id="rId1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
CELL = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def made(path, sheet="", **others):
    """A workbook of one sheet's XML, and other parts as they are given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, "xl/worksheets/sheet1.xml": SHEET.format(sheet), **others}.items():
            archive.writestr(name, content)
    return path


def read(path, **chosen):
    shape = replace(look(path, "books.xlsx"), **chosen)
    return header(path, shape), [row for chunk in rows(path, shape) for row in chunk]


def refused(path):
    with pytest.raises(Unreadable) as refusal:
        look(path, "books.xlsx")
    assert not list(path.parent.glob("file.csv*")), "Nothing half written is left."
    return refusal.value.kind


def test_a_workbook_made_by_hand_is_read(path):
    assert read(made(path, f'<row r="1">{CELL.format("A1")}</row>')) == (["x"], [])


def test_cells_are_the_texts_a_person_sees(path):
    values = [9780306406157, 12.5, 0.1 + 0.2, -3, 1e21, "007", ' "a";\r\n', True, date(2024, 2, 29), time(8, 30)]
    values += [datetime(2024, 2, 29, 8, 30, 15), timedelta(hours=30)]
    forms = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss", time: "hh:mm", timedelta: "[h]:mm:ss"}
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, value in enumerate(values):
            form = forms.get(type(value))
            sheet.write(0, place, f"name {place}")
            sheet.write(1, place, value, book.add_format({"num_format": form}) if form else None)
        sheet.write_formula(1, len(values), "=1/0", value="#DIV/0!")
        sheet.write_formula(1, len(values) + 1, "=1+1", value=2)
    _, [(number, cells)] = read(path)
    assert number == 2
    assert cells == [
        *("9780306406157", "12.5", "0.3", "-3", "1e+21", "007", ' "a";\r\n', "TRUE", "2024-02-29", "08:30:00"),
        *("2024-02-29T08:30:15", "30:00:00", "#DIV/0!", "2"),
    ]


def test_rows_keep_the_numbers_of_the_sheet(path):
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, ["name", "age"])
        sheet.write_row(6, 2, ["Ada", 36])
    assert read(path) == (["Column A", "Column B", "name", "age"], [(7, ["", "", "Ada", "36"])])


def test_formatting_far_to_the_right_is_no_column(path):
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["name", "Ada"])
        sheet.write_blank(1, 16_383, None, book.add_format({"bold": True}))
        sheet.write(2, 16_383, " ")
    assert read(path) == (["name"], [(2, ["Ada"])])


def test_the_first_visible_sheet_with_something_in_it_is_read_unless_another_is_chosen(path):
    with Workbook(path) as book:
        book.add_worksheet("Empty").set_first_sheet()
        hidden = book.add_worksheet("Hidden")
        hidden.hide()
        for sheet in (hidden, book.add_worksheet("Books"), book.add_worksheet("Authors")):
            sheet.write_column(0, 0, ["name", sheet.name])
    assert look(path, "books.xlsx").sheet == "Books"
    assert sheets(path) == [
        Sheet("Empty", 0, 0, True),
        Sheet("Hidden", 2, 1, False),
        Sheet("Books", 2, 1, True),
        Sheet("Authors", 2, 1, True),
    ]
    for name in ("Authors", "Hidden", "Books"):
        assert read(path, sheet=name) == (["name"], [(2, [name])])
    assert look(path, "books.xlsx", sheet="Hidden").sheet == "Hidden"
    with pytest.raises(Unreadable, match="no sheet «Magazines»"):
        read(path, sheet="Magazines")


def test_errors_are_found_wherever_the_sheet_is_cut_into_blocks(path):
    sheet = "".join(
        f'<row r="{row}">{CELL.format(f"A{row}")}<c r="AA{row}" s="1" t="e"><f>A1</f><v>#N/A</v></c></row>'
        for row in range(1, 20_001)
    )
    _, found = read(made(path, sheet), header=0)
    assert len(sheet) > 1 << 20
    assert {(cells[0], cells[26]) for _, cells in found} == {("x", "#N/A")}
    assert len(found) == 20_000


def test_a_workbook_that_unpacks_to_a_hundred_times_its_size_is_a_bomb(path):
    assert refused(made(path, **{"xl/media/zeros": bytes(30_000_000)})) == "bomb"


def test_a_workbook_of_very_many_parts_is_a_bomb(path):
    assert refused(made(path, **{f"xl/media/{number}": b"" for number in range(2_001)})) == "bomb"


def test_a_workbook_that_lies_about_its_size_is_corrupt(path):
    made(path, CELL.format("A1") * 400_000)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", size), struct.pack("<L", 1_000)))
    assert refused(path) == "corrupt"


def test_a_sheet_that_spans_more_cells_than_memory_has_is_too_large(path):
    span = f'<row r="1">{CELL.format("A1")}</row><row r="1048576">{CELL.format("XFD1048576")}</row>'
    assert refused(made(path, span)) == "too large"


def test_a_refusal_takes_little_memory_in_the_process_of_its_own(path):
    made(path, **{"xl/media/zeros": bytes(100_000_000)})
    code = "import sys; from services.apart import *; main('xlsx', Path(sys.argv[1]), 'utf-8', '', Path(sys.argv[2]))"
    command = [sys.executable, "-c", f"{code}; print(Path('/proc/self/status').read_text())", path, beside(path)]
    told = subprocess.run(command, cwd=apart.ROOT, capture_output=True, text=True, check=True).stdout
    assert '"bomb"' in told
    assert int(re.search(r"VmHWM:\s*(\d+) kB", told)[1]) < 60_000


def test_one_that_takes_too_long_is_given_up(path, monkeypatch):
    monkeypatch.setattr(apart, "SECONDS", 0.001)
    assert refused(made(path, CELL.format("A1"))) == "too large"


def test_entities_that_grow_are_corrupt(path):
    entities = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f'<?xml version="1.0"?>{entities}]><workbook>&i;</workbook>'
    assert refused(made(path, **{"xl/workbook.xml": bomb})) == "corrupt"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_broken_xml_is_corrupt(path, part):
    assert refused(made(path, CELL.format("A1"), **{part: "<a><b"})) == "corrupt"


def test_a_workbook_whose_end_is_lost_is_corrupt(path):
    content = made(path, CELL.format("A1") * 100).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert refused(path) == "corrupt"


def test_archives_that_are_no_workbook_are_the_wrong_type(path):
    for name in ("word/document.xml", "xl/workbook.bin", "content.xml"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")
        assert refused(path) == "wrong type"


def test_an_encrypted_archive_is_told_as_such(path):
    content = bytearray(made(path).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    path.write_bytes(content)
    assert refused(path) == "encrypted"


def test_an_old_workbook_is_the_wrong_type(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert refused(path) == "wrong type"
