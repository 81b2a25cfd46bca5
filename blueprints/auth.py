"""Signing in and out, one-time links, and one's account: /login, /login/resume, /login/link/…, /logout, /account."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from wtforms import Form, HiddenField, PasswordField, StringField

from admin import allow
from admin.page import vary
from admin.parts import forget_token
from admin.resume import ALREADY, NAME, PASSWORD, Carried, ask, carried
from config import Config
from extensions import db
from models.base import now
from models.user import Theme, User
from services import passwords, sign_in, throttle
from services.own_path import own_path
from services.sign_in import Account
from services.throttle import Origin, TooManyAttempts
from services.unit_of_work import unit_of_work

bp = Blueprint("auth", __name__)

BOTH = "Type both your username and your password"
NOT_RIGHT = "Username or password is not right"
ENDED = "Your session has ended. Sign in to go on where you were."


class SignIn(Form):  # type: ignore[misc]
    username = StringField()
    password = PasswordField()
    next = HiddenField()


class NewPassword(Form):  # type: ignore[misc]
    current = PasswordField()
    password = PasswordField()
    again = PasswordField()


def config() -> Config:
    found: Config = current_app.config["COLOPHON"]
    return found


def origin() -> Origin:
    return Origin(request.remote_addr or "", request.user_agent.string)


def onward(text: str | None) -> str:
    """Where to go now: the own page that was asked for, else home."""
    return own_path(text, url_for("home.index"))


# Log in


@bp.route("/login", methods=["GET", "POST"])
@allow("anyone")
def login() -> ResponseReturnValue:
    form = SignIn(request.form)
    if request.method == "POST":
        return process_login(form)
    if g.person is not None:
        return redirect(onward(request.args.get("next")), 303)
    form.next.data = own_path(request.args.get("next"), "")
    return show_login(form, notice=ENDED if "sid" in session else None)


def show_login(
    form: SignIn, status: int = 200, notice: str | None = None, error: str | None = None
) -> ResponseReturnValue:
    return make_response(render_template("auth/login.html", form=form, notice=notice, error=error), status)


def process_login(form: SignIn) -> ResponseReturnValue:
    name, password = form.username.data or "", form.password.data or ""
    if not name or not password:
        return show_login(form, 422, error=BOTH)
    if sign_in_with_password(name, password) is None:
        return show_login(form, 422, error=NOT_RIGHT)
    return redirect(onward(form.next.data), 303)


def sign_in_with_password(name: str, password: str) -> int | None:
    """Three short transactions, none of them open while the password is hashed: note, check, take back and begin.

    Returns who is signed in now, or None. Raises TooManyAttempts.
    """
    moment = now()
    with unit_of_work() as work:
        account = sign_in.find(work, name)
        failure = throttle.note(work, account.key, origin(), moment)
    if not sign_in.proves(account, password) or not enter_with_password(account, password, failure, moment):
        sign_in.log.warning("sign-in failed", extra={"account": account.user_id, "address": origin().address})
        return None
    return account.user_id


def enter_with_password(account: Account, password: str, failure: int, moment: datetime) -> bool:
    """Begin a session for a password that is right. False when the account was changed while it was checked."""
    user_id, stored = account.user_id, account.password_hash
    if user_id is None or stored is None:
        return False
    fresh = passwords.make_hash(password) if passwords.outdated(stored) else None
    with unit_of_work() as work:
        if not sign_in.unchanged(work, account):
            return False
        throttle.forgive(work, failure)
        if fresh:
            sign_in.quietly(work, user_id, password_hash=fresh)
        token = begin(work, user_id, moment)
    enter(token, user_id, "password")
    return True


def begin(work: Any, user_id: int, moment: datetime) -> str:
    """A new session in place of the one this browser has, if any."""
    if "sid" in session:
        sign_in.end(work, session["sid"])
    return sign_in.begin(work, user_id, origin(), moment, config())


def enter(token: str, user_id: int, way: str) -> None:
    """Give the token to the browser. What the cookie held before is gone, the old CSRF token too."""
    session.clear()
    session["sid"], session["uid"] = token, user_id
    forget_token()
    sign_in.log.info("signed in", extra={"account": user_id, "by": way, "address": origin().address})


@bp.post("/login/resume")
@allow("anyone")
def resume() -> ResponseReturnValue:
    """Sign in where a session had ended, or is too old for what was asked, and go on with what was sent."""
    form, name, password = carried(), request.form.get(NAME, ""), request.form.get(PASSWORD, "")
    if g.person is not None and (ALREADY in request.form or sign_in.is_fresh(db.session(), g.person, now())):
        return go_on(form, at_once=False)
    if ALREADY in request.form:
        return ask(form, 422, name, "You are not signed in in this browser yet")
    if not name or not password:
        return ask(form, 422, name, BOTH)
    was = g.person.id if g.person is not None else session.get("uid")
    try:
        user_id = sign_in_with_password(name, password)
    except TooManyAttempts as error:
        response = ask(form, 429, name, error.sentence)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return ask(form, 422, name, NOT_RIGHT) if user_id is None else go_on(form, at_once=form.saves and user_id == was)


def go_on(form: Carried, at_once: bool) -> ResponseReturnValue:
    """The form once more, with a fresh token. It sends itself only for the person who had typed it."""
    if not form.fields:
        return redirect(form.action, 303)
    return render_template("auth/go_on.html", form=form, at_once=at_once)


@bp.post("/logout")
@allow("anyone")
def logout() -> ResponseReturnValue:
    if "sid" in session:
        with unit_of_work() as work:
            sign_in.end(work, session["sid"])
        sign_in.log.info("signed out")
    session.clear()
    flash("You are signed out.", "success")
    response = make_response(redirect(url_for(".login"), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


# One-time links


@bp.route("/login/link/<token>", methods=["GET", "POST"])
@allow("anyone")
def link(token: str) -> ResponseReturnValue:
    """Opening the page uses nothing up, because mail programs open links too; pressing its button does."""
    if request.method == "POST":
        return process_link(token)
    throttle.refuse_throttled(db.session(), None, origin(), now())
    holder = sign_in.holder(db.session(), token, now())
    if holder is None:
        return used_up()
    return render_template("auth/link.html", user=holder, action=None, next=own_path(request.args.get("next"), ""))


def process_link(token: str) -> ResponseReturnValue:
    moment = now()
    with unit_of_work() as work:
        failure = throttle.note(work, None, origin(), moment)
        user_id = sign_in.use_link(work, token, moment)
        if user_id is not None:
            throttle.forgive(work, failure)
            sid = begin(work, user_id, moment)
    if user_id is None:
        sign_in.log.warning("link refused", extra={"address": origin().address})
        return used_up()
    enter(sid, user_id, "link")
    return redirect(onward(request.form.get("next")), 303)


def used_up() -> ResponseReturnValue:
    context = {
        "code": 404,
        "title": "This link does not work any more",
        "text": "A sign-in link works once and for one hour. Ask an administrator for a new one, "
        "or print one with «flask users link NAME».",
        "actions": [("Sign in with a password", url_for(".login"))],
    }
    return make_response(render_template("errors/error.html", **context), 404)


# The account page


@bp.get("/account")
@allow("view", "account")
def account() -> ResponseReturnValue:
    return show_account()


def show_account(status: int = 200, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    work, moment = db.session(), now()
    context = {
        "sessions": sign_in.open_sessions(work, g.person.id, g.person, moment, config()),
        "has_password": sign_in.own(work, g.person).password_hash is not None,
        "fresh": sign_in.by_fresh_link(work, g.person, moment),
        "shortest": passwords.SHORTEST,
        "longest": passwords.LONGEST,
        "errors": errors or {},
    }
    return vary(make_response(render_template("auth/account.html", **context), status))


@bp.post("/account/password")
@allow("edit", "account")
def password() -> ResponseReturnValue:
    form, moment = NewPassword(request.form), now()
    errors = weaknesses(form)
    if errors:
        return show_account(422, errors)
    with unit_of_work() as work:
        account = sign_in.own(work, g.person)
        trusted = sign_in.by_fresh_link(work, g.person, moment)
        failure = None if trusted else throttle.note(work, account.key, origin(), moment)
    if not trusted and not sign_in.proves(account, form.current.data or ""):
        sign_in.log.warning("wrong present password")
        return show_account(422, {"current": "This is not your present password"})
    return set_password(account, failure, passwords.make_hash(form.password.data or ""), moment)


def set_password(account: Account, failure: int | None, password_hash: str, moment: datetime) -> ResponseReturnValue:
    """Every session ends, also this one, and a new one begins here."""
    with unit_of_work() as work:
        if not sign_in.unchanged(work, account):
            abort(409)
        if failure is not None:
            throttle.forgive(work, failure)
        sign_in.set_password(work, g.person.id, password_hash)
        token = sign_in.begin(work, g.person.id, origin(), moment, config())
    enter(token, g.person.id, "new password")
    flash("Your password is set. You are signed in here only; all other sessions have ended.", "success")
    return redirect(url_for(".account"), 303)


def weaknesses(form: NewPassword) -> dict[str, str]:
    """What keeps the new password from being taken, by field."""
    new = form.password.data or ""
    user = db.session().get_one(User, g.person.id)
    try:
        passwords.refuse_weak(new, user.username, user.email)
    except ValueError as weakness:
        return {"password": str(weakness)}
    return {} if form.again.data == new else {"again": "This is not the same password"}


@bp.post("/account/sessions/<id:session_id>/end")
@allow("edit", "account")
def end_session(session_id: int) -> ResponseReturnValue:
    with unit_of_work() as work:
        ended = sign_in.end_one(work, g.person.id, session_id)
    if not ended:
        abort(404)
    flash("That session has ended.", "success")
    return redirect(url_for(".account"), 303)


@bp.post("/account/sessions/end")
@allow("edit", "account")
def end_other_sessions() -> ResponseReturnValue:
    with unit_of_work() as work:
        ended = sign_in.end_sessions(work, g.person.id, except_token=session["sid"], reason="asked for")
    flash("There was no other session." if not ended else f"Ended {ended} other session{'s' * (ended > 1)}.", "success")
    return redirect(url_for(".account"), 303)


@bp.post("/preferences")
@allow("edit", "account")
def preferences() -> ResponseReturnValue:
    """The theme; back to where one was."""
    if request.form.get("theme") not in list(Theme):
        abort(400, "There is no such theme.")
    with unit_of_work() as work:
        sign_in.quietly(work, g.person.id, theme=Theme(request.form["theme"]))
    return redirect(onward(request.form.get("next") or page_before()), 303)


def page_before() -> str:
    """The path of the page that sent the form, when it is one of ours."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:
        return ""  # «http://[» is no address
    if before.netloc != request.host:
        return ""
    return before.path + (f"?{before.query}" if before.query else "")
