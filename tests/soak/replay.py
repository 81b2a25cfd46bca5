"""History read from the beginning: what the database must hold if every change is in it, once and right."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Record, derive
from models.change import Change
from services import snapshots
from services.unit_of_work import models_by_table

State = dict[tuple[str, int], dict[str, Any]]


def present(session: Session) -> State:
    """Every record as it is now, in the form of history; tags hang on posts only."""
    dialect = session.get_bind().dialect.name
    found: State = {}
    for entity, model in models_by_table().items():
        image = snapshots.image(model, [*snapshots.columns(model), *own_links(model)], {}, dialect)
        for record_id, values in session.execute(select(model.id, image)):
            found[entity, record_id] = values
    return found


def replayed(session: Session) -> State:
    """The state that follows from the changes alone."""
    state: State = {}
    for change in session.scalars(select(Change).order_by(Change.set_id, Change.step, Change.id)):
        apply(state, change)
    for (entity, _), values in state.items():
        for name in own_links(models_by_table()[entity]):
            values[name] = sorted(values.get(name, []))
    return state


def own_links(model: type[Record]) -> list[str]:
    """A post has tags; that a tag has posts is the same link seen from the other side."""
    return [name for name in snapshots.links(model) if model.__tablename__ == "posts"]


def apply(state: State, change: Change) -> None:
    key = (change.entity, change.record_id)
    match change.action:
        case "insert":
            assert key not in state, f"{key} is created, and is there already"
            state[key] = dict(change.after)
            linked(state, change, change.after, add=True)
        case "delete":
            gone = state.pop(key)
            assert plain(gone) == plain(change.before), f"{key} was {plain(gone)}, not {plain(change.before)}"
            linked(state, change, change.before, add=False)
        case "update":
            update(state[key], change)


def update(values: dict[str, Any], change: Change) -> None:
    for name, old in change.before.items():
        new = change.after[name]
        if isinstance(old, list):
            values[name] = sorted((set(values.get(name, [])) - set(old)) | set(new))
        elif old != "hidden":
            assert values[name] == old, f"{change.entity} {change.record_id}.{name} was {values[name]!r}, not {old!r}"
            values[name] = new


def linked(state: State, change: Change, image: dict[str, Any], add: bool) -> None:
    """A tag that comes or goes is on, or off, the posts its image names."""
    for post_id in image.get("posts", ()) if change.entity == "tags" else ():
        post = state.get(("posts", post_id))
        if post is not None:
            others = set(post.get("tags", ())) - {change.record_id}
            post["tags"] = sorted(others | {change.record_id} if add else others)


def plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without empty lists, and without the posts of a tag, which are the tags of those posts."""
    if values is None:
        return None
    kept = {name: value for name, value in values.items() if value != [] and name != "posts"}
    return {name: sorted(value) if isinstance(value, list) else value for name, value in kept.items()}


def difference(session: Session) -> list[str]:
    """What history and data do not agree on; an empty list is the promise kept."""
    now, then = present(session), replayed(session)
    return [
        f"{key}: now {plain(now.get(key))}, by history {plain(then.get(key))}"
        for key in sorted(now.keys() | then.keys())
        if plain(now.get(key)) != plain(then.get(key))
    ]


def stale_keys(session: Session) -> list[str]:
    """Records whose derived keys are not those of their text."""
    wrong = []
    for entity, model in models_by_table().items():
        for row in session.execute(select(model.__table__)).mappings():
            expected = derive(model, dict(row))
            wrong += [f"{entity} {row['id']}.{key}" for key, value in expected.items() if row[key] != value]
    return wrong
