"""What one may go on typing in a search box: fields, then what can be asked of them, then names. At most 20 lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from flask import abort, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from admin import chips, conditions, language, query, terms
from admin.attributes import Attribute
from admin.language import normal
from admin.page import page
from admin.registry import resource_of
from admin.resource import Resource
from admin.screens import options
from admin.terms import Term
from extensions import db
from models.base import now
from policy import may

MOST = 20
MOST_OF_A_FIELD = 3  # values offered before their field is named
SIGN = re.compile(r"[<>]=?")
AGES = ("<7d", "<30d", "<1y", ">1y")


@dataclass(frozen=True)
class Suggestion:
    """A term to put in place of the last one. It is `whole` when nothing need follow."""

    term: str
    note: str
    whole: bool = False


def screen(resource: Resource) -> ResponseReturnValue:
    """Suggestions for the end of `q`; each carries the text as it would be."""
    for name in request.args:
        if name != "q":
            abort(400, f"Suggestions have no «{query.shorten(name)}».")
    text = typed(query.once(request.args, "q"))
    begun = last_term(text)
    found = islice(suggestions(db.session(), resource, begun), MOST)
    return page("suggest", resource, before=text[: begun.start] if begun else text, found=list(found))


def typed(text: str) -> str:
    try:
        query.search_text(text)
    except query.BadQuery as error:
        abort(400, str(error))
    return text.translate(language.STRAIGHT)


def last_term(text: str) -> Term | None:
    """The term one is in the middle of; none after a blank."""
    found = terms.parse(text)
    return found[-1] if found and found[-1].end == len(text) else None


def suggestions(session: Session, resource: Resource, term: Term | None) -> Iterator[Suggestion]:
    sign = "-" if term is not None and term.negated else ""
    if term is None or not term.field:
        yield from fields(resource, sign, term.values[0].text if term is not None else "")
    elif normal(term.field) in resource.names:
        yield from values(session, resource.names[normal(term.field)], term, sign)
    elif normal(term.field) == "is":
        yield from states(resource, sign, last_value(term).text)
    elif normal(term.field) in language.QUESTIONS:
        yield from emptiable(resource, f"{sign}{term.field}", last_value(term).text)


# Before the colon


def fields(resource: Resource, sign: str, begun: str) -> Iterator[Suggestion]:
    """The fields whose name begins so, and values one may mean without naming their field."""
    start = normal(begun)
    for attribute in resource.filterable.values():
        if any(name.startswith(start) for name, named in resource.names.items() if named is attribute):
            yield Suggestion(f"{sign}{attribute.name}:", attribute.label)
    if "has".startswith(start):
        yield Suggestion(f"{sign}has:", "filled" if not sign else "empty")
    if len(start) > 1:
        for attribute in resource.filterable.values():
            choices = matching_choices(attribute, start)
            for value in islice(choices, MOST_OF_A_FIELD):
                yield complete(attribute, sign, (), language.hyphened(value))


def matching_choices(attribute: Attribute, start: str) -> Sequence[str]:
    """The choices that begin so; then those that have it elsewhere."""
    found = {v: (normal(v), normal(label)) for v, label in attribute.choices.items()}
    first = [value for value, names in found.items() if any(name.startswith(start) for name in names)]
    return first + [v for v, names in found.items() if v not in first and any(f"_{start}" in name for name in names)]


# Behind the colon


def last_value(term: Term) -> terms.Value:
    return term.values[-1] if term.values else terms.Value("")


def values(session: Session, attribute: Attribute, term: Term, sign: str) -> Iterator[Suggestion]:
    """What may stand behind the colon, or behind the comma after other values."""
    others, begun = term.values[:-1], last_value(term)
    if not attribute.has_range:
        yield from emptiness(attribute, others, begun.text, sign)
    if attribute.target is not None:
        yield from names(session, attribute, others, begun.text, sign)
    elif attribute.kind == "boolean":
        yield from (complete(attribute, sign, others, word) for word in ("yes", "no") if word.startswith(begun.text))
    elif attribute.choices:
        found = matching_choices(attribute, normal(begun.text))
        yield from (complete(attribute, sign, others, language.hyphened(value)) for value in found)
    elif attribute.has_range:
        yield from ranges(attribute, others, begun.text.lower(), sign)
        yield from emptiness(attribute, others, begun.text, sign)


def emptiness(attribute: Attribute, others: Sequence[terms.Value], begun: str, sign: str) -> Iterator[Suggestion]:
    if can_be_empty(attribute):
        yield from (complete(attribute, sign, others, word) for word in ("none", "any") if word.startswith(begun))


def names(
    session: Session, attribute: Attribute, others: Sequence[terms.Value], begun: str, sign: str
) -> Iterator[Suggestion]:
    """Records by name, for those who may see or choose them."""
    target = resource_of(attribute.target)  # type: ignore[arg-type]
    if not may(g.person, "options", target.entity) and not may(g.person, "view", target.entity):
        return
    for row in options.choices(session, target, begun, offered=False):
        value = terms.Value(row.label, quoted=True)
        text = terms.form(Term((*others, value), attribute.name, bool(sign)))
        yield Suggestion(text, row.hint, whole=True)


def ranges(attribute: Attribute, others: Sequence[terms.Value], begun: str, sign: str) -> Iterator[Suggestion]:
    """Comparisons that begin so, each with what it means."""
    dated = attribute.kind in ("date", "datetime")
    year = now().year
    if not begun:
        wanted = ["today", "yesterday", *AGES, str(year), f"{year - 1}..", f"..{year}"] if dated else []
    elif dated and re.fullmatch(r"[<>]?[0-9]{1,3}", begun):
        wanted = [f"{begun if SIGN.match(begun) else f'<{begun}'}{unit}" for unit in "dwmy"]
    elif SIGN.match(begun) or ".." in begun:
        wanted = [begun, *(age for age in AGES if dated and age.startswith(begun))]
    else:
        wanted = [begun, f"{begun}..", f">{begun}", f"..{begun}", f"<{begun}"]
        wanted += [word for word in ("today", "yesterday") if dated and word.startswith(begun)]
    if not dated and not SIGN.sub("", begun):
        yield from signs(attribute, others, begun, sign)
    yield from (complete(attribute, sign, others, text) for text in wanted if understood(attribute, text))


def signs(attribute: Attribute, others: Sequence[terms.Value], begun: str, sign: str) -> Iterator[Suggestion]:
    for mark, word in chips.NUMBER_WORDS.items():
        if mark.startswith(begun):
            term = Term((*others, terms.Value(mark)), attribute.name, bool(sign))
            yield Suggestion(terms.form(term), f"{attribute.label} {word}…")


def understood(attribute: Attribute, text: str) -> bool:
    try:
        conditions.criterion(attribute, text)
    except ValueError:
        return False
    return True


def can_be_empty(attribute: Attribute) -> bool:
    return attribute.kind == "tags" or (attribute.column is not None and bool(attribute.column.nullable))


def complete(attribute: Attribute, sign: str, others: Sequence[terms.Value], text: str) -> Suggestion:
    """A whole term and, as its note, what its chip will say."""
    term = Term((*others, terms.Value(text)), attribute.name, bool(sign))
    criterion = conditions.criterion(attribute, ("!" if sign else "") + language.text_of(attribute, term.values[-1]))
    return Suggestion(terms.form(term), f"{attribute.label} {chips.said(attribute, criterion.text, {})}", whole=True)


# Behind «is:», «has:» and «no:»


def states(resource: Resource, sign: str, begun: str) -> Iterator[Suggestion]:
    attributes = [a for a in resource.filterable.values() if language.states(a)]
    for attribute in attributes:
        for word, value in language.states(attribute).items():
            alone = sum(word in language.states(other) for other in attributes) == 1
            if alone and word.startswith(normal(begun)) and word in (normal(value), normal(attribute.label)):
                said = chips.said(attribute, value, {})
                yield Suggestion(f"{sign}is:{word.replace('_', '-')}", f"{attribute.label} {said}", whole=True)


def emptiable(resource: Resource, question: str, begun: str) -> Iterator[Suggestion]:
    for attribute in resource.filterable.values():
        if can_be_empty(attribute) and attribute.name.startswith(normal(begun)):
            yield Suggestion(f"{question}:{attribute.name}", attribute.label, whole=True)
