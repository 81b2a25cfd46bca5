"""Substring search: what a typed term means, and the condition that an index answers on each database.

A term stands in a statement by its name alone. What is looked for is given when the statement runs, so that it is put
together once for whatever people type.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Engine,
    Select,
    Text,
    and_,
    bindparam,
    inspect,
    literal_column,
    or_,
    select,
)
from sqlalchemy import text as words
from sqlalchemy.orm import Session

from models.base import Record
from models.text import fold

MOST_TERMS = 8
NOTHING: Any = literal_column("''", Text)
FULL_TEXT: WeakKeyDictionary[Engine, frozenset[str]] = WeakKeyDictionary()  # its tables that have one; asked until so
TERM = re.compile(r'"([^"]*)"?|(\S+)')
ISBN = re.compile(r"97[89][0-9]{3,10}")
TRIGRAM = 3  # letters: what is shorter no full-text table finds


@dataclass(frozen=True)
class Database:
    """What a search depends on: the dialect, and the tables of SQLite that a full-text table answers for."""

    dialect: str
    full_text: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Term:
    """A term by the name of its parameters; see `values`."""

    name: str
    has_trigram: bool = True
    is_isbn: bool = False  # the beginning of one, at least

    @property
    def pattern(self) -> BindParameter[str]:
        return bindparam(f"{self.name}_pattern", type_=Text)

    @property
    def rest(self) -> BindParameter[str]:
        """The pattern of an ISBN without its first three digits, which all of them have."""
        return bindparam(f"{self.name}_rest", type_=Text)

    @property
    def phrase(self) -> BindParameter[str]:
        return bindparam(f"{self.name}_phrase", type_=Text)


# What was typed


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


def named(name: str, texts: Sequence[str]) -> tuple[Term, ...]:
    """Terms of this name for these folded texts."""
    shapes = [(len(needle(text)) >= TRIGRAM, bool(ISBN.fullmatch(text))) for text in texts]
    return tuple(Term(f"{name}_{number}", *shape) for number, shape in enumerate(shapes))


def values(name: str, texts: Sequence[str]) -> dict[str, str]:
    """The values of their parameters: a pattern for LIKE, and a phrase for a full-text table."""
    found = {}
    for number, text in enumerate(map(needle, texts)):
        found[f"{name}_{number}_pattern"] = f"%{escaped(text)}%"
        found[f"{name}_{number}_phrase"] = quoted(text)
        if ISBN.fullmatch(text):
            found[f"{name}_{number}_rest"] = f"%{text[3:]}%"
    return found


def needle(term: str) -> str:
    """What is looked for in a search text: one or two letters are the beginning of a word."""
    return term if len(term) > 2 else f" {term}"


def escaped(needle: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", needle)


def quoted(needle: str) -> str:
    return '"' + needle.replace('"', '""') + '"'


# Where it is looked for


def holds(model: Any, term: Term) -> ColumnElement[bool]:
    """Whether the search text of a row holds the term, found out by reading it."""
    found: ColumnElement[bool] = model.search_key.like(term.pattern, escape="\\")
    if not term.is_isbn:
        return found
    # An index would meet each ISBN for its first digits. It is asked for the others; a sum of texts it does not know.
    return and_(model.search_key.like(term.rest), (model.search_key + NOTHING).like(term.pattern, escape="\\"))


def ids(database: Database, model: type[Record], terms: Sequence[Term]) -> Select[Any]:
    """The ids of the rows whose search text holds all of the terms, found by an index."""
    key = model.id.label("id")
    indexed = [term for term in terms if has_table(database, model) and term.has_trigram]
    others = [holds(model, term) for term in terms if term not in indexed]
    if not indexed:
        return select(key).where(*others)
    found = full_text(model, indexed)
    return select(key).where(model.id.in_(found), *others) if others else found


def full_text(model: type[Record], terms: Sequence[Term]) -> Select[Any]:
    """The ids that the full-text table of SQLite finds."""
    table = f"{model.__tablename__}_search"
    first, *others = (term.phrase for term in terms)
    phrase: Any = first
    for other in others:
        phrase = phrase + " AND " + other
    match = literal_column(table).op("MATCH")(phrase)
    return select(literal_column("rowid").label("id")).select_from(words(table)).where(match)


def matching(database: Database, model: type[Record], term: Term) -> ColumnElement[bool]:
    """The rows of `model` whose search text holds the term; one or two letters match the beginning of a word."""
    if has_table(database, model) and term.has_trigram:
        return model.id.in_(full_text(model, [term]))
    return holds(model, term)


def has_table(database: Database, model: type[Record]) -> bool:
    """Whether a full-text table answers; a young entity on SQLite may have none, and is read row by row."""
    return model.__tablename__ in database.full_text


def database_of(session: Session, *models: type[Record]) -> Database:
    """The database of this session, for searches in these models."""
    engine = session.get_bind().engine
    if engine.dialect.name != "sqlite":
        return Database(engine.dialect.name)
    asked = {model.__tablename__ for model in models}
    if not asked <= FULL_TEXT.get(engine, frozenset()):
        found = inspect(session.connection()).get_table_names()
        FULL_TEXT[engine] = frozenset(name for name in found if f"{name}_search" in found)
    return Database(engine.dialect.name, FULL_TEXT[engine] & asked if asked else frozenset())


# A whole name

WHOLE = "whole_name"


def whole_name(database: Database, model: type[Record]) -> ColumnElement[bool]:
    """The rows of `model` of which something is a whole name, in any spelling: one line of the search text."""
    key: Any = model.search_key  # type: ignore[attr-defined]
    lines = [key.like(bindparam(f"{WHOLE}_{place}", type_=Text), escape="\\") for place in ("first", "later")]
    return and_(matching(database, model, Term(WHOLE)), or_(*lines))


def whole_name_values(name: str) -> Mapping[str, str]:
    line = f" {fold(name)}\n"
    lines = {"first": f"{escaped(line)}%", "later": f"%\n{escaped(line)}%"}
    texts = lines | {"pattern": f"%{escaped(line)}%", "phrase": quoted(line)}
    return {f"{WHOLE}_{name}": text for name, text in texts.items()}
