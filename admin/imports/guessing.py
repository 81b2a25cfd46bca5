"""Which column of a file goes to which field: told from its name, then from what stands in it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from admin.imports import amounts, days, words
from admin.imports.cells import read
from admin.imports.matching import unique_keys
from admin.imports.naming import OWN, Claim, claims, plain
from admin.imports.plan import Place, Plan, Style, Take
from admin.imports.targets import Target, natural_keys, targets
from admin.resource import Resource
from models.text import fold

Samples = Sequence[Sequence[str]]
SURE = 0.8  # the share of a column that has to look alike
ENOUGH = 2  # filled cells from which something may be told
FREE = ("text", "url", "markdown", "textarea")  # where anything may stand
NAMELESS = re.compile(r"(column|spalte|field|feld|unnamed)? ?([a-z]{1,2}|[0-9]*)")


def guess(resource: Resource, header: Sequence[str], samples: Samples) -> Sequence[Place]:
    """The places of the columns that can be told, in the order in which several are put together."""
    columns = [[row[place] for row in samples if place < len(row)] for place in range(len(header))]
    chosen = by_name(resource, header, columns)
    chosen += by_contents(resource, header, columns, chosen)
    places = [placed(resource, claim, columns[claim.column]) for claim in in_order(chosen)]
    if is_export(resource, header):
        return [Place(place.column, place.field) for place in places]
    return [*places, *beside(resource, places, columns)]


def is_export(resource: Resource, header: Sequence[str]) -> bool:
    """Whether the columns are those that our own export writes: then every cell is as we keep it."""
    names = {*resource.choosable, *targets(resource)}
    return "id" in header and {name.removesuffix("_id") for name in header} - {"id"} <= names


def by_name(resource: Resource, header: Sequence[str], columns: Samples) -> list[Claim]:
    """Each column its surest field, each field its surest column; where several help, all of them."""
    mine = targets(resource)
    chosen: list[Claim] = []
    for claim in claims(resource, header):
        free = claim.column not in {other.column for other in chosen}
        if (
            free
            and fits(mine[claim.field], claim, columns[claim.column])
            and may_join(mine[claim.field], claim, chosen)
        ):
            chosen.append(claim)
    return chosen


def may_join(target: Target, claim: Claim, chosen: Sequence[Claim]) -> bool:
    """ISBNs of several forms stand in for each other, the halves of a name make one, an id goes beside its name."""
    beside = {other.by for other in chosen if other.field == claim.field}
    if not beside or target.attribute.kind == "isbn":
        return True
    if target.attribute.kind == "reference":
        return (claim.by == "id") != ("id" in beside)
    return {*beside, claim.by} == {"given", "family"} and len(beside) == 1


def fits(target: Target, claim: Claim, cells: Sequence[str]) -> bool:
    """Whether what stands there can be meant: links are no prices, «FALSE» is no day, and «QC» is no status."""
    filled = [cell for cell in cells if cell.strip()]
    kind = target.attribute.kind
    if len(filled) < ENOUGH or kind in FREE:
        return True
    if kind in ("choice", "boolean"):
        return claim.score >= OWN or any(value is not None for value in read(target, filled, Style()).values)
    stray = [cell for cell in filled if "://" in cell or cell.strip().lower() in ("true", "false")]
    return len(stray) < len(filled) * SURE or any(read(target, stray, Style()).values)


def by_contents(
    resource: Resource, header: Sequence[str], columns: Samples, chosen: Sequence[Claim]
) -> Iterator[Claim]:
    """Columns whose name says nothing, by what stands in them; ISBNs and e-mail addresses are known under any name."""
    used, filled = {claim.column for claim in chosen}, {claim.field for claim in chosen}
    for column, name in enumerate(header):
        nameless = NAMELESS.fullmatch(plain(name)) is not None
        cells = [cell for cell in columns[column] if cell.strip()]
        if column in used or len(cells) < ENOUGH:
            continue
        for field, target in targets(resource).items():
            look = LOOKS.get(target.attribute.kind)
            plainly = target.attribute.kind in ("isbn", "email")
            if look and field not in filled and (nameless or plainly) and share(target, cells, look) >= SURE:
                filled.add(field)
                yield Claim(1, column, field)
                break


def share(target: Target, cells: Sequence[str], look: Callable[[str], bool]) -> float:
    found = read(target, cells, Style())
    return sum(look(cell) and value is not None for cell, value in zip(cells, found.values, strict=True)) / len(cells)


# What a cell of this kind must look like, beside being readable, to be known without a name.
LOOKS: Mapping[str, Callable[[str], bool]] = {
    "isbn": lambda cell: len(re.sub("[^0-9X]", "", cell)) >= 10,
    "email": lambda cell: "@" in cell,
    "url": lambda cell: "://" in cell,
    "date": lambda cell: len(re.findall("[0-9]+", cell)) == 3,
    "datetime": lambda cell: len(re.findall("[0-9]+", cell)) >= 3,
    "money": lambda cell: amounts.currency_beside(cell) is not None,
    "choice": lambda cell: len(cell) > 1 and not cell.isdigit(),
    "boolean": lambda cell: len(cell) > 1 and not cell.isdigit(),
}


def in_order(chosen: Sequence[Claim]) -> list[Claim]:
    """In the order of the file, but a given name before the family name."""
    first = min((claim.column for claim in chosen if claim.by in ("given", "family")), default=0)
    places = {"given": (first, 0), "family": (first, 1)}
    return sorted(chosen, key=lambda claim: places.get(claim.by, (claim.column, 0)))


def placed(resource: Resource, claim: Claim, cells: Sequence[str]) -> Place:
    return Place(claim.column, claim.field, take_of(resource, targets(resource)[claim.field], claim, cells))


def beside(resource: Resource, places: Sequence[Place], columns: Samples) -> Iterator[Place]:
    """What else these columns say: a name that is turned round sorts as it stands, a price has a currency."""
    mine, taken = targets(resource), {place.field for place in places}
    for place in places:
        currency = mine[place.field].attribute.info.get("currency")
        if place.take == "flip" and place.field == "name" and "sort_name" in mine.keys() - taken:
            yield Place(place.column, "sort_name")
        if currency and currency not in taken and any(map(amounts.currency_beside, columns[place.column])):
            yield Place(place.column, currency, "sign")


def take_of(resource: Resource, target: Target, claim: Claim, cells: Sequence[str]) -> Take:
    """How names of people stand in a column: one by one, several in a cell, or turned round."""
    if claim.by in ("given", "family", "id", "email") or not names_people(resource, target):
        return "all"
    filled = [cell for cell in cells if cell.strip()]
    votes = Counter(is_turned(name) for cell in filled for name in re.split(r"[;|\n]", cell))
    if votes[True] > votes[False]:
        return "flip"
    return "first" if any(words.SEVERAL.search(cell) for cell in filled) else "all"


def names_people(resource: Resource, target: Target) -> bool:
    """Whether these are names of people: of those who have an e-mail address."""
    if target.attribute.target:
        return "email" in target.by
    return target.name == "name" and "email" in natural_keys(resource.model)


def is_turned(name: str) -> bool | None:
    """Whether a name is «Surname, Given»: what stands before the comma is no whole name. None: one cannot tell."""
    family, comma, given = name.partition(",")
    if not comma:
        return False if len(name.split()) > 1 else None
    if len(family.split()) == 1:
        return None if "," in given else True
    return None if len(given.split()) == 1 else False


# How numbers and days are written


def styles(resource: Resource, places: Sequence[Place], samples: Samples) -> Style:
    """How numbers and days are written in this file, as far as its samples say."""
    mine = targets(resource)
    numbers = cells_of(mine, places, samples, ("money", "decimal", "integer"))
    dates = cells_of(mine, places, samples, ("date", "datetime"))
    decimal: Any = amounts.decimal_sign(numbers)
    order: Any = days.order_of(dates)
    return Style(decimal, order)


def cells_of(
    mine: Mapping[str, Target], places: Sequence[Place], samples: Samples, kinds: Sequence[str]
) -> Iterator[str]:
    for place in places:
        if mine[place.field].attribute.kind in kinds:
            yield from (row[place.column] for row in samples if place.column < len(row) and row[place.column].strip())


def fixed(resource: Resource, header: Sequence[str], places: Sequence[Place]) -> Mapping[str, str]:
    """What the names of columns say about all rows: the currency of a price («Preis (EUR)»)."""
    taken, found = {place.field for place in places}, {}
    for place in places:
        currency = targets(resource)[place.field].attribute.info.get("currency")
        words_of_it = map(fold, filter(str.isprintable, re.findall(r"[^\s()\[\]/_,.:-]+", header[place.column])))
        codes = {amounts.signs()[word] for word in words_of_it if word in amounts.signs()}
        if currency and currency not in taken and len(codes) == 1:
            found[currency] = codes.pop()
    return found


def completed(
    resource: Resource, header: Sequence[str], samples: Sequence[Sequence[str]], places: Sequence[Place]
) -> Plan:
    """The plan for columns that go to these places: how they are written, what their names say of all rows, and the
    first field for which there is a column and that finds records."""
    placed = {place.field for place in places}
    return Plan(
        places=tuple(places),
        fixed=fixed(resource, header, places),
        style=styles(resource, places, samples),
        match=next((name for name in unique_keys(resource) if name in placed), ""),
    )
