"""Two records that mean the same become one: what hangs on the second moves to the first, and the second goes.

Everything is set-based and belongs to one change set, so that one undo brings both back as they were.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, inspect, literal, select
from sqlalchemy.orm import RelationshipProperty, Session

from models.base import BigId, Record
from services import bulk, changes


def merge(session: Session, winner: Record, loser: Record, values: Mapping[str, Any]) -> dict[str, int]:
    """Give the winner what hangs on the loser, delete the loser, and set the winner's attributes to `values`.

    Runs inside the caller's unit of work, which has locked both. Returns how many records of each table moved.
    """
    model, loser_id, winner_id = type(winner), loser.id, winner.id
    entity = winner.__tablename__
    told = f"merged the {changes.singular(entity)} {loser} into {winner}{along(numbers(session, loser))}"
    changes.describe(session, "merge", told, entity)
    moved = {table(relation): move(session, relation, winner_id, loser_id) for relation in relations(model)}
    # The winner may take over what is unique, so it changes after the loser has gone, and is taken back before.
    session.delete(loser)
    session.flush()
    for name, value in values.items():
        setattr(winner, name, value)
    session.flush()
    return {name: number for name, number in moved.items() if number}


def relations(model: type[Record]) -> Iterator[RelationshipProperty[Any]]:
    return (relation for relation in inspect(model).relationships if relation.uselist)


def table(relation: RelationshipProperty[Any]) -> str:
    return str(relation.mapper.class_.__tablename__)


def move(session: Session, relation: RelationshipProperty[Any], winner_id: int, loser_id: int) -> int:
    """Children point to the winner now; what was linked to the loser is linked to the winner, once."""
    if relation.secondary is None:
        return bulk.move(session, reference(relation), loser_id, winner_id)
    mine, others = ends(relation)
    held = select(others, mine).where(mine == loser_id)
    wanted = select(others, literal(winner_id, BigId)).where(mine == loser_id)
    return bulk.rewire(session, opposite(relation), take=held, give=wanted)


def reference(relation: RelationshipProperty[Any]) -> Any:
    """`Author.books` → `Book.author_id`."""
    child: Any = relation.mapper.class_
    return getattr(child, relation.mapper.get_property_by_column(next(iter(relation.remote_side))).key)


def ends(relation: RelationshipProperty[Any]) -> tuple[Any, Any]:
    """The two columns of the link table: of this side, and of the other."""
    mine = next(link for _, link in relation.synchronize_pairs)
    others = next(link for _, link in relation.secondary_synchronize_pairs or ())
    return mine, others


def opposite(relation: RelationshipProperty[Any]) -> RelationshipProperty[Any]:
    """`Tag.posts` → `Post.tags`: the side whose records the links are part of."""
    found: RelationshipProperty[Any] = relation.mapper.relationships[relation.back_populates or ""]
    return found


def numbers(session: Session, loser: Record) -> dict[str, int]:
    """How many records of each table hang on the loser."""
    return {table(relation): number(session, relation, loser.id) for relation in relations(type(loser))}


def number(session: Session, relation: RelationshipProperty[Any], record_id: int) -> int:
    key = reference(relation) if relation.secondary is None else ends(relation)[0]
    return int(session.scalar(select(func.count(key)).where(key == record_id)) or 0)


def along(counts: Mapping[str, int]) -> str:
    """« and moved 12 books»."""
    told = " and ".join(changes.counted(number, entity) for entity, number in counts.items() if number)
    return f" and moved {told}" if told else ""
