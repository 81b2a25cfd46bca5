"""The list: search, filters, order, one page after a place; its whole state stands in the address."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import literal, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import actions, back, keyset, preferences, query, records
from admin.chips import chips
from admin.page import page
from admin.query import ListQuery
from admin.resource import Column, Resource
from admin.screens import row
from extensions import db


def screen(resource: Resource) -> ResponseReturnValue:
    tidy = tidied(resource, request.args)
    if tidy is not None:
        return redirect(f"{url_for('.listing')}{tidy}", 303)
    asked = read(resource, request.args)
    if asked.rewritten and not asked.mistakes:
        return redirect(f"{url_for('.listing')}{with_ids(db.session(), asked).url()}", 303)
    columns = preferences.chosen_columns(resource, asked, g.person)
    found = fetch(db.session(), resource, asked, columns)
    if asked.only is not None:
        row.say_where(db.session(), resource, asked)
    total, names = count(db.session(), resource, asked)
    return page(
        "listing",
        resource,
        400 if asked.mistakes else 200,
        query=asked,
        columns=columns,
        density=preferences.density(resource, asked, g.person),
        found=found,
        total=total,
        more=total > records.COUNT_CAP,
        cap=records.COUNT_CAP,
        chips=chips(asked, names),
        names=names,
        tabs=tabs(resource, asked),
        bulk_actions=actions.allowed(resource),
        per_page_choices=query.PER_PAGE_CHOICES,
        undo_back=back.whole(request.full_path.rstrip("?")),
    )


def read(resource: Resource, args: MultiDict[str, str]) -> ListQuery:
    try:
        return query.read(resource, args, preferences.per_page(resource, g.person))
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


def fetch(session: Session, resource: Resource, asked: ListQuery, columns: Sequence[Column]) -> keyset.Page:
    if asked.only is not None:
        return row.alone(session, resource, columns, asked.only)
    statement = records.rows(resource, columns, asked.order.word).where(*asked.where(session))
    return keyset.fetch(session, statement, asked.order, asked.place, asked.per_page)


def count(session: Session, resource: Resource, asked: ListQuery) -> tuple[int, dict[tuple[str, str], str]]:
    """How many rows match, and the names of the records one filters by, in one statement."""
    chosen = [
        (condition.attribute, criterion)
        for condition in asked.conditions
        if condition.attribute.target is not None
        for criterion in condition.criteria
        if criterion.value is not None
    ]
    matching = select(resource.model.id).where(*asked.where(session))
    labels = [records.label_by_id(attribute.target, criterion.value) for attribute, criterion in chosen]  # type: ignore[arg-type]
    total, *names = session.execute(select(records.capped_count(matching), *labels, literal(1))).one()
    return total, {(a.name, criterion.text): name for (a, criterion), name in zip(chosen, names, strict=False)}


def tabs(resource: Resource, asked: ListQuery) -> list[dict[str, Any]]:
    """The values of one choice above the list; the filter of the same field says which one is open."""
    if resource.tabs is None:
        return []
    attribute = resource.filterable[resource.tabs.key]
    chosen = next((list(c.texts) for c in asked.conditions if c.attribute is attribute), [])
    every = {"label": "All", "url": asked.without(attribute), "current": not chosen}
    others = [
        {"label": label, "url": asked.url(**{attribute.name: value}), "current": chosen == [value]}
        for value, label in attribute.choices.items()
    ]
    return [every, *others]
