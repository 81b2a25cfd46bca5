"""Prices changed by a percentage, in SQL and in whole numbers: both databases round alike, to the last cent."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Numeric, case, cast, func, literal, literal_column

from models.rules import WHOLE

# What a price may end in: the word of the form → (what people read, its hundredths; None: any price).
ENDINGS: Mapping[str, tuple[str, int | None]] = {
    "none": ("To the cent", None),
    "99": ("To .99", 99),
    "95": ("To .95", 95),
    "90": ("To .90", 90),
    "whole": ("To a whole amount", 0),
}
LEAST, MOST = Decimal(-100), Decimal(1000)  # percent
LARGEST = 10**12 - 1  # cents of a Numeric(12, 2)
FINE = 10_000  # parts of a cent: what a percentage of two decimals makes of one is a whole number of them


def scaled(price: Any, currency: Any, percent: Decimal, ending: str) -> Any:
    """The price after the change. What costs nothing still does; no price is ever below zero."""
    cents = scaled_cents(price, currency, percent, ending)
    return cast(case((cents > number(LARGEST), number(LARGEST)), else_=cents), Numeric(14, 0)) / literal(100, Numeric)


def too_large(price: Any, currency: Any, percent: Decimal, ending: str) -> Any:
    return scaled_cents(price, currency, percent, ending) > number(LARGEST)


@lru_cache(64)  # asked for the price, and for whether it is too large; by the preview, and again to carry it out
def scaled_cents(price: Any, currency: Any, percent: Decimal, ending: str) -> Any:
    """The nearest price of the wanted kind, half to even. Currencies without a minor unit have whole amounts only."""
    hundredths = ENDINGS[ending][1]
    exact = cast(func.round(price * number(100)), BigInteger) * number(FINE + int(percent * 100))
    usual = nearest(exact, 1, 0) if hundredths is None else nearest(exact, 100, hundredths)
    whole = currency.in_([literal_column(f"'{code}'") for code in sorted(WHOLE)])
    return case((exact == number(0), number(0)), (whole, nearest(exact, 100, 0)), else_=usual)


def nearest(exact: Any, step: int, beyond: int) -> Any:
    """The nearest number of cents that is `beyond` above a multiple of `step`."""
    return half_even(exact - number(beyond * FINE) if beyond else exact, step * FINE) * number(step) + number(beyond)


def half_even(amount: Any, step: int) -> Any:
    """How many steps an amount is, and one more for what is left: if more than half, or half and the number is odd.

    An amount between -step and 0 is none: whole numbers are divided towards zero.
    """
    steps, left = amount // number(step), amount % number(step)
    return steps + case((number(2) * left + steps % number(2) > number(step), number(1)), else_=number(0))


def number(value: int) -> Any:
    """A number of ours, written into the statement: hundreds of parameters would take longer than the rows."""
    return literal_column(str(value), BigInteger)
