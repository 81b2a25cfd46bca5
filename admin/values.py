"""Text ⇄ value, for every column: addresses, forms, cursors and files all pass here."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from admin.attributes import Attribute, enum_of
from models.rules import isbn13
from models.text import clean, one_line

YES = ("yes", "true", "1", "on")
NO = ("no", "false", "0", "off")
LAST_MINUTE = datetime(9999, 12, 31, 23, 58, tzinfo=UTC)
LARGEST = 2**31 - 1
LARGEST_ID = 2**63 - 1
NUMBER = re.compile(r"-?[0-9]{1,18}")  # int() refuses thousands of digits
AMOUNT = re.compile(r"(-?)([0-9]+(?:[ .,'\u00a0\u202f][0-9]{3})*)(?:([.,])([0-9]*))?")


def parse(attribute: Attribute, text: str) -> Any:
    """The value that this text means for this attribute; None for nothing. Raises ValueError with words for people."""
    cleaned = clean(text) if attribute.kind in ("markdown", "textarea") else one_line(text)
    if not cleaned:
        return None
    value = PARSERS.get(attribute.kind, parse_text)(attribute, cleaned)
    check_limits(attribute, value)
    return value


def parse_text(attribute: Attribute, text: str) -> str:
    if attribute.maxlength and len(text) > attribute.maxlength:
        raise ValueError(f"At most {attribute.maxlength:,} characters; this has {len(text):,}.")
    return text


def parse_isbn(_: Attribute, text: str) -> str | None:
    return isbn13(text)


def parse_integer(_: Attribute, text: str) -> int:
    if not NUMBER.fullmatch(text) or len(text) > 15:
        raise ValueError("Write a whole number, for example 320.")
    return int(text)


def parse_amount(attribute: Attribute, text: str) -> Decimal:
    """«12,50», «12.50», «1.234,50» and «1 234.5» are understood; «1,234» could mean two things and is refused."""
    if not AMOUNT.fullmatch(text) or len(text) > 24:
        raise ValueError("Write a number, for example 12.50.")
    separators = re.findall(r"[.,]", text)
    decimal = separators[-1] if separators else "."
    whole, _, fraction = text.rpartition(decimal) if separators else (text, "", "")
    if len(separators) == 1 and len(fraction) == 3 and whole.lstrip("-") != "0":
        raise ValueError(
            f"Is this {whole}{fraction} or {whole}.{fraction}? Write it without the separator, or with two decimals."
        )
    if separators and not re.fullmatch(r"[0-9]*", fraction):
        raise ValueError("Write a number, for example 1234.50.")
    if separators and (len(set(separators[:-1])) > 1 or decimal in separators[:-1]):
        return quantized(attribute, parse_grouped(text))
    return quantized(attribute, Decimal(f"{re.sub(r'[^0-9-]', '', whole)}.{fraction or '0'}"))


def parse_grouped(text: str) -> Decimal:
    """«1.234.567»: the same separator again and again only groups."""
    if re.fullmatch(r"-?[0-9]{1,3}([.,])[0-9]{3}(\1[0-9]{3})*", text):
        return Decimal(re.sub(r"[.,]", "", text))
    raise ValueError("Write a number, for example 1234.50.")


def quantized(attribute: Attribute, amount: Decimal) -> Decimal:
    """The amount with the column's decimals; more decimals than the column has are refused, not rounded."""
    column_type: Any = attribute.column.type  # type: ignore[union-attr]
    if abs(amount) >= Decimal(10) ** (column_type.precision - column_type.scale):
        raise ValueError("This number is too large.")
    rounded = amount.quantize(Decimal(1).scaleb(-column_type.scale), ROUND_HALF_EVEN)
    if rounded != amount:
        raise ValueError(f"At most {column_type.scale} decimals.")
    return rounded


def parse_date(_: Attribute, text: str) -> date:
    """«2027-03-15», «2027-03» and «2027» (their first day)."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{1,2}(-[0-9]{1,2})?)?", text):
        raise ValueError("Write a date as year-month-day, for example 2027-03-15.")
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("There is no such day in the calendar.") from None


def parse_moment(attribute: Attribute, text: str) -> datetime:
    """ISO 8601; without a zone it is UTC."""
    if re.fullmatch(r"[0-9]{4}(-[0-9]{1,2}(-[0-9]{1,2})?)?", text):
        return datetime.combine(parse_date(attribute, text), datetime.min.time(), UTC)
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Write a date and a time, for example 2027-03-15 09:00.") from None


def parse_boolean(_: Attribute, text: str) -> bool:
    if text.lower() in YES + NO:
        return text.lower() in YES
    raise ValueError("This is yes or no.")


def parse_choice(attribute: Attribute, text: str) -> str | StrEnum:
    if text not in attribute.choices:
        raise ValueError("Choose one of the list.")
    options = enum_of(attribute)
    return options(text) if options else text


def parse_reference(_: Attribute, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) <= LARGEST_ID:
        raise ValueError("Choose one from the list.")
    return int(text)


PARSERS = {
    "isbn": parse_isbn,
    "integer": parse_integer,
    "decimal": parse_amount,
    "money": parse_amount,
    "date": parse_date,
    "datetime": parse_moment,
    "boolean": parse_boolean,
    "choice": parse_choice,
    "reference": parse_reference,
    "tags": parse_reference,
}


def check_limits(attribute: Attribute, value: Any) -> None:
    if attribute.kind not in ("integer", "decimal", "money"):
        return
    least, most = attribute.info.get("minimum", -LARGEST), attribute.info.get("maximum", LARGEST)
    if value < least:
        raise ValueError(f"At least {least}.")
    if attribute.kind == "integer" and value > most:
        raise ValueError(f"At most {most:,}.")


def write(attribute: Attribute, value: Any) -> str:
    """The text of a value as an input field or an address shows it; `parse` reads it back."""
    if value is None:
        return ""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def bounds(attribute: Attribute, text: str) -> tuple[Any, Any]:
    """The first and the last value that one end of a range stands for: «2027» is a whole year, «12.50» is itself.

    The last is exclusive for moments (the beginning of the next day, month or year) and inclusive for all others.
    """
    first = parse(attribute, text)
    if attribute.kind == "date":
        return first, next_start(first, text) - timedelta(days=1)
    if attribute.kind == "datetime" and re.fullmatch(r"[0-9]{4}(-[0-9]{1,2}(-[0-9]{1,2})?)?", text.strip()):
        return first, datetime.combine(next_start(first.date(), text.strip()), datetime.min.time(), UTC)
    if attribute.kind == "datetime":
        return first, first + timedelta(minutes=1) if first < LAST_MINUTE else first
    return first, first


def next_start(first: date, text: str) -> date:
    """The day after the year, month or day that the text names."""
    try:
        match text.strip().count("-"):
            case 0:
                return first.replace(year=first.year + 1)
            case 1:
                return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
            case _:
                return first + timedelta(days=1)
    except (ValueError, OverflowError):
        raise ValueError("The calendar ends in the year 9999.") from None


def to_cursor(value: Any) -> str | None:
    """A value as a cursor carries it: exact, unlike `write`, which shortens moments to minutes."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def from_cursor(attribute: Attribute, text: str | None) -> Any:
    """Read a cursor's value back to the column's type. Raises ValueError when it is none of ours."""
    if text is None:
        return None
    match attribute.kind:
        case "datetime":
            return parse_moment(attribute, text)
        case "date":
            return parse_date(attribute, text)
        case "decimal" | "money":
            return (
                quantized(attribute, Decimal(text)) if re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,6})?", text) else refuse()
            )
        case "integer":
            return parse_integer(attribute, text)
        case "choice":
            return parse_choice(attribute, text)
        case "boolean":
            return {"True": True, "False": False}[text] if text in ("True", "False") else refuse()
        case _:
            return text if clean(text) is not None else refuse()


def refuse() -> Any:
    raise ValueError("This is no cursor of ours.")
