"""A record that is flushed alone, as every form does it: written with its history by one statement (SQLite: three).

The ORM's unit of work puts many objects in order, which takes it longer than the database takes for one. What is more
than the columns of one record is left to it; what stands in the tables afterwards is the same.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Column, bindparam, delete, insert, inspect, select, true, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from extensions import dialect_of
from models.base import Record, keep_keys, now
from services import changes, snapshots
from services.changes import CHANGES, NEW_CHANGES, NO_VALUE, SETS


def write_alone(session: Session, context: Any, instances: Any) -> None:
    """Before a flush: take the one record that is to be written out of the ORM's hands."""
    new, deleted = session.new, session.deleted
    touched = [*new, *session.dirty, *deleted]
    if len(touched) != 1 or not isinstance(touched[0], Record):
        return
    record = touched[0]
    if record in deleted:
        remove(session, record)
    elif record in new:
        if stands_alone(record):
            add(session, record)
    elif (changed := own_changes(record)) is not None:
        change(session, record, changed)


def stands_alone(record: Record) -> bool:
    """Whether a new record has a name, and no id yet nor another object that might have to be written first."""
    state = inspect(record)
    others = ("id", *state.mapper.relationships.keys())
    return bool(getattr(record, record.__label__)) and not any(state.dict.get(name) for name in others)


def own_changes(record: Record) -> dict[str, Any] | None:
    """The columns that hold something else than the row, with what they hold; None when there is more, or less.

    More is what other objects have to do with; less is a column of which it is not known what it held.
    """
    state = inspect(record)
    held, own = state.dict, state.mapper.column_attrs
    if "version" not in held or any(name not in own or old is NO_VALUE for name, old in state.committed_state.items()):
        return None
    return {name: held[name] for name, old in state.committed_state.items() if held[name] != old} or None


# Each in its way


def change(session: Session, record: Record, changed: Mapping[str, Any]) -> None:
    state, seen = inspect(record), record.version
    values = {"updated_at": now(), **changed, **keys_of(record, changed), "version": seen + 1}
    state.dict.update(values)
    write(session, changes.row(record, "update", *changes.difference(record, {})), type(record), values, seen)
    session._register_persistent({state})


def keys_of(record: Record, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that are made of what has changed."""
    made = record.__keys__.items()
    return {key: rule(*map(partial(getattr, record), parts)) for key, (rule, parts) in made if changed.keys() & parts}


def add(session: Session, record: Record) -> None:
    state = inspect(record)
    begins = beginnings(type(record))
    state.dict.update({name: begin() for name, begin in begins.items() if state.dict.get(name) is None})
    keep_keys(record.__mapper__, None, record)
    values = {name: state.dict[name] for name in begins}
    row = changes.row(record, "insert", None, changes.filled(record))
    state.dict["id"] = write(session, row, type(record), values, None)
    session._register_persistent({state})


@lru_cache(64)
def beginnings(model: type[Record]) -> Mapping[str, Callable[[], Any]]:
    """What the columns of a new row hold when nobody says so; the id the database gives."""
    columns = [column for column in snapshots.table_of(model).columns if column.name != "id"]
    return {column.name: partial(beginning, column) for column in columns} | {"version": lambda: 1}


def beginning(column: Column[Any]) -> Any:
    default: Any = column.default
    return None if default is None else default.arg(None) if default.is_callable else default.arg


def remove(session: Session, record: Record) -> None:
    """The record itself. What hangs on it the database takes along, or forbids it."""
    changes.look_before(session, None, None)
    image = changes.image_of(session, record) or changes.filled(record)
    write(session, changes.row(record, "delete", image, None), type(record), {}, record.version)
    session._remove_newly_deleted({inspect(record)})


# The statements


def write(
    session: Session, row: dict[str, Any], model: type[Record], values: Mapping[str, Any], seen: int | None
) -> int:
    """Write the row and its history; returns its id. Raises StaleDataError when its version is not `seen` any more."""
    shape = model, row["action"], tuple(values)
    given = {f"new_{name}": value for name, value in values.items()}
    if seen is not None:
        given |= {"this_id": row["record_id"], "seen_version": seen}
    alone = dialect_of(session) == "sqlite"
    return (write_in_turn if alone else write_at_once)(session, row, shape, given)


Shape = tuple[type[Record], str, tuple[str, ...]]


def write_in_turn(session: Session, row: dict[str, Any], shape: Shape, given: dict[str, Any]) -> int:
    """SQLite knows no statement within another."""
    connection = session.connection()
    done: Any = connection.execute(statement(*shape), given)
    if done.rowcount != 1:
        raise StaleDataError
    key = done.inserted_primary_key[0] if done.is_insert else row["record_id"]
    place = {"set_id": changes.current_set(session, changes.sentence_for([row]), row["entity"])}
    connection.execute(NEW_CHANGES, {**row, **place, "record_id": key, "step": changes.next_step(session)})
    return int(key)


def write_at_once(session: Session, row: dict[str, Any], shape: Shape, given: dict[str, Any]) -> int:
    plan = changes.plan_of(session)
    begins = plan.set_id is None
    given |= {f"row_{name}": value for name, value in row.items() if name != "record_id"}
    given["row_step"] = changes.next_step(session)
    new_set = changes.set_row(session, changes.sentence_for([row]), row["entity"]) if begins else {"id": plan.set_id}
    given |= {f"set_{name}": value for name, value in new_set.items()}
    written = session.connection().execute(with_history(*shape, begins), given).one_or_none()
    if written is None:
        raise StaleDataError
    plan.set_id = int(written.set_id)
    return int(written.record_id)


@lru_cache(256)
def statement(model: type[Record], action: str, names: tuple[str, ...]) -> Any:
    """What writes the row itself; its values are parameters."""
    table = snapshots.table_of(model)
    values = given_as("new", table, names)
    if action == "insert":
        return insert(table).values(values)
    this = (table.c.id == bindparam("this_id")) & (table.c.version == bindparam("seen_version"))
    return update(table).where(this).values(values) if action == "update" else delete(table).where(this)


@lru_cache(256)
def with_history(model: type[Record], action: str, names: tuple[str, ...], begins: bool) -> Any:
    """The same, then the change set if it `begins` with this, then the change: none of them without the others."""
    done = statement(model, action, names).returning(snapshots.table_of(model).c.id).cte("done")
    source: Any = done
    set_id: Any = bindparam("set_id", type_=CHANGES.c.set_id.type)
    if begins:
        of_set = given_as("set", SETS, [column.name for column in SETS.columns if column.name != "id"])
        rows = select(*of_set.values()).select_from(done)
        made = insert(SETS).from_select(list(of_set), rows, include_defaults=False).returning(SETS.c.id).cte("made")
        source, set_id = done.join(made, true()), made.c.id
    of_row = given_as("row", CHANGES, [c.name for c in CHANGES.columns if c.name not in ("id", "set_id", "record_id")])
    row = select(set_id, done.c.id, *of_row.values()).select_from(source)
    recorded = insert(CHANGES).from_select(["set_id", "record_id", *of_row], row, include_defaults=False)
    return recorded.returning(CHANGES.c.set_id, CHANGES.c.record_id)


def given_as(prefix: str, table: Any, names: Sequence[str]) -> dict[str, Any]:
    """Column → the parameter that holds its value."""
    return {name: bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in names}
