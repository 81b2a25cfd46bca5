"""What templates ask of resources and values: small functions, registered once as globals and filters."""

import re
from collections.abc import Sequence

from flask import Flask, g, url_for
from markupsafe import Markup, escape

from admin import cells, choices, controls, preferences, searching
from admin.chips import panel_range, said
from admin.query import DENSITIES, ListQuery
from admin.records import COUNT_CAP
from admin.resource import Column, Resource
from models.base import Record
from models.rules import amount, grouped_isbn
from models.text import fold
from policy import may, roles_that_may
from services import markdown


def register(app: Flask) -> None:
    app.jinja_env.globals.update(
        table_rows=cells.rows,
        tones=cells.TONES,
        head_class=head_class,
        menu_columns=menu_columns,
        densities=DENSITIES,
        is_chosen=preferences.chosen,
        spoken_filters=spoken_filters,
        tag_links=tag_links,
        why_not=why_not,
        capped=capped,
        choice_options=choices.options,
        usual_control=controls.usual,
        panel_range=panel_range,
        said=said,
        search_examples=searching.examples,
    )
    app.jinja_env.filters.update(amount=amount, isbn=grouped_isbn, markdown=markdown.render, marked=marked)


def menu_columns(resource: Resource, columns: Sequence[Column]) -> list[Column]:
    """All columns as the Display menu lists them: the record's name, those shown in their order, then the others."""
    names = [resource.lead.name, *(column.name for column in columns), *resource.choosable]
    return [resource.choosable[name] for name in dict.fromkeys(names)]


def head_class(column: Column) -> str:
    words = ["num"] if column.kind in cells.NUMERIC else []
    words += ["money"] if column.kind == "money" else []
    words += [f"p{column.worth}"] if column.worth > 1 else []
    return " ".join(words)


def spoken_filters(query: ListQuery, chips: Sequence[tuple[str, str, str]]) -> str:
    """«the words “le guin” and status active»: what was asked, in one phrase."""
    parts = [f"“{query.q}”"] if query.q else []
    return " and ".join([*parts, *(f"{field.lower()} {text}" for field, text, _ in chips)])


def tag_links(tags: Sequence[Record]) -> list[tuple[str, str | None]]:
    seen = may(g.person, "view", "tags")
    return [(str(tag), url_for(f"{tag.__tablename__}.detail", id=tag.id) if seen else None) for tag in tags or ()]


def why_not(verb: str, entity: str) -> str:
    """Whom to ask for what one may not do."""
    roles = roles_that_may(verb, entity)
    return f"Needs {' or '.join(roles[:2])}; you are {g.person.role_label}."


def capped(total: int) -> str:
    return f"{COUNT_CAP:,}+" if total > COUNT_CAP else f"{total:,}"


def marked(label: str, words: Sequence[str]) -> Markup:
    """The label with what was typed marked; only where folding has not changed the length of the text."""
    folded = fold(label)
    spans = [found.span() for word in words for found in re.finditer(re.escape(word), folded)]
    if not spans or len(folded) != len(label):
        return escape(label)
    start, end = min(spans)
    return Markup("{}<mark>{}</mark>{}").format(label[:start], label[start:end], label[end:])
