"""A list's rows as HTML, joined flat: a template spends on fifty rows more than the database and all the rest.

What a column looks like is settled once for a list; a row then costs a few formatted strings. Everything that came from
people passes `escape`. Record pages, which show one value of each kind, use `templates/macros/cells.html`.
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

Cell = Callable[[Any], str]  # a row of the list's statement → the HTML of one cell

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
    cells = cells_of(tuple(columns), badge_of(resource), home, tuple(linked(columns).items()))
    if select:
        cells = [check_cell(columns), *cells]
    changed = editable(resource, found) if edit else frozenset()
    actions = action_cell(columns, home, back) if edit else None
    html = "".join([row_html(row, cells, row[0] == saved, actions, row[0] in changed) for row in found])
    return Markup(html)  # noqa: S704 every cell escapes what it shows


def row_html(row: Any, cells: Sequence[Cell], saved: bool, actions: Cell | None, changed: bool) -> str:
    html = "".join([cell(row) for cell in cells])
    last = "" if actions is None else actions(row) if changed else '<td class="row-actions"></td>'
    return f'\n<tr data-id="{row[0]}"{SAVED if saved else ""}>{html}{last}</tr>'


SAVED = ' class="saved"'


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
) -> list[Cell]:
    place = {name: number for number, name in enumerate(records.names(columns))}
    to = dict(links)
    return [
        lead(column, place, home) if column.link else cell(column, column.name == badge, place, to.get(column.name))
        for column in columns
    ]


def cell(column: Column, is_badge: bool, place: Mapping[str, int], home: str | None) -> Cell:
    """How one column is shown: by its kind, and as a coloured word when it is the resource's badge."""
    at = place[column.name]
    if column.kind == "reference":
        return reference(column, at, place[f"{column.name}_id"], home)
    if column.kind == "money":
        return money(column, at, place.get(f"{column.name}_currency"))
    show = (
        BADGES[column.kind](column) if is_badge or column.kind == "boolean" else SHOWN.get(column.kind, plain)(column)
    )
    empty = opened(column, "soft") + NOTHING + "</td>"
    return lambda row: empty if row[at] is None else show(row[at])


def opened(column: Column, *words: str) -> str:
    """«<td class="soft num p2">»."""
    numeric = ["num"] if column.kind in NUMERIC else []
    worth = [f"p{column.worth}"] if column.worth > 1 else []
    label = "" if column.worth else f' data-label="{escape(column.heading)}"'
    return f'<td class="{" ".join([*words, *numeric, *worth])}"{label}>'


def lead(column: Column, place: Mapping[str, int], home: str) -> Cell:
    """The record's name, which leads to it, with what stands muted beside it."""
    at, beside = place[column.name], place.get(f"{column.name}_beside")

    def show(row: Any) -> str:
        name = escape(row[at]) if row[at] else ""
        more = escape(row[beside]) if beside is not None and row[beside] else ""
        title, small = (f"{name}: {more}", f" <small>{more}</small>") if more else (name, "")
        return (
            f'<th scope="row" class="lead" title="{title}"><a href="{home}{row[0]}">{name or "empty"}</a>{small}</th>'
        )

    return show


def reference(column: Column, at: int, key: int, home: str | None) -> Cell:
    start = opened(column, "ref")

    def show(row: Any) -> str:
        if row[at] is None:
            return f"{start}{NOTHING}</td>"
        name = escape(row[at])
        return f'{start}<a href="{home}{row[key]}">{name}</a></td>' if home else f"{start}{name}</td>"

    return show


def money(column: Column, at: int, currency: int | None) -> Cell:
    start = opened(column, "money", "key")

    def show(row: Any) -> str:
        if row[at] is None:
            return f"{start}{NOTHING}</td>"
        code = escape(row[currency]) if currency is not None else ""
        return f"{start}{amount(row[at], code)} <small>{code}</small></td>"

    return show


Show = Callable[[Any], str]  # a value that is there → the HTML of its cell


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


def isbn(column: Column) -> Show:
    start = opened(column, "code")
    return lambda value: f"{start}{escape(grouped_isbn(value))}</td>"


def date(column: Column) -> Show:
    start = opened(column, "soft")
    return remembered(lambda value: f'{start}<time datetime="{value}">{day(value)}</time></td>')


def moment(column: Column) -> Show:
    start = opened(column, "soft")

    def show(value: Any) -> str:
        exact = f'datetime="{value.isoformat()}" title="{value:%Y-%m-%d %H:%M UTC}"'
        return f"{start}<time {exact}>{ago(value)}</time></td>"

    return show


def many(column: Column) -> Show:
    start = opened(column, "soft")
    return lambda value: f"{start}{f'{LEAST_OF_MANY:,}+' if value > LEAST_OF_MANY else value}</td>"


def number(column: Column) -> Show:
    start = opened(column, "soft")
    return lambda value: f"{start}{value}</td>"


def tags(column: Column) -> Show:
    start = opened(column, "soft", "clip")
    return lambda value: f"{start}{escape(value.replace(chr(10), ', '))}</td>"


def plain(column: Column) -> Show:
    start = opened(column, "soft", "clip")
    return lambda value: f"{start}{escape(str(value))}</td>"


SHOWN: Mapping[str, Callable[[Column], Show]] = {
    "choice": choice,
    "isbn": isbn,
    "date": date,
    "datetime": moment,
    "many": many,
    "integer": number,
    "decimal": number,
    "tags": tags,
}


def action_cell(columns: Sequence[Column], home: str, back: str) -> Cell:
    """What appears at the row's end while one points at it."""
    place = place_of_name(columns)
    sprite = url_for("static", filename="icons.svg")
    icon = f'<svg class="icon" aria-hidden="true"><use href="{sprite}#pencil"/></svg>'

    def show(row: Any) -> str:
        link = f'{home}{row[0]}/edit{escape(back)}" aria-label="Edit {escape(row[place] or "")}" title="Edit (e)'
        return f'<td class="row-actions"><div><a class="icon-btn" href="{link}">{icon}</a></div></td>'

    return show


def check_cell(columns: Sequence[Column]) -> Cell:
    """The box that selects a row; it belongs to the form of the bar below the table."""
    place = place_of_name(columns)

    def show(row: Any) -> str:
        box = f'<input type="checkbox" name="ids" value="{row[0]}" form="bulk"'
        return f'<td class="check">{box} aria-label="Select {escape(row[place] or "")}"></td>'

    return show


def place_of_name(columns: Sequence[Column]) -> int:
    return records.names(tuple(columns)).index(next(column.name for column in columns if column.link))
