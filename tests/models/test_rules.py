"""Rules for values with a standard behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isbn as reference

from models import rules

BODIES = st.text("0123456789", min_size=9, max_size=9)


@given(BODIES)
def test_check_digits_are_those_of_the_standard(body):
    long = "978" + body + rules.check_digit("978" + body)
    short = body + rules.check_digit(body)
    assert reference.is_valid(long)
    assert reference.is_valid(short)
    assert rules.isbn13(long) == rules.isbn13(short) == long
    assert rules.grouped_isbn(long).replace("-", "") == long


@pytest.mark.parametrize(
    "typed",
    ["9780306406157", "978-0-306-40615-7", "978 0 306 40615 7", "0-306-40615-2", "ISBN: 0306406152", "978‑0306406157"],
)
def test_an_isbn_in_any_usual_way(typed):
    assert rules.isbn13(typed) == "9780306406157"


@pytest.mark.parametrize("typed", ["097522980x", "0-9752298-0-X"])
def test_an_x_is_a_digit_too(typed):
    assert rules.isbn13(typed) == "9780975229804"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("9780306406158", "should be 7"),
        ("0306406153", "should be 2"),
        ("0975229801", "should be X"),
        ("978030640615", "13 digits"),
        ("9770306406157", "13 digits"),
        ("97803064061570", "13 digits"),
        ("978030640615X", "13 digits"),
        ("hello", "13 digits"),
        ("٩٧٨٠٣٠٦٤٠٦١٥٧", "13 digits"),
    ],
)
def test_a_wrong_isbn_is_told_what_would_be_right(typed, words):
    with pytest.raises(ValueError, match=words):
        rules.isbn13(typed)


def test_an_unknown_group_is_shown_as_it_is():
    assert rules.grouped_isbn("9786999999999").replace("-", "") == "9786999999999"


@pytest.mark.parametrize("typed", ["ana@example.org", " Ana.K+x@mail.example.co.uk ", "ü@münchen.example"])
def test_an_email_address(typed):
    assert rules.email_address(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["ana", "ana@", "@x.org", "a@b", "a b@c.org", "a@b..org", "a@@b.org", "<a@b.org>"])
def test_no_email_address(typed):
    with pytest.raises(ValueError, match="e-mail"):
        rules.email_address(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("example.org", "https://example.org"),
        ("http://example.org/a?b#c", "http://example.org/a?b#c"),
        ("HTTPS://EXAMPLE.ORG", "HTTPS://EXAMPLE.ORG"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("", None),
        (None, None),
    ],
)
def test_a_web_address(typed, kept):
    assert rules.web_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "ftp://a.org", "https://", "//a.org"),
        *("http://[", "mailto:a@b.org", "https://local", "https://a b.org", "java\tscript:alert(1)", "vbscript:x"),
    ],
)
def test_no_web_address(typed):
    with pytest.raises(ValueError, match="web address"):
        rules.web_address(typed)


def test_the_lists_of_codes():
    assert rules.countries()["NL"] == "Netherlands"
    assert rules.languages()["fr"] == "French"
    assert rules.currencies()["EUR"] == "Euro"
    assert "XAU" not in rules.currencies()
    assert "XOF" in rules.currencies()
    assert list(rules.countries().values()) == sorted(rules.countries().values())
