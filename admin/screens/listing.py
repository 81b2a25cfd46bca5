"""The list: search, filters, order, one page after a place; its whole state stands in the address."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import actions, back, counts, finding, keyset, preferences, query, records, saved, totals
from admin.attributes import Attribute
from admin.chips import chips
from admin.conditions import Criterion
from admin.counts import Total
from admin.page import page
from admin.query import ListQuery
from admin.resource import Column, Resource
from admin.screens import row
from extensions import db

Chosen = Sequence[tuple[Attribute, Criterion]]


def screen(resource: Resource) -> ResponseReturnValue:
    better = better_address(resource, request.args)
    if better is not None:
        return redirect(f"{url_for('.listing')}{better}", 303)
    try:
        asked = query.read(resource, request.args, preferences.per_page(resource, g.person))
    except query.BadQuery as error:
        return refused(resource, str(error))
    if asked.rewritten and not asked.mistakes:
        return redirect(f"{url_for('.listing')}{with_ids(db.session(), asked).url()}", 303)
    columns = preferences.chosen_columns(resource, asked, g.person)
    density = preferences.density(resource, asked, g.person)
    found = fetch(db.session(), asked, columns)
    if asked.only is not None:
        row.say_where(db.session(), resource, asked)
    total, names = count(db.session(), asked, found)
    return page(
        "listing",
        resource,
        400 if asked.mistakes else 200,
        query=asked,
        columns=columns,
        density=density,
        saving=saved.standing(resource, asked, columns, density, g.person),
        found=found,
        total=total,
        is_late=not asked.mistakes and bool(total.number is None or resource.tabs),
        is_summed=bool(totals.columns(resource)),
        chips=chips(asked, names),
        names=names,
        tabs=tabs(resource, asked, total.room),
        bulk_actions=actions.allowed(resource),
        per_page_choices=query.PER_PAGE_CHOICES,
        undo_back=back.whole(request.full_path.rstrip("?")),
    )


def better_address(resource: Resource, args: MultiDict[str, str]) -> str | None:
    """The whole address of a view, or this one tidied; None for one that can stay. 404 for a view one may not see."""
    tidy = tidied(resource, args)
    if tidy is not None:
        return tidy
    view = saved.way_in(args, g.person)
    if view is None and list(args) == ["view"] and query.parse_id(args["view"]):
        abort(404)
    return saved.address(view) if view is not None else None


def refused(resource: Resource, message: str) -> ResponseReturnValue:
    """What the list does not understand. In a saved view it is the view's, and the page says what can be done."""
    view = preferences.view_of(g.person, query.parse_id(request.args.get("view", "")))
    if view is None:
        abort(400, message)
    return page("broken_view", resource, 400, view=view, message=message)


def parsed(resource: Resource, args: MultiDict[str, str]) -> ListQuery:
    """What a list is asked for, for other screens: a mistake in it is a 400."""
    try:
        return query.parse(resource, args)
    except query.BadQuery as error:
        abort(400, str(error))


def tidied(resource: Resource, args: MultiDict[str, str]) -> str | None:
    """The filter panel sends two ends of a range and empty fields; the address one keeps has neither.

    None when the address is tidy already.
    """
    ends = {
        f"{name}.{end}"
        for name, attribute in resource.filterable.items()
        if attribute.has_range
        for end in ("from", "to")
    }
    untidy = any(name in ends for name in args) or any(not text for text in args.values())
    if not untidy:
        return None
    words: dict[str, Any] = {}
    for name, texts in args.lists():
        kept = [text for text in texts if text.strip()]
        if kept and name not in ends:
            words.setdefault(name, []).extend(kept)
    for name in resource.filterable:
        start, end = (args.get(f"{name}.{end}", "").strip() for end in ("from", "to"))
        if start or end:
            words.setdefault(name, []).append(start if start == end else f"{start}..{end}")
    return "?" + urlencode(words, doseq=True) if words else ""


def with_ids(session: Session, asked: ListQuery) -> ListQuery:
    """Names typed for records become their ids where they are somebody's name."""
    words = dict(asked.words)
    for condition in asked.conditions:
        if any(criterion.name for criterion in condition.criteria):
            words[condition.attribute.name] = [text for c in condition.criteria for text in condition.ids(session, c)]
    return replace(asked, words=words)


def fetch(session: Session, asked: ListQuery, columns: Sequence[Column]) -> keyset.Page:
    if asked.only is not None:
        return row.alone(session, asked.resource, columns, asked.only)
    beside = () if asked.filtered else tuple(counts.at_once(session, asked))
    return finding.page(session, asked.wanted(session, columns), asked.place, asked.per_page, beside)


def count(session: Session, asked: ListQuery, found: keyset.Page) -> tuple[Total, dict[tuple[str, str], str]]:
    """How many rows match, as far as that costs nothing, and the names of the records one filters by: one statement.

    The rows of a list that is not filtered have brought the numbers along.
    """
    if found.rows and "table_size" in found.rows[0]._fields:
        return counts.known(found.rows[0].total, found.rows[0].table_size, asked, found), {}
    chosen = chosen_records(asked)
    statement = select(*counts.at_once(session, asked), *labels(chosen))
    number, size, *found_names = session.connection().execute(statement).one()
    return counts.known(number, size, asked, found), named(chosen, found_names)


def names(session: Session, asked: ListQuery) -> dict[tuple[str, str], str]:
    """The names of the records one filters by, without counting anything."""
    chosen = chosen_records(asked)
    return named(chosen, session.execute(select(*labels(chosen))).one()) if chosen else {}


def labels(chosen: Chosen) -> list[Any]:
    return [records.label_by_id(attribute.target, criterion.value) for attribute, criterion in chosen]  # type: ignore[arg-type]


def named(chosen: Chosen, found: Sequence[str]) -> dict[tuple[str, str], str]:
    return {(a.name, criterion.text): name for (a, criterion), name in zip(chosen, found, strict=True)}


def chosen_records(asked: ListQuery) -> Chosen:
    return [
        (condition.attribute, criterion)
        for condition in asked.conditions
        if condition.attribute.target is not None
        for criterion in condition.criteria
        if criterion.value is not None
    ]


def tabs(resource: Resource, asked: ListQuery, room: int) -> list[dict[str, Any]]:
    """The values of one choice above the list; the filter of the same field says which one is open.

    Their numbers come later, into elements of these ids.
    """
    if resource.tabs is None:
        return []
    attribute = resource.filterable[resource.tabs.key]
    chosen = next((list(c.texts) for c in asked.conditions if c.attribute is attribute), [])
    every = {"label": "All", "url": asked.without(attribute), "current": not chosen}
    others = [
        {"label": label, "url": asked.url(**{attribute.name: value}), "current": chosen == [value]}
        for value, label in attribute.choices.items()
    ]
    return [tab | {"id": f"tab-{asked.mark}-{place}", "room": room} for place, tab in enumerate([every, *others])]
