"""Which column of a file goes to which field: told from its name, then from what stands in it."""

import re
from collections.abc import Iterator, Sequence

from admin.imports.plan import Place, Style
from admin.imports.targets import Target, targets
from admin.resource import Resource
from models.text import fold


def guess(resource: Resource, header: Sequence[str], samples: Sequence[Sequence[str]]) -> Sequence[Place]:
    """The places of the columns that can be told, in the order of the file."""
    names = {name: target.name for target in targets(resource).values() for name in own_names(target)}
    return [Place(column, names[key]) for column, name in enumerate(header) if (key := plain(name)) in names]


def own_names(target: Target) -> Iterator[str]:
    """What Colophon itself calls it, in an export and on a page; a reference has its id beside it."""
    yield plain(target.name)
    yield plain(target.label)
    if target.attribute.kind == "reference":
        yield plain(f"{target.name}_id")


def plain(name: str) -> str:
    """«Published_On», «published-on», «publishedOn» → «published on»."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", fold(parted)))


def styles(resource: Resource, places: Sequence[Place], samples: Sequence[Sequence[str]]) -> Style:
    """How numbers and days are written in this file, as far as its samples say."""
    return Style()
