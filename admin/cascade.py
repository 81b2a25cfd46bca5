"""What a deletion would take along, counted and shown by bounded queries; the deletion walks the same list."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import RelationshipProperty, Session

from admin.attributes import child_key, label_of
from admin.resource import Resource
from models.base import Record
from models.change import Change
from services.unit_of_work import Conflict

CAP = 1_000
EXAMPLES = 5
Fate = Literal["deleted", "needed", "unlinked"]


@dataclass(frozen=True)
class Dependants:
    """Records that hang on the one to delete. `fate`: they go along, they forbid it, or they only lose the link."""

    relation: RelationshipProperty[Any]
    fate: Fate
    count: int
    examples: Sequence[tuple[int, str]]
    exact: bool = False

    @property
    def model(self) -> type[Record]:
        model: type[Record] = self.relation.mapper.class_
        return model

    @property
    def plural(self) -> str:
        return str(self.model.__tablename__)

    @property
    def is_capped(self) -> bool:
        return self.count > CAP and not self.exact

    @property
    def number(self) -> str:
        return f"{CAP:,}+" if self.is_capped else f"{self.count:,}"

    @property
    def noun(self) -> str:
        return self.plural if self.count != 1 else self.plural.removesuffix("s")

    @property
    def phrase(self) -> str:
        """«37 books», «1 book»."""
        return f"{self.number} {self.noun}"


def summary(session: Session, resource: Resource, record: Record) -> list[Dependants]:
    """Everything that depends on the record, one entry per relationship that has rows."""
    found = (dependants(session, relation, record) for relation in relations(resource))
    return [entry for entry in found if entry.count]


def relations(resource: Resource) -> Iterator[RelationshipProperty[Any]]:
    return (relation for relation in resource.model.__mapper__.relationships if relation.uselist)


def dependants(session: Session, relation: RelationshipProperty[Any], record: Record) -> Dependants:
    """One statement: the capped count beside each of the first examples."""
    model = relation.mapper.class_
    few = hanging(relation, record).limit(CAP + 1).subquery()
    count = select(func.count()).select_from(few).scalar_subquery()
    examples = hanging(relation, record).add_columns(label_of(model), count).order_by(model.id).limit(EXAMPLES)
    rows = session.execute(examples).all()
    return Dependants(relation, fate(relation), rows[0][2] if rows else 0, [(row[0], row[1]) for row in rows])


def hanging(relation: RelationshipProperty[Any], record: Record) -> Any:
    """The ids of the records at the other end."""
    found = select(relation.mapper.class_.id).where(condition(relation, record))
    return found if relation.secondary is None else found.join(relation.secondary, relation.secondaryjoin)


def condition(relation: RelationshipProperty[Any], record: Record) -> Any:
    if relation.secondary is not None:
        return next(link for _, link in relation.synchronize_pairs) == record.id
    return child_key(relation.class_attribute) == record.id


def fate(relation: RelationshipProperty[Any]) -> Fate:
    if relation.secondary is not None:
        return "unlinked"
    return "deleted" if relation.cascade.delete else "needed"


def counted(session: Session, entry: Dependants, record: Record) -> Dependants:
    """The entry with its exact number, for the sentence about what is done to all of them."""
    if not entry.is_capped:
        return entry
    number = session.scalar(select(func.count()).select_from(hanging(entry.relation, record).subquery()))
    return replace(entry, count=int(number or 0), exact=True)


# What the page said is what happens


def lock(session: Session, model: type[Record], ids: Sequence[int]) -> None:
    """Hold these rows until the end: from here on nothing new can refer to them. SQLite has one writer anyway."""
    session.execute(select(model.id).where(model.id.in_(ids)).order_by(model.id).with_for_update())


def seen(session: Session, along: Sequence[Dependants]) -> str:
    """What a page counted, and how far history had come by then: «812 books:37»."""
    latest = session.scalar(select(func.max(Change.id))) or 0
    return " ".join([str(latest), *(f"{entry.plural}:{entry.count}" for entry in along)])


def check_seen(session: Session, along: Sequence[Dependants], record: Record, given: str | None) -> None:
    """Raise Conflict when the numbers are others now, or when something came since: above the cap it is not counted."""
    if given is None:
        return
    latest, _, counts = given.partition(" ")
    if not re.fullmatch(r"[0-9]{1,18}", latest) or counts != " ".join(f"{e.plural}:{e.count}" for e in along):
        raise Conflict
    if any(arrived(session, entry, record, int(latest)) for entry in along):
        raise Conflict


def arrived(session: Session, entry: Dependants, record: Record, latest: int) -> bool:
    """Whether history after `latest` knows of a record that came to hang on this one. Walks only what is new."""
    name = way_here(entry.relation)
    came = or_(Change.action == "insert", ("," + Change.fields + ",").contains(f",{name},", autoescape=True))
    new = select(Change.record_id).where(Change.id > latest, Change.entity == entry.plural, came)
    there = hanging(entry.relation, record).where(entry.model.id.in_(new))
    return bool(session.scalar(select(exists(there))))


def way_here(relation: RelationshipProperty[Any]) -> str:
    """The field of the other side that leads here: «author_id», «tags»."""
    return child_key(relation.class_attribute).key if relation.secondary is None else str(relation.back_populates)
