"""What the name of a column says: which field it means, and how surely."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

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
    return fold(" ".join(re.findall(r"[^\W_]+", normalize("NFC", parted))))


def phrases(line: str) -> list[str]:
    return list(filter(None, dict.fromkeys(plain(part) for part in line.split(","))))


BESIDE = frozenset(phrases(vocabulary.BESIDE))
HALVES = {"given": frozenset(phrases(vocabulary.GIVEN)), "family": frozenset(phrases(vocabulary.FAMILY))}


def claims(resource: Resource, header: Sequence[str]) -> list[Claim]:
    """Every column with every field its name may mean, the surest first."""
    mine = targets(resource)
    names = {field: known_names(resource, target) for field, target in mine.items() if field != "id"}
    found = [claim for column, name in enumerate(header) for claim in of_column(resource, names, column, name)]
    if "name" in mine:
        found += halves(header)
    if is_own_file(resource, header):
        found += own_keys(resource, header)
    return sorted(found, key=lambda claim: (-claim.score, claim.column))


def known_names(resource: Resource, target: Target) -> Mapping[str, float]:
    """What this field is called, in every spelling, and how sure that is."""
    found: dict[str, float] = {}
    for phrase, score in scored(resource, target):
        for spelling, cost in ((phrase, 0), (phrase.replace(" ", ""), 1), (without(phrase, BESIDE), ASIDE)):
            if spelling:
                found[spelling] = max(score - cost, found.get(spelling, 0))
    return found


def scored(resource: Resource, target: Target) -> Iterator[tuple[str, float]]:
    """The phrases that name this field; of a list the first ones are surer."""
    kind = target.attribute.kind
    kinds = [other.attribute.kind for other in targets(resource).values()]
    lists = [(vocabulary.FIELDS.get(target.name, ""), COMMON)]
    if kinds.count(kind) == 1:
        lists.append((vocabulary.KINDS.get(kind, ""), KIND))
    for line, score in lists:
        yield from ((phrase, score - place / 100) for place, phrase in enumerate(phrases(line)))
    if target.name == resource.model.__label__:
        yield from ((thing, THING) for thing in things(resource))
    if target.attribute.target and known(target.attribute.target):
        yield plain(resource_of(target.attribute.target).singular), KIND
    yield from ((plain(name), OWN) for name in (target.label, target.name))


def of_column(resource: Resource, names: Mapping[str, Mapping[str, float]], column: int, name: str) -> Iterator[Claim]:
    readings = dict(shortened(resource, name))
    for field, known_as in names.items():
        score = max((known_as[text] - cost for text, cost in readings.items() if text in known_as), default=0)
        if score:
            yield Claim(score, column, field)
        elif key := named_by(targets(resource)[field], plain(name), known_as):
            yield Claim(KEY, column, field, key)


def shortened(resource: Resource, name: str) -> Iterator[tuple[str, float]]:
    """The name, each half of «Autor/Herausgeber», and both without the words beside it that say nothing."""
    whole = plain(name)
    for part in re.split(r"[/|]", name):
        bare = without(plain(part), things(resource))
        yield without(bare, BESIDE), 2 * ASIDE
        yield bare, ASIDE
        yield without(plain(part), BESIDE), ASIDE
        yield plain(part), ASIDE
    yield whole.replace(" ", ""), 1
    yield whole, 0


def things(resource: Resource) -> frozenset[str]:
    return frozenset(phrases(vocabulary.THINGS.get(resource.singular, resource.singular)))


def without(name: str, words: frozenset[str]) -> str:
    return " ".join(word for word in name.split() if word not in words)


def named_by(target: Target, name: str, names: Mapping[str, float]) -> str:
    """«author_email»: the key by which a column names its reference. An id of other people's is none."""
    for key in target.by:
        for phrase in phrases(vocabulary.NAMED_BY.get(key, key)):
            if key != "id" and name.endswith(f" {phrase}") and name.removesuffix(f" {phrase}") in names:
                return key
    return ""


def halves(header: Sequence[str]) -> Iterator[Claim]:
    """Given and family names. Beside a «Vorname», «Name» alone is the family's."""
    names = [plain(name) for name in header]
    columns = {half: [c for c, name in enumerate(names) if name in words] for half, words in HALVES.items()}
    yield from (Claim(KIND, column, "name", half) for half, found in columns.items() for column in found)
    for given in columns["given"] if not columns["family"] else ():
        beside = [column for column, name in enumerate(names) if name == vocabulary.FAMILY_BESIDE.get(names[given])]
        for family in beside[:1]:
            yield Claim(KEY, given, "name", "given")
            yield Claim(KEY, family, "name", "family")


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
