"""A form whose session had ended, or is too old for it: what it brought is kept through signing in, and sent again."""

from dataclasses import dataclass

from flask import Response, current_app, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from services.own_path import own_path

ENDPOINT = "auth.resume"
# The fields of signing in stand beside those of the form, whatever these are called.
NAME, PASSWORD, ACTION, ALREADY = "signin.name", "signin.password", "signin.action", "signin.already"
SAVING = ("create", "edit")


@dataclass(frozen=True)
class Carried:
    """Where the form was sent, and what it brought."""

    action: str
    fields: list[tuple[str, str]]

    @property
    def saves(self) -> bool:
        """Whether it is a form that saves; anything else (a deletion) does not go on by itself."""
        adapter = current_app.create_url_adapter(request)
        try:
            endpoint, _ = adapter.match(self.action.partition("?")[0], "POST") if adapter else ("", {})
        except HTTPException:
            return False
        return str(endpoint).rpartition(".")[2] in SAVING


def carried() -> Carried:
    """What this request brought, itself or from before the page that asks for the password. Never a password."""
    action = request.form.get(ACTION) if is_again() else request.full_path.rstrip("?")
    return Carried(own_path(action), [(n, text) for n, text in request.form.items(multi=True) if may_be_shown(n)])


def is_again() -> bool:
    return request.endpoint == ENDPOINT


def may_be_shown(name: str) -> bool:
    return "password" not in name.lower() and name not in ("csrf_token", NAME, ACTION, ALREADY)


def ask(form: Carried, status: int, name: str = "", error: str | None = None) -> Response:
    """The page that asks who one is, in place of the one that was sent. What concerns the account begins anew."""
    if not form.fields or (request.blueprint == "auth" and not is_again()):
        form = Carried("/", [])
    page = render_template("auth/resume.html", form=form, name=name, error=error, once_more=g.get("person") is not None)
    return make_response(page, status)
