"""Substring search: what a typed term means, and the condition that an index answers on each database."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, inspect, literal_column, or_, select, text
from sqlalchemy.orm import Session

from models.base import Record
from models.text import fold

MOST_TERMS = 8
KNOWN_TABLES: dict[tuple[str, str], bool] = {}  # (database, full-text table) → is there; asked again until it is
TERM = re.compile(r'"([^"]*)"?|(\S+)')


def terms(typed: str) -> list[str]:
    """The folded terms of a search: words, and "quoted phrases" as one. All of them must match."""
    found = (folded(phrase or word) for phrase, word in TERM.findall(typed))
    return [term for term in found if term][:MOST_TERMS]


def folded(text: str) -> str:
    """A word or phrase as it is looked for; empty when nothing is left of it."""
    return compact_number(fold(text))


def compact_number(term: str) -> str:
    """An ISBN is kept as 13 digits without hyphens, and so looked for; of an old one the nine digits both share."""
    digits = term.replace("-", "")
    if re.fullmatch(r"97[89][0-9]{1,10}", digits):
        return digits
    return digits[:9] if re.fullmatch(r"[0-9]{9}[0-9x]?", digits) else term


def needle(term: str) -> str:
    """What is looked for in a search text: one or two letters are the beginning of a word."""
    return term if len(term) > 2 else f" {term}"


def holds(model: Any, term: str) -> ColumnElement[bool]:
    """Whether the search text of a row holds the term, found out by reading it."""
    found: ColumnElement[bool] = model.search_key.like(f"%{escaped(needle(term))}%", escape="\\")
    return found


def ids(session: Session, model: type[Record], terms: Sequence[str]) -> Select[Any]:
    """The ids of the rows whose search text holds all of the terms, found by an index."""
    key = model.id.label("id")
    if not has_table(session, model):
        return select(key).where(*(holds(model, term) for term in terms))
    indexed = [term for term in terms if len(needle(term)) > 2]  # the others have no trigram
    short = [holds(model, term) for term in terms if term not in indexed]
    if not indexed:
        return select(key).where(*short)
    found = full_text(model, indexed)
    return select(key).where(model.id.in_(found), *short) if short else found


def full_text(model: type[Record], terms: Sequence[str]) -> Select[Any]:
    """The ids that the full-text table of SQLite finds."""
    table = f"{model.__tablename__}_search"
    phrase = " AND ".join('"' + needle(term).replace('"', '""') + '"' for term in terms)
    match = text(f"{table} MATCH :phrase").bindparams(bindparam("phrase", phrase, unique=True))
    return select(literal_column("rowid").label("id")).select_from(text(table)).where(match)


def matching(session: Session, model: type[Record], term: str) -> ColumnElement[bool]:
    """The rows of `model` whose search text holds the term; one or two letters match the beginning of a word."""
    if has_table(session, model) and len(needle(term)) > 2:
        return model.id.in_(full_text(model, [term]))
    return holds(model, term)


def named(session: Session, model: type[Record], name: str) -> ColumnElement[bool]:
    """The rows of `model` of which this is a whole name, in any spelling: one line of the search text."""
    line = f" {fold(name)}\n"
    key: Any = model.search_key  # type: ignore[attr-defined]
    whole = or_(key.startswith(line, autoescape=True), key.contains(f"\n{line}", autoescape=True))
    return and_(matching(session, model, line), whole)


def has_table(session: Session, model: type[Record]) -> bool:
    """Whether a full-text table answers; a young entity on SQLite may have none, and is read row by row."""
    if dialect(session) != "sqlite":
        return False
    name = f"{model.__tablename__}_search"
    key = (str(session.get_bind().engine.url), name)
    if not KNOWN_TABLES.get(key):
        KNOWN_TABLES[key] = inspect(session.connection()).has_table(name)
    return KNOWN_TABLES[key]


def escaped(needle: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", needle)


def dialect(session: Session) -> str:
    return session.get_bind().dialect.name
