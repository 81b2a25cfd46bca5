"""What a deletion would take along, counted and shown by bounded queries; the deletion walks the same list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import RelationshipProperty, Session

from admin.attributes import child_key, label_of, words
from admin.resource import Resource
from models.base import Record

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

    @property
    def model(self) -> type[Record]:
        model: type[Record] = self.relation.mapper.class_
        return model

    @property
    def plural(self) -> str:
        return str(self.model.__tablename__)

    @property
    def number(self) -> str:
        return f"{CAP:,}+" if self.count > CAP else f"{self.count:,}"

    @property
    def phrase(self) -> str:
        """«37 books», «1 book»."""
        return f"{self.number} {self.plural if self.count != 1 else self.plural.removesuffix('s')}"


def summary(session: Session, resource: Resource, record: Record) -> list[Dependants]:
    """Everything that depends on the record, one entry per relationship that has rows."""
    found = (dependants(session, relation, record) for relation in relations(resource))
    return [entry for entry in found if entry.count]


def relations(resource: Resource) -> Iterator[RelationshipProperty[Any]]:
    return (relation for relation in resource.model.__mapper__.relationships if relation.uselist)


def dependants(session: Session, relation: RelationshipProperty[Any], record: Record) -> Dependants:
    """One statement: the capped count beside each of the first examples."""
    model = relation.mapper.class_
    hanging = select(model.id).where(condition(relation, record))
    if relation.secondary is not None:
        hanging = hanging.join(relation.secondary, relation.secondaryjoin)
    count = select(func.count()).select_from(hanging.limit(CAP + 1).subquery()).scalar_subquery()
    examples = hanging.add_columns(label_of(model), count).order_by(model.id).limit(EXAMPLES)
    rows = session.execute(examples).all()
    return Dependants(relation, fate(relation), rows[0][2] if rows else 0, [(row[0], row[1]) for row in rows])


def condition(relation: RelationshipProperty[Any], record: Record) -> Any:
    if relation.secondary is not None:
        return next(link for _, link in relation.synchronize_pairs) == record.id
    return child_key(relation.class_attribute) == record.id


def fate(relation: RelationshipProperty[Any]) -> Fate:
    if relation.secondary is not None:
        return "unlinked"
    return "deleted" if relation.cascade.delete else "needed"


def heading(entry: Dependants) -> str:
    return words(entry.plural)
