"""The list: search, filters, order, one page after a place; its whole state stands in the address."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import actions, back, counts, finding, keyset, preferences, query, records, saved, totals
from admin.attributes import Attribute
from admin.chips import Names, chips
from admin.conditions import Criterion
from admin.page import page
from admin.query import ListQuery
from admin.resource import Column, Resource
from admin.screens import row
from admin.statements import kept
from extensions import db
from models.base import Record

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
    total = counts.known(found, asked)
    names = named(chosen_records(asked), found.beside)
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
        tabs=partial(tabs, resource, asked, total.room),
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
    """The rows, and by the same statement what is known of the total and the names of the records one filters by."""
    wanted, chosen = asked.wanted(session, columns), chosen_records(asked)
    beside = (*counts.at_once(wanted), *labels(chosen))
    wanted = replace(wanted, beside=beside, values={**wanted.values, **label_values(chosen)})
    if asked.only is None:
        found = finding.page(session, wanted, asked.place, asked.per_page)
    else:
        found = row.alone(session, asked.resource, columns, asked.only)
    if found.beside is not None:
        return found
    return replace(found, beside=session.connection().execute(select(*beside), wanted.values).one())


def names(session: Session, asked: ListQuery) -> Names:
    """The names of the records one filters by, without anything else."""
    chosen = chosen_records(asked)
    return named(chosen, session.execute(select(*labels(chosen)), label_values(chosen)).one()) if chosen else {}


def labels(chosen: Chosen) -> list[Any]:
    return [kept(label, attribute.target, number) for number, (attribute, _) in enumerate(chosen)]


def label(model: type[Record], number: int) -> Any:
    return records.label_by_id(model, bindparam(f"named_{number}", type_=model.id.type)).label(f"name_{number}")


def label_values(chosen: Chosen) -> dict[str, int]:
    return {f"named_{number}": criterion.value for number, (_, criterion) in enumerate(chosen)}


def named(chosen: Chosen, beside: Any) -> Names:
    found = [getattr(beside, f"name_{number}") for number in range(len(chosen))]
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
    attribute = resource.filterable[resource.tabs.key]  # type: ignore[union-attr]
    chosen = next((list(c.texts) for c in asked.conditions if c.attribute is attribute), [])
    every = {"label": "All", "url": asked.without(attribute), "current": not chosen}
    others = [
        {"label": label, "url": asked.url(**{attribute.name: value}), "current": chosen == [value]}
        for value, label in attribute.choices.items()
    ]
    return [tab | {"id": f"tab-{asked.mark}-{place}", "room": room} for place, tab in enumerate([every, *others])]
