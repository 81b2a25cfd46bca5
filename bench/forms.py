"""Reading a form from a page, so that it can be sent as a browser would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Pairs = tuple[tuple[str, str], ...]


@dataclass
class Form:
    action: str
    pairs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def fields(self) -> Pairs:
        return tuple(self.pairs)

    def names(self) -> set[str]:
        return {name for name, _ in self.pairs}

    def filled(self, **values: str) -> Pairs:
        """What is sent when one types these values and leaves everything else."""
        kept = [(name, value) for name, value in self.pairs if name not in values]
        return (*kept, *values.items())


class Reader(HTMLParser):
    """Collects what each form that is posted would send; buttons send nothing."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.is_open = False
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_open = given.get("method", "").lower() == "post"
            if self.is_open:
                self.forms.append(Form(given.get("action") or self.path))
        elif not self.is_open or "disabled" in given:
            return
        elif tag == "input":
            self.read_input(given, checked="checked" in given)
        elif tag == "select":
            self.select, self.options = given.get("name"), []
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.textarea = given.get("name")
            self.add(self.textarea, "")

    def read_input(self, given: dict[str, str], checked: bool) -> None:
        kind = given.get("type", "text").lower()
        if kind in ("submit", "button", "reset", "image", "file") or (kind in ("checkbox", "radio") and not checked):
            return
        self.add(given.get("name"), given.get("value", "on" if kind == "checkbox" else ""))

    def add(self, name: str | None, value: str) -> None:
        if name:
            self.forms[-1].pairs.append((name, value))

    def handle_data(self, data: str) -> None:
        if self.textarea:
            name, value = self.forms[-1].pairs[-1]
            self.forms[-1].pairs[-1] = (name, value + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False
        elif tag == "textarea":
            self.end_textarea()
        elif tag == "select" and self.options:
            chosen = [value for value, selected in self.options if selected] or [self.options[0][0]]
            self.add(self.select, chosen[-1])
            self.options = []

    def end_textarea(self) -> None:
        """A line break right after the tag does not count."""
        if self.textarea:
            name, value = self.forms[-1].pairs[-1]
            self.forms[-1].pairs[-1] = (name, value.removeprefix("\n"))
        self.textarea = None


def posted_forms(html: str, path: str) -> list[Form]:
    """Every form of a page that is sent by POST; one without an action goes to the page's own path."""
    reader = Reader(path)
    reader.feed(html)
    return reader.forms


def form_with(html: str, path: str, name: str) -> Form:
    """The form that has a field of this name."""
    return next(form for form in posted_forms(html, path) if name in form.names())


def only_form(html: str, path: str) -> Form:
    (form,) = posted_forms(html, path)
    return form
