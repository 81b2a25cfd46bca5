"""What the terms of the search box mean: which field a name stands for, and the text of the address that says the same.

«price:>20» is `price=>20`, «-status:cancelled» is `status=!cancelled`, «has:isbn» is `isbn=any`, «author:"le guin"» is
`author=~le guin`. What cannot be understood is a Mistake, which says what to write instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from admin import conditions, terms
from admin.attributes import Attribute
from admin.conditions import BadCondition
from admin.resource import Resource
from admin.terms import Term
from models.text import fold

EMPTY = ("none", "empty")
FILLED = ("any", "filled")
QUESTIONS = ("has", "no", "is")
STRAIGHT = str.maketrans("“”„", '"""')
FEW_CHOICES = 8
MOST_WORDS = 16


@dataclass(frozen=True)
class Mistake:
    """A term that is not understood, why, and a term that would be."""

    term: str
    message: str
    instead: str = ""


class Misunderstood(ValueError):
    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.instead = instead


@dataclass(frozen=True)
class Asked:
    """What a text asks for: the texts of each filter, the words left to search for, and what is not understood.

    `left` is what stays in the box: the words and the mistakes, in their order.
    """

    filters: Mapping[str, Sequence[str]]
    words: str = ""
    left: str = ""
    mistakes: Sequence[Mistake] = ()
    rewritten: bool = False  # there were terms that are filters


def read(resource: Resource, text: str, given: Mapping[str, Sequence[str]]) -> Asked:
    """Read the search box of a list whose address already has the filters `given`; each term adds to them."""
    filters = {name: list(texts) for name, texts in given.items()}
    words: list[str] = []
    left: list[str] = []
    mistakes: list[Mistake] = []
    rewritten = False
    for term in terms.parse(text):
        typed = text[term.start : term.end]
        try:
            if is_word(resource, term):
                words.append(enough(words, typed))
                left.append(typed)
                continue
            for attribute, found in meaning(resource, term):
                conditions.parse_condition(attribute, found)
                merge(filters.setdefault(attribute.name, []), found)
                rewritten = True
        except ValueError as error:
            left.append(typed)
            mistakes.append(Mistake(typed, lowered(str(error)), getattr(error, "instead", "")))
    return Asked(filters, " ".join(words), " ".join(left), mistakes, rewritten)


def enough(words: Sequence[str], typed: str) -> str:
    if len(words) >= MOST_WORDS:
        raise Misunderstood(f"Search for at most {MOST_WORDS} words at once; words in quotes are one.")
    return typed


def is_word(resource: Resource, term: Term) -> bool:
    """Something to search for: no field, or «Dune:», which only looks like one."""
    return not term.field or (not term.values and normal(term.field) not in (*resource.names, *QUESTIONS))


def normal(name: str) -> str:
    return fold(name).replace("-", "_").replace(" ", "_")


def lowered(message: str) -> str:
    """A sentence as it stands after a dash."""
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


def merge(texts: list[str], found: Sequence[str]) -> None:
    """A second comparison narrows the first, «price:>5 price:<20»; any other value is one more alternative."""
    if len(found) == 1 and is_bound(found[0]):
        bounds = [number for number, text in enumerate(texts) if not text.startswith("!") and is_bound(text)]
        if len(bounds) == 1:
            both = [*conditions.comparisons(texts[bounds[0]]), *conditions.comparisons(found[0])]
            texts[bounds[0]] = conditions.shortest(list(dict.fromkeys(both)))
            return
    texts.extend(text for text in found if text not in texts)


def is_bound(text: str) -> bool:
    return text.startswith(("<", ">")) or text.startswith("..") or text.endswith("..")


# From a term to the filters it means


def meaning(resource: Resource, term: Term) -> Iterator[tuple[Attribute, Sequence[str]]]:
    """(filter, its texts). Raises ValueError with words for people."""
    name = normal(term.field)
    if name in resource.names:
        attribute = resource.names[name]
        yield attribute, texts_of(attribute, term)
    elif name == "is":
        yield from state(resource, term)
    elif name in QUESTIONS:
        filled = (name == "has") != term.negated
        for value in valued(term):
            yield field_named(resource, value.text), ["any" if filled else "none"]
    else:
        raise unknown(resource, term)


def valued(term: Term) -> Sequence[terms.Value]:
    if not term.values:
        raise Misunderstood("Write something after the colon.")
    return term.values


def field_named(resource: Resource, name: str) -> Attribute:
    try:
        return resource.names[normal(name)]
    except KeyError:
        raise Misunderstood(f"There is no field “{short(name)}” to ask for. {known(resource)}") from None


def unknown(resource: Resource, term: Term) -> Misunderstood:
    near = get_close_matches(normal(term.field), resource.names, 1)
    alike = terms.form(Term(term.values, near[0], term.negated)) if near else ""
    as_text = terms.form(Term((terms.Value(":".join((term.field, *(v.text for v in term.values))), True),)))
    text = f"There is no field “{short(term.field)}” to ask for. {known(resource)}"
    return Misunderstood(text if near else f"{text} To search for it as text, put it in quotes.", alike or as_text)


def known(resource: Resource) -> str:
    return f"There are {', '.join(resource.filterable)}." if resource.filterable else ""


def short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def texts_of(attribute: Attribute, term: Term) -> Sequence[str]:
    if decimal_comma(attribute, term):
        one, two = (value.text for value in term.values[:2])
        raise Misunderstood(f"Is this {one}.{two}, or {one} and {two}? Write {term.field}:{one}.{two} for the former.")
    found = [text_of(attribute, value) for value in valued(term)]
    return [f"!{text}" for text in found] if term.negated else found


def decimal_comma(attribute: Attribute, term: Term) -> bool:
    """«12,50» may be one amount or two; nobody should get the wrong books by a comma."""
    if attribute.kind not in ("money", "decimal") or len(term.values) != 2:
        return False
    one, two = (value.text for value in term.values)
    return re.search(r"[0-9]$", one) is not None and re.match(r"[0-9]{2}(\.\.|$)", two) is not None


def text_of(attribute: Attribute, value: terms.Value) -> str:
    """One value as the address writes it."""
    text = value.text.strip()
    if attribute.target is not None and value.quoted:
        return f"~{text}"
    if fold(text) in EMPTY:
        return "none"
    if fold(text) in FILLED:
        return "any"
    if attribute.target is not None:
        return f"~{text.removeprefix('~')}"
    if attribute.kind == "choice":
        return choice(attribute, text)
    if attribute.kind in ("date", "datetime"):
        return text.lower() if not re.search(r"[0-9]T[0-9]", text) else text
    return text


def choice(attribute: Attribute, text: str) -> str:
    """A choice by its word or its label, in any spelling: «out-of-print», «French»."""
    options = spellings(attribute)
    if normal(text) in options:
        return options[normal(text)]
    if len(attribute.choices) <= FEW_CHOICES:
        near = list(attribute.choices)
    else:
        near = [attribute.choices[options[one]] for one in get_close_matches(normal(text), options, 3, cutoff=0.7)]
    offer = f" Write {any_of([hyphened(value) for value in near])}." if near else ""
    raise Misunderstood(f"There is no such {attribute.label.lower()}.{offer}")


def hyphened(value: str) -> str:
    """«out of print» as one types it without quotes."""
    return value.replace(" ", "-")


def spellings(attribute: Attribute) -> Mapping[str, str]:
    """Every way to write a choice → its value; the values themselves win."""
    by_label = {normal(label): value for value, label in attribute.choices.items()}
    return by_label | {normal(value): value for value in attribute.choices}


def any_of(texts: Sequence[str]) -> str:
    *others, last = texts
    return f"{', '.join(others)} or {last}" if others else last


def state(resource: Resource, term: Term) -> Iterator[tuple[Attribute, Sequence[str]]]:
    """«is:cancelled», «is:active»: a choice by its value alone, where only one field has it."""
    sign = "!" if term.negated else ""
    for value in valued(term):
        word = normal(value.text)
        fields = [a for a in resource.filterable.values() if word in states(a)]
        if len(fields) == 1:
            yield fields[0], [sign + states(fields[0])[word]]
        elif word in ("empty", *EMPTY):
            raise Misunderstood(f"Say which field is empty: {next(iter(resource.filterable))}:empty.")
        else:
            raise Misunderstood(f"No single field is that. Name the field, for example {example(resource)}.")


def states(attribute: Attribute) -> Mapping[str, str]:
    if attribute.kind == "boolean":
        return {normal(attribute.label): "yes"}
    return spellings(attribute) if attribute.kind == "choice" else {}


def example(resource: Resource) -> str:
    """A term that this list understands."""
    for attribute in resource.filterable.values():
        if attribute.choices:
            return f"{attribute.name}:{hyphened(next(iter(attribute.choices)))}"
    return f"{next(iter(resource.filterable))}:any"


def as_term(attribute: Attribute, text: str) -> str:
    """A text of the address as one would type it, to be shown where it was not understood."""
    shown = "".join(character for character in text if character.isprintable())[:100]
    negated = shown.startswith("!")
    return terms.form(Term((terms.Value(shown.removeprefix("!")),), attribute.name, negated))


def mistaken(attribute: Attribute, error: BadCondition) -> Mistake:
    return Mistake(as_term(attribute, error.text), lowered(str(error)))
