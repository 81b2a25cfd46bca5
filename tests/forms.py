"""Pages and forms as a browser without JavaScript meets them: open, read, fill in, post. On Flask's test client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Value = str | int | Sequence[str | int]
Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """One form: what a browser would send of it, in order, and the names of all its controls and buttons."""

    action: str = ""
    method: str = "get"
    fields: Pairs = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: Pairs = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """The first value of this control, as the page shows it."""
        return next((value for key, value in self.fields if key == name), None)

    def filled(self, changes: Mapping[str, Value], button: str | None = None) -> Pairs:
        """What is sent after these changes; a sequence sends the name repeatedly, an empty one sends it not at all."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        new = [(name, str(one)) for name, value in changes.items() for one in several(value)]
        pressed = [(name, value) for name, value in self.buttons if button in (name, value)][:1] if button else []
        return kept + new + pressed


def several(value: Value) -> Sequence[str | int]:
    return [value] if isinstance(value, str | int) else value


class Document(HTMLParser):
    """What tests ask of a page: its forms, links (target → text), rows (data-id) and field errors (field → message)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.rows: list[int] = []
        self.rel: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._text: list[str] | None = None
        self._closing: tuple[str, str, Form | None] | None = None
        self.feed(html)
        self.close()

    def form(self, *names: str) -> Form:
        """The first form to post that has all these controls."""
        for form in self.forms:
            if form.method == "post" and set(names) <= form.names:
                return form
        raise AssertionError(f"No form with {names}: {[sorted(form.names) for form in self.forms]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("data-id", "").isdigit() and tag == "tr":
            self.rows.append(int(given["data-id"]))
        if tag == "a" and "href" in given:
            self._open_link(given)
        elif given.get("id", "").endswith("-error"):
            self._begin(tag, "error:" + given["id"].removesuffix("-error"))
        if tag == "form":
            self._open_form(given)
        elif tag in ("input", "select", "textarea", "button", "option"):
            self._control(tag, given, self._named(given["form"]) if "form" in given else self._form)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._close_select()
        elif self._closing and self._closing[0] == tag:
            self._end()

    def _open_link(self, given: dict[str, str]) -> None:
        self.links.append((given["href"], ""))
        for word in given.get("rel", "").split():
            self.rel[word] = given["href"]
        if not self._closing:
            self._begin("a", "link")

    def _open_form(self, given: dict[str, str]) -> None:
        self._form = self._named(given["id"]) if "id" in given else Form()
        self._form.action, self._form.method = given.get("action", ""), given.get("method", "get").lower()
        self.forms.append(self._form)

    def _named(self, name: str) -> Form:
        """The form of this id, which may come after its controls."""
        return self._by_id.setdefault(name, Form())

    def _control(self, tag: str, given: dict[str, str], form: Form | None) -> None:
        name = given.get("name", "")
        if form is None or (not name and tag != "option") or "disabled" in given:
            return
        if tag == "button" or given.get("type") in ("submit", "image"):
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input":
            self._input(name, given, form)
        elif tag == "select":
            form.names.add(name)
            form.options[name] = []
            self._select = (name, "multiple" in given, form)
            self._chosen: list[str] = []
        elif tag == "option":
            self._option(given)
        elif tag == "textarea":
            form.names.add(name)
            self._begin("textarea", name, form)

    def _input(self, name: str, given: dict[str, str], form: Form) -> None:
        kind = given.get("type", "text").lower()
        if kind in ("button", "reset", "file"):
            return
        form.names.add(name)
        if kind not in ("checkbox", "radio"):
            form.fields.append((name, given.get("value", "")))
        elif "checked" in given:
            form.fields.append((name, given.get("value", "on")))

    _select: tuple[str, bool, Form] | None = None

    def _option(self, given: dict[str, str]) -> None:
        if self._select is None:
            return
        name, _, form = self._select
        form.options[name].append(given.get("value", ""))
        if "selected" in given:
            self._chosen.append(given.get("value", ""))

    def _close_select(self) -> None:
        if self._select is None:
            return
        name, multiple, form = self._select
        chosen = self._chosen or ([] if multiple else form.options[name][:1])
        form.fields.extend((name, value) for value in chosen)
        self._select = None

    def _begin(self, tag: str, what: str, form: Form | None = None) -> None:
        self._closing, self._text = (tag, what, form), []

    def _end(self) -> None:
        assert self._closing is not None
        _, what, form = self._closing
        text = "".join(self._text or [])
        if form is not None:
            form.fields.append((what, text.removeprefix("\n")))  # a browser drops the line break after <textarea>
        elif what == "link":
            self.links[-1] = (self.links[-1][0], " ".join(text.split()))
        else:
            self.errors[what.removeprefix("error:")] = " ".join(text.split())
        self._closing = self._text = None


def read(response: TestResponse) -> Document:
    return Document(response.text)


def send(
    client: FlaskClient, response: TestResponse, changes: Mapping[str, Value], button: str | None = None
) -> TestResponse:
    """Fill in the form of an opened page that has the changed fields, and post it: a page opened earlier is stale."""
    form = read(response).form(*changes)
    target = form.action or response.request.full_path
    pairs = form.filled(changes, button)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return client.post(target, data=data)


def submit(client: FlaskClient, path: str, changes: Mapping[str, Value], button: str | None = None) -> TestResponse:
    """Open a page, fill in its form and post it; the answer, unfollowed. A button is named by its name or its value."""
    page = client.get(path)
    assert page.status_code == 200, f"{path} answers {page.status}"
    return send(client, page, changes, button)


def follow(client: FlaskClient, response: TestResponse) -> TestResponse:
    """The page a redirect leads to, through at most five of them."""
    for _ in range(5):
        if response.status_code not in (301, 302, 303, 307, 308):
            return response
        response = client.get(response.headers["Location"])
    raise AssertionError("More than five redirects.")
