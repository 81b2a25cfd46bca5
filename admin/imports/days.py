"""Days and moments as people, machines and spreadsheets write them."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from admin.attributes import Attribute
from admin.imports import vocabulary
from admin.imports.plan import Style
from admin.imports.repairs import Repair, Unclear
from models.text import fold

NO_DAY = "There is no such day in the calendar; the year alone is allowed."
EPOCH = date(1899, 12, 30)  # the day 0 of spreadsheets, as they count it from March 1900 on
SERIALS = range(18_264, 73_415)  # 1950 to 2100: smaller ones may be something else
CLOCK = re.compile(
    r"(.+?)(?:[T,]|\s)\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\s*"
    r"(?:([ap])\.?m\.?)?\s*(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
Read = tuple[Any, tuple[str, ...]]


def read_date(_: Attribute, text: str, style: Style) -> Read:
    if found := CLOCK.fullmatch(text):
        clock = at(found)
        day, repairs = day_of(found[1], style)
        return day, (*repairs, Repair.TIME) if clock.replace(tzinfo=None) != time() else repairs
    return day_of(text, style)


def read_moment(_: Attribute, text: str, style: Style) -> Read:
    """Without a time it is the beginning of the day, without a zone UTC."""
    if found := CLOCK.fullmatch(text):
        day, repairs = day_of(found[1], style)
        try:
            return datetime.combine(day, at(found)).astimezone(UTC), repairs
        except OverflowError:
            raise Unclear("The calendar ends here.") from None
    if (found := re.fullmatch(r"([0-9]{5})[.,]([0-9]+)", text)) and int(found[1]) in SERIALS:
        seconds = round(float(f"0.{found[2]}") * 86_400)
        return datetime.combine(serial(int(found[1])), time(), UTC) + timedelta(seconds=seconds), (Repair.SERIAL,)
    day, repairs = day_of(text, style)
    return datetime.combine(day, time(), UTC), repairs


def at(found: re.Match[str]) -> time:
    """The time of day that CLOCK found."""
    _, hour, minute, second, fraction, half, zone = found.groups(default="")
    hours = int(hour) % 12 + 12 * (half.lower() == "p") if half else int(hour)
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    try:
        moment = datetime.fromisoformat(f"2000-01-01T00:00{zone if zone[:1] in '+-' else ''}")
        return time(hours, int(minute), int(second or 0), micro, moment.tzinfo or UTC)
    except ValueError:
        raise Unclear("There is no such time of day.", found[1]) from None


def day_of(text: str, style: Style) -> tuple[date, tuple[str, ...]]:
    year, month, day, repairs = parts(text.strip(" ,;"), style)
    if year < 1:
        raise Unclear("Before the year 1, with which the calendar here begins.")
    try:
        return date(year, month, day), repairs
    except ValueError:
        raise Unclear(NO_DAY, f"{year:04}" if year < 10_000 else "") from None


Parts = tuple[int, int, int, tuple[str, ...]]


def parts(text: str, style: Style) -> Parts:
    """Year, month and day; what is not said is the first."""
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?", text):
        return int(found[1]), int(found[2]), int(found[3] or 1), ()
    if found := re.fullmatch(r"(-?[0-9]{1,5})(?:[.,](0+))?", text):
        return number(int(found[1]), (Repair.POINT_ZERO,) if found[2] else ())
    if found := re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text):
        return int(found[1]), int(found[2]), int(found[3]), ()
    if found := re.fullmatch(r"([0-9]{3,4})\s?[./]\s?([0-9]{1,2})(?:\s?[./]\s?([0-9]{1,2}))?\.?", text):
        return int(found[1]), int(found[2]), int(found[3] or 1), ()
    if found := re.fullmatch(r"([0-9]{1,2})\s?[./-]\s?([0-9]{4})", text):
        return int(found[2]), int(found[1]), 1, ()
    if found := re.fullmatch(r"([0-9]{1,2})\s?([./-])\s?([0-9]{1,2})\s?\2\s?([0-9]{4}|[0-9]{2})\.?", text):
        return in_order(int(found[1]), int(found[3]), found[4], found[2], style)
    return in_words(text)


def number(value: int, repairs: tuple[str, ...]) -> Parts:
    """A year, or the number under which spreadsheets know a day."""
    if value in SERIALS:
        day = serial(value)
        return day.year, day.month, day.day, (*repairs, Repair.SERIAL)
    if value > 9_999:
        raise Unclear("Write a date as year-month-day, for example 2027-03-15.")
    return value, 1, 1, repairs


def serial(value: int) -> date:
    return EPOCH + timedelta(days=value)


def in_order(first: int, second: int, year: str, separator: str, style: Style) -> Parts:
    """Two numbers before a year: which of them is the day is told by the numbers, else by the style of the column."""
    written, repairs = full_year(year)
    if first > 12 >= second:
        order, told = "dmy", (Repair.DAY_FIRST,) if style.dates != "dmy" and separator != "." else ()
    elif second > 12 >= first:
        order, told = "mdy", (Repair.MONTH_FIRST,) if style.dates != "mdy" else ()
    else:
        order, told = style.dates if style.dates in ("dmy", "mdy") else "", ()
    if not order and (separator == "." or first == second or first > 12):
        order = "dmy"
    if not order:
        raise Unclear(f"Is the {first} the day or the month? Say so for the whole column, or write {written}-…-….")
    day, month = (first, second) if order == "dmy" else (second, first)
    return written, month, day, (*told, *repairs)


def full_year(text: str) -> tuple[int, tuple[str, ...]]:
    """«98» is 1998 and «21» is 2021 to every program; between them they differ."""
    if len(text) > 2:
        return int(text), ()
    if 30 <= int(text) < 70:
        raise Unclear("Which century? Write the year with four digits.")
    return int(text) + (1900 if int(text) >= 70 else 2000), (Repair.CENTURY,)


def in_words(text: str) -> Parts:
    """«1 June 1866», «Juni 1866», «June 1st, 1866», «01-Jun-66»."""
    said = fold(text)
    words = re.findall(r"[^\W\d_]+", said)
    numbers = re.findall(r"[0-9]+", said)
    found = [months()[word] for word in words if word in months()]
    if words and len(set(found)) == 1 and all(word in months() or word in day_words() for word in words):
        if len(numbers) == 1 and len(numbers[0]) == 4:
            return int(numbers[0]), found[0], 1, ()
        if len(numbers) == 2 and (place := next((p for p in (1, 0) if len(numbers[p]) in (2, 4)), None)) is not None:
            if len(numbers[0]) == 4:
                place = 0
            year, repairs = full_year(numbers[place])
            return year, found[0], int(numbers[1 - place]), repairs
    raise unclear(said, numbers)


def unclear(said: str, numbers: list[str]) -> Unclear:
    """Why this is no day, with the year that stands there, if it is one."""
    years = {digits for digits in numbers if len(digits) == 4 and digits != "0000"}
    if before_christ(said) or re.fullmatch(r"-[0-9]+([.,]0+)?", said):
        return Unclear("Before the year 1, with which the calendar here begins.")
    if len(years) == 1:
        return Unclear("This is no day; the year alone is allowed.", years.pop())
    return Unclear("Write a date as year-month-day, for example 2027-03-15.")


def before_christ(said: str) -> bool:
    return re.search(r"[0-9]\s*(b\.?\s?c\.?(\s?e\.?)?|v\.?\s?chr\.?|av\.?\s?j\.?-?c\.?|a\.?\s?c\.?)$", said) is not None


@cache
def months() -> dict[str, int]:
    return {fold(word): place for place, words in enumerate(vocabulary.MONTHS, 1) for word in words.split()}


@cache
def day_words() -> frozenset[str]:
    return frozenset(map(fold, f"{vocabulary.WEEKDAYS} {vocabulary.DAY_WORDS}".split()))


def order_of(texts: Iterable[str]) -> str:
    """In which order these cells write a day. "": they do not say, or not all say the same."""
    votes = set(map(evidence, texts))
    for certain in (True, False):
        if said := {order for order, sure in votes if order and sure is certain}:
            return said.pop() if len(said) == 1 else ""
    return ""


def evidence(text: str) -> tuple[str, bool]:
    """In which order this day is written, if that can be told, and whether for certain."""
    found = CLOCK.fullmatch(text)
    text = (found[1] if found else text).strip(" ,;")
    if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", text):
        return "ymd", True
    found = re.fullmatch(r"([0-9]{1,2})\s?([./-])\s?([0-9]{1,2})\s?\2\s?([0-9]{2}|[0-9]{4})\.?", text)
    if found is None or max(int(found[1]), int(found[3])) > 31:
        return "", False
    if int(found[1]) > 12 >= int(found[3]):
        return "dmy", True
    if int(found[3]) > 12 >= int(found[1]):
        return "mdy", True
    return ("dmy", False) if found[2] == "." else ("", False)
