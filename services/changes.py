"""History: one listener turns what a flush writes into change rows; bulk statements write theirs through `record`.

All changes of one unit of work belong to one change set, written in the same transaction: no change without its row, no
row without its change. What is neither an edit nor a record (sessions, times of last use) leaves no history.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Delete, Insert, Update, event, insert, inspect, literal, select
from sqlalchemy.orm import LoaderCallableStatus, ORMExecuteState, Session

from extensions import allow_time, dialect_of
from models.base import Record, now
from models.change import Change, ChangeSet
from services import snapshots

ALLOWED = "history_is_kept"  # the execution option of statements that write their own history, or none by right
MOST_NAMED = 1
SETS: Any = ChangeSet.__table__
CHANGES: Any = Change.__table__
NEW_SET, NEW_CHANGES = insert(SETS), insert(CHANGES).inline()
NO_VALUE = LoaderCallableStatus.NO_VALUE  # was not read when it was set
HIDDEN = "hidden"  # stands for a secret: that it changed is history, what it was is not


@dataclass(frozen=True)
class Author:
    """Who writes: the person signed in, or a command. `request` is the name of the request in the log."""

    id: int | None = None
    name: str = "command line"
    request: str | None = None


@dataclass
class Plan:
    """What the present unit of work says of itself, and the change set it has begun."""

    kind: str = "save"
    sentence: str | None = None
    entity: str | None = None
    undoes: int | None = None
    form_key: str | None = None
    set_id: int | None = None
    step: int = 0


def attribute(session: Session, author: Author) -> None:
    """From here on this person is the author of what the session writes."""
    session.info["author"] = author


def describe(
    session: Session, kind: str, sentence: str | None = None, entity: str | None = None, undoes: int | None = None
) -> None:
    """Say what the present unit of work is; without a sentence the first flush makes one."""
    plan = plan_of(session)
    plan.kind, plan.sentence, plan.entity, plan.undoes = kind, sentence, entity, undoes


def plan_of(session: Session) -> Plan:
    if "plan" not in session.info:
        session.info["plan"] = Plan()
        session.info["written"] = None
    plan: Plan = session.info["plan"]
    return plan


def current_set(session: Session, sentence: str = "", entity: str | None = None) -> int:
    """The id of the unit of work's change set; it begins with the first change."""
    plan = plan_of(session)
    if plan.set_id is None:
        written: Any = session.connection().execute(NEW_SET, set_row(session, sentence, entity))
        plan.set_id = int(written.inserted_primary_key[0])
    return plan.set_id


def set_row(session: Session, sentence: str, entity: str | None) -> dict[str, Any]:
    """The row of the unit of work's change set."""
    plan, author = plan_of(session), session.info.get("author", Author())
    return {
        "at": now(),
        "actor_id": author.id,
        "actor": author.name[:100],
        "request_id": author.request,
        "kind": "command" if plan.kind == "save" and author.id is None else plan.kind,
        "entity": plan.entity or entity,
        "sentence": plan.sentence or sentence,
        "undoes_id": plan.undoes,
        "form_key": plan.form_key,
    }


def written_by_form(session: Session, key: str, actor_id: int, entity: str) -> tuple[int, str] | None:
    """The id and name of the record that this person's form of this key wrote, if it was sent and saved before."""
    mine = (ChangeSet.form_key == key) & (ChangeSet.actor_id == actor_id) & (Change.entity == entity)
    found = session.execute(
        select(Change.record_id, Change.label).join(Change.change_set).where(mine).order_by(Change.id)
    ).first()
    return (found.record_id, found.label) if found else None


def next_step(session: Session) -> int:
    plan = plan_of(session)
    plan.step += 1
    return plan.step


# One listener for what the ORM writes


@event.listens_for(Session, "before_flush")
def look_before(session: Session, context: Any, instances: Any) -> None:
    """What the flush is about to overwrite unseen is read now: records to be deleted, and values never loaded."""
    images = session.info.setdefault("images", {})
    gone = (record for record in session.deleted if not read_whole(record))
    for record in (*gone, *(record for record in session.dirty if unseen(record))):
        if isinstance(record, Record):
            images[(type(record), record_id(record))] = whole(session, type(record), record_id(record))


@event.listens_for(Session, "after_flush")
def write_changes(session: Session, context: Any) -> None:
    """Runs inside the flush: ids are known, and what was there before can still be read."""
    rows = [row for record in touched(session) for row in change_of(session, record)]
    if rows:
        set_id = current_set(session, sentence_for(rows), rows[0]["entity"])
        place = {"set_id": set_id, "step": next_step(session)}
        session.connection().execute(NEW_CHANGES, [{**row, **place} for row in rows])


def record_id(record: Record) -> int:
    """The id by its identity: reading the attribute might load it."""
    return int((inspect(record).identity or (0,))[0])


def read_whole(record: Any) -> bool:
    """Whether all that history keeps of it has been read. That it still is so, its version says when it is deleted."""
    if not isinstance(record, Record) or snapshots.links(type(record)):
        return False
    state = inspect(record)
    return not state.modified and snapshots.columns(type(record)).keys() <= state.dict.keys()


def unseen(record: Any) -> bool:
    """Whether an attribute was set without its old value having been read, as after a commit."""
    if not isinstance(record, Record):
        return False
    return any(old is NO_VALUE for _, old, _ in changed_columns(record))


def changed_columns(record: Record) -> Iterator[tuple[str, Any, Any]]:
    """The columns that were set since the record was loaded, with what they held and hold."""
    state = inspect(record)
    for name in snapshots.columns(type(record)).keys() & state.committed_state.keys():
        old, new = state.committed_state[name], state.dict.get(name)
        if old is NO_VALUE or old != new:
            yield name, old, new


def touched(session: Session) -> Iterable[Record]:
    records = [*session.new, *(r for r in session.dirty if session.is_modified(r)), *session.deleted]
    return (record for record in records if isinstance(record, Record))


def change_of(session: Session, record: Record) -> Iterator[dict[str, Any]]:
    """The row for one record."""
    if record in session.new:
        yield row(record, "insert", None, filled(record))
    elif record in session.deleted:
        yield row(record, "delete", image_of(session, record) or filled(record), None)
    else:
        # Also without a changed field of its own: its part changed, and its version moved on.
        yield row(record, "update", *difference(record, image_of(session, record) or {}))


def image_of(session: Session, record: Record) -> dict[str, Any] | None:
    found: dict[str, Any] | None = session.info.get("images", {}).pop((type(record), record_id(record)), None)
    return found


def row(record: Record, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "entity": record.__tablename__,
        "record_id": record.id,
        "label": str(record),
        "action": action,
        "version": record.version,
        "fields": ",".join(sorted(before or after or {})),
        "before": before,
        "after": after,
    }


def filled(record: Record) -> dict[str, Any]:
    """All values of a new record, and the ids it is linked to."""
    values = {name: snapshots.encode(getattr(record, name)) for name in snapshots.columns(type(record))}
    loaded = inspect(record).dict
    lists = {name: sorted(o.id for o in loaded[name]) for name in snapshots.links(type(record)) if loaded.get(name)}
    return {**values, **lists}


def difference(record: Record, image: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changed fields before and after. Of linked records: the ids removed, and the ids added.

    `image` is the row as it was, for values that had not been read when they were set.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(record)
    for name, held, holds in changed_columns(record):
        old, new = image.get(name) if held is NO_VALUE else snapshots.encode(held), snapshots.encode(holds)
        if old != new:
            before[name], after[name] = old, new
    for name in snapshots.secrets(type(record)):
        if name in state.committed_state and state.attrs[name].history.has_changes():
            before[name] = after[name] = HIDDEN
    for name in snapshots.links(type(record)):
        history = state.attrs[name].history
        if history.added or history.deleted:
            before[name], after[name] = sorted(o.id for o in history.deleted), sorted(o.id for o in history.added)
    return before, after


def whole(session: Session, model: type[Record], record_id: int) -> dict[str, Any] | None:
    """The image of a row as it stands in the database."""
    dialect = dialect_of(session)
    names = [*snapshots.columns(model), *snapshots.links(model)]
    image = snapshots.image(model, names, {}, dialect)
    found: dict[str, Any] | None = session.connection().execute(select(image).where(model.id == record_id)).scalar()
    return found


WORDS = {"insert": "created", "update": "edited", "delete": "deleted"}


def sentence_for(rows: Sequence[dict[str, Any]]) -> str:
    """«edited the book Emma», «created 3 posts and 1 tag»: the first entity leads."""
    main = [row for row in rows if row["entity"] != "profiles"] or list(rows)
    head = main[0]
    if len(main) == MOST_NAMED:
        return f"{WORDS[head['action']]} the {singular(head['entity'])} {head['label']}"
    counts: dict[tuple[str, str], int] = {}
    for each in main:
        counts[(each["action"], each["entity"])] = counts.get((each["action"], each["entity"]), 0) + 1
    return ", ".join(f"{WORDS[action]} {counted(number, entity)}" for (action, entity), number in counts.items())


def singular(entity: str) -> str:
    return entity.removesuffix("s")


def counted(number: int, entity: str) -> str:
    return f"{number:,} {singular(entity) if number == 1 else entity}"


# Its set-based twin


def write_many(
    session: Session,
    model: type[Record],
    action: str,
    names: Sequence[str],
    rows: Any,
    values: dict[str, Any] | None = None,
    sentence: str = "",
    images: tuple[Any, Any] | None = None,
) -> Any:
    """Write a change row for every row that `rows` chooses (it restricts, orders and locks a select) by one statement.

    `names` are the fields of the images; for an update `values` says what they become, unless `images`, before and
    after as SQL, are given. Returns the ids of the records concerned, as a subquery.
    """
    dialect = dialect_of(session)
    table = snapshots.table_of(model)
    place = begin_many(session, model, sentence)
    before = snapshots.image(model, names, {}, dialect) if action != "insert" else None
    after = snapshots.image(model, names, values or {}, dialect) if action != "delete" else None
    before, after = images or (before, after)
    version = table.c.version + 1 if action == "update" else table.c.version
    label = getattr(model, model.__label__)
    images_or_none = [literal(None, CHANGES.c.before.type) if image is None else image for image in (before, after)]
    values_of = [literal(action), table.c.id, label, version, literal(",".join(sorted(names))), *images_or_none]
    insert_many(session, rows(select(*place, *values_of)))
    return written_at(*place)


PLACE = ("set_id", "step", "entity")
MANY = (*PLACE, "action", "record_id", "label", "version", "fields", "before", "after")


def begin_many(session: Session, model: type[Record], sentence: str) -> list[Any]:
    """The set, the step and the table, as every row of one statement has them."""
    set_id, step, entity = place_of(session, model, sentence)
    return [literal(set_id, CHANGES.c.set_id.type), literal(step), literal(entity)]


def place_of(session: Session, model: type[Record], sentence: str) -> tuple[int, int, str]:
    entity = model.__tablename__
    return current_set(session, sentence, entity), next_step(session), entity


def insert_many(session: Session, rows: Any) -> int:
    take_time(session)
    statement = insert(CHANGES).from_select(MANY, rows, include_defaults=False)
    written: Any = session.connection().execute(statement, execution_options={"preserve_rowcount": True})
    return int(written.rowcount)


def written_at(set_id: Any, step: Any, _: Any) -> Any:
    """The ids of the records of one step, as a subquery."""
    return select(Change.record_id).where(Change.set_id == set_id, Change.step == step).scalar_subquery()


def write_changed(
    session: Session, model: type[Record], names: Sequence[str], done: Any, sentence: str
) -> tuple[int, Any]:
    """The same for rows that `done`, an update in the same statement, returns: id, label, version, old_… and new_….

    Returns how many they are, and their ids as a subquery.
    """
    dialect, place = dialect_of(session), begin_many(session, model, sentence)
    images = [
        snapshots.image(model, names, {name: done.c[f"{age}_{name}"] for name in names}, dialect)
        for age in ("old", "new")
    ]
    row_of = [literal("update"), done.c.id, done.c.label, done.c.version, literal(",".join(sorted(names))), *images]
    return insert_many(session, select(*place, *row_of)), written_at(*place)


MANY_ROWS = 30  # seconds


def take_time(session: Session) -> None:
    """Many rows take longer than a page may: for the rest of this transaction the limit is half a minute."""
    allow_time(session.connection(), MANY_ROWS)


# Nothing is written around it


class Unrecorded(RuntimeError):
    """A bulk statement on a table of records outside services/bulk.py: it would leave no history."""


@event.listens_for(Session, "do_orm_execute")
def refuse_unrecorded(state: ORMExecuteState) -> None:
    statement = state.statement
    if not isinstance(statement, Insert | Update | Delete) or state.execution_options.get(ALLOWED):
        return
    if getattr(statement.table, "name", None) in record_tables():
        raise Unrecorded(f"Rows of {statement.table} are written by services/bulk.py, which keeps their history.")


def record_tables() -> set[str]:
    return {mapper.class_.__tablename__ for mapper in Record.registry.mappers if issubclass(mapper.class_, Record)}


@event.listens_for(Session, "after_commit")
def keep_the_set(session: Session) -> None:
    """The next unit of work begins its own change set; which one this was is still wanted by the answer."""
    if session.in_nested_transaction():
        return  # a savepoint is released; the unit of work goes on
    plan = session.info.pop("plan", None)
    session.info["written"] = plan.set_id if plan else None
    session.info.pop("images", None)


@event.listens_for(Session, "after_rollback")
def forget(session: Session) -> None:
    session.info.pop("plan", None)
    session.info.pop("images", None)


def written(session: Session) -> int | None:
    """The change set of the unit of work that this session committed last; None when it changed nothing."""
    found: int | None = session.info.get("written")
    return found
