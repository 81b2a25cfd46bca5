"""Users: /users/, and where each of them is signed in."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from flask import abort, current_app, flash, g, redirect, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from admin import Column, Related, Resource, Retire, Section, allow, blueprint_for
from admin.screens import detail as record_page
from extensions import db
from models.base import now
from models.user import Profile, Role, User
from services import sign_in
from services.rules import NO_RULES, Row, RowRules, Rules, Taken, nothing
from services.unit_of_work import unit_of_work

PROVED = ("username", "email", "role")  # what somebody signs in with, and what he may do


def before_save(session: Session, user: User) -> None:
    """An administrator always remains, and whoever changes role or activity is signed out everywhere."""
    was = inspect(user).attrs
    if any(was[name].history.has_changes() for name in PROVED):
        sign_in.demand_fresh(session, g.person, now())
    if user.id is None or not (was.role.history.has_changes() or was.is_active.history.has_changes()):
        return
    if not (user.is_active and user.role == Role.ADMIN):
        sign_in.keep_an_admin(session, user, field="role")
    sign_in.end_sessions(session, user.id, reason="role or activity changed")


def rules_for_many(verb: str, values: Mapping[str, Any]) -> Rules:
    """The same for many users at once."""
    if verb == "delete":
        return Rules(check=sign_in.keep_an_admin_beside)
    if not values.keys() & {"role", "is_active"}:
        return NO_RULES
    leaving = values.get("role", Role.ADMIN) != Role.ADMIN or values.get("is_active") is False
    check = sign_in.keep_an_admin_beside if leaving else nothing
    return Rules(check=check, carry_out=partial(sign_out, prove="role" in values))


def sign_out(session: Session, ids: Any, prove: bool) -> None:
    if prove:
        sign_in.demand_fresh(session, g.person, now())
    sign_in.end_sessions_of(session, ids, reason="role or activity changed")


def prepare_rows(session: Session, rows: Sequence[Row], taken: Taken, memory: dict[str, Any]) -> None:
    """For rows of a file: one that would take away the last administrator is refused."""
    if "administrators" not in memory:
        memory["administrators"] = sign_in.administrators(session, lock=False)
    rule: set[Any] = memory["administrators"]
    for row in rows:
        stays = row.after["role"] == Role.ADMIN and row.after["is_active"]
        if stays:
            rule.add(row.id or object())
        elif rule == {row.id}:
            row.refuse("role", sign_in.LAST_ADMIN)
        else:
            rule.discard(row.id)


def sign_out_rows(session: Session, rows: Sequence[Row]) -> None:
    changed = [row.id for row in rows if row.id and (row.changes("role") or row.changes("is_active"))]
    if changed:
        sign_in.keep_an_admin(session)
        sign_in.end_sessions_of(session, changed, reason="role or activity changed")


def prove_rows(session: Session, is_new: bool, fields: Collection[str]) -> None:
    if is_new or any(name in fields for name in PROVED):
        sign_in.demand_fresh(session, g.person, now())


users = Resource(
    model=User,
    singular="user",
    icon="users",
    group="System",
    columns=[
        Column(User.username, sort=User.username_key, link=True),
        Column(User.name, sort=User.name_key, worth=2, editable=True),
        Column(User.email, sort=User.email_key, worth=2),
        Column(User.role, sort=User.role),
        Column(User.posts, worth=3),
        Column(User.last_login_at, sort=User.last_login_at, worth=3),
        Column(User.is_active, sort=User.is_active),
        Column(User.age, sort=User.age, shown=False),
        Column(User.updated_at, sort=User.updated_at, shown=False),
        Column(User.created_at, sort=User.created_at, shown=False),
    ],
    sort="username",
    search="Username, name or e-mail",
    filters=[User.role, User.is_active, User.age, User.last_login_at, User.created_at, User.updated_at],
    tabs=User.role,
    badge=User.role,
    form=[
        Section("User", [User.username, User.email, User.name, User.age, User.role, User.is_active]),
        Section("Profile", [Profile.bio, Profile.website, Profile.location]),
    ],
    related=[Related(User.posts)],
    hint=[User.username, User.email],
    offered=lambda: User.is_active.is_(True),
    before_save=before_save,
    before_delete=sign_in.keep_an_admin,
    for_many=rules_for_many,
    for_rows=RowRules(prepare_rows, sign_out_rows, prove_rows),
    retire=Retire("Deactivate", User.is_active, False, "Cannot sign in any more; the posts keep their author."),
)

bp = blueprint_for(users, without={"detail"})


@bp.get("/<id:id>")
@allow("view")
def detail(id: int) -> ResponseReturnValue:
    """The record page, and where this user is signed in."""
    found = sign_in.open_sessions(db.session(), id, g.person, now(), current_app.config["COLOPHON"])
    return record_page.screen(users, id, sessions=found)


@bp.post("/<id:id>/sessions/<id:session_id>/end")
@allow("edit")
def end_session(id: int, session_id: int) -> ResponseReturnValue:
    with unit_of_work() as work:
        if not sign_in.end_one(work, id, session_id):
            abort(404)
    flash("That session has ended.", "success")
    return redirect(url_for(".detail", id=id), 303)


@bp.post("/<id:id>/sessions/end")
@allow("edit")
def end_sessions(id: int) -> ResponseReturnValue:
    """All of them, but the one that asks; unused sign-in links too."""
    with unit_of_work() as work:
        ended = sign_in.end_sessions(work, id, except_token=session["sid"], reason="by an administrator")
    flash(f"Ended {ended} session{'s' * (ended != 1)}." if ended else "There was no session to end.", "success")
    return redirect(url_for(".detail", id=id), 303)
