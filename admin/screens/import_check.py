"""The third step of an import: what would become of every row, and mending single cells, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin import period
from admin.attributes import words
from admin.imports import check, plan_form, reading
from admin.imports.check import Found
from admin.imports.ledger import Ledger, Name
from admin.imports.plan import Plan
from admin.imports.summary import OUTCOMES, figures, mark, most_urgent, wrong
from admin.imports.targets import Target, targets
from admin.page import page
from admin.registry import resource_of
from admin.resource import Resource
from admin.screens import import_job, import_words, imports
from admin.screens.import_words import Control
from extensions import allow_time, db
from models.upload import Upload
from services.shape import Shape
from services.unit_of_work import Refused, unit_of_work

PATIENCE = 20  # seconds for a statement of the check
PAGE = 50
MOST = 5  # fields of new rows that are shown


# Checking


def begin(resource: Resource, upload: Upload, plan: Plan, shape: Shape, layout: str) -> ResponseReturnValue:
    """Keep what was decided and look at every row: at once when they are few, else as a job. Raises Refused."""
    kept = {"plan": plan.as_json(), "shape": asdict(shape), "layout": layout, "found": None, "job_id": None}
    key, path = upload.id, imports.path_of(upload)
    if imports.open_job(upload) is not None:
        raise Refused("A job is at work on this file. Wait for it, or cancel it.")
    if reading.has_more(path, shape, import_job.AT_ONCE):
        with unit_of_work() as session:
            import_job.enqueue(session, noted(session, key, kept), "check")
    else:
        allow_time(db.session().connection(), PATIENCE)
        found = check.check(db.session(), path, shape, resource, plan, unreported, imports.ledger_of(upload))
        with unit_of_work() as session:
            noted(session, key, kept | {"found": found.as_json()})
    return redirect(url_for(".import_check", id=key), 303)


def noted(session: Any, key: int, values: Mapping[str, Any]) -> Upload:
    upload: Upload = session.get_one(Upload, key, populate_existing=True)
    for name, value in values.items():
        setattr(upload, name, value)
    return upload


def unreported(_: int) -> None:
    """Whoever waits for a short file is told nothing in between."""


# Showing


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    imports.only(("rows", "after"))
    return show(resource, imports.demanded(resource, id))


def show(resource: Resource, upload: Upload, status: int = 200, problem: str | None = None) -> ResponseReturnValue:
    plan, found, job = imports.plan_of(upload), imports.found_of(upload), imports.job_of(upload)
    if plan is None:
        return redirect(url_for(".import_columns", id=upload.id), 303)
    if found is None:
        return page("import_wait", resource, status, **imports.about(resource, upload, "Check"), job=job, step="check")
    return page(
        "import_check",
        resource,
        status,
        **imports.about(resource, upload, "Check", found.rows),
        **some_rows(resource, upload, plan, found),
        plan=plan,
        found=found,
        run=job if job is not None and job.parameters.get("do") == "run" else None,
        problem=problem,
        outcomes=OUTCOMES,
        figures=figures(resource, found, plan),
        wrong=wrong(resource, found, plan),
        labels=labels(resource),
        columns=columns(resource, plan),
        lead=resource.lead.name,
        seen=mark(found),
    )


def some_rows(resource: Resource, upload: Upload, plan: Plan, found: Found) -> dict[str, Any]:
    """The page of rows that the address asks for, else the first of what one should look at first."""
    given = period.only(request.args, ("rows", "after"))
    outcome = period.choice(given, "rows", OUTCOMES) or most_urgent(found)
    after = period.number(given, "after") or 0
    with Ledger.open(imports.ledger_of(upload)) as ledger:
        lines = ledger.page(outcome, after, PAGE + 1)
        names = name_lists(ledger, resource, plan, found)
        unread = import_words.unread(ledger, resource, plan, found.unread)
    return {
        "outcome": outcome,
        "after": after,
        "lines": lines[:PAGE],
        "next": lines[PAGE - 1].number if len(lines) > PAGE else None,
        "names": names,
        "unread": unread,
        "said": import_words.said(resource, plan, unread),
        "above": import_words.told_above(resource, unread, lines),
    }


def labels(resource: Resource) -> dict[str, str]:
    """What fields are called, also those that follow from others."""
    own = {attr.key: words(attr.key) for attr in resource.model.__mapper__.column_attrs}
    return own | {name: target.label for name, target in targets(resource).items()}


def columns(resource: Resource, plan: Plan) -> list[str]:
    """The fields that the table of new rows shows beside the name."""
    placed = {place.field for place in plan.places} - {"id", resource.lead.name, resource.model.__label__}
    return [name for name, target in targets(resource).items() if name in placed and target.attribute.fits_a_cell][
        :MOST
    ]


@dataclass(frozen=True)
class Names:
    """Names in the file that lead to no record, or to several."""

    field: str
    target: Target
    kind: Literal["missing", "ambiguous"]
    number: int
    first: Sequence[Name]
    control: Control
    is_made: bool
    may_make: bool

    @property
    def words(self) -> str:
        other = resource_of(self.target.attribute.target)  # type: ignore[arg-type]
        return f"{self.number:,} {other.singular if self.number == 1 else other.plural}"


def name_lists(ledger: Ledger, resource: Resource, plan: Plan, found: Found) -> list[Names]:
    fields, makeable = targets(resource), imports.creatable(resource)
    kinds: dict[Literal["missing", "ambiguous"], Mapping[str, int]] = {
        "missing": found.missing,
        "ambiguous": found.ambiguous,
    }
    return [
        Names(
            name,
            fields[name],
            kind,
            number,
            ledger.names(name, kind, import_words.SHOWN),
            import_words.control(fields[name]),
            is_made=name in plan.create,
            may_make=name in makeable,
        )
        for kind, numbers in kinds.items()
        for name, number in numbers.items()
        if number
    ]


# Mending


def fix(resource: Resource, id: int) -> ResponseReturnValue:
    """Corrected cells, which of two is meant, whether what is missing is made: then every row is looked at again."""
    imports.only()
    upload = imports.demanded(resource, id)
    plan = imports.plan_of(upload)
    if plan is None:
        return redirect(url_for(".import_columns", id=id), 303)
    try:
        mended = plan_form.mended(request.form, resource, plan, imports.creatable(resource))
        imports.demand_rights(resource, mended)
        return begin(resource, upload, mended, imports.shape_of(upload), upload.layout)
    except Refused as refusal:
        return show(resource, upload, 422, refusal.message)
