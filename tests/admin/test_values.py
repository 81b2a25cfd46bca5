"""Text and value: what is understood, what is refused, and that writing and reading are the same road."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin import values
from admin.attributes import describe
from models.author import Author
from models.book import Book, Format
from models.post import Post
from models.user import User

PRICE, PAGES, DAY, MOMENT = (describe(a) for a in (Book.price, Book.pages, Book.published_on, Post.publish_at))
FORMAT, ACTIVE, TITLE, TEXT, COUNTRY = (
    describe(a) for a in (Book.format, User.is_active, Book.title, Book.description, Author.country)
)
AUTHOR, AGE = describe(Book.author), describe(User.age)

UNDERSTOOD = [
    (PRICE, "12,50", Decimal("12.50")),
    (PRICE, "12.", Decimal("12.00")),
    (PRICE, "1\u202f234,5", Decimal("1234.50")),
    (PRICE, "1.234.567,89", Decimal("1234567.89")),
    (PRICE, "1,234,567.89", Decimal("1234567.89")),
    (PRICE, "0.125", None),
    (PRICE, "0,10", Decimal("0.10")),
    (PAGES, " 320 ", 320),
    (AGE, "0", 0),
    (DAY, "2027-03-15", date(2027, 3, 15)),
    (DAY, "2027-3", date(2027, 3, 1)),
    (DAY, "2027", date(2027, 1, 1)),
    (DAY, "0001-01-01", date(1, 1, 1)),
    (MOMENT, "2027-03-15T09:30", datetime(2027, 3, 15, 9, 30, tzinfo=UTC)),
    (MOMENT, "2027-03-15 09:30:01.5+02:00", datetime(2027, 3, 15, 7, 30, 1, 500000, UTC)),
    (MOMENT, "2027", datetime(2027, 1, 1, tzinfo=UTC)),
    (FORMAT, "e-book", Format.E_BOOK),
    (COUNTRY, "NL", "NL"),
    (ACTIVE, "yes", True),
    (ACTIVE, "OFF", False),
    (AUTHOR, str(2**63 - 1), 2**63 - 1),
    (TITLE, "  a \t b\n", "a b"),
    (TITLE, "e\u0301", "\u00e9"),
    (TEXT, " a\r\n\r\nb \r", "a\n\nb"),
]


@pytest.mark.parametrize(
    ("attribute", "text", "value"), UNDERSTOOD, ids=[f"{a.kind} {text!r}" for a, text, _ in UNDERSTOOD]
)
def test_what_is_understood(attribute, text, value):
    if value is None:
        with pytest.raises(ValueError, match="decimals"):
            values.parse(attribute, text)
        return
    found = values.parse(attribute, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("attribute", [PRICE, PAGES, DAY, MOMENT, FORMAT, ACTIVE, TITLE, TEXT, AUTHOR, COUNTRY])
@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u00a0"])
def test_nothing_is_none(attribute, text):
    assert values.parse(attribute, text) is None


REFUSED = [
    (
        PRICE,
        [
            "1,234",
            "1.234",
            "-1,234",
            "12.50.5",
            "1.23.456",
            "1,23,456.00",
            "€5",
            "5 €",
            "--5",
            "+5",
            "1e3",
            "1,234 567",
        ],
    ),
    (
        PRICE,
        ["1.5.5,5", ",5", "12'50", "10000000000", "99999999999999999999999", "9" * 5000, "12.345", "²"],
    ),
    (PAGES, ["0", "-1", "1.5", "1,000", "x", "²", "٣", "0x1", str(2**31), "9" * 5000, "+5", "- 5"]),
    (AGE, ["151", "-1"]),
    (DAY, ["2027-02-29", "2027-13", "15/03/2027", "0000", "10000", "2027-3-15-1", "today", "2027-", "²027"]),
    (MOMENT, ["tomorrow", "2027-03-15T25:00", "0001-01-01T00:00+14:00", "2027-13", "9999-12-31T23:59-14:00"]),
    (FORMAT, ["E-BOOK", "E_BOOK", "ebook", "none"]),
    (COUNTRY, ["nl", "XX", "Netherlands"]),
    (ACTIVE, ["2", "perhaps"]),
    (AUTHOR, ["0", "-1", "1.0", "x", "²", str(2**63), "9" * 5000, "+1", "1 2"]),
    (TITLE, ["x" * 201, "a\x00", "\ud800"]),
    (TEXT, ["a\x00", "\udfff"]),
]


@pytest.mark.parametrize(
    ("attribute", "text"), [(a, text) for a, texts in REFUSED for text in texts], ids=lambda part: str(part)[:20]
)
def test_what_is_refused_has_words(attribute, text):
    with pytest.raises(ValueError, match=r"[A-Z].*[.?]$"):
        values.parse(attribute, text)


def test_the_two_meanings_of_a_price_are_both_named():
    with pytest.raises(ValueError, match=re.escape("Is this 1234 or 1.234?")):
        values.parse(PRICE, "1,234")


KINDS = {
    "money": (PRICE, st.decimals(0, Decimal("9999999999.99"), places=2)),
    "integer": (PAGES, st.integers(1, 2**31 - 1)),
    "date": (DAY, st.dates()),
    "datetime": (MOMENT, st.datetimes(timezones=st.just(UTC)).map(lambda m: m.replace(second=0, microsecond=0))),
    "choice": (FORMAT, st.sampled_from(Format)),
    "boolean": (ACTIVE, st.booleans()),
    "text": (TITLE, st.text("abcé李 ", min_size=1).map(lambda t: " ".join(t.split())).filter(bool)),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_is_written_is_read_back(kind, data):
    attribute, some = KINDS[kind]
    value = data.draw(some)
    assert values.parse(attribute, values.write(attribute, value)) == value


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_cursor_gives_the_value_back_exactly(kind, data):
    attribute, some = KINDS[kind]
    value = data.draw(st.none() | (st.datetimes(timezones=st.just(UTC)) if kind == "datetime" else some))
    found = values.from_cursor(attribute, values.to_cursor(value))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("attribute", [PRICE, PAGES, DAY, MOMENT, FORMAT, ACTIVE, TITLE, AUTHOR])
@given(text=st.text() | st.from_regex(r"[-+0-9.,' TZ:]{1,40}"))
def test_any_text_is_a_value_or_an_error_with_words(attribute, text):
    for read in (
        values.parse,
        values.from_cursor,
        values.bounds if attribute.has_range and text.strip() else values.parse,
    ):
        try:
            read(attribute, text)
        except ValueError as error:
            assert str(error)  # noqa: PT017 whether it raises at all depends on the text


BOUNDS = [
    (DAY, "2027", date(2027, 1, 1), date(2027, 12, 31)),
    (DAY, "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
    (DAY, "2027-12", date(2027, 12, 1), date(2027, 12, 31)),
    (DAY, "2027-12-31", date(2027, 12, 31), date(2027, 12, 31)),
    (MOMENT, "2027", datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)),
    (MOMENT, "2027-12-31", datetime(2027, 12, 31, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)),
    (MOMENT, "2027-01-01T10:00", datetime(2027, 1, 1, 10, tzinfo=UTC), datetime(2027, 1, 1, 10, 1, tzinfo=UTC)),
    (PRICE, "12,5", Decimal("12.50"), Decimal("12.50")),
    (AGE, "0", 0, 0),
]


@pytest.mark.parametrize(("attribute", "text", "first", "last"), BOUNDS, ids=[f"{text}" for _, text, *_ in BOUNDS])
def test_one_end_of_a_range_may_stand_for_a_year_a_month_a_day_or_a_minute(attribute, text, first, last):
    assert values.bounds(attribute, text) == (first, last)


def test_a_moment_is_written_in_utc():
    assert values.write(MOMENT, datetime(2027, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "2026-12-31T23:00"
