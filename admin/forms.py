"""Columns → a WTForms form, and a form → a record. Only what the user changed is written."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import lru_cache
from itertools import groupby
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from admin import values
from admin.attributes import Attr, Attribute, describe, foreign_key, label_of
from admin.resource import Resource
from models.base import Record, now
from models.text import caseless, one_line
from services import markdown
from services.unit_of_work import Refused

FEW = 5  # choices up to this number are shown side by side
SHORT_KINDS = ("integer", "decimal", "date", "datetime", "boolean", "choice")
HALF_KINDS = ("reference", "isbn", "money", "email", "url", "slug")
MOST_TAGS = 30


class ValueField(Field):  # type: ignore[misc]
    """One column as a control. `data` is the parsed value; what was typed is kept beside it, right or wrong."""

    def __init__(self, attribute: Attribute, readonly: bool = False, **options: Any) -> None:
        super().__init__(label=attribute.label, description=attribute.help, **options)
        self.attribute = attribute
        self.required = attribute.required
        self.maxlength = attribute.maxlength if attribute.kind != "isbn" else None
        self.readonly = readonly
        self.ignored = False  # what was typed is left out: of two versions the other one was chosen
        self.kind = control(attribute)
        self.width = "full"
        self.changed = False
        self.held = ""

    def __copy__(self) -> "ValueField":
        """WTForms takes a field that is made without a form for the declaration of one."""
        twin: ValueField = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Only what was typed anew is read: a text that stands for the value held is that value."""
        self.process_errors: list[str] = []
        self.process_data(data)
        self.held = values.write(self.attribute, self.data)
        if formdata is None:
            return
        self.raw_data = texts = formdata.getlist(self.name)
        if texts and texts[-1] != self.held and not self.readonly:
            self.read(texts[-1])

    def read(self, text: str) -> None:
        try:
            self.data = values.parse(self.attribute, text)
        except ValueError as error:
            self.process_errors = [str(error)]

    @property
    def given(self) -> bool:
        return bool(self.raw_data) and not self.readonly and not self.ignored

    @property
    def has_beginning(self) -> bool:
        """Whether a new record begins with a value here, which nobody had to type."""
        return self.data is not None and not self.raw_data

    @property
    def typed(self) -> str:
        return self.raw_data[-1] if self.raw_data else ""

    def _value(self) -> str:
        return self.typed if self.given else values.write(self.attribute, self.data)

    def changes(self, is_new: bool) -> bool:
        """Whether the user typed something else than what the record holds; a new one holds nothing yet."""
        held = "" if is_new else self.held
        return self.typed != held and self.given and self.typed.replace("\r\n", "\n") != held

    def validate(self, form: BaseForm, extra_validators: Any = ()) -> bool:
        """The rules are the column's and the model's; none is a validator of WTForms."""
        self.errors: list[Any] = list(self.process_errors)
        try:
            self.pre_validate(form)
        except ValidationError as error:
            self.errors.append(str(error))
        return not self.errors

    def pre_validate(self, form: BaseForm) -> None:
        if self.required and self.data is None and not self.process_errors:
            raise ValidationError(f"{self.label.text} is missing.")

    def fill(self, session: Session, record: Record) -> None:
        setattr(record, self.attribute.name, self.data)

    # What the templates read beside the WTForms names.

    @property
    def options(self) -> list[tuple[str, str]]:
        empty = [] if self.required else [("", "–")]
        return [*empty, *self.attribute.choices.items()]

    @property
    def data_value(self) -> str:
        return self._value()

    @property
    def preview_url(self) -> str:
        return url_for(f"{self.attribute.model.__tablename__}.preview")

    @property
    def preview(self) -> Markup:
        return markdown.render(self._value())


class ReferenceField(ValueField):
    """A many-to-one relationship: the address and the form carry the id, the page shows the name."""

    def __init__(self, attribute: Attribute, **options: Any) -> None:
        super().__init__(attribute, **options)
        self.chosen_label = ""

    def process_data(self, value: Any) -> None:
        """`value` is a record, or the id alone of one that was not read."""
        self.chosen_label = str(value) if hasattr(value, "id") else ""
        self.data = getattr(value, "id", value)

    def fill(self, session: Session, record: Record) -> None:
        # Only the key is written: that it leads to a record is for the database to say, which no race can get past.
        setattr(record, foreign_key(self.attribute.attr).key, self.data)

    def name_choice(self, session: Session) -> None:
        """Look up the name of what was chosen, for showing the form again."""
        target = self.attribute.target
        if self.data and target and not self.errors:
            self.chosen_label = session.scalar(select(label_of(target)).where(target.id == self.data)) or ""
            if not self.chosen_label:
                self.errors = ["That record does not exist any more; please choose another."]

    @property
    def chosen_id(self) -> Any:
        return self.data if self.chosen_label else None

    @property
    def options_url(self) -> str:
        return options_url(self.attribute)

    create_url = None


class TagsField(ValueField):
    """A many-to-many relationship: what to add and what to remove, never the whole set."""

    def __init__(self, attribute: Attribute, **options: Any) -> None:
        super().__init__(attribute, **options)
        self.required = False
        self.maxlength = None
        self.removed: set[int] = set()
        self.added = ""
        self.names: list[str] = []
        self.current: list[tuple[int, str]] = []

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors = []
        self.current = [(tag.id, str(tag)) for tag in data or ()]
        self.data = None
        if formdata is not None:
            self.removed = {
                int(text) for text in formdata.getlist(f"{self.name}-remove") if values.NUMBER.fullmatch(text)
            }
            self.added = ", ".join(formdata.getlist(f"{self.name}-add"))
            self.names = self.read_names()

    def read_names(self) -> list[str]:
        try:
            names = [one_line(name) for name in self.added.split(",")]
        except ValueError as error:
            self.process_errors = [str(error)]
            return []
        return [name for name in dict.fromkeys(names) if name]

    def pre_validate(self, form: BaseForm) -> None:
        target: Any = self.attribute.target
        longest = describe(label_of(target)).maxlength or 0
        for name in self.names:
            if len(name) > longest:
                raise ValidationError(f"A tag has at most {longest} characters: «{name[:20]}…» has {len(name)}.")
        if len(self.names) > MOST_TAGS:
            raise ValidationError(f"At most {MOST_TAGS} tags at once.")

    def changes(self, is_new: bool) -> bool:
        return bool(self.names or self.removed)

    def fill(self, session: Session, record: Record) -> None:
        held = getattr(record, self.attribute.name)
        for tag in [tag for tag in held if tag.id in self.removed]:
            held.remove(tag)
        known = {tag.id for tag in held if tag.id}
        held.extend(tag for tag in named(session, self.attribute.target, self.names) if tag.id not in known)
        record.updated_at = now()  # the set of tags is part of the record, so its version moves on

    @property
    def options_url(self) -> str:
        return options_url(self.attribute)


def named(session: Session, model: Any, names: Iterable[str]) -> list[Any]:
    """The records of these names, whatever their case; the missing ones are made."""
    key = name_key(model)
    by_key = {caseless(name): name for name in names}
    found = {
        getattr(record, key): record for record in session.scalars(select(model).where(getattr(model, key).in_(by_key)))
    }
    for folded, name in by_key.items():
        if folded not in found:
            found[folded] = model(**{model.__label__: name})
            session.add(found[folded])
    return [found[folded] for folded in by_key]


def known_by_name(session: Session, model: Any, names: Iterable[str]) -> dict[str, int | None]:
    """Name → the id of the record that bears it, whatever its case, or None."""
    key, by_name = getattr(model, name_key(model)), {name: caseless(name) for name in names}
    rows = session.execute(select(key, model.id).where(key.in_(by_name.values())))
    found = {row[0]: row[1] for row in rows}
    return {name: found.get(folded) for name, folded in by_name.items()}


def name_key(model: Any) -> str:
    return next(str(key) for key, (rule, _) in model.__keys__.items() if rule is caseless)


def options_url(attribute: Attribute) -> str:
    return url_for(f"{attribute.target.__tablename__}.options")  # type: ignore[union-attr]


def control(attribute: Attribute) -> str:
    """The macro that draws it: a few choices stand side by side, many are a list."""
    if attribute.kind == "choice" and attribute.required and len(attribute.choices) < FEW:
        return "radio"
    return attribute.kind


FIELD_OF_KIND: Mapping[str, type[ValueField]] = {"reference": ReferenceField, "tags": TagsField}


def build(
    resource: Resource, record: Record | None, formdata: MultiDict[str, str] | None, prefill: Mapping[str, Any]
) -> BaseForm:
    """The resource's form: over a record, or over what a new one begins with; with what was typed, if anything."""
    form = empty(resource)
    data = held_by(resource, record) if record is not None else {**beginnings(resource), **prefill}
    for field in form:
        field.process(formdata, data.get(field.name))
    return form


def empty(resource: Resource) -> BaseForm:
    """The form without any values: its fields are copies of ones that are made once."""
    form = BaseForm({})
    for name, field in prepared(tuple(tuple(section.fields) for section in resource.form))._fields.items():
        form._fields[name] = copy(field)
    return form


@lru_cache(64)
def prepared(sections: Sequence[Sequence[Attr]]) -> BaseForm:
    """The form of these attributes, to be copied."""
    form = BaseForm({attr.key: unbound(describe(attr)) for section in sections for attr in section})
    for section in sections:
        for field, width in widths([form[attr.key] for attr in section]):
            field.width = width
    return form


def unbound(attribute: Attribute) -> Any:
    return FIELD_OF_KIND.get(attribute.kind, ValueField)(attribute)


def widths(fields: Sequence[Any]) -> Iterable[tuple[Any, str]]:
    """Short controls of a section share a line: three of them, or two."""
    for short, run in groupby(fields, key=lambda field: field.kind in SHORT_KINDS):
        members = list(run)
        third = short and len(members) % 3 == 0
        for field in members:
            yield field, "third" if third else "half" if short or is_half(field) else "full"


def is_half(field: ValueField) -> bool:
    return field.kind in HALF_KINDS or (field.kind == "text" and (field.maxlength or 999) <= 120)


def held_by(resource: Resource, record: Record) -> dict[str, Any]:
    return {a.name: held(owner(resource, record, a), a) for a in resource.fields}


def held(holder: Record | None, attribute: Attribute) -> Any:
    """The value, or None where there is no holder. What has not been read: no tags, and of a reference the id."""
    if attribute.target is None or holder is None:
        return getattr(holder, attribute.name, None)
    read = inspect(holder).dict
    if attribute.kind == "reference" and attribute.name not in read:
        return getattr(holder, foreign_key(attribute.attr).key)
    return read.get(attribute.name)


def owner(resource: Resource, record: Record, attribute: Attribute) -> Record | None:
    """The record that holds the attribute: the record itself, or its one-to-one part (a user's profile)."""
    if attribute.model is resource.model or isinstance(record, attribute.model):
        return record
    part: Record | None = getattr(record, part_name(resource, attribute))
    return part


def part_name(resource: Resource, attribute: Attribute) -> str:
    relationships = resource.model.__mapper__.relationships
    return next(r.key for r in relationships if r.mapper.class_ is attribute.model and not r.uselist)


def beginnings(resource: Resource) -> dict[str, Any]:
    """What a new record begins with: the columns' own defaults, then the resource's."""
    scalars = {
        a.name: getattr(a.column.default, "arg", None)
        for a in resource.fields
        if a.column is not None and a.column.default is not None and a.column.default.is_scalar
    }
    return {**scalars, **(resource.defaults() if resource.defaults else {})}


def fill(session: Session, resource: Resource, form: BaseForm, record: Record) -> list[str]:
    """Write the changed fields to the record; a rule of the model that objects puts its words beside the field.

    Returns the labels of the changed fields. Raises Refused when a field has an error; the form then says which.
    """
    # What differs is decided before anything is written: writing a name moves the guessed sort name with it.
    is_new = inspect(record).transient
    changed = [each for each in resource.fields if to_write(form[each.name], owner(resource, record, each), is_new)]
    for attribute in changed:
        holder = owner(resource, record, attribute) or make_part(resource, record, attribute)
        try:
            form[attribute.name].fill(session, holder)
        except ValueError as error:
            form[attribute.name].errors = [*form[attribute.name].errors, str(error)]
        if holder is not record:
            record.updated_at = now()  # a part belongs to its record, so the record's version moves on
    if form.errors:
        raise Refused("Some fields need your attention.")
    return [attribute.label for attribute in changed]


def to_write(field: ValueField, holder: Record | None, is_new: bool) -> bool:
    """Whether the field says something that the record does not hold yet."""
    begins = is_new and holder is not None and field.has_beginning
    return not field.errors and (differs(field, holder, is_new) or begins)


def differs(field: ValueField, holder: Record | None, is_new: bool = False) -> bool:
    return bool(field.typed.strip()) and field.given if holder is None else field.changes(is_new)


def mark_changes(resource: Resource, record: Record, form: BaseForm) -> None:
    """Mark the fields in which the form says something else than the record, for a page that shows what was typed."""
    for attribute in resource.fields:
        field = form[attribute.name]
        field.changed = differs(field, owner(resource, record, attribute))


def make_part(resource: Resource, record: Record, attribute: Attribute) -> Record:
    part: Record = attribute.model()
    setattr(record, part_name(resource, attribute), part)
    return part
