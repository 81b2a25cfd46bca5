"""The address of a list, read once: search, filters, order and place. Anything it does not declare is a 400."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import holding, keyset, language, terms
from admin.attributes import Attribute
from admin.clauses import filled
from admin.conditions import BadCondition, Condition, parse_condition
from admin.language import Asked, Mistake
from admin.resource import Column, Resource
from admin.statements import kept
from admin.wanted import Wanted
from models.text import one_line
from services import search

PER_PAGE = 50
PER_PAGE_CHOICES = (25, 50, 100, 200)
MOST_FILTERS = 8
LONGEST_SEARCH = 200
LOOKS = ("columns", "density", "per_page")  # how the list is shown, not what it holds
OWN_WORDS = ("q", "sort", "after", "before", "saved", "view", "only", "open", *LOOKS)
DENSITIES = {"compact": "Compact", "normal": "Normal", "roomy": "Roomy"}
PLAIN = 0  # the view of «view=all»: none, not even the one that the list opens with


class BadQuery(ValueError):
    """A parameter that the list does not know or cannot read; the message names it."""


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
    columns: Sequence[str] = ()  # their names when the address gives them
    density: str = ""
    view: int | None = None  # the saved view one is in, or PLAIN
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)  # the canonical address, without the place
    left: str = ""  # what the search box shows: the words of q, and what was not understood
    mistakes: Sequence[Mistake] = ()
    rewritten: bool = False  # q held more than words; the canonical address says it in parameters

    @cached_property
    def filtered(self) -> bool:
        return bool(self.q or self.conditions)

    @cached_property
    def spoken(self) -> list[tuple[str, bool]]:
        """The words to search for, folded, and whether they must not be there."""
        words = [(search.folded(term.text), term.negated) for term in terms.parse(self.q)] if self.q else []
        return [(word, negated) for word, negated in words if word]

    @cached_property
    def terms(self) -> list[str]:
        """The words of which every one must be found, the longest first: it narrows most."""
        return sorted((word for word, negated in self.spoken if not negated), key=len, reverse=True)

    def wanted(self, session: Session, columns: Sequence[Column] = ()) -> Wanted:
        """What the list shows, for those who read a page of it (with these columns) or count it."""
        resource, absent = self.resource, [word for word, negated in self.spoken if negated]
        asked = [condition.asked(session) for condition in self.conditions]
        filters = [clause for clause, _ in asked]
        filters += [kept(holding.lacks, resource, term) for term in search.named("absent", absent)]
        filters += [kept(is_row, resource.model)] if self.only is not None else []
        values = search.values("word", self.terms) | search.values("absent", absent) | {ROW: self.only}
        return Wanted(
            resource=resource,
            database=search.database_of(session, *(holding.searched_in(resource) if self.terms else ())),
            filters=tuple(filters),
            terms=search.named("word", self.terms),
            order=self.order,
            columns=tuple(columns),
            is_plannable=len(filters) == sum(c.attribute.kind in ("choice", "boolean") for c in self.conditions),
            values={name: value for given in (values, *(given for _, given in asked)) for name, value in given.items()},
        )

    def where(self, session: Session) -> list[ColumnElement[bool]]:
        """What the list shows, for those who take all of it at once in a statement of their own."""
        wanted = self.wanted(session)
        return [filled(clause, wanted.values) for clause in (*wanted.filters, *holding.condition(wanted))]

    def leaving(self, attribute: Attribute) -> "ListQuery":
        """The same without the filter of this field."""
        return replace(self, conditions=[c for c in self.conditions if c.attribute is not attribute])

    @cached_property
    def mark(self) -> str:
        """A short name of this query, for ids of elements that must not be taken for another query's."""
        return f"{crc32(self.url().encode()):x}"

    def url(self, **changes: Any) -> str:
        """The list's own address with some words changed; None takes a word away. The place is always left behind."""
        if any(text is None or name in self.words for name, text in changes.items()):
            return address({**self.words, **changes})
        return joined(self.own_url, address(changes)) if changes else self.own_url

    @cached_property
    def own_url(self) -> str:
        return address(self.words)

    @property
    def plain(self) -> str:
        """The list without search and filters; not the view that it may open with, when one is in a view."""
        return "?view=all" if self.view is not None else ""

    def without(self, attribute: Attribute) -> str:
        return self.url(**{attribute.name: None})


def address(words: Mapping[str, Any]) -> str:
    pairs = [(name, text) for name, texts in words.items() if texts is not None for text in as_list(texts)]
    return "?" + urlencode(pairs, safe=",")


def joined(start: str, more: str) -> str:
    """«?q=a» and «?sort=b» as «?q=a&sort=b»."""
    return f"{start}&{more[1:]}" if len(start) > 1 else more


ROW = "row_id"


def is_row(model: Any) -> ColumnElement[bool]:
    clause: ColumnElement[bool] = model.id == bindparam(ROW)
    return clause


def as_list(texts: Any) -> list[str]:
    return [str(texts)] if isinstance(texts, str | int) else list(texts)


def parse(resource: Resource, args: MultiDict[str, str], per_page: int = PER_PAGE) -> ListQuery:
    """Read the parameters of a list's address; `per_page` is for one that does not say it.

    Raises BadQuery, which names the parameter.
    """
    query = read(resource, args, per_page)
    for mistake in query.mistakes:
        raise BadQuery(f"{mistake.term} — {mistake.message}")
    return query


def read(resource: Resource, args: MultiDict[str, str], per_page: int = PER_PAGE) -> ListQuery:
    """The same for the list itself, which can show a mistake of search or filter and go on without it."""
    for name in args:
        if name not in OWN_WORDS and name not in resource.filterable:
            raise BadQuery(f"The list of {resource.plural} has no filter «{shorten(name)}».")
    order = parse_order(resource, once(args, "sort"))
    asked = parse_search(resource, args)
    conditions, mistakes = parse_filters(resource, asked.filters)
    query = ListQuery(
        resource=resource,
        order=order,
        q=asked.words,
        conditions=conditions,
        per_page=parse_per_page(once(args, "per_page"), per_page),
        place=parse_place(order, once(args, "after"), once(args, "before")),
        saved=parse_id(once(args, "saved")),
        only=parse_id(once(args, "only")),
        columns=parse_columns(resource, once(args, "columns")),
        density=parse_density(once(args, "density")),
        view=parse_view(once(args, "view")),
        left=" ".join([*filter(None, [asked.left]), *(mistake.term for mistake in mistakes)]),
        mistakes=[*asked.mistakes, *mistakes],
        rewritten=asked.rewritten,
    )
    return replace(query, words=canonical(query, resource, per_page))


def canonical(query: ListQuery, resource: Resource, per_page: int) -> dict[str, Sequence[str]]:
    words: dict[str, Sequence[str]] = {"q": [query.q]} if query.q else {}
    words.update({condition.attribute.name: condition.texts for condition in query.conditions})
    # In a view the order is always said: «view=7» alone is the short address of the whole view.
    if query.order.text != resource.sort or query.view:
        words["sort"] = [query.order.text]
    if query.per_page != per_page:
        words["per_page"] = [str(query.per_page)]
    if query.columns:
        words["columns"] = [",".join(query.columns)]
    if query.density:
        words["density"] = [query.density]
    if query.view is not None:
        words["view"] = [str(query.view or "all")]
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


def parse_search(resource: Resource, args: MultiDict[str, str]) -> Asked:
    given = {name: args.getlist(name) for name in resource.filterable if name in args}
    text = once(args, "q")
    try:
        typed = search_text(text)
    except BadQuery as error:
        return Asked(given, "", shown(text), [Mistake("", str(error))])
    if not typed:
        return Asked(given)
    return language.read(resource, typed, given)


def search_text(text: str) -> str:
    """What was typed, as one line with straight quotation marks."""
    try:
        typed = one_line(text)
    except ValueError as error:
        raise BadQuery(f"Search: {error}") from None
    if len(typed) > LONGEST_SEARCH:
        raise BadQuery(f"Search for at most {LONGEST_SEARCH} characters.")
    return typed.translate(language.STRAIGHT)


def shown(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:LONGEST_SEARCH]


def parse_filters(
    resource: Resource, filters: Mapping[str, Sequence[str]]
) -> tuple[Sequence[Condition], Sequence[Mistake]]:
    """The conditions, in the order of the resource, and what of the address is none."""
    found: list[Condition] = []
    mistakes = []
    for name in (name for name in resource.filterable if name in filters):
        attribute = resource.filterable[name]
        try:
            found.append(parse_condition(attribute, filters[name]))
        except BadCondition as error:
            mistakes.append(language.mistaken(attribute, error))
    if len(found) > MOST_FILTERS:
        mistakes.append(Mistake("", f"At most {MOST_FILTERS} filters at once."))
    return found[:MOST_FILTERS], mistakes


def parse_columns(resource: Resource, text: str) -> Sequence[str]:
    """«title,author,price»: the columns in their order. The record's name comes first when it is not among them."""
    names = list(dict.fromkeys(text.split(","))) if text else []
    for name in names:
        if name not in resource.choosable:
            raise BadQuery(f"The list of {resource.plural} has no column «{shorten(name)}».")
    return with_lead(resource, names) if names else ()


def with_lead(resource: Resource, names: Sequence[str]) -> Sequence[str]:
    return tuple(names) if resource.lead.name in names else (resource.lead.name, *names)


def parse_density(text: str) -> str:
    if text and text not in DENSITIES:
        raise BadQuery(f"«density» is {', '.join(DENSITIES)}, and not «{shorten(text)}».")
    return text


def parse_view(text: str) -> int | None:
    if not text or text == "all":
        return PLAIN if text else None
    number = parse_id(text)
    if not number:
        raise BadQuery("«view» is the number of a saved view, or «all».")
    return number


def parse_per_page(text: str, usual: int) -> int:
    if not text:
        return usual
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
