"""Texts of a column → values of a field: what is understood, what is said about it, and what is left to others."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin.imports.cells import combine, read
from admin.imports.plan import Style
from admin.imports.targets import targets
from models.text import EDGES, is_plain, one_line
from tests.entities import ENTITIES
from tests.hostile.odd import texts

BOOK = targets(ENTITIES["books"])


def values(field, *cells, **options):
    found = read(BOOK[field], cells, options.pop("style", Style()), **options)
    assert not found.problems, found.problems
    return found.values


def test_the_same_text_is_the_same_value_wherever_it_stands():
    assert values("price", "12.50", "3.00", "12.50") == [Decimal("12.50"), Decimal("3.00"), Decimal("12.50")]


def test_what_is_empty_is_nothing():
    assert values("isbn", "", " ", "N/A", "-", "null", "NA") == [None] * 6
    assert values("title", "", " ", "None") == [None, None, "None"]


def test_plain_cells_are_values():
    assert values("title", "Emma") == ["Emma"]
    assert values("isbn", "9780306406157") == ["9780306406157"]
    assert values("published_on", "2024-02-29", "") == [date(2024, 2, 29), None]
    assert values("pages", "320") == [320]
    assert values("author", "Jane Austen") == ["Jane Austen"]


def test_a_cell_that_cannot_be_read_says_why_and_leaves_nothing():
    cells = read(BOOK["price"], ["free", "12.50", "-4.50"], Style())
    assert cells.values == [None, Decimal("12.50"), None]
    assert sorted(cells.problems) == [0, 2]
    assert cells.problems[2].reason == "At least 0."


def test_the_rule_of_the_model_is_asked():
    author = targets(ENTITIES["authors"])
    cells = read(author["website"], ["example.org", "nowhere"], Style())
    assert cells.values == ["https://example.org", None]
    assert "web address" in cells.problems[1].reason


def test_the_apostrophe_before_a_formula_is_taken_off_only_in_delimited_text():
    assert values("title", "'=1+1", "''-", "'tis", guarded=True) == ["=1+1", "'-", "'tis"]
    assert values("title", "'=1+1") == ["'=1+1"]


def test_several_columns_into_one():
    one, two = (read(BOOK["title"], cells, Style()) for cells in (["Ana", "", "Li"], ["Kovač", "Bo", ""]))
    assert combine(BOOK["title"], [one, two]).values == ["Ana Kovač", "Bo", "Li"]
    lost, right = (read(BOOK["isbn"], cells, Style()) for cells in (["x", "", "x"], ["0306406152", "", "y"]))
    found = combine(BOOK["isbn"], [lost, right])
    assert found.values == ["9780306406157", None, None]
    assert list(found.problems) == [2]


@given(texts)
def test_what_is_told_to_be_plain_is_kept_as_it_is(text):
    if is_plain(text):
        assert one_line(text) == text == " ".join(text.strip(EDGES).split())


def test_the_blanks_at_the_ends_are_all_that_unicode_knows():
    assert {chr(code) for code in range(0x110000) if chr(code).isspace()} <= set(EDGES)


KINDS = {target.attribute.kind: target for r in ENTITIES.values() for target in targets(r).values()}
DIRT = st.text("0123456789.,'- _eE+€$XxsS/:()[]nul;|@<>=\u00a0\u202f\u2013\u0665", max_size=24)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(cell=st.one_of(texts, DIRT), take=st.sampled_from(["all", "first", "flip", "sign"]))
def test_no_cell_is_too_odd_to_be_answered(kind, cell, take):
    for style in (Style(), Style(",", "dmy"), Style(".", "mdy")):
        cells = read(KINDS[kind], [cell], style, take, guarded=True)
        assert (cells.values == [None]) or not cells.problems
