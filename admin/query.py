"""The address of a list, read once: search, filters, order and place. Anything it does not declare is a 400."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import keyset, values
from admin.attributes import Attribute, foreign_key
from admin.resource import Resource
from models.text import one_line
from services import search

PER_PAGE = 50
PER_PAGE_CHOICES = (25, 50, 100, 200)
MOST_FILTERS = 8
MOST_VALUES = 50
LONGEST_SEARCH = 200
OWN_WORDS = ("q", "sort", "after", "before", "per_page", "saved", "only", "open")


class BadQuery(ValueError):
    """A parameter that the list does not know or cannot read; the message names it."""


@dataclass(frozen=True)
class Condition:
    """One filter: the field, the texts of the address, and the SQL they mean."""

    attribute: Attribute
    texts: Sequence[str]
    clause: ColumnElement[bool]
    parsed: Sequence[Any] = ()


@dataclass(frozen=True)
class ListQuery:
    resource: Resource
    order: keyset.Order
    q: str = ""
    conditions: Sequence[Condition] = ()
    per_page: int = PER_PAGE
    place: keyset.Place | None = None
    saved: int | None = None
    only: int | None = None  # one row alone, for a page that shows the others already
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)  # the canonical address, without the place

    @cached_property
    def filtered(self) -> bool:
        return bool(self.q or self.conditions)

    def where(self, session: Session) -> list[ColumnElement[bool]]:
        one = [self.resource.model.id == self.only] if self.only is not None else []
        return [*one, *(condition.clause for condition in self.conditions), *self.searched(session)]

    def searched(self, session: Session) -> list[ColumnElement[bool]]:
        """Every term must be found in the record's own search text or in one of its references'."""
        found = []
        for term in search.terms(self.q):
            own = search.matching(session, self.resource.model, term)
            others = [related(session, attr, term) for attr in self.resource.search_related]
            found.append(or_(own, *others))
        return found

    def url(self, **changes: Any) -> str:
        """The list's own address with some words changed; None takes a word away. The place is always left behind."""
        words: dict[str, Any] = {**self.words, **changes}
        pairs = [(name, text) for name, texts in words.items() if texts is not None for text in as_list(texts)]
        return "?" + urlencode(pairs)

    def without(self, attribute: Attribute) -> str:
        return self.url(**{attribute.name: None})


def as_list(texts: Any) -> list[str]:
    return [str(texts)] if isinstance(texts, str | int) else list(texts)


def related(session: Session, attr: Any, term: str) -> ColumnElement[bool]:
    """The reference is one of the records that match: a subquery, never a join that multiplies rows."""
    target = attr.property.mapper.class_
    matches = search.matching(session, target, term)
    return foreign_key(attr).in_(select_ids(target, matches))


def select_ids(model: Any, condition: ColumnElement[bool]) -> Any:
    return select(model.id).where(condition)


def parse(resource: Resource, args: MultiDict[str, str]) -> ListQuery:
    """Read the parameters of a list's address. Raises BadQuery, which names the parameter."""
    for name in args:
        if name not in OWN_WORDS and name not in resource.filterable:
            raise BadQuery(f"The list of {resource.plural} has no filter «{shorten(name)}».")
    order = parse_order(resource, once(args, "sort"))
    names = [name for name in resource.filterable if name in args]
    if len(names) > MOST_FILTERS:
        raise BadQuery(f"At most {MOST_FILTERS} filters at once.")
    query = ListQuery(
        resource=resource,
        order=order,
        q=parse_search(once(args, "q")),
        conditions=[parse_condition(resource.filterable[name], args.getlist(name)) for name in names],
        per_page=parse_per_page(once(args, "per_page")),
        place=parse_place(order, once(args, "after"), once(args, "before")),
        saved=parse_id(once(args, "saved")),
        only=parse_id(once(args, "only")),
    )
    return replace(query, words=canonical(query, resource))


def canonical(query: ListQuery, resource: Resource) -> dict[str, Sequence[str]]:
    words: dict[str, Sequence[str]] = {"q": [query.q]} if query.q else {}
    words.update({condition.attribute.name: condition.texts for condition in query.conditions})
    if query.order.text != resource.sort:
        words["sort"] = [query.order.text]
    if query.per_page != PER_PAGE:
        words["per_page"] = [str(query.per_page)]
    return words


def once(args: MultiDict[str, str], name: str) -> str:
    given = args.getlist(name)
    if len(given) > 1:
        raise BadQuery(f"«{name}» is given {len(given)} times.")
    return given[0] if given else ""


def shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def parse_order(resource: Resource, text: str) -> keyset.Order:
    text = text or resource.sort
    word = text.removeprefix("-")
    if word not in resource.sorts:
        raise BadQuery(f"One cannot sort {resource.plural} by «{shorten(word)}».")
    return keyset.order_of(resource.model, word, resource.sorts[word], text.startswith("-"))


def parse_search(text: str) -> str:
    try:
        typed = one_line(text)
    except ValueError as error:
        raise BadQuery(f"Search: {error}") from None
    if len(typed) > LONGEST_SEARCH:
        raise BadQuery(f"Search for at most {LONGEST_SEARCH} characters.")
    return typed


def parse_per_page(text: str) -> int:
    if not text:
        return PER_PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 10 <= int(text) <= 200):
        raise BadQuery("«per_page» is a number from 10 to 200.")
    return int(text)


def parse_place(order: keyset.Order, after: str, before: str) -> keyset.Place | None:
    if after and before:
        raise BadQuery("A page is after one row or before one, not both.")
    try:
        if after:
            return keyset.decode(order, after, backwards=False)
        return keyset.decode(order, before, backwards=True) if before else None
    except keyset.BadCursor as error:
        raise BadQuery(str(error)) from None


def parse_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def parse_condition(attribute: Attribute, texts: Sequence[str]) -> Condition:
    """Several values of one field are alternatives; values and ranges and «none» may be mixed."""
    given = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not given or len(given) > MOST_VALUES:
        raise BadQuery(f"The filter «{attribute.name}» has {'no value' if not given else 'too many values'}.")
    try:
        clauses, parsed = zip(*(parse_alternative(attribute, text) for text in given), strict=True)
    except ValueError as error:
        raise BadQuery(f"The filter «{attribute.name}»: {error}") from None
    return Condition(attribute, given, or_(*clauses), parsed)


def parse_alternative(attribute: Attribute, text: str) -> tuple[ColumnElement[bool], Any]:
    """One text of a filter → its SQL, and the value when it is a single one."""
    if text in ("none", "any"):
        return emptiness(attribute, empty=text == "none"), None
    if attribute.has_range:
        return ranged(attribute, text), None
    value = values.parse(attribute, text)
    if attribute.kind == "tags":
        return attribute.attr.any(attribute.target.id == value), value  # type: ignore[union-attr]
    if attribute.kind == "reference":
        return foreign_key(attribute.attr) == value, value
    return attribute.attr == value, value


def emptiness(attribute: Attribute, empty: bool) -> ColumnElement[bool]:
    if attribute.kind == "tags":
        return ~attribute.attr.any() if empty else attribute.attr.any()
    column = foreign_key(attribute.attr) if attribute.kind == "reference" else attribute.attr
    return column.is_(None) if empty else column.is_not(None)


def ranged(attribute: Attribute, text: str) -> ColumnElement[bool]:
    """«8..20», «8..», «..20» or one value; a year or a month of a date is all of its days."""
    start, separator, end = text.partition("..")
    if not start and not end:
        raise ValueError("a range is from..to, and one end may be missing.")
    clauses = []
    if start:
        clauses.append(attribute.attr >= values.bounds(attribute, start)[0])
    last = end if separator else start
    if last:
        upper = values.bounds(attribute, last)[1]
        clauses.append(attribute.attr < upper if attribute.kind == "datetime" else attribute.attr <= upper)
    return and_(*clauses)
