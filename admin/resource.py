"""What one says about an entity: plain values, checked when the module is imported."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from admin.attributes import Attribute, describe
from models.base import Record
from models.text import fold
from services.rules import RowRules, Rules

Attr = InstrumentedAttribute[Any]

IN_A_CELL = ("text", "email", "url", "isbn", "integer", "decimal", "money", "date", "datetime", "choice")


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `sort` is the mapped column it sorts by (its index decides the speed). `worth` is 1 for columns that always stay,
    2 and 3 for those that leave first on a narrow screen, 0 for those that somebody chose to see. `shown=False` is not
    in the table unless it is chosen.
    `editable` values can be changed in the list, one cell at a time.
    """

    attr: Attr
    sort: Attr | None = None
    link: bool = False  # the record's name: it leads to the record
    beside: Attr | None = None  # a second, muted text after it
    worth: int = 1
    label: str = ""
    shown: bool = True
    editable: bool = False

    @cached_property
    def attribute(self) -> Attribute:
        return describe(self.attr)

    @property
    def name(self) -> str:
        return self.attribute.name

    @property
    def heading(self) -> str:
        return self.label or self.attribute.label

    @property
    def kind(self) -> str:
        return self.attribute.kind


@dataclass(frozen=True)
class Section:
    """A card of the form. `wide` fields take the whole line, the others share it."""

    title: str
    fields: Sequence[Attr]


@dataclass(frozen=True)
class Related:
    """A small list on the record page: `Author.books`. `add` is the field of the new record that is filled in."""

    attr: Attr
    add: bool = True


@dataclass(frozen=True)
class Retire:
    """What one may do instead of deleting: give `attr` this value."""

    label: str  # «Set inactive»
    attr: Attr
    value: Any
    help: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)  # each is itself alone
class Resource:
    """An entity of the admin. Every option is used by at least two entities; what only one needs is a route."""

    model: type[Record]
    singular: str  # «book», as sentences say it
    icon: str  # a symbol of static/icons.svg
    columns: Sequence[Column]
    sort: str  # the list's order when the address names none, such as "-published_on"
    search: str  # the placeholder of the search box, which says what is searched
    form: Sequence[Section]
    group: str = "Catalogue"  # the heading in the sidebar
    search_related: Sequence[Attr] = ()  # references whose own search text is searched too
    filters: Sequence[Attr] = ()
    tabs: Attr | None = None  # the choice that stands above the list as tabs
    badge: Attr | None = None  # the choice shown beside the record's name
    related: Sequence[Related] = ()
    hint: Sequence[Attr] = ()  # the second line of a picker's option, which tells namesakes apart
    offered: Callable[[], ColumnElement[bool]] | None = None  # which records a picker offers
    defaults: Callable[[], Mapping[str, Any]] | None = None  # what a new record begins with
    before_save: Callable[[Session, Any], None] | None = None  # rules that need other rows; raises Refused
    before_delete: Callable[[Session, Any], None] | None = None
    # What these two mean for many records at once: the verb and the columns to be set → Rules.
    for_many: Callable[[str, Mapping[str, Any]], Rules] | None = None
    for_rows: RowRules | None = None  # and for rows of a file
    retire: Retire | None = None
    similar: Attr | None = None  # the name by which duplicates are found; two such records can be merged
    by_name: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        if self.sort.removeprefix("-") not in self.sorts:
            raise ValueError(f"{self.entity}: one cannot sort by {self.sort!r}; sortable are {', '.join(self.sorts)}.")
        if sum(column.link for column in self.columns) != 1:
            raise ValueError(f"{self.entity}: exactly one column links to the record.")
        for name in self.editable:
            if name not in {attribute.name for attribute in self.fields if attribute.kind in IN_A_CELL}:
                raise ValueError(f"{self.entity}: «{name}» cannot be edited in a cell.")

    @property
    def entity(self) -> str:
        """«books»: the table, the blueprint, the address, the policy's word."""
        return str(self.model.__tablename__)

    @property
    def plural(self) -> str:
        return self.entity

    @property
    def title(self) -> str:
        return self.entity.capitalize()

    @cached_property
    def sorts(self) -> Mapping[str, Attr]:
        """What one may sort by: the address's word → the mapped column."""
        return {column.name: column.sort for column in self.columns if column.sort is not None}

    @cached_property
    def filterable(self) -> Mapping[str, Attribute]:
        return {attr.key: describe(attr) for attr in self.filters}

    @cached_property
    def names(self) -> Mapping[str, Attribute]:
        """What the search box calls the filters: the address's word first, then its label and shorter forms."""
        found = dict(self.filterable)
        headings = {column.name: column.heading for column in self.columns}
        for name, attribute in self.filterable.items():
            short = re.sub(r"^is_|_(on|at)$", "", name)
            single = name.removesuffix("s") if attribute.kind == "tags" else name
            for alias in (attribute.label, headings.get(name, name), short, single):
                found.setdefault(re.sub(r"[ -]", "_", fold(alias)), attribute)
        return found

    @cached_property
    def shown(self) -> Sequence[Column]:
        return [column for column in self.columns if column.shown]

    @cached_property
    def editable(self) -> Mapping[str, Column]:
        """What can be changed in the list."""
        return {column.name: column for column in self.columns if column.editable}

    @cached_property
    def choosable(self) -> Mapping[str, Column]:
        """Every column one may have in the list, by name: the declared ones, then the form's, then the times."""
        own = [attr for section in self.form for attr in section.fields if attr.class_ is self.model]
        times = [self.model.created_at, self.model.updated_at]
        others = [Column(attr, shown=False) for attr in (*own, *times) if describe(attr).fits_a_cell]
        return {**self.by_name, **{column.name: column for column in others if column.name not in self.by_name}}

    @cached_property
    def lead(self) -> Column:
        """The column with the record's name, which always stays."""
        return next(column for column in self.columns if column.link)

    @cached_property
    def fields(self) -> Sequence[Attribute]:
        """The attributes of the form, in its order."""
        return [describe(attr) for section in self.form for attr in section.fields]
