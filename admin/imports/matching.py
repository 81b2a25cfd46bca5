"""Which records the rows of a file speak of: those they match, and those they refer to by a name.

A chunk takes one statement per key that is asked, however many rows it has.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from admin.attributes import label_of
from admin.imports.targets import Target
from admin.registry import RESOURCES
from admin.resource import Resource
from admin.values import LARGEST_ID, NUMBER
from models.base import Record
from models.text import fold, one_line, search_key
from services import bulk

MOST_KNOWN = 20_000  # names that are remembered at a time
NAMED = 5  # candidates that a question names

Rule = Callable[[Any], Any]


@dataclass(frozen=True)
class Key:
    """A column in which a value finds records: the field people know, the column, and how its values are made."""

    field: str
    column: Any
    rule: Rule | None = None

    def of(self, value: Any) -> Any:
        return value if value is None or self.rule is None else self.rule(value)


def number(text: Any) -> int | None:
    """The id that a text says, if it is one."""
    written = str(text).strip()
    found = int(written) if NUMBER.fullmatch(written) else 0
    return found if 0 < found <= LARGEST_ID else None


# Records that rows match


def unique_keys(resource: Resource) -> Mapping[str, Key]:
    """What finds one record of a resource, by field: its id, and whatever no two records share."""
    table: Any = resource.model.__table__
    own = {attribute.name for attribute in resource.fields if attribute.model is resource.model}
    found = {"id": Key("id", table.c.id, number)}
    for column in table.c:
        rule, parts = resource.model.__keys__.get(column.name, (None, (column.name,)))
        if column.unique and len(parts) == 1 and parts[0] in own:
            found[parts[0]] = Key(parts[0], column, rule)
    return found


def records(session: Session, key: Key, values: Iterable[Any], columns: Sequence[Any]) -> dict[Any, Any]:
    """Value of the key → the row with these columns, of those that are there."""
    wanted = sorted(set(values))
    if not wanted:
        return {}
    statement = select(key.column.label("key_"), *columns).where(bulk.among(session, key.column, wanted))
    return {row[0]: row for row in session.connection().execute(statement)}


# Records that rows refer to


@dataclass(frozen=True)
class Candidate:
    id: int
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Missing:
    """A name that leads to no record. Spellings that differ in case and accents are one (or whatever its key says)."""

    name: str  # of the field
    key: str
    text: str = field(compare=False, default="")


@dataclass(frozen=True)
class Unclear:
    """A name that cannot be followed: it could be several records, or what the columns say does not fit together."""

    reason: str
    key: str = ""
    text: str = ""
    candidates: tuple[Candidate, ...] = ()


Found = int | Missing | Unclear | None


@dataclass
class Directory:
    """Where the names of one field lead. It remembers some, so that most rows ask nothing."""

    target: Target
    chosen: Mapping[str, int]  # name → the record that somebody said is meant
    known: dict[str, dict[str, tuple[Candidate, ...]]] = field(default_factory=dict)  # text → key → records
    answers: dict[tuple[str, ...], Found] = field(default_factory=dict)
    unmet: dict[str, list[str]] = field(default_factory=dict)  # key → the spellings of a name that leads nowhere

    @property
    def model(self) -> type[Record]:
        found: type[Record] = self.target.attribute.target  # type: ignore[assignment]
        return found

    @property
    def noun(self) -> str:
        return RESOURCES[self.model].singular if self.model in RESOURCES else self.target.label.lower()

    @cached_property
    def choices(self) -> Mapping[str, int]:
        return {self.key(text): record_id for text, record_id in self.chosen.items()}

    def key(self, text: str) -> str:
        """What two spellings of one name have in common."""
        return str(keys_of(self.model)[-1].of(text) or fold(text))

    def forget(self) -> None:
        self.known.clear()
        self.answers.clear()
        self.unmet.clear()


@cache
def keys_of(model: type[Record]) -> Sequence[Key]:
    """What names a record of a model: the surest first, its name last."""
    columns = inspect(model).columns
    own = [(key, rule, parts) for key, (rule, parts) in model.__keys__.items() if rule is not search_key]
    label = named_by(model)
    sure = [Key(parts[0], columns[key], rule) for key, rule, parts in own if columns[key].unique and len(parts) == 1]
    sure += [Key(name, column) for name, column in columns.items() if column.unique and not column.info.get("derived")]
    names = [Key(parts[0], columns[key], rule) for key, rule, parts in own if parts[0] == label]
    names.sort(key=lambda key: (not key.column.unique, key.field not in key.column.name))
    return [*(key for key in sure if key.field != label), names[0] if names else Key(label, columns[label])]


def named_by(model: type[Record]) -> str:
    """The column that names a record; where its name is put together, the first column of it."""
    columns = inspect(model).columns
    if model.__label__ in columns:
        return model.__label__
    return next(
        parts[0] for key, (rule, parts) in model.__keys__.items() if not columns[key].unique and rule is not search_key
    )


def look_up(session: Session, directory: Directory, texts: Iterable[str]) -> None:
    """Ask for the names that are not known yet: one statement per key, and one for ids."""
    wanted = set(texts)
    asked = wanted - directory.known.keys()
    if len(directory.known) + len(asked) > MOST_KNOWN:
        directory.forget()
        asked = wanted
    if not asked:
        return
    directory.known |= {text: {} for text in asked}
    table: Any = directory.model.__table__
    for key in (*keys_of(directory.model), Key("id", table.c.id, number)):
        spelled: dict[Any, list[str]] = {}
        for text in asked:
            if may_be(directory, key, text) and (value := key.of(text)) is not None:
                spelled.setdefault(value, []).append(text)
        for value, candidates in candidates_by(session, directory.model, key, spelled).items():
            for text in spelled[value]:
                directory.known[text][key.field] = closest(text, candidates)


def may_be(directory: Directory, key: Key, text: str) -> bool:
    """Whether a text could be meant for this key: no name is asked for as an address, and no tag by its id."""
    if key.field == "email":
        return "@" in text
    return key.field != "id" or (directory.target.attribute.kind == "reference" and number(text) is not None)


def candidates_by(session: Session, model: type[Record], key: Key, values: Iterable[Any]) -> dict[Any, list[Candidate]]:
    wanted = sorted(values)
    found: dict[Any, list[Candidate]] = {}
    if not wanted:
        return found
    label, hint = label_of(model), hint_of(model)
    columns = [key.column.label("key_"), model.id, label, *([hint] if hint is not None else [])]
    statement = select(*columns).where(bulk.among(session, key.column, wanted)).order_by(model.id)
    for value, record_id, *texts in session.connection().execute(statement):
        found.setdefault(value, []).append(Candidate(record_id, *(str(text or "") for text in texts)))
    return found


@cache
def hint_of(model: type[Record]) -> Any:
    """A column that tells namesakes apart."""
    hints = RESOURCES[model].hint if model in RESOURCES else ()
    return next((attr for attr in hints if attr.key in inspect(model).columns and attr.key != "sort_name"), None)


def closest(text: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Of several, those that are spelled just so, if there are any."""
    exact = tuple(one for one in candidates if one.label == text)
    return exact or tuple(candidates)


def follow(directory: Directory, texts: tuple[str, ...]) -> Found:
    """The record that the columns of a row name together. All of `texts` have been looked up."""
    if texts not in directory.answers:
        directory.answers[texts] = together(directory, texts) if len(texts) > 1 else alone(directory, *texts)
    return directory.answers[texts]


def alone(directory: Directory, text: str) -> Found:
    if directory.choices and (chosen := directory.choices.get(directory.key(text))) is not None:
        return chosen
    order = [*(key.field for key in keys_of(directory.model)), "id"]
    found = directory.known[text]
    candidates = next((found[name] for name in order if found.get(name)), ())
    if len(candidates) == 1:
        return candidates[0].id
    if candidates:
        return unclear(directory, text, candidates)
    return missing(directory, text)


def together(directory: Directory, texts: tuple[str, ...]) -> Found:
    """The record that all columns can mean: a name and an id, say."""
    of_each = [{one.id: one for group in directory.known[text].values() for one in group} for text in texts]
    common = [one for key, one in of_each[0].items() if all(key in others for others in of_each[1:])]
    if len(common) == 1:
        return common[0].id
    if common:
        return unclear(directory, texts[0], tuple(common))
    unknown = [text for text, found in zip(texts, of_each, strict=True) if not found]
    if unknown and len(unknown) == len(texts):
        return missing(directory, texts[0])
    if unknown:
        return Unclear(
            f"There is no {directory.noun} «{unknown[0]}», but there is «{next(t for t in texts if t not in unknown)}»."
        )
    return Unclear(f"«{texts[0]}» and «{texts[1]}» are not the same {directory.noun}.")


def unclear(directory: Directory, text: str, candidates: tuple[Candidate, ...]) -> Unclear:
    reason = f"There are {len(candidates)} {plural(directory)} «{text}». Say which one is meant."
    return Unclear(reason, directory.key(text), text, candidates[:NAMED])


def plural(directory: Directory) -> str:
    return RESOURCES[directory.model].plural if directory.model in RESOURCES else f"{directory.noun}s"


def missing(directory: Directory, text: str) -> Found:
    key = directory.key(text)
    if "@" in text or (number(text) is not None and directory.target.attribute.kind == "reference"):
        return Unclear(f"There is no {directory.noun} {text}.", key, text)
    if len(text) > (longest := longest_name(directory.model)):
        told = f"The name of a {directory.noun} has at most {longest} characters; this has {len(text)}."
        return Unclear(told, key, text)
    directory.unmet.setdefault(key, []).append(text)
    return Missing(directory.target.name, key, one_line(text))


@cache
def longest_name(model: type[Record]) -> int:
    column: Any = inspect(model).columns[named_by(model)]
    return getattr(column.type, "length", None) or 10**6


@cache
def can_create(model: type[Record]) -> bool:
    """Whether a name is all that a record of this model needs."""
    if model not in RESOURCES or model.__label__ not in inspect(model).columns:
        return False
    needed = [
        attribute.name
        for attribute in RESOURCES[model].fields
        if attribute.model is model and attribute.required and not has_default(attribute.column)
    ]
    return needed == [model.__label__]


def has_default(column: Any) -> bool:
    return column is not None and column.default is not None


def create(session: Session, model: type[Record], names: Sequence[str]) -> list[int]:
    """Add records of these names; the model's rules fill in what follows from a name. Returns their ids."""
    columns = [column.name for column in model.__table__.columns]
    rows = []
    for name in names:
        record = model(**{model.__label__: name})
        said = {column: getattr(record, column) for column in columns}
        rows.append({column: value for column, value in said.items() if value is not None})
    return bulk.added(session, model, rows)


def learn(directory: Directory, made: Mapping[Missing, int]) -> None:
    """Names that led nowhere lead to records now."""
    for one, record_id in made.items():
        for text in directory.unmet.pop(one.key, ()):
            directory.known[text] = {"id": (Candidate(record_id, one.text),)}
            directory.answers[(text,)] = record_id
