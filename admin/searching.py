"""How to search a list, told by examples with its own fields; each of them can be typed as it stands."""

from collections.abc import Iterator

from admin.attributes import Attribute
from admin.language import hyphened
from admin.resource import Resource


def examples(resource: Resource) -> Iterator[tuple[str, str]]:
    """(what one types, what it finds): words, then the first field of each kind that the list has."""
    yield "le guin", "both words, in any order and spelling"
    yield '"le guin"', "these words side by side"
    yield "-guin", "without this word"
    fields = sorted(resource.filterable.values(), key=lambda a: (a.has_range, a.name.endswith("_at")))
    for kind in (choices, numbers, dates, names, gaps):
        attribute = next((attribute for attribute in fields if kind(attribute)), None)
        yield from kind(attribute) if attribute is not None else ()


def choices(attribute: Attribute) -> list[tuple[str, str]]:
    if attribute.kind != "choice":
        return []
    one, two = (hyphened(value) for value in list(attribute.choices)[:2])
    return [(f"{attribute.name}:{one},{two}", "one of them"), (f"-{attribute.name}:{one}", "any other")]


def numbers(attribute: Attribute) -> list[tuple[str, str]]:
    if not attribute.has_range or attribute.kind in ("date", "datetime"):
        return []
    return [
        (f"{attribute.name}:>20", "more than 20; or >=, <, <="),
        (f"{attribute.name}:10..20", "from 10 to 20; or 10.., ..20"),
    ]


def dates(attribute: Attribute) -> list[tuple[str, str]]:
    if attribute.kind not in ("date", "datetime"):
        return []
    return [
        (f"{attribute.name}:2020..", "from 2020 on; or 2020-05, today, yesterday"),
        (f"{attribute.name}:<30d", "in the last 30 days; or w, m, y"),
        (f"{attribute.name}:>1y", "more than a year ago"),
    ]


def names(attribute: Attribute) -> list[tuple[str, str]]:
    if attribute.target is None:
        return []
    return [(f'{attribute.name}:"le guin"', "by name, or by a part of it")]


def gaps(attribute: Attribute) -> list[tuple[str, str]]:
    if attribute.kind != "tags" and (attribute.column is None or not attribute.column.nullable):
        return []
    return [(f"has:{attribute.name}", "filled in"), (f"-has:{attribute.name}", "empty")]
