"""A list's rows as HTML, joined flat: a template spends on fifty rows more than the database and all the rest.

What a column looks like is settled once for a list; then it is written from top to bottom, a formatted string a cell.
Everything that came from people passes `escaped`. Record pages, which show one value of each kind, use
`templates/macros/cells.html`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from flask import g, url_for
from markupsafe import Markup

from admin import records
from admin.resource import Column, Resource
from admin.times import ago, day
from models.rules import amount, grouped_isbn
from policy import may, may_all

# The rows of the list's statement, and their names escaped → the HTML of one column's cells.
Cells = Callable[[Sequence[Any], Sequence[str]], list[str]]
Show = Callable[[Any], str]  # a value that is there → the HTML of its cell

NOTHING = '<span class="none">–</span>'
NUMERIC = ("money", "integer", "decimal", "date", "many")
LEAST_OF_MANY = records.FEW_CAP

# What a status or a role feels like; what is missing is calm.
TONES = {
    "active": "good", "published": "good",
    "forthcoming": "info", "scheduled": "info", "prospect": "info",
    "out of stock": "warn", "in review": "warn",
    "cancelled": "bad", "failed": "bad",
    "admin": "accent", "editor": "info", "contributor": "good",
}  # fmt: skip


def rows(
    resource: Resource,
    columns: Sequence[Column],
    found: Sequence[Any],
    saved: int | None,
    edit: bool,
    back: str = "",
    select: bool = False,
) -> Markup:
    """The rows of a table. `saved` is the id of the row to mark, `edit` whether rows may have a link to their form,
    `back` the part of that link that leads back here, `select` whether rows can be ticked."""
    home = url_for(f"{resource.entity}.listing")
    written = [*cells_of(tuple(columns), badge_of(resource), home, tuple(linked(columns).items()))]
    if select:
        written.insert(0, checks)
    if edit:
        written.append(actions(resource, home, back))
    name = records.names(tuple(columns)).index(resource.lead.name)
    names = escaped([row[name] or "" for row in found])
    lines = zip(found, *(cells(found, names) for cells in written), strict=True)
    html = "".join([f"{opened_row(row[0], row[0] == saved)}{''.join(cells)}</tr>" for row, *cells in lines])
    return Markup(html)  # noqa: S704 every cell escapes what it shows


def opened_row(key: int, saved: bool) -> str:
    return f'\n<tr data-id="{key}" class="saved">' if saved else f'\n<tr data-id="{key}">'


def escaped(texts: Sequence[str]) -> list[str]:
    """Each text escaped, for the price of one: NUL, which no text of ours holds, keeps them apart."""
    together = escape("\0".join(texts)).split("\0")
    return together if len(together) == len(texts) else [escape(text) for text in texts]


def editable(resource: Resource, found: Sequence[Any]) -> Collection[int]:
    """The ids of the rows this person may edit."""
    if may_all(g.person, "edit", resource.entity):
        return {row[0] for row in found}
    return {row[0] for row in found if may(g.person, "edit", resource.entity, row)}


def badge_of(resource: Resource) -> str | None:
    return resource.badge.key if resource.badge is not None else None


def linked(columns: Sequence[Column]) -> dict[str, str]:
    """Reference column → the address its ids are appended to; only those the person may open."""
    targets = {column.name: column.attribute.target for column in columns if column.kind == "reference"}
    return {
        name: url_for(f"{target.__tablename__}.listing")
        for name, target in targets.items()
        if target and may(g.person, "view", target.__tablename__)
    }


@lru_cache(256)
def cells_of(
    columns: tuple[Column, ...], badge: str | None, home: str, links: tuple[tuple[str, str], ...]
) -> list[Cells]:
    place = {name: number for number, name in enumerate(records.names(columns))}
    to = dict(links)
    return [
        lead(column, place, home)
        if column.link
        else cells_for(column, column.name == badge, place, to.get(column.name))
        for column in columns
    ]


def cells_for(column: Column, is_badge: bool, place: Mapping[str, int], home: str | None) -> Cells:
    """How one column is shown: by its kind, and as a coloured word when it is the resource's badge."""
    at = place[column.name]
    if column.kind == "reference":
        return reference(column, at, place[f"{column.name}_id"], home)
    if column.kind == "money":
        return money(column, at, place.get(f"{column.name}_currency"))
    if is_badge or column.kind == "boolean":
        return values(column, at, BADGES[column.kind](column))
    return values(column, at, SHOWN[column.kind](column)) if column.kind in SHOWN else texts(column, at)


def opened(column: Column, *words: str) -> str:
    """«<td class="soft num p2">»."""
    numeric = ["num"] if column.kind in NUMERIC else []
    worth = [f"p{column.worth}"] if column.worth > 1 else []
    label = "" if column.worth else f' data-label="{escape(column.heading)}"'
    return f'<td class="{" ".join([*words, *numeric, *worth])}"{label}>'


def lead(column: Column, place: Mapping[str, int], home: str) -> Cells:
    """The record's name, which leads to it, with what stands muted beside it."""
    beside = place.get(f"{column.name}_beside")

    def cell(key: int, name: str, more: str) -> str:
        title, small = (f"{name}: {more}", f" <small>{more}</small>") if more else (name, "")
        link = f'<a href="{home}{key}">{name or "empty"}</a>'
        return f'<th scope="row" class="lead" title="{title}">{link}{small}</th>'

    def cells(found: Sequence[Any], names: Sequence[str]) -> list[str]:
        more = escaped(["" if beside is None else row[beside] or "" for row in found])
        return [cell(row[0], name, small) for row, name, small in zip(found, names, more, strict=True)]

    return cells


def reference(column: Column, at: int, key: int, home: str | None) -> Cells:
    start = opened(column, "ref")
    empty = f"{start}{NOTHING}</td>"

    def cell(row: Any, name: str) -> str:
        if row[at] is None:
            return empty
        return f'{start}<a href="{home}{row[key]}">{name}</a></td>' if home else f"{start}{name}</td>"

    def cells(found: Sequence[Any], _: Sequence[str]) -> list[str]:
        return [cell(row, name) for row, name in zip(found, escaped([row[at] or "" for row in found]), strict=True)]

    return cells


def money(column: Column, at: int, currency: int | None) -> Cells:
    start = opened(column, "money", "key")
    empty = f"{start}{NOTHING}</td>"

    def cell(row: Any) -> str:
        if row[at] is None:
            return empty
        code = "" if currency is None else row[currency]
        return f"{start}{amount(row[at], code)} <small>{code_of(code)}</small></td>"

    return lambda found, _: [cell(row) for row in found]


@lru_cache(256)
def code_of(currency: str) -> str:
    return escape(currency)


def texts(column: Column, at: int) -> Cells:
    """What people typed, and all that has no look of its own."""
    start = opened(column, *CLASSES.get(column.kind, ("soft", "clip")))
    empty, written = f"{opened(column, 'soft')}{NOTHING}</td>", TEXTS.get(column.kind, str)

    def cells(found: Sequence[Any], _: Sequence[str]) -> list[str]:
        shown = escaped(["" if row[at] is None else written(row[at]) for row in found])
        return [empty if row[at] is None else f"{start}{text}</td>" for row, text in zip(found, shown, strict=True)]

    return cells


CLASSES: Mapping[str, tuple[str, ...]] = {"isbn": ("code",)}
TEXTS: Mapping[str, Callable[[Any], str]] = {"isbn": grouped_isbn, "tags": lambda names: names.replace("\n", ", ")}


def values(column: Column, at: int, show: Show) -> Cells:
    """What is not text: `show` writes one value."""
    empty = f"{opened(column, 'soft')}{NOTHING}</td>"
    return lambda found, _: [empty if row[at] is None else show(row[at]) for row in found]


def remembered(show: Show) -> Show:
    """For values of which there are few: a status, a day."""
    return lru_cache(1024)(show)


def choice_badge(column: Column) -> Show:
    start, labels = opened(column, "state"), column.attribute.choices
    return remembered(lambda value: f"{start}{badge(TONES.get(value, 'calm'), labels.get(value, value))}</td>")


def boolean_badge(column: Column) -> Show:
    start, yes = opened(column, "state"), column.heading
    return lambda value: f"{start}{badge('good', yes) if value else badge('calm', f'Not {yes.lower()}')}</td>"


def badge(tone: str, label: str) -> str:
    return f'<span class="badge" data-tone="{tone}">{escape(label)}</span>'


BADGES: Mapping[str, Callable[[Column], Show]] = {"choice": choice_badge, "boolean": boolean_badge}


def choice(column: Column) -> Show:
    start, labels = opened(column, "soft"), column.attribute.choices
    return remembered(lambda value: f"{start}{escape(labels.get(value, value))}</td>")


def date(column: Column) -> Show:
    start = opened(column, "soft")
    return remembered(lambda value: f'{start}<time datetime="{value}">{day(value)}</time></td>')


def moment(column: Column) -> Show:
    start = opened(column, "soft")

    def show(value: Any) -> str:
        written = value.isoformat()  # of UTC; a format of one's own takes twice as long
        exact = f'datetime="{written}" title="{written[:10]} {written[11:16]} UTC"'
        return f"{start}<time {exact}>{ago(value)}</time></td>"

    return show


def many(column: Column) -> Show:
    start = opened(column, "soft")
    return lambda value: f"{start}{f'{LEAST_OF_MANY:,}+' if value > LEAST_OF_MANY else value}</td>"


def number(column: Column) -> Show:
    start = opened(column, "soft")
    return lambda value: f"{start}{value}</td>"


SHOWN: Mapping[str, Callable[[Column], Show]] = {
    "choice": choice,
    "date": date,
    "datetime": moment,
    "many": many,
    "integer": number,
    "decimal": number,
}


def actions(resource: Resource, home: str, back: str) -> Cells:
    """What appears at the row's end while one points at it."""
    icon = f'<svg class="icon" aria-hidden="true"><use href="{url_for("static", filename="icons.svg")}#pencil"/></svg>'
    after = escape(back)

    def cell(key: int, name: str) -> str:
        link = f'href="{home}{key}/edit{after}" aria-label="Edit {name}" title="Edit (e)"'
        return f'<td class="row-actions"><div><a class="icon-btn" {link}>{icon}</a></div></td>'

    def cells(found: Sequence[Any], names: Sequence[str]) -> list[str]:
        mine = editable(resource, found)
        return [
            cell(row[0], name) if row[0] in mine else '<td class="row-actions"></td>'
            for row, name in zip(found, names, strict=True)
        ]

    return cells


def checks(found: Sequence[Any], names: Sequence[str]) -> list[str]:
    """The boxes that select rows; they belong to the form of the bar below the table."""
    start = '<td class="check"><input type="checkbox" name="ids" form="bulk"'
    return [
        f'{start} value="{row[0]}" aria-label="Select {name}"></td>' for row, name in zip(found, names, strict=True)
    ]
