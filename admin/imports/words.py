"""Words: choices by value, label or translation, yes and no, tags, and names of people in a cell."""

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from admin import values
from admin.attributes import Attr, Attribute, describe, label_of
from admin.imports import codes, vocabulary
from admin.imports.codes import squeezed
from admin.imports.plan import Style, Take
from admin.imports.repairs import Repair, Unclear
from models.rules import languages
from models.text import caseless, fold, one_line

LONGEST_LIST = 5
SEVERAL = re.compile(r"[,;|\n]")
Read = tuple[Any, tuple[str, ...]]


def read_choice(attribute: Attribute, text: str, _: Style) -> Read:
    if text in attribute.choices:
        return values.parse(attribute, text), ()
    if (value := own_words(attribute.attr).get(squeezed(text))) is not None:
        return values.parse(attribute, value), ()
    if (value := translations(attribute.attr).get(squeezed(text))) is not None:
        return values.parse(attribute, value), (Repair.TRANSLATED,)
    source = attribute.info.get("choices")
    if source is languages and (short := language_of(text)) in attribute.choices:
        return values.parse(attribute, short), (Repair.REGION,)
    if source is languages and text.lower() in vocabulary.UNKNOWN_LANGUAGE:
        return None, ()
    for words in codes.of(source) if source else ():
        if value := words().get(fold(text)) or words().get(squeezed(text)):
            return values.parse(attribute, value), (Repair.TRANSLATED,)
    raise not_a_choice(attribute, text)


def language_of(text: str) -> str:
    """«en-US» and «eng_GB» are English."""
    found = re.fullmatch(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]{2,8})+", text)
    word = found[1].lower() if found else ""
    return codes.language_codes().get(word, word)


def not_a_choice(attribute: Attribute, text: str) -> Unclear:
    if said := vocabulary.NO_LANGUAGE.get(text.lower()):
        return Unclear(f"«{text}» means {said}; there is room for one.")
    if few(attribute):
        return Unclear(f"This is none of the choices: {listed(attribute)}.")
    if len(parts := re.split(r"\s*[;,/|+&]\s*", text)) > 1:
        return Unclear("Several of them; there is room for one.", parts[0])
    return Unclear(f"No {attribute.label.lower()} of this name is known.")


def few(attribute: Attribute) -> bool:
    return len(attribute.choices) <= LONGEST_LIST


def listed(attribute: Attribute) -> str:
    return ", ".join(label.lower() for label in attribute.choices.values())


@cache
def own_words(attr: Attr) -> Mapping[str, str]:
    """Value and label in any spelling → value; what two of them share is nobody's."""
    return unambiguous([(word, value) for value, label in describe(attr).choices.items() for word in (value, label)])


@cache
def translations(attr: Attr) -> Mapping[str, str]:
    """What others call it → value, for the choices that the vocabulary knows."""
    known = [value for value in describe(attr).choices if value in vocabulary.CHOICES]
    return unambiguous([(word, value) for value in known for word in vocabulary.CHOICES[value].split(",")])


def unambiguous(pairs: list[tuple[str, str]]) -> Mapping[str, str]:
    meanings: dict[str, set[str]] = {}
    for word, value in pairs:
        meanings.setdefault(squeezed(word), set()).add(value)
    return {word: found.pop() for word, found in meanings.items() if word and len(found) == 1}


def read_boolean(attribute: Attribute, text: str, _: Style) -> Read:
    if text.lower() in values.YES + values.NO:
        return values.parse(attribute, text), ()
    word = fold(re.sub(r"\.0+$", "", text))
    if word in yes() or squeezed(word) == squeezed(attribute.label):
        return True, (Repair.TRANSLATED,)
    if word in no():
        return False, (Repair.TRANSLATED,)
    raise Unclear("Neither yes nor no.")


@cache
def yes() -> frozenset[str]:
    return frozenset(map(fold, vocabulary.YES.split()))


@cache
def no() -> frozenset[str]:
    return frozenset(map(fold, vocabulary.NO.split()))


@cache
def empty() -> frozenset[str]:
    return frozenset(map(fold, vocabulary.EMPTY.split()))


def read_tags(attribute: Attribute, text: str, _: Style) -> Read:
    """The names in a cell, each once: parted by «|», else by «;», else by commas."""
    target: Any = attribute.target
    longest = describe(label_of(target)).maxlength or 0
    names: dict[str | None, str] = {}
    mark = next((mark for mark in "|;" if mark in text), ",")
    parted = [name for part in text.split(mark) if (name := one_line(part))]
    for name in parted:
        if len(name) > longest:
            raise Unclear(f"A tag has at most {longest} characters: «{name[:20]}…» has {len(name)}.")
        names.setdefault(caseless(name), name)
    return tuple(names.values()) or None, (Repair.REPEATED,) if len(names) < len(parted) else ()


# Names of people


def taken(text: str, take: Take) -> tuple[str, tuple[str, ...]]:
    """What is meant of a cell: the first of several names, or a name turned round."""
    if take == "all":
        return text, ()
    people = several(text, turned=take == "flip")
    name = flipped(people[0]) if take == "flip" else people[0]
    return name, (Repair.FIRST,) if len(people) > 1 else ()


def several(text: str, turned: bool) -> list[str]:
    """The names in a cell; where they are turned round («Brontë, Anne»), a comma does not part them."""
    bare = without_brackets(text)
    mark = next((mark for mark in ";|\n" if mark in bare), "" if turned else ",")
    return parted(text, mark) or [text]


def flipped(text: str) -> str:
    """«Brontë, Charlotte» → «Charlotte Brontë»; «King, Martin Luther, Jr.» → «Martin Luther King, Jr.»."""
    family, *rest = parted(text, ",") or [text]
    return ", ".join([f"{rest[0]} {family}", *rest[1:]]) if rest else family


def parted(text: str, mark: str) -> list[str]:
    """The filled parts between the marks, but for those that stand in brackets."""
    bare = without_brackets(text)
    if not mark or mark not in bare:
        return [text] if text else []
    places = [-1, *(place for place, letter in enumerate(bare) if letter == mark), len(text)]
    parts = [text[begin + 1 : end].strip() for begin, end in pairwise(places)]
    return list(filter(None, parts))


def without_brackets(text: str) -> str:
    """The text as long as it was, with what stands in brackets made invisible."""
    return re.sub(r"\([^()]*\)?", lambda found: "_" * len(found[0]), text) if "(" in text else text
