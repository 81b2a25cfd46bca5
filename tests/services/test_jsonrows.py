"""JSON: arrays, lines and named lists become rows, a piece at a time; what has no cell is refused with its row."""

import json
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import jsonrows
from services.tabular import Sheet, Unreadable, header, look, rows, sheets


def read(path, **chosen):
    shape = replace(look(path, "books.json"), **chosen)
    return header(path, shape), [row for chunk in rows(path, shape) for row in chunk]


def refused(path):
    with pytest.raises(Unreadable) as refusal:
        read(path)
    return refusal.value.kind, refusal.value.args[0]


@pytest.mark.parametrize(
    "content",
    [
        '[{"title": "Dune", "year": 1965}, {"year": 1815, "title": "Emma"}]',
        '{"title": "Dune", "year": 1965}\n\n{"year": 1815, "title": "Emma"}\n',
        '{\n "title": "Dune",\n "year": 1965\n},\n{"year": 1815, "title": "Emma"},',
        '\ufeff [\n{"title":"Dune","year":1965},{"year":1815,"title":"Emma"},]',
        '{"count": 2, "next": null, "books": [{"title": "Dune", "year": 1965}, {"title": "Emma", "year": 1815}]}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_arrays_lines_and_lists_by_name_are_rows(file, content, encoding):
    path = file(content.encode(encoding))
    assert read(path) == (["title", "year"], [(2, ["Dune", "1965"]), (3, ["Emma", "1815"])])


def test_values_are_texts_with_their_own_digits(file):
    numbers = '"a": 9780306406157, "b": 12.50, "c": 1e3, "d": 123456789012345678901234567890'
    others = '"e": null, "f": true, "g": false, "h": ["x", 1.0, null, "z"], "j": "two\\nlines"'
    _, [(_, cells)] = read(file(f"[{{{numbers}, {others}}}]"))
    assert cells == [
        *("9780306406157", "12.50", "1e3", "123456789012345678901234567890"),
        *("", "yes", "no", "x, 1.0, , z", "two\nlines"),
    ]


def test_columns_are_the_names_of_the_first_objects_and_a_missing_value_is_empty(file):
    path = file('[{"a": 1}, {"b": 2}, {}, {"a": 3}]')
    assert read(path) == (["a", "b"], [(2, ["1", ""]), (3, ["", "2"]), (5, ["3", ""])])


def test_a_name_that_comes_late_is_refused_with_its_row(file):
    path = file("".join(f'{{"a": {number}}}\n' for number in range(1_500)) + '{"a": 1, "z": 2}\n')
    kind, sentence = refused(path)
    assert kind == "new column"
    assert sentence.startswith("Row 1,502 has «z»")


@pytest.mark.parametrize("value", ['{"x": 1}', '["a", {"x": 1}]', "[[1]]"])
def test_objects_in_objects_are_refused_in_words(file, value):
    kind, sentence = refused(file(f'[{{"a": 1}}, {{"a": {value}}}]'))
    assert kind == "nested"
    assert sentence.startswith("Row 3 has an object in «a».")


@pytest.mark.parametrize("content", ["[1, 2]", '["a"]', "[[1]]", '[{"a": 1}, 2]'])
def test_values_without_names_are_refused(file, content):
    assert refused(file(content))[0] == "no header"


@pytest.mark.parametrize("content", ["[]", "[ ]", '{"books": [{}], "authors": []}'])
def test_nothing_in_it_is_refused(file, content):
    assert refused(file(content))[0] in ("empty", "no header")


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('[{"a": 1}, {"a": ', 2),
        ('[{"a": 1}, {"a": 2}', 3),
        ('[{"a": 1}, {"a": "never closed}]', 2),
        ("[{\"a\": 1}, {'a': 1}]", 2),
        ('[{"a": 1}] and more', 2),
        ('{"a": 1}\n{"a": 2}\noops\n', 3),
        ('{"books": [{"a": 1}], "more"', 2),
        ('{"books": [{"a": 1}]} {"books": []}', 2),
        ('{"a": ' + "[" * 100_000, 1),
    ],
)
def test_what_is_no_json_is_told_with_the_last_good_row(file, content, row):
    kind, sentence = refused(file(content))
    assert (kind, sentence.split(" the")[0]) == ("corrupt", f"Behind row {row}")


def test_bad_json_is_refused_without_reading_on(file):
    path = file('[{"a": 1}, {"a": oops}' + ', {"a": 1}' * 100_000 + "]")
    with path.open(encoding="utf-8") as text:
        scan = jsonrows.Scanner(text)
        with pytest.raises(json.JSONDecodeError):
            list(jsonrows.values(scan))
        assert text.tell() < path.stat().st_size / 2


def test_lists_by_name_are_sheets_and_the_longest_is_the_guess(file):
    path = file('{"authors": [{"n": 1}], "site": {"x": [1]}, "tags": ["a"], "books": [{"t": "x"}, {"t": "y"}]}')
    assert look(path, "").sheet == "books"
    assert sheets(path) == [Sheet("authors", 2, 1, True), Sheet("books", 3, 1, True)]
    assert read(path, sheet="authors") == (["n"], [(2, ["1"])])


def test_half_a_character_is_told_and_not_lost(file):
    assert read(file('[{"a": "\\ud83d"}]'))[1] == [(2, ["\\ud83d"])]


def test_a_text_longer_than_a_cell_is_refused_with_its_row(file):
    kind, sentence = refused(file(json.dumps([{"a": "x"}, {"a": "x" * 1_000_001}])))
    assert (kind, sentence.split(" has")[0]) == ("too long", "Row 3")


def test_bytes_of_another_encoding_are_told(file):
    path = file('[{"a": "Café"}]'.encode("cp1252"))
    assert read(path)[1] == [(2, ["Café"])]
    with pytest.raises(Unreadable, match="not written in UTF-8"):
        read(path, encoding="utf-8")
    with pytest.raises(Unreadable, match="cannot be read in the encoding"):
        read(path, encoding="rot13")


def test_memory_does_not_grow_with_the_file(file):
    path = file("[" + ",\n".join(json.dumps({"a": "x" * 1_000, "b": number}) for number in range(12_000)) + "]")
    tracemalloc.start()
    number = sum(1 for _ in jsonrows.objects(path, "utf-8"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 12_000
    assert peak < 4_000_000 < path.stat().st_size


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), TEXT), min_size=1, max_size=6)


@given(written=ROWS, lines=st.booleans(), block=st.integers(1, 40))
def test_what_is_written_is_read(tmp_path_factory, written, lines, block):
    path = tmp_path_factory.mktemp("json") / "file"
    as_lines = "\n".join(json.dumps(row, ensure_ascii=block % 2 == 0) for row in written)
    path.write_text(as_lines if lines else json.dumps(written), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonrows, "BLOCK", block)
        assert [value for _, value in jsonrows.objects(path, "utf-8")] == written
