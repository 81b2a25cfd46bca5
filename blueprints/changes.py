"""Changes: everything that was ever written, and taking it back. /changes/."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin import allow, diffs, entries, period
from admin.entries import Entry
from admin.guard import needed
from admin.page import vary
from admin.registry import RESOURCES, known, resource_of
from admin.toast import toast
from extensions import db
from models.base import Record, now
from models.change import Change, ChangeSet
from models.user import Role, User
from policy import may
from services import history_search, search, sign_in, timeline, undo
from services.own_path import own_path
from services.timeline import Wanted
from services.undo import Hindered, Outcome
from services.unit_of_work import Refused, models_by_table, retried, unit_of_work

bp = Blueprint("changes", __name__, url_prefix="/changes")

PAGE = 50
DELETIONS = 25
ROUNDS = 4  # how many pages of deletions are looked through for one page of what is still gone
KINDS = {
    "save": ("Saves", ("save", "cell")),
    "bulk": ("Bulk", ("bulk",)),
    "import": ("Imports", ("import",)),
    "deletion": ("Deletions", ("deletion",)),
    "merge": ("Merges", ("merge",)),
    "undo": ("Undos", ("undo",)),
    "command": ("Commands", ("command",)),
}
FILTERS = ("q", "kind", "by", "entity", "since", "until")


def page(name: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    return vary(make_response(render_template(f"changes/{name}.html", **context), status))


# All changes


@bp.get("/")
@allow("view")
def index() -> ResponseReturnValue:
    given = period.only(request.args, (*FILTERS, "after", "before"))
    wanted, session = asked(given), db.session()
    terms = words_of(given)
    found = some_sets(session, wanted, terms, period.place(given))
    words = {name: text for name, text in given.items() if name in FILTERS}
    return page(
        "index",
        days=entries.by_day(entries.of_sets(session, found.rows)),
        number=len(found.rows),
        total=None if terms else total_of(session, wanted),
        newer=address(words, before=found.newer) if found.newer else None,
        older=address(words, after=found.older) if found.older else None,
        first=address(words) if "after" in given or "before" in given else None,
        last=address(words, before="end") if found.older and not terms else None,
        tabs=tabs(words),
        given=words,
        narrowed=bool(words.keys() - {"kind"}),
        people=named(session, timeline.people(session), given.get("by")),
        resources=entries.visible_resources(),
        back=address(given),
    )


def asked(given: dict[str, str]) -> Wanted:
    kind = period.choice(given, "kind", KINDS)
    entity = period.choice(given, "entity", [resource.entity for resource in entries.visible_resources()])
    return period.wanted(
        given, kinds=KINDS[kind][1] if kind else (), entity=entity, entities=entries.visible_entities()
    )


def words_of(given: dict[str, str]) -> list[str]:
    try:
        return search.terms(given.get("q", ""))
    except ValueError as error:
        abort(400, f"«q»: {error}")


def some_sets(session: Session, wanted: Wanted, terms: list[str], place: timeline.Place) -> timeline.Page:
    if not terms:
        return timeline.sets(session, wanted, place, PAGE)
    if place.before is not None:
        abort(400, "A search in history goes from newer entries to older ones.")
    return history_search.sets(session, wanted, terms, place, PAGE)


def total_of(session: Session, wanted: Wanted) -> str:
    total, more = timeline.number_of_sets(session, wanted)
    return f"{total:,}{'+' if more else ''}"


def address(words: dict[str, str], **place: Any) -> str:
    query = urlencode({**words, **place})
    return url_for(".index") + (f"?{query}" if query else "")


def tabs(words: dict[str, str]) -> list[dict[str, Any]]:
    others = {name: text for name, text in words.items() if name != "kind"}
    chosen = words.get("kind")
    every = {"label": "All", "url": address(others), "current": chosen is None}
    return [
        every,
        *(
            {"label": label, "url": address({"kind": kind, **others}), "current": kind == chosen}
            for kind, (label, _) in KINDS.items()
        ),
    ]


def named(session: Session, people: list[tuple[int, str]], chosen: str | None) -> list[tuple[int, str]]:
    """The people to choose from; whoever is chosen is among them."""
    everybody = [(timeline.NOBODY, "Command line"), *people]
    if chosen is None or int(chosen) in dict(everybody):
        return everybody
    last = select(ChangeSet.actor).where(ChangeSet.actor_id == int(chosen)).order_by(ChangeSet.id.desc()).limit(1)
    return [*everybody, (int(chosen), session.scalar(last) or f"no. {chosen}")]


# One change set


@bp.get("/<id:id>")
@allow("view")
def detail(id: int) -> ResponseReturnValue:
    given = period.only(request.args, ("after",))
    session = db.session()
    change_set = load(session, id)
    rows, older = timeline.of_set(session, id, entries.visible_entities(), period.number(given, "after"), PAGE)
    found = diffs.names(session, rows)
    return page(
        "detail",
        entry=entries.of_sets(session, [change_set])[0],
        change_set=change_set,
        lines=[entries.line(row, found, brief=False) for row in rows],
        first=url_for(".detail", id=id) if "after" in given else None,
        older=url_for(".detail", id=id, after=older) if older else None,
        undoes=load_visible(session, change_set.undoes_id) if change_set.undoes_id else None,
    )


def load(session: Session, set_id: int) -> ChangeSet:
    """The change set; 404 when there is none, or none that this person may see."""
    found = load_visible(session, set_id)
    if found is None:
        abort(404)
    return found


def load_visible(session: Session, set_id: int) -> ChangeSet | None:
    found = session.get(ChangeSet, set_id)
    visible = entries.visible_entities()
    return found if found is not None and (visible is None or found.entity in visible) else None


# Taking back


@bp.post("/<id:id>/undo")
@allow("view")
@retried
def take_back(id: int) -> ResponseReturnValue:
    """Undo one change set. Rights are those of the verbs that take it back, asked for each entity it touches."""
    back = own_path(request.form.get("back"), url_for(".index"))
    try:
        with unit_of_work() as session:
            change_set = load(session, id)
            check_age(change_set)
            mine = own_records(session, change_set)
            outcome = undo.undo(session, change_set, "skip" in request.form, permit(change_set))
            session.flush()
            check_each(session, mine)
            sentence = change_set.sentence
    except Hindered as hindered:
        return hindrances(id, hindered.outcome, back)
    except Refused as refusal:
        return hindrances(id, None, back, refusal.message)
    tell(outcome, sentence)
    return redirect(still_there(back), 303)


def permit(change_set: ChangeSet) -> Any:
    def demand(verb: str, entity: str) -> None:
        if entity == User.__tablename__:
            sign_in.demand_fresh(db.session(), g.person, now())  # names to sign in with may come back
        if not entries.may_take_back(verb, entity, change_set.actor_id):
            abort(403, needed(verb, entries.owner_entity(entity)))

    return demand


def check_age(change_set: ChangeSet) -> None:
    if not entries.is_recent(change_set.at):
        days = current_app.config["COLOPHON"].history_days
        raise Refused(f"Changes are taken back for {days} days; this one is older.")


def own_records(session: Session, change_set: ChangeSet) -> list[tuple[type[Record], int]]:
    """Of a person who may change only what is his own: the records that the set changed, to be looked at one by one."""
    entities = [entity for entity, model in models_by_table().items() if known(model) and is_limited(entity)]
    statement = select(Change.entity, Change.record_id).where(
        Change.set_id == change_set.id, Change.entity.in_(entities), Change.action != "insert"
    )
    return [(models_by_table()[entity], record_id) for entity, record_id in session.execute(statement)]


def is_limited(entity: str) -> bool:
    return (
        g.person.role != Role.ADMIN
        and may(g.person, "edit", entity)
        and not may(g.person, "edit", entity, entries.Written(None))
    )


def check_each(session: Session, records: list[tuple[type[Record], int]]) -> None:
    """Taking back is an edit like any other: the record must be the person's own, and the entity's rules hold."""
    for model, record_id in records:
        record: Any = session.get(model, record_id)
        if record is None:
            continue
        resource = resource_of(model)
        if not may(g.person, "edit", resource.entity, record):
            abort(403, needed("edit", resource.entity))
        if resource.before_save is not None:
            resource.before_save(session, record)


def hindrances(set_id: int, outcome: Outcome | None, back: str, message: str | None = None) -> ResponseReturnValue:
    """What stands against it, before anything was done: take back the rest, or leave everything as it is."""
    session = db.session()
    return page(
        "hindered",
        409,
        entry=entries.of_sets(session, [load(session, set_id)])[0],
        outcome=outcome,
        links={left: link(left.entity, left.record_id) for left in (outcome.left if outcome else ())},
        message=message,
        back=back,
    )


def link(entity: str, record_id: int) -> str | None:
    model = models_by_table().get(entity)
    if model is None or not known(model) or not may(g.person, "view", entity):
        return None
    return url_for(f"{entity}.detail", id=record_id) if db.session().get(model, record_id) is not None else None


def tell(outcome: Outcome, sentence: str) -> None:
    if not outcome.done:
        flash("There was nothing left to take back", "info")
        return
    left = f"; {outcome.left_count:,} left alone" if outcome.left_count else ""
    toast(db.session(), f"Took back: {sentence}{left}")


def still_there(path: str) -> str:
    """The page one came from; the list instead of a record that has just gone."""
    parts = path.partition("?")[0].strip("/").split("/")
    model = models_by_table().get(parts[0])
    if model is None or not known(model) or len(parts) < 2 or not parts[1].isdigit() or len(parts[1]) > 18:
        return path
    return path if db.session().get(model, int(parts[1])) else url_for(f"{parts[0]}.listing")


# Recently deleted


@bp.get("/deleted")
@allow("view")
def deleted() -> ResponseReturnValue:
    given = period.only(request.args, ("entity", "after"))
    resources = entries.visible_resources()
    entity = period.choice(given, "entity", [resource.entity for resource in resources])
    wanted = Wanted(
        entity=entity, kinds=("deletion",), entities=entries.visible_entities(), since=entries.oldest_restorable()
    )
    found, older = still_gone(db.session(), wanted, period.number(given, "after"))
    return page(
        "deleted",
        days=entries.by_day(found),
        tabs=deleted_tabs(resources, entity),
        first=url_for(".deleted", entity=entity) if "after" in given else None,
        older=url_for(".deleted", after=older, entity=entity) if older else None,
        days_kept=current_app.config["COLOPHON"].history_days,
        back=request.full_path.rstrip("?"),
        icons={resource.entity: resource.icon for resource in RESOURCES.values()},
    )


def deleted_tabs(resources: list[Any], entity: str | None) -> list[dict[str, Any]]:
    every = {"label": "All", "url": url_for(".deleted"), "current": entity is None}
    others = [
        {"label": r.title, "url": url_for(".deleted", entity=r.entity), "current": r.entity == entity}
        for r in resources
    ]
    return [every, *others]


def still_gone(session: Session, wanted: Wanted, after: int | None) -> tuple[list[Entry], int | None]:
    """Deletions whose record is not back, and the id after which to look for more."""
    kept: list[Entry] = []
    for _ in range(ROUNDS):
        found = timeline.sets(session, wanted, timeline.Place(after), DELETIONS)
        kept += without_the_returned(session, found.rows)
        after = found.older
        if after is None or len(kept) >= DELETIONS:
            break
    return kept, after


def without_the_returned(session: Session, rows: Any) -> list[Entry]:
    main = timeline.main_record(session, [row.id for row in rows])
    ids: dict[str, set[int]] = {}
    for row in main.values():
        ids.setdefault(row.entity, set()).add(row.record_id)
    found = {entity: timeline.existing(session, models_by_table()[entity], keys) for entity, keys in ids.items()}
    gone = [row for row in rows if row.id in main and main[row.id].record_id not in found[main[row.id].entity]]
    return entries.of_sets(session, gone)
