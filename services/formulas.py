"""Cells that a spreadsheet would take for a formula: an apostrophe in front makes them text, and is taken off again.

In Python and in SQL, so that a million rows are guarded where they are read. What only looks guarded («'=» typed by
somebody) is guarded once more: so what was exported comes back exactly.
"""

from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, case, cast, func, literal, or_

GUARD = "'"
# What begins a formula, in the forms of East Asian keyboards too, and what some programs skip before they look.
FIRST = "=+-@\t\r\n\x00＝＋－＠"


def dangerous(text: str) -> bool:
    return text.lstrip(GUARD)[:1] in FIRST and bool(text.lstrip(GUARD))


def guarded(text: str) -> str:
    return GUARD + text if dangerous(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith(GUARD) and dangerous(text) else text


def guarded_sql(expression: Any, dialect: str) -> Any:
    bare = func.ltrim(expression, GUARD)
    risky: ColumnElement[bool] = func.substr(bare, 1, 1).in_([character for character in FIRST if character != "\x00"])
    if dialect == "sqlite":  # whose text may hold NUL, at which its functions see the end; PostgreSQL's may not
        risky = or_(risky, func.substr(cast(bare, LargeBinary), 1, 1) == literal(b"\x00", LargeBinary))
    return case((risky, literal(GUARD) + expression), else_=expression)
