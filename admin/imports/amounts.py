"""Amounts and whole numbers as people and spreadsheets write them."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from admin import values
from admin.attributes import Attribute
from admin.imports import vocabulary
from admin.imports.plan import Style
from admin.imports.repairs import Repair, Unclear
from models.rules import currencies
from models.text import fold

NUMBER = re.compile(r"[-+]?[0-9][0-9.,'’\s]*(?:[eE][-+]?[0-9]{1,3})?|[-+]?[.,][0-9]+")
POWER_OF_TEN = re.compile(r"-?[0-9]+([.,][0-9]+)?[eE][-+]?[0-9]{1,3}")
THREE_AFTER = re.compile(r"([1-9][0-9]{0,2})([.,])([0-9]{3})")
LONGEST = 18  # digits before the point
LIKELY, SURE, THREE = 1, 2, 3  # what a cell says about the decimal sign
MINUS = str.maketrans("−–", "--")
Read = tuple[Any, tuple[str, ...]]


def read_amount(attribute: Attribute, text: str, style: Style) -> Read:
    """An amount with the column's decimals, whatever stands beside it."""
    number, sign = apart(text)
    scale = attribute.column.type.scale or 0  # type: ignore[union-attr]
    plain, repairs = in_digits(number, style, scale)
    if len(plain.partition(".")[0]) > LONGEST:
        raise Unclear("This number is too large.")
    rounded = round(Decimal(plain), scale)
    if rounded != Decimal(plain):
        if len(plain.partition(".")[2]) <= 6 or abs(Decimal(plain) - rounded) > Decimal("1e-6"):
            raise Unclear(f"At most {scale} decimals.", str(rounded))
        repairs = (*repairs, Repair.ROUNDING)
    return values.parse(attribute, f"{rounded:f}"), (*([Repair.SIGN] if sign else []), *repairs)


def read_integer(attribute: Attribute, text: str, style: Style) -> Read:
    text = text.translate(MINUS)
    if values.NUMBER.fullmatch(text):
        return values.parse(attribute, text), ()
    if found := re.fullmatch(r"(-?[0-9]+)[.,]0{1,2}", text):
        return values.parse(attribute, found[1]), (Repair.POINT_ZERO,)
    if (found := re.fullmatch(r"(-?[0-9]+)\s*([^\W\d]+)\.?", text)) and fold(found[2]) in units():
        return values.parse(attribute, found[1]), (Repair.UNIT,)
    if NUMBER.fullmatch(text):
        plain, repairs = in_digits(text, style, 0)
        if Decimal(plain) == int(Decimal(plain)):
            return values.parse(attribute, str(int(Decimal(plain)))), repairs
    found_numbers = set(re.findall(r"(?<![\w.,])[0-9]{1,9}(?![\w,]|\.[0-9])", text))
    raise Unclear("Not a whole number.", found_numbers.pop() if len(found_numbers) == 1 else "")


def read_id(_: Attribute, text: str, __: Style) -> Read:
    if not (found := re.fullmatch(r"([0-9]{1,19})([.,]0+)?", text)) or not 0 < int(found[1]) <= values.LARGEST_ID:
        raise Unclear("An id is a whole number.")
    return int(found[1]), (Repair.POINT_ZERO,) if found[2] else ()


def apart(text: str) -> tuple[str, str]:
    """The number, and the code of the currency beside it. Raises ValueError where anything else stands there."""
    text = re.sub(r"(?<=[0-9])[.,]\s?[-–—]+$", "", text.translate(MINUS))  # «12,–»
    found = NUMBER.search(text)
    if found is None:
        raise Unclear("Not a number.")
    around = f"{text[: found.start()]} {text[found.end() :]}".strip()
    negative = around.startswith("-") or (around[:1], around[-1:]) == ("(", ")")
    words = around.strip("-() ")
    code = signs().get(fold(words), "")
    if words and not code:
        raise Unclear("Not a number.", found[0].strip() if len(NUMBER.findall(text)) == 1 else "")
    return ("-" if negative else "") + found[0].strip().removeprefix("+"), code


def currency_beside(text: str) -> str | None:
    """The code of the currency whose sign or word stands beside an amount: «£12.50» → GBP."""
    try:
        return apart(text)[1] or None
    except ValueError:
        return None


def in_digits(text: str, style: Style, scale: int) -> tuple[str, tuple[str, ...]]:
    """A number as digits with a point, and what was done. Raises ValueError where it may mean two things.

    «2.500» is decided by the style of the column; where that is not known, two decimals have no room for three.
    """
    if "e" in text.lower():
        if not POWER_OF_TEN.fullmatch(text):
            raise Unclear("Not a number.")
        return f"{Decimal(text.replace(',', '.')):f}", (Repair.POWER,)
    if found := THREE_AFTER.fullmatch(text.removeprefix("-")):
        whole, separator, rest = found.groups()
        if scale >= 3 and not style.decimal:
            raise Unclear(f"Is this {whole}{rest} or {whole}.{rest}?")
        if style.decimal == separator and scale:
            return f"{sign_of(text)}{whole}.{rest}", ()
        return sign_of(text) + whole + rest, (Repair.GROUPS,)
    return grouped(text)


def grouped(text: str) -> tuple[str, tuple[str, ...]]:
    """Where the separators say themselves what they are: the last one is the decimal sign if it stands only once."""
    separators = re.findall(r"[.,]", text)
    decimal = separators[-1] if separators and separators.count(separators[-1]) == 1 else ""
    whole, _, fraction = text.rpartition(decimal) if decimal else (text, "", "")
    digits = whole.removeprefix("-")
    if (
        not re.fullmatch(r"[0-9]*|[0-9]{1,3}(?:([.,'’\s])[0-9]{3})(?:\1[0-9]{3})*", digits)
        or not fraction.isdigit() * fraction == fraction
    ):
        raise Unclear("Not a number.")
    plain = re.sub(r"[^0-9]", "", digits)
    return f"{sign_of(text)}{plain or '0'}.{fraction or '0'}", (Repair.GROUPS,) if plain != digits else ()


def sign_of(text: str) -> str:
    return "-" if text.startswith("-") else ""


@cache
def signs() -> dict[str, str]:
    """What stands beside an amount → the code of the currency."""
    found = {fold(code): code for code in currencies()}
    return found | {fold(sign): code for code, words in vocabulary.CURRENCIES.items() for sign in words.split()}


@cache
def units() -> frozenset[str]:
    return frozenset(map(fold, vocabulary.UNITS.split()))


def decimal_sign(texts: Iterable[str]) -> str:
    """Which sign is the decimal one in these cells. "": they do not say, or not all say the same."""
    votes = set(map(evidence, texts))
    found = {sure: {sign for sign, how in votes if how == sure} for sure in (THREE, SURE, LIKELY)}
    said = found[THREE] or found[SURE] | found[LIKELY]
    return said.pop() if len(said) == 1 else ""


def evidence(text: str) -> tuple[str, int]:
    """What one cell says about it: «12.50» is sure, «2.500» likely groups, «0.500» writes three decimals as a rule."""
    try:
        number = apart(text)[0].removeprefix("-")
    except ValueError:
        return "", 0
    if found := THREE_AFTER.fullmatch(number):
        return other(found[2]), LIKELY
    separators = re.findall(r"[.,]", number)
    if not separators or "e" in number.lower():
        return "", 0
    if separators.count(separators[-1]) > 1:
        return other(separators[-1]), SURE
    three = len(separators) == 1 and len(number.partition(separators[0])[2]) == 3
    return separators[-1], THREE if three else SURE


def other(separator: str) -> str:
    return "," if separator == "." else "."
