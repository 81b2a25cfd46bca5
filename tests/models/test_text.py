"""Rules for text: what is kept, what counts as the same, what sorts and is found together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import text

ANY = st.text()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" a ", "a"), ("a\r\nb\rc", "a\nb\nc"), ("e\u0301", "é"), ("\u00a0a\u2003", "a"), ("", ""), ("a  b", "a  b")],
)
def test_clean(typed, kept):
    assert text.clean(typed) == kept


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\ud800", "\udfff x"])
def test_what_no_database_keeps_is_refused(typed):
    for rule in (text.clean, text.one_line):
        with pytest.raises(ValueError, match="please"):
            rule(typed)


@given(ANY)
def test_cleaning_twice_is_cleaning_once(typed):
    try:
        once = text.clean(typed)
    except ValueError:
        return
    assert text.clean(once) == once
    assert text.one_line(text.one_line(once)) == text.one_line(once)


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")))
def test_folding_is_stable_and_keeps_no_case_or_accent(typed):
    folded = text.fold(typed)
    assert text.fold(folded) == folded
    assert folded == text.fold(typed.upper().lower()) or not typed.isascii()
    assert len(text.sort_key(typed)) <= text.SORT_KEY_LENGTH


@pytest.mark.parametrize(
    ("one", "other"),
    [("Émile  ZOLA", "emile zola"), ("Łódź", "lodz"), ("Øre", "ore"), ("straße", "STRASSE"), ("Œuvre", "oeuvre")],
)
def test_what_is_found_and_sorted_together(one, other):
    assert text.fold(one) == text.fold(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Café", " CAFÉ ", True), ("café", "cafe", False), ("a  b", "A b", True), ("e\u0301", "É", True)],
)
def test_what_counts_as_the_same_name(one, other, same):
    assert (text.caseless(one) == text.caseless(other)) is same


def test_nothing_has_no_key():
    assert text.caseless(None) is None
    assert text.caseless("") is None
    assert text.fold(None) == text.sort_key(None) == text.search_key(None, "") == ""
    assert text.first_sort_key(None, "", "B") == "b"


def test_a_search_key_has_a_line_per_part_that_begins_with_a_blank():
    assert text.search_key("Émile", None, "Zola") == " emile\n zola\n"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("A short history", "a-short-history"),
        ("  Łódź!! ", "lodz"),
        ("李白", "post"),
        ("--", "post"),
        ("x y" * 60, None),
    ],
)
def test_slugify(title, slug):
    made = text.slugify(title)
    assert slug is None or made == slug
    assert len(made) <= 80
    assert not made.endswith("-")
