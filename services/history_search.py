"""Searching history by words: what a sentence says, and the names of the records it wrote.

History is large and seldom searched, so it has no index of words, which every write would pay for. Instead a search
reads backwards from where the page begins, a thousand entries at a time, and says how far it came.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.text import search_key
from services import timeline
from services.timeline import CHANGES, SCANNED, SETS, Page, Place, Wanted

AT_ONCE = 1_000
NAMED = 100  # of the records of one set, in the order of its own page


def sets(session: Session, wanted: Wanted, terms: Sequence[str], place: Place, size: int) -> Page:
    """A page of the change sets that hold all terms, newest first; it looks through SCANNED of them at most."""
    kept: list[Any] = []
    older = place.after
    for _ in range(SCANNED // AT_ONCE):
        seen = timeline.sets(session, wanted, Place(after=older), AT_ONCE)
        kept += holding(session, seen.rows, terms, wanted.entities)
        older = seen.older
        if older is None or len(kept) > size:
            break
    return Page(kept[:size], older=kept[size - 1].id if len(kept) > size else older)


def holding(session: Session, rows: Sequence[Any], terms: Sequence[str], entities: Sequence[str] | None) -> list[Any]:
    """Those of these sets whose sentence, request and records have every term; a short one begins a word."""
    names = labels(session, [row.id for row in rows], entities)
    needles = [term if len(term) > 2 else f" {term}" for term in terms]
    texts = [search_key(row.sentence, names.get(row.id), row.request_id) for row in rows]
    return [row for row, text in zip(rows, texts, strict=True) if all(needle in text for needle in needles)]


def labels(session: Session, set_ids: Sequence[int], entities: Sequence[str] | None) -> dict[int, str]:
    """Set id → the names of its first records."""
    if not set_ids:
        return {}
    mine = [CHANGES.c.set_id == SETS.c.id, *timeline.visible(entities)]
    order = (CHANGES.c.step, CHANGES.c.entity, CHANGES.c.record_id)
    first = select(CHANGES.c.label).where(*mine).order_by(*order).limit(NAMED).correlate(SETS).subquery()
    names = select(func.aggregate_strings(first.c.label, " · ")).scalar_subquery()
    return {row[0]: row[1] for row in session.execute(select(SETS.c.id, names).where(SETS.c.id.in_(set_ids)))}
