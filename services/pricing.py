"""Prices changed by a percentage, in SQL and in whole numbers: both databases round alike, to the last cent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Numeric, case, cast, func, literal

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
    return cast(case((cents > LARGEST, LARGEST), else_=cents), Numeric(14, 0)) / literal(100, Numeric)


def too_large(price: Any, currency: Any, percent: Decimal, ending: str) -> Any:
    return scaled_cents(price, currency, percent, ending) > LARGEST


def scaled_cents(price: Any, currency: Any, percent: Decimal, ending: str) -> Any:
    """The nearest price of the wanted kind, half to even. Currencies without a minor unit have whole amounts only."""
    hundredths = ENDINGS[ending][1]
    whole = currency.in_(sorted(WHOLE))
    step = case((whole, number(100)), else_=number(1 if hundredths is None else 100))
    beyond = case((whole, number(0)), else_=number(hundredths or 0))
    exact = cast(func.round(price * literal(100, Numeric)), BigInteger) * number(FINE + int(percent * 100))
    nearest = half_even(exact - beyond * number(FINE), step * number(FINE)) * step + beyond
    return case((exact == 0, number(0)), else_=nearest)


def half_even(amount: Any, step: Any) -> Any:
    """How many steps an amount is: half is rounded up, and down again where that made an odd number of a tie.

    An amount between -step and 0 is none: whole numbers are divided towards zero.
    """
    shifted, twice = number(2) * amount + step, number(2) * step
    up = shifted // twice
    tie = (shifted % twice == 0) & (up % number(2) == 1)
    return up - case((tie, number(1)), else_=number(0))


def number(value: int) -> Any:
    return literal(value, BigInteger)
