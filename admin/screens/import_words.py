"""Words that cannot be read, and those that somebody has said the meaning of: as the page of the check shows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from admin.forms import options_url
from admin.imports import meant
from admin.imports.ledger import Ledger, Line, Name
from admin.imports.plan import Plan
from admin.imports.targets import Target, targets
from admin.resource import Resource

SHOWN = 25  # words of a field, those of most rows
FEW = 40  # choices that are a list to choose from; more are suggested while one types
EMPTY = "-"  # a cell that says nothing


@dataclass(frozen=True)
class Control:
    """How one says what a word means: a list to choose from, or a box that may suggest."""

    options: Sequence[tuple[str, str]] = ()
    suggestions: Sequence[str] = ()
    address: str = ""  # of records to choose from


@dataclass(frozen=True)
class Words:
    """Words of one field, and what they are said to mean so far."""

    field: str
    target: Target
    number: int
    first: Sequence[Name]
    meant: Mapping[str, str]
    control: Control


def control(target: Target) -> Control:
    attribute = target.attribute
    if attribute.kind in ("reference", "tags"):
        return Control(address=options_url(attribute))
    choices = {"yes": "Yes", "no": "No"} if attribute.kind == "boolean" else attribute.choices
    if len(choices) > FEW:
        return Control(suggestions=list(choices.values()))
    if not choices:
        return Control()
    return Control(
        [("", "Not said yet"), *choices.items(), *([] if target.required else [(EMPTY, "Nothing: leave it empty")])]
    )


def unread(ledger: Ledger, resource: Resource, plan: Plan, numbers: Mapping[str, int]) -> list[Words]:
    """By field, the words that cannot be read; each with what was said of it, which cannot be read either."""
    fields = targets(resource)
    return [
        Words(
            name,
            fields[name],
            number,
            ledger.names(name, "unread", SHOWN),
            plan.words.get(name, {}),
            control(fields[name]),
        )
        for name, number in numbers.items()
        if number and name in fields
    ]


def said(resource: Resource, plan: Plan, lists: Collection[Words]) -> list[Words]:
    """By field, the words of which it was said what they mean, but for those that stand in one of the lists."""
    fields, listed = targets(resource), keys(lists)
    found = []
    for name in plan.words.keys() & fields.keys():
        target = fields[name]
        words = {one: text for one, text in plan.words[name].items() if (name, meant.key(target, one)) not in listed}
        if words:
            found.append(Words(name, target, len(words), [], words, control(target)))
    return found


def told_above(resource: Resource, lists: Collection[Words], lines: Sequence[Line]) -> set[tuple[int, str]]:
    """The cells (row, field) among these lines whose word stands in one of the lists."""
    fields, listed = targets(resource), keys(lists)
    return {
        (line.number, bad.field)
        for line in lines
        for bad in line.problems
        if bad.field in fields and (bad.field, meant.key(fields[bad.field], bad.text)) in listed
    }


def keys(lists: Collection[Words]) -> set[tuple[str, str]]:
    return {(words.field, meant.key(words.target, name.text)) for words in lists for name in words.first}
