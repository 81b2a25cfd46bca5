"""What the name of a column says: which field it means, and how surely."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from admin.imports import vocabulary
from admin.imports.targets import Target, kept, targets
from admin.registry import known, resource_of
from admin.resource import Resource
from models.text import fold

KEY, OWN, COMMON, KIND, THING, ASIDE = 101, 100, 90, 80, 70, 10  # how sure a name is; words beside it take away


@dataclass(frozen=True)
class Claim:
    """A column that may be a field. `by`: the key by which it names a reference, or the half of a name it is."""

    score: float
    column: int
    field: str
    by: str = ""


def plain(name: str) -> str:
    """«Published_On», «published-on», «publishedOn» → «published on»."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", fold(parted)))


def phrases(line: str) -> list[str]:
    return list(dict.fromkeys(plain(part) for part in line.split(",")))


def claims(resource: Resource, header: Sequence[str]) -> list[Claim]:
    """Every column with every field its name may mean, the surest first."""
    mine = targets(resource)
    names = {field: dict(scored(resource, target)) for field, target in mine.items() if field != "id"}
    found = [claim for column, name in enumerate(header) for claim in of_column(resource, names, column, plain(name))]
    if is_own_file(resource, header):
        found += own_keys(resource, header)
    return sorted(found, key=lambda claim: (-claim.score, claim.column))


def scored(resource: Resource, target: Target) -> Iterator[tuple[str, float]]:
    """The phrases that name this field, the least sure first, so that a surer one replaces it."""
    kind = target.attribute.kind
    kinds = [other.attribute.kind for other in targets(resource).values()]
    lists = [(vocabulary.FIELDS.get(target.name, ""), COMMON)]
    if kinds.count(kind) == 1:
        lists.insert(0, (vocabulary.KINDS.get(kind, ""), KIND))
    for line, score in lists:
        yield from (
            (phrase, score - place / 100) for place, phrase in reversed(list(enumerate(phrases(line)))) if phrase
        )
    if target.name == resource.model.__label__:
        yield from ((phrase, THING) for phrase in phrases(vocabulary.THINGS.get(resource.singular, resource.singular)))
    if target.attribute.target and known(target.attribute.target):
        yield plain(resource_of(target.attribute.target).singular), KIND
    yield from ((plain(name), OWN) for name in (target.label, target.name))


def of_column(resource: Resource, names: Mapping[str, Mapping[str, float]], column: int, name: str) -> Iterator[Claim]:
    readings = dict(shortened(resource, name))
    for field, known_names in names.items():
        score = max((known_names[text] - cost for text, cost in readings.items() if text in known_names), default=0)
        if score:
            yield Claim(score, column, field)
        elif key := named_by(targets(resource)[field], name, known_names):
            yield Claim(KEY, column, field, key)
    if "name" in names:
        yield from halves(column, readings)


def shortened(resource: Resource, name: str) -> Iterator[tuple[str, float]]:
    """The name, and without the words beside it that say nothing: «Buch: Titel (Original)»."""
    words = name.split()
    things = set(phrases(vocabulary.THINGS.get(resource.singular, resource.singular)))
    beside = set(phrases(vocabulary.BESIDE))
    without_things = [word for word in words if word not in things]
    yield " ".join(word for word in without_things if word not in beside), 2 * ASIDE
    yield " ".join(word for word in words if word not in beside), ASIDE
    yield " ".join(without_things), ASIDE
    yield "".join(words), 1
    yield name, 0


def named_by(target: Target, name: str, names: Mapping[str, float]) -> str:
    """«author_email»: the key by which a column names its reference. An id of other people's is none."""
    for key in target.by:
        for phrase in phrases(vocabulary.NAMED_BY.get(key, key)):
            if key != "id" and name.endswith(f" {phrase}") and name.removesuffix(f" {phrase}") in names:
                return key
    return ""


def halves(column: int, readings: Mapping[str, float]) -> Iterator[Claim]:
    for half, line in (("given", vocabulary.GIVEN), ("family", vocabulary.FAMILY)):
        if readings.keys() & set(phrases(line)):
            yield Claim(KIND, column, "name", half)


def is_own_file(resource: Resource, header: Sequence[str]) -> bool:
    """Whether this looks like an export of ours: then an id in it is one of ours too."""
    mine = {*targets(resource), *kept(resource), *id_names(resource)}
    ours = [name for name in header if name in mine]
    return len(ours) >= min(3, len(header)) and len(ours) * 2 >= len(header)


def id_names(resource: Resource) -> Mapping[str, str]:
    return {f"{t.name}_id": t.name for t in targets(resource).values() if t.attribute.kind == "reference"}


def own_keys(resource: Resource, header: Sequence[str]) -> Iterator[Claim]:
    ids = {"id": "id", **id_names(resource)}
    yield from (Claim(OWN, column, ids[name], "id") for column, name in enumerate(header) if name in ids)
