"""Days named by their distance from today: today, yesterday, 30d, -2w; and ages: <30d, >1y. All days are UTC's."""

import re
from calendar import monthrange
from datetime import date, timedelta

from models.base import now

DISTANCE = re.compile(r"([+-]?)([0-9]{1,4})([dwmy])")
NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}
UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}


def is_relative(text: str) -> bool:
    return text in NAMED or DISTANCE.fullmatch(text) is not None


def is_age(text: str) -> bool:
    """«30d», as in <30d: how long ago, whatever the direction of time elsewhere."""
    return DISTANCE.fullmatch(text) is not None and text[0].isdigit()


def day(text: str) -> date:
    """The day that a relative text means now. Raises ValueError beyond the calendar."""
    today = now().date()
    if text in NAMED:
        return today + timedelta(days=NAMED[text])
    sign, digits, unit = DISTANCE.fullmatch(text).groups()  # type: ignore[union-attr]
    number = -int(digits) if sign == "-" else int(digits)
    try:
        return moved(today, number, unit)
    except (ValueError, OverflowError):
        raise ValueError("The calendar does not reach that far.") from None


def moved(start: date, number: int, unit: str) -> date:
    """31 January and a month is the last day of February."""
    if unit in "dw":
        return start + timedelta(days=number * (7 if unit == "w" else 1))
    years, month = divmod(start.month - 1 + number * (12 if unit == "y" else 1), 12)
    last = monthrange(start.year + years, month + 1)[1]
    return date(start.year + years, month + 1, min(start.day, last))


def spoken(text: str) -> str:
    """«today», «30 days ago», «in 2 weeks»."""
    if text in NAMED:
        return text
    sign, digits, unit = DISTANCE.fullmatch(text).groups()  # type: ignore[union-attr]
    return f"{amount(digits, unit)} ago" if sign == "-" else f"in {amount(digits, unit)}"


def length(text: str) -> str:
    """«30d» → «30 days»."""
    return amount(text[:-1], text[-1])


def amount(digits: str, unit: str) -> str:
    number = int(digits)
    return f"{number:,} {UNITS[unit]}{'' if number == 1 else 's'}"
