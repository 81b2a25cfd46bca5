"""The form of the columns: what was chosen in it becomes a Shape and a Plan, and what is missing is named."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort
from werkzeug.datastructures import MultiDict

from admin.imports import cells, meant
from admin.imports.matching import unique_keys
from admin.imports.plan import Mode, Place, Plan, Style, Take
from admin.imports.reading import Reading
from admin.imports.targets import Target, targets
from admin.resource import Resource
from services.shape import DELIMITERS, ENCODINGS, QUOTES, Shape
from services.unit_of_work import Refused

Form = MultiDict[str, str]
Problem = tuple[str, str, str]  # the control's id, what it is called, what is wrong

TAKES: Mapping[Take, str] = {
    "all": "the whole cell",
    "first": "the first of several",
    "flip": "«Surname, Given»",
    "sign": "the currency sign",
}
MODES: Mapping[Mode, str] = {
    "both": "Create new ones and update those that are there",
    "create": "Only create new ones",
    "update": "Only update those that are there",
}
DECIMALS = {"": "not known", ".": "a point, 12.50", ",": "a comma, 12,50"}
DATES = {"": "not known", "ymd": "2027-03-31", "dmy": "31.3.2027", "mdy": "3/31/2027"}
LARGEST_HEADER = 1000


@dataclass
class Asked:
    """What was asked for, and what stands against it."""

    plan: Plan
    problems: list[Problem] = field(default_factory=list)

    def problem(self, name: str) -> str | None:
        return next((message for place, _, message in self.problems if place == name), None)


# What was sent


def shape_of(form: Form, shape: Shape, sheets: Collection[str]) -> Shape:
    """How the file is to be read. 400 for a word that no control offers."""
    options: dict[str, Collection[str]] = {
        "encoding": {*ENCODINGS, shape.encoding},
        "delimiter": {*DELIMITERS, shape.delimiter},
        "quote": {*QUOTES, shape.quote},
        "sheet": {*sheets, shape.sheet},
    }
    chosen: dict[str, Any] = {name: offered(form, name, words) for name, words in options.items() if name in form}
    if "header" in form:
        chosen["header"] = header_of(form)
    return replace(shape, **chosen)


def header_of(form: Form) -> int:
    text = form["header"].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= LARGEST_HEADER):
        abort(400, f"«header» is the number of a row, at most {LARGEST_HEADER:,}, or 0.")
    return int(text)


def offered(form: Form, name: str, words: Collection[str], usual: str = "") -> str:
    word = form.get(name, usual)
    if word not in words:
        abort(400, f"«{name}» does not offer «{word[:40]}».")
    return word


def plan_of(form: Form, resource: Resource, reading: Reading, before: Plan) -> Plan:
    """What is decided in the form; what other pages decided (single cells, which of two is meant) stays."""
    fields = targets(resource)
    placed = places(form, reading, fields)
    return replace(
        before,
        places=placed,
        fixed=fixed(form, fields, placed),
        style=Style(offered(form, "decimal", DECIMALS), offered(form, "dates", DATES)),  # type: ignore[arg-type]
        match=offered(form, "match", {"", *keys(resource)}),
        mode=offered(form, "mode", MODES, "both"),  # type: ignore[arg-type]
        create=created(form, before, references(fields)),
        last_wins="last_wins" in form,
    )


def created(form: Form, before: Plan, makeable: Collection[str]) -> tuple[str, ...]:
    """The references whose missing records are made; a box that the page did not show leaves it as it was."""
    shown = set(form.getlist("shown")) & set(makeable)
    made = {*before.create} - shown | (set(form.getlist("create")) & shown)
    return tuple(name for name in makeable if name in made)


def places(form: Form, reading: Reading, fields: Mapping[str, Target]) -> tuple[Place, ...]:
    found = []
    for column in range(len(reading.header)):
        for control in ("to", "also"):
            name = offered(form, f"{control}-{column}", {"", *fields})
            if name:
                take: Any = offered(form, f"{control}-take-{column}", TAKES, "all")
                found.append(Place(column, name, take, lenient=f"lenient-{column}" in form))
    return tuple(dict.fromkeys(found))


def fixed(form: Form, fields: Mapping[str, Target], placed: Sequence[Place]) -> dict[str, str]:
    """What every row has, of fields that no column goes to."""
    taken = {place.field for place in placed}
    texts = {name: form.get(f"fixed-{name}", "").strip() for name in fields if name not in taken}
    return {name: text for name, text in texts.items() if text}


# What is possible


def keys(resource: Resource) -> Mapping[str, str]:
    """What records can be found by: field → label."""
    fields = targets(resource)
    return {name: fields[name].label for name in unique_keys(resource) if name in fields}


def references(fields: Mapping[str, Target]) -> Mapping[str, Target]:
    """The fields whose missing records could be made."""
    return {name: target for name, target in fields.items() if target.attribute.kind in ("reference", "tags")}


def needed(resource: Resource, fields: Mapping[str, Target]) -> Mapping[str, Target]:
    """The fields that a new record must be given: those without a value to begin with."""
    begun = resource.defaults() if resource.defaults else {}
    return {
        name: target
        for name, target in fields.items()
        if target.required and name not in begun and getattr(target.attribute.column, "default", None) is None
    }


# What stands against it


def ask(resource: Resource, reading: Reading, plan: Plan) -> Asked:
    asked, fields = Asked(plan), targets(resource)
    placed = {place.field for place in plan.places}
    if not placed:
        asked.problems.append(("to-0", "Columns", f"No column goes to a field of {resource.plural} yet."))
    if plan.mode != "update":
        for name, target in needed(resource, fields).items():
            if name not in placed and name not in plan.fixed:
                told = "No column goes to it: choose one above, or write a value for every row."
                asked.problems.append((f"fixed-{name}", target.label, told))
    for name, text in plan.fixed.items():
        if wrong := cells.read(fields[name], [text], plan.style, "all").problems:
            asked.problems.append((f"fixed-{name}", fields[name].label, wrong[0].reason))
    asked.problems += unmatched(resource, plan, placed)
    return asked


def unmatched(resource: Resource, plan: Plan, placed: Collection[str]) -> list[Problem]:
    if plan.match and plan.match not in placed:
        label = keys(resource)[plan.match]
        return [("match", "Find by", f"No column goes to {label}, so nothing can be found by it.")]
    if not plan.match and plan.mode == "update":
        return [("match", "Find by", f"Say by what the {resource.plural} to update are found.")]
    return []


# What is mended on the page of the check

FIX = re.compile(r"fix-([1-9][0-9]{0,8})-(\w+)")
CHOICE = re.compile(r"choice-(\w+)-([0-9]{1,4})")
MEANT = re.compile(r"means-(\w+)-([0-9]{1,4})")
MOST_FIXES = 2_000
MOST_WORDS, MOST_SAID = 500, 100_000  # words, and characters of what is meant by them


def mended(form: Form, resource: Resource, plan: Plan, makeable: Collection[str]) -> Plan:
    """The plan with these cells corrected, these names told apart, these missing records made. Raises Refused."""
    fields, lenient = targets(resource), form.getlist("lenient")
    return replace(
        plan,
        places=tuple(replace(place, lenient=place.lenient or place.field in lenient) for place in plan.places),
        words=words(form, fields, plan),
        fixes=fixes(form, fields, plan),
        choices=choices(form, fields, plan),
        create=created(form, plan, makeable),
    )


def words(form: Form, fields: Mapping[str, Target], plan: Plan) -> dict[str, dict[str, str]]:
    """Field → word in the file → what it means in every row; an emptied box takes back what was said earlier.

    What was said earlier comes first: when «Jane Austin» was said to be «Jane Austn», both are what that one is now.
    """
    found = {field: dict(words) for field, words in plan.words.items()}
    given = []
    for name, text in form.items():
        of_a_word = MEANT.fullmatch(name)
        if of_a_word and of_a_word[1] in fields and (word := form.get(f"word-{of_a_word[1]}-{of_a_word[2]}")):
            given.append((word not in found.get(of_a_word[1], ()), of_a_word[1], word, text.strip()))
    for _, field_, word, text in sorted(given, key=lambda one: one[0]):
        say(fields[field_], found.setdefault(field_, {}), word, text)
    said = [text for words in found.values() for text in words.values()]
    if len(said) > MOST_WORDS or sum(map(len, said)) > MOST_SAID:
        raise Refused(f"More than {MOST_WORDS:,} words: correct them in the file and send it again.")
    return {field: words for field, words in found.items() if words}


def say(target: Target, words: dict[str, str], word: str, text: str) -> None:
    """From now on this word means that, and so does what was said to mean this word."""
    here = meant.key(target, word)
    for other in [other for other in words if meant.key(target, other) == here]:
        del words[other]
    if here and text and text != word:
        words |= {other: text for other, said in words.items() if meant.key(target, said) == here}
        words[word] = text


def fixes(form: Form, fields: Collection[str], plan: Plan) -> dict[str, dict[str, str]]:
    """Row → field → what was typed; an emptied box takes an earlier correction back."""
    found = {row: dict(cells) for row, cells in plan.fixes.items()}
    for name, text in form.items():
        if (of_a_cell := FIX.fullmatch(name)) and of_a_cell[2] in fields:
            row = found.setdefault(of_a_cell[1], {})
            row.pop(of_a_cell[2], None)
            if text.strip():
                row[of_a_cell[2]] = text.strip()
    if sum(map(len, found.values())) > MOST_FIXES:
        raise Refused(f"More than {MOST_FIXES:,} cells: download the rows, correct them there and send them again.")
    return {row: cells for row, cells in found.items() if cells}


def choices(form: Form, fields: Collection[str], plan: Plan) -> dict[str, dict[str, int]]:
    """Field → name in the file → the record that is meant; the page says the name beside each choice."""
    found = {field: dict(names) for field, names in plan.choices.items()}
    for name, text in form.items():
        of_a_name = CHOICE.fullmatch(name)
        if of_a_name and of_a_name[1] in fields and (said := form.get(f"name-{of_a_name[1]}-{of_a_name[2]}")):
            chosen = found.setdefault(of_a_name[1], {})
            chosen.pop(said, None)
            if text.isascii() and text.isdigit() and len(text) < 19:
                chosen[said] = int(text)
    return {field: names for field, names in found.items() if names}
