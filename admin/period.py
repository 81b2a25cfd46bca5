"""What the addresses of history pages ask for: who, which field or entity, from when to when. The rest is a 400."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import abort
from werkzeug.datastructures import MultiDict

from admin.values import LARGEST_ID, parse_date
from services.timeline import Place, Wanted


def only(args: MultiDict[str, str], names: Collection[str]) -> dict[str, str]:
    """The parameters that are not empty; 400 for one that is not among these names, or given twice."""
    for name, texts in args.lists():
        if name not in names:
            abort(400, f"History has no filter «{name[:40]}».")
        if len(texts) > 1:
            abort(400, f"«{name}» is given {len(texts)} times.")
    return {name: text.strip() for name, text in args.items() if text.strip()}


def wanted(given: dict[str, str], **more: Any) -> Wanted:
    return Wanted(
        by=number(given, "by"),
        since=day(given, "since"),
        until=following(day(given, "until")),
        **more,
    )


def place(given: dict[str, str]) -> Place:
    if "after" in given and "before" in given:
        abort(400, "A page is after one entry or before one, not both.")
    if given.get("before") == "end":
        return Place(before=0)
    return Place(number(given, "after"), number(given, "before"))


def number(given: dict[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID):
        abort(400, f"«{name}» is a number.")
    return int(text)


def day(given: dict[str, str], name: str) -> datetime | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return datetime.combine(parse_date(None, text), datetime.min.time(), UTC)  # type: ignore[arg-type]
    except ValueError as error:
        abort(400, f"«{name}»: {error}")


def following(start: datetime | None) -> datetime | None:
    """The end of a day: «until» means its evening."""
    try:
        return start + timedelta(days=1) if start else None
    except OverflowError:
        abort(400, "«until»: the calendar ends in the year 9999.")


def choice(given: dict[str, str], name: str, options: Collection[str]) -> str | None:
    text = given.get(name)
    if text is not None and text not in options:
        abort(400, f"«{name}» is none of {', '.join(options)}.")
    return text
