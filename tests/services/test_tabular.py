"""Delimited text: every guess, every row with its number, and what is refused in words."""

import codecs
import csv
import io
import tracemalloc
from contextlib import suppress
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shape import DELIMITERS, ENCODINGS, Shape, Unreadable
from services.tabular import count, header, letters, look, rows


def all_rows(path, shape):
    return [row for chunk in rows(path, shape) for row in chunk]


def read(path):
    return all_rows(path, look(path, path.name))


def refused(path, shape=None):
    """The reason and the sentence."""
    with pytest.raises(Unreadable) as refusal:
        all_rows(path, shape or look(path, path.name))
    return refusal.value.kind, refusal.value.args[0]


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_how_a_file_is_written_is_guessed(file, delimiter, end, encoding):
    lines = [["title", "note", "price"], ["Café; crème", "a, b", "1"], ["Naïve", "", "2"]]
    text = end.join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert read(file(text.encode(encoding))) == [(2, lines[1]), (3, lines[2])]


def test_a_shape_travels_as_json(file):
    shape = look(file("a;b\n1;2\n"), "a.csv")
    assert Shape(**asdict(shape)) == shape == Shape("csv", delimiter=";")


CELL = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFF), max_size=6)


@given(
    rows_of=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(sorted(DELIMITERS)),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "gb18030"]),
)
def test_what_is_written_is_read(tmp_path_factory, rows_of, delimiter, end, encoding):
    path = tmp_path_factory.mktemp("identity") / "file"
    with path.open("w", encoding=encoding, newline="") as text:
        written = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
        written.writerows([["a", "b", "c"], *rows_of])
    shape = Shape("csv", encoding=encoding, delimiter=delimiter)
    expected = [(number, cells) for number, cells in enumerate(rows_of, 2) if any(map(str.strip, cells))]
    assert all_rows(path, shape) == expected


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(file):
    path = file('Report of June\n\nname,age\n"Ada\nLovelace",36\n\n , \nGrace,85\n')
    shape = look(path, "a.csv")
    assert (shape.header, header(path, shape)) == (3, ["name", "age"])
    assert all_rows(path, shape) == [(4, ["Ada\nLovelace", "36"]), (7, ["Grace", "85"])]


def test_short_rows_are_padded_and_long_ones_keep_what_is_too_much(file):
    path = file("a,b,c\n1\n1,2,3,,\n1,2,3,4\n")
    assert read(path) == [(2, ["1", "", ""]), (3, ["1", "2", "3"]), (4, ["1", "2", "3", "4"])]


def test_chunks_stay_small_and_no_row_is_lost_between_them(file):
    path = file("n,text\n" + "".join(f"{number},x\n" for number in range(12_345)))
    shape = look(path, "a.csv")
    chunks = list(rows(path, shape))
    assert max(map(len, chunks)) <= 5_100
    assert [cells[0] for chunk in chunks for _, cells in chunk] == [str(number) for number in range(12_345)]
    assert count(path, shape) == 12_345


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        ("Ada,ada@example.org\nGrace,grace@example.org\n", 0),
        ("9780306406157,Dune,1965\n9780306406158,Emma,1815\n", 0),
        ("2021-04-01,x\n", 0),
        ("name,e-mail\nAda,ada@example.org\n", 1),
        ("name\nAda\n", 1),
        (",name\n0,Ada\n1,Grace\n", 1),
        ("sep=;\ntitle;year\nDune;1965\nEmma;1815\n", 2),
        ("Books;;\nof June;;\ntitle;year;price\nDune;1965;1,5\nEmma;1815;2,5\n", 3),
    ],
)
def test_the_header_is_the_first_row_that_looks_like_one(file, content, guess):
    assert look(file(content), "a.csv").header == guess


def test_without_a_header_columns_are_called_by_their_letters(file):
    path = file("1,2\n3,4,5\n")
    shape = look(path, "a.csv")
    assert header(path, shape) == ["Column A", "Column B", "Column C"]
    assert all_rows(path, shape) == [(1, ["1", "2", ""]), (2, ["3", "4", "5"])]
    assert [letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_names_are_cleaned_and_a_missing_one_is_the_letter(file):
    path = file('  first\n name ,,"\ufeffe-mail"\nAda,x,a@b.c\n')
    assert header(path, Shape("csv", header=2)) == ["name", "Column B", "e-mail"]


def test_a_name_that_comes_twice_is_refused_with_its_columns(file):
    assert refused(file("id,name,id,age,id\n1,2,3,4,5\n")) == (
        "repeated header",
        "«id» names the columns A, C and E. Give each column a name of its own.",
    )


def test_a_row_that_names_nothing_is_no_header(file):
    path = file("a,b\n,\n1,2\n")
    for number in (2, 9):
        assert refused(path, Shape("csv", header=number))[0] == "no header"


@pytest.mark.parametrize("content", [b"", b"\n\n  \r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_an_empty_file_is_refused(file, content):
    assert refused(file(content))[0] == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        b"SQLite format 3\x00" + bytes(100),
        bytes(range(256)),
        b"name" + bytes(2_000),
        b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>",
    ],
)
def test_what_is_no_table_is_refused(file, content):
    assert refused(file(content))[0] == "wrong type"


def test_a_nul_in_a_text_is_a_character_of_its_cell(file):
    assert read(file(b"a,b\n\x00,2\n")) == [(2, ["\x00", "2"])]


def test_a_byte_of_another_encoding_is_told_with_its_row(file):
    good = "".join(f"{number},Crème brûlée\n" for number in range(20_000)).encode()
    path = file(b"number,name\n" + good + b"1,Caf\xe9\n" + good)
    assert look(path, "a.csv").encoding == "utf-8"
    kind, sentence = refused(path)
    assert (kind, sentence.split(".")[0]) == ("encoding", "Row 20,002 is not written in UTF-8")


def test_one_letter_in_the_last_row_decides_the_encoding(file):
    path = file(b"number,name\n" + b"1,plain\n" * 200_000 + b"2,Caf\xe9\n")
    assert look(path, "a.csv").encoding == "cp1252"


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if not name.startswith(("utf-16-", "utf-32"))])
def test_every_encoding_that_is_offered_reads(file, encoding):
    path = file("a,b\n1,2\n".encode(encoding))
    assert all_rows(path, Shape("csv", encoding=encoding)) == [(2, ["1", "2"])]


def test_japanese_that_windows_1252_cannot_be_is_known(file):
    assert read(file("題名,年\nぼくは、アー,1\n".encode("cp932"))) == [(2, ["ぼくは、アー", "1"])]


def test_a_file_without_the_mark_that_utf_16_needs_is_told(file):
    path = file("a,b\n1,2\n")
    for encoding in ("utf-16", "utf-32"):
        assert refused(path, Shape("csv", encoding=encoding))[0] == "encoding"


@given(content=st.binary(max_size=60) | st.text("ab1\"',;\t|\\\r\n \x00[{é", max_size=60).map(str.encode))
def test_any_bytes_are_rows_or_a_refusal(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)
    with suppress(Unreadable):
        shape = look(path, "any.csv")
        read, width = all_rows(path, shape), len(header(path, shape))
        assert [number for number, _ in read] == sorted({number for number, _ in read})
        assert all(len(cells) >= width and any(map(str.strip, cells)) for _, cells in read)


def test_a_quote_that_is_never_closed_is_told_with_its_row(file):
    kind, sentence = refused(file('a,b\n1,2\n3,"four\n5,6\n'), Shape("csv"))
    assert (kind, sentence) == ("quote", "The quote that is opened in row 3 is never closed.")
    kind, sentence = refused(file('a,b\n1,2\n3,"four\n' + "5,6\n" * 300_000), Shape("csv"))
    assert kind == "too long"
    assert sentence.startswith("Row 3 is too long: a cell may have 1,000,000 characters")


@pytest.mark.parametrize(
    ("unit", "times", "row"), [("a,", 15_000_000, 1), (f"{'x' * 900_000}\n", 30, 9)], ids=["a line", "cells"]
)
def test_what_would_fill_the_memory_is_refused_before_it_does(file, unit, times, row):
    path = file(unit * times)
    tracemalloc.start()
    kind, sentence = refused(path, Shape("csv"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (kind, sentence.split(":")[0]) == ("too long", f"Row {row} is too long")
    assert peak < 40_000_000


def test_memory_does_not_grow_with_the_file(file):
    path = file("title,text\n" + f"Dune,{'x' * 100}\n" * 150_000)
    tracemalloc.start()
    assert count(path, Shape("csv")) == 150_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000 < path.stat().st_size


def test_backslashes_and_blanks_before_quotes_are_understood(file):
    path = file('id, text\n1, "say \\"hello\\", she said"\n2, "and ""that"""\n')
    assert read(path) == [(2, ["1", 'say "hello", she said']), (3, ["2", 'and "that"'])]


def test_quotes_that_are_inches_do_not_swallow_a_file_of_tabs(file):
    path = file('size\tname\n"5\tdisk\n"3\ttape\n4"\tx\n"9\ty\n')
    assert read(path)[0] == (2, ['"5', "disk"])


def test_one_column_of_quoted_names_is_not_cut_at_their_commas(file):
    assert read(file('name\n"Klimt, Gustav"\n"Abbey, Edwin"\n')) == [(2, ["Klimt, Gustav"]), (3, ["Abbey, Edwin"])]


def test_single_quotes_are_quotes_where_cells_stand_in_them(file):
    assert read(file("'a','b'\n'1,5','2'\n'it','x'\n"))[0] == (2, ["1,5", "2"])


def test_more_columns_than_a_person_can_place_are_refused(file):
    assert refused(file(",".join(f"c{number}" for number in range(1_001)) + "\n1\n"))[0] == "too large"


def test_a_choice_that_is_not_offered_is_refused(file):
    path = file("a,b\n1,2\n")
    for wrong in ({"encoding": "idna"}, {"delimiter": "a"}, {"quote": "xx"}, {"escape": "a"}):
        assert refused(path, replace(Shape("csv"), **wrong))[0] == "wrong type"


def test_pasted_text_is_a_file_like_any_other(file):
    pasted = io.StringIO("title\tyear\nDune\t1965\n").getvalue()
    assert read(file(pasted, "pasted.txt")) == [(2, ["Dune", "1965"])]
