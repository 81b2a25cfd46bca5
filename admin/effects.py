"""What a bulk action would do, as SQL that the preview reads and the same SQL that carries it out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from flask import g
from sqlalchemy import ColumnElement, Select, case, exists, func, join, null, or_, select, true
from sqlalchemy.orm import RelationshipProperty, Session

from admin import forms
from admin.attributes import Attribute, child_key, column_attr
from admin.resource import Resource
from extensions import dialect_of
from models.base import Record
from policy import may_all
from services import bulk, pricing, snapshots, wiring
from services.rules import NO_RULES, Hindrance, Rules

Where = ColumnElement[bool]


@dataclass(frozen=True)
class Effect:
    """`differs`: where it makes a difference. `images`: SQL of what history would keep of a record, before and after.

    `do` and `done` are sentences with «{}» where «12 books» belongs.
    """

    do: str
    done: str
    run: Callable[[Session, Where], int]
    differs: Where = field(default_factory=true)
    hindrances: Sequence[Hindrance] = ()
    rules: Rules = NO_RULES
    fields: Sequence[str] = ()
    images: tuple[Any, Any] = field(default_factory=lambda: (null(), null()))
    new_names: Sequence[str] = ()  # of tags that would be made

    @property
    def all_hindrances(self) -> list[Hindrance]:
        return [*self.hindrances, *self.rules.hindrances]


# Setting fields


def setting(session: Session, resource: Resource, values: Mapping[str, Any], do: str, done: str) -> Effect:
    """Give columns these values, or what SQL makes of them. Raises Refused for what a rule forbids altogether."""
    model, rules = resource.model, rules_of(resource, "edit", values)
    exact = bulk.exactly_all(session, model, {**values, **rules.also})
    names, dialect = list(exact), dialect_of(session)
    return Effect(
        do=do,
        done=done,
        run=lambda opened, where: bulk.change(opened, model, where, exact),
        differs=bulk.differing(model, exact),
        hindrances=own_only(resource, "edit"),
        rules=rules,
        fields=names,
        images=(snapshots.image(model, names, {}, dialect), snapshots.image(model, names, exact, dialect)),
    )


def rules_of(resource: Resource, verb: str, values: Mapping[str, Any]) -> Rules:
    return resource.for_many(verb, values) if resource.for_many is not None else NO_RULES


def own_only(resource: Resource, verb: str) -> list[Hindrance]:
    """Whoever may do it only to what is his own leaves alone what is somebody else's."""
    if may_all(g.person, verb, resource.entity):
        return []
    author = column_attr(resource.model, resource.model.__table__.c.author_id)
    return [Hindrance("belongs to somebody else", author != g.person.id)]


def scaling(
    session: Session, resource: Resource, attribute: Attribute, percent: Any, ending: str, words: Any
) -> Effect:
    """Change prices by a percentage."""
    price, currency = attribute.attr, getattr(resource.model, attribute.info["currency"])
    new = pricing.scaled(price, currency, percent, ending)
    effect = setting(session, resource, {attribute.name: new}, *words)
    large = Hindrance("would cost more than a price can be", pricing.too_large(price, currency, percent, ending))
    return replaced(effect, hindrances=[*effect.hindrances, large])


def replaced(effect: Effect, **changes: Any) -> Effect:
    return Effect(**{**effect.__dict__, **changes})


# Tags


def tagging(
    session: Session, resource: Resource, attribute: Attribute, add: Sequence[str], take: Sequence[str], words: Any
) -> Effect:
    """Add and take away tags by name; names that are not there yet are made when it is carried out."""
    name, dialect = attribute.name, dialect_of(session)
    given, taken = (forms.known_by_name(session, attribute.target, names) for names in (add, take))
    new = [name for name, key in given.items() if key is None]
    goes, comes = links_of_a_row(attribute, present(given), present(taken))
    return Effect(
        do=words[0],
        done=words[1],
        run=partial(retag, resource, attribute, add, present(taken)),
        differs=true() if new else or_(goes.exists(), comes.exists()),
        hindrances=own_only(resource, "edit"),
        rules=rules_of(resource, "edit", {}),
        fields=[name],
        images=(listed(name, goes, dialect), listed(name, comes, dialect)),
        new_names=new,
    )


def links_of_a_row(attribute: Attribute, given: Sequence[int], taken: Sequence[int]) -> tuple[Select[Any], Select[Any]]:
    """Selects, correlated to a row of the list: the tags it loses, and those it gets."""
    relation, target = cast(RelationshipProperty[Any], attribute.attr.property), cast(type[Record], attribute.target)
    (near, far), rows, tags = wiring.ends(relation), snapshots.table_of(attribute.model), snapshots.table_of(target)
    goes = select(far.label("id")).where(near == rows.c.id, far.in_(taken)).correlate(rows)
    held = select(far).where(near == rows.c.id, far == tags.c.id).correlate(rows, tags).exists()
    return goes, select(tags.c.id.label("id")).where(tags.c.id.in_(given), ~held).correlate(rows)


def listed(name: str, ids: Select[Any], dialect: str) -> Any:
    return snapshots.json_object([(name, snapshots.list_of(ids, dialect))], dialect)


def present(known: Mapping[str, int | None]) -> list[int]:
    return [key for key in known.values() if key is not None]


def retag(
    resource: Resource, attribute: Attribute, add: Sequence[str], taken: Sequence[int], session: Session, where: Where
) -> int:
    target: Any = attribute.target
    relation: Any = attribute.attr.property
    records = forms.named(session, target, add)
    session.flush()
    return bulk.rewire(
        session,
        relation,
        take=pairs(resource.model, target, where, taken),
        give=pairs(resource.model, target, where, [record.id for record in records]),
    )


def pairs(model: type[Record], target: type[Record], where: Where, ids: Sequence[int]) -> Any:
    """Every chosen record with every one of these tags."""
    mine, others = model.__table__, target.__table__
    return select(mine.c.id, others.c.id).select_from(join(mine, others, others.c.id.in_(ids))).where(where)


# Deleting


def deleting(resource: Resource, do: str, done: str) -> Effect:
    """Delete records that nothing hangs on; the others have a page of their own, where one chooses what happens."""
    return Effect(
        do=do,
        done=done,
        run=partial(remove, resource.model),
        hindrances=[*own_only(resource, "delete"), *dependants(resource)],
        rules=rules_of(resource, "delete", {}),
    )


def dependants(resource: Resource) -> Iterable[Hindrance]:
    for relation in resource.model.__mapper__.relationships:
        if relation.uselist and relation.secondary is None:
            key = child_key(relation.class_attribute)
            noun = relation.mapper.class_.__tablename__
            yield Hindrance(f"still has {noun}", exists().where(key == resource.model.id))


def remove(model: type[Record], session: Session, where: Where) -> int:
    """The records, and before them the parts that are theirs alone, so that history has them too."""
    ids = select(model.id).where(where)
    for relation in model.__mapper__.relationships:
        if not relation.uselist and relation.cascade.delete:
            bulk.remove(session, relation.mapper.class_, child_key(relation.class_attribute).in_(ids))
    return bulk.remove(session, model, where)


# Counting


def state_of(effect: Effect) -> Any:
    """Of each record: 0, it changes; -1, it is so already; 1 and more, the hindrance that holds."""
    numbered = enumerate(effect.all_hindrances, start=1)
    return case(*((each.where, number) for number, each in numbered), (effect.differs, 0), else_=-1)


def fingerprint(model: Any) -> Any:
    """A number that hardly stays the same when other records, or other versions of them, are counted."""
    return func.coalesce(func.sum((model.id % 1_000_003 * 1_000_003 + model.version * 7_919) % 998_244_353), 0)
