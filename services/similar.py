"""Duplicate radar: records whose names are close to a typed one. Both databases give the same answer.

The indexes of the search give a bounded number of candidates: names that have all the words, or the beginning of the
longest ones and the first letter of another; Python compares them word by word. It warns and never decides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal_column, select, text, union_all
from sqlalchemy.orm import Session

from extensions import dialect_of
from models.base import Record
from models.text import fold
from services.patience import impatiently
from services.search import escaped

MOST = 5
CANDIDATES = 200  # of each way to look for them
INDEXED = 2_000  # rows that the full-text index of SQLite hands out before the rest of a condition is looked at
PATIENCE = 0.5  # seconds that PostgreSQL may look for candidates
SHORTEST = 3
LONGEST = 120
ANCHOR = 3  # letters: the shortest needle that both indexes answer
TRAILING_WORDS = 3  # how many words one name may have more than the other


@dataclass(frozen=True)
class Similar:
    """What was found, the closest first: at most five, and whether there are more."""

    rows: Sequence[tuple[int, str]] = ()
    more: bool = False


def similar(session: Session, model: type[Record], label: Any, typed: str, except_id: int | None = None) -> Similar:
    """The records of `model` whose `label` is close to the typed name; none when the name is too short to tell."""
    words = words_of(typed[:LONGEST])
    if len("".join(words)) < SHORTEST:
        return Similar()
    scored = [
        (score, row.label, row.id)
        for row in candidates(session, model, label, words)
        if row.id != except_id and (score := closeness(words, words_of(row.label))) > 0
    ]
    found = sorted(scored, key=lambda each: (-each[0], each[1], each[2]))
    return Similar([(record_id, name) for _, name, record_id in found[:MOST]], len(found) > MOST)


def words_of(name: str) -> list[str]:
    """«Le Guin, Ursula K.» → le, guin, ursula, k."""
    return re.findall(r"\w+", fold(name))


# Candidates


def candidates(session: Session, model: type[Record], label: Any, words: Sequence[str]) -> Sequence[Any]:
    """Records worth a closer look, by one statement. No record when that takes too long: nobody waits for a hint."""
    ways = [few(session, model, label, needles).subquery() for needles in sorted(looks(words))]
    if not ways:
        return []
    statement = union_all(*(select(way.c.id, way.c.label) for way in ways)).subquery()
    distinct = select(statement.c.id, statement.c.label).distinct()
    if dialect_of(session) == "sqlite":
        return session.execute(distinct).all()
    return impatiently(session, PATIENCE, lambda: by_index(session, distinct)) or []


def looks(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Ways to look: for each, the beginnings of words that a name has to have."""
    long = sorted((word for word in dict.fromkeys(words) if len(word) > 1), key=len, reverse=True)
    if long:
        yield tuple(f" {word}" for word in long[:4])
    for anchor in long[:2]:
        others = [word for word in words if word != anchor]
        near = (f" {anchor[:ANCHOR]}",)
        if others:
            yield from ((*near, f" {other[0]}") for other in others[:2])
            yield f" {anchor}", f" {others[0][0]}."
        else:
            yield near
        if len(anchor) >= 2 * ANCHOR:
            yield (anchor[-ANCHOR - 1 :], *(f" {other[0]}" for other in others[:1]))


def few(session: Session, model: type[Record], label: Any, needles: Sequence[str]) -> Select[Any]:
    key: Any = model.search_key  # type: ignore[attr-defined]
    found = select(model.id.label("id"), label.label("label")).limit(CANDIDATES)
    if dialect_of(session) != "sqlite":
        return found.where(*(key.like(f"%{escaped(needle)}%", escape="\\") for needle in needles))
    indexed = [needle for needle in needles if len(needle) >= ANCHOR]
    rest = [key.like(f"%{escaped(needle)}%", escape="\\") for needle in needles if len(needle) < ANCHOR]
    return found.where(model.id.in_(by_full_text(model, indexed)), *rest)


def by_full_text(model: type[Record], needles: Sequence[str]) -> Select[Any]:
    """The first ids that the trigram table of SQLite finds; it reads its lists only as far as the limit."""
    name = f"{model.__tablename__}_search"
    phrase = " AND ".join('"' + needle.replace('"', '""') + '"' for needle in needles)
    match: Any = literal_column(name).op("MATCH")(phrase)
    return select(literal_column("rowid")).select_from(text(name)).where(match).limit(INDEXED)


def by_index(session: Session, statement: Select[Any]) -> Sequence[Any]:
    """Never row by row, whatever the planner thinks. The setting goes with the savepoint round the question."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    return session.connection().execute(statement).all()


# Comparing


def closeness(typed: Sequence[str], other: Sequence[str]) -> float:
    """0 for different names; more, the closer they are: 4 the same words, 3 nearly, 2 with initials or more names."""
    if not typed or not other:
        return 0
    if sorted(typed) == sorted(other):
        return 4 + (list(typed) == list(other))
    if is_typo("".join(typed), "".join(other)):
        return 3
    short, long = sorted((typed, other), key=len)
    if len(short) < 2 or len(long) - len(short) > TRAILING_WORDS:
        return 0
    return matched(short, long)


def matched(short: Sequence[str], long: Sequence[str]) -> float:
    """Every word of the shorter name has its own in the longer one: the same, a slip of it, or its initial."""
    left, full = list(long), 0
    for word in sorted(short, key=len, reverse=True):
        partner = next((other for fits in WAYS_TO_FIT for other in left if fits(word, other)), None)
        if partner is None:
            return 0
        left.remove(partner)
        full += len(word) > 1 and len(partner) > 1
    return 1 + full / len(long) if full else 0


def is_initial(word: str, other: str) -> bool:
    return min(len(word), len(other)) == 1 and word[0] == other[0]


def is_typo(word: str, other: str) -> bool:
    """One slip in four letters or more, two in eight or more."""
    slips = min(len(word), len(other)) // 4
    return bool(slips) and distance(word, other, min(slips, 2)) <= min(slips, 2)


WAYS_TO_FIT = (str.__eq__, is_typo, is_initial)


def distance(first: str, second: str, most: int) -> int:
    """How many letters to insert, leave out, replace or swap; anything above `most` may be told as `most` + 1."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        above, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
