"""Cells that a spreadsheet would take for a formula: an apostrophe in front makes them text, and is taken off again.

In SQL, so that a million rows are guarded where they are read. What only looks guarded («'=» typed by somebody) is
guarded once more: so whoever takes one apostrophe off has exactly what was there.
"""

from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, case, cast, func, literal, or_

GUARD = "'"
# What begins a formula, in the forms of East Asian keyboards too, and what some programs skip before they look.
FIRST = "=+-@\t\r\n\x00＝＋－＠"
RISKY = frozenset(FIRST)


def guarded_sql(expression: Any, dialect: str) -> Any:
    """The expression, with the apostrophe where its first character, behind any apostrophes, begins a formula."""
    bare = func.ltrim(expression, GUARD)
    risky: ColumnElement[bool] = func.substr(bare, 1, 1).in_([character for character in FIRST if character != "\x00"])
    if dialect == "sqlite":  # whose text may hold NUL, at which its functions see the end; PostgreSQL's may not
        risky = or_(risky, func.substr(cast(bare, LargeBinary), 1, 1) == literal(b"\x00", LargeBinary))
    return case((risky, literal(GUARD) + expression), else_=expression)


def unguarded(text: str) -> str:
    """What `guarded_sql` was given."""
    return text[1:] if text.startswith(GUARD) and text.lstrip(GUARD)[:1] in RISKY else text
