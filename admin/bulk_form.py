"""The form of a bulk action: its controls, what was typed into them, and the effect that this would have."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import effects, values
from admin.actions import Action
from admin.attributes import Attribute, describe, label_of
from admin.effects import Effect
from admin.entries import lowered
from admin.forms import MOST_TAGS, known_by_name
from admin.registry import resource_of
from admin.resource import Resource
from admin.screens.target import TargetField
from models.text import caseless, one_line
from services import pricing
from services.unit_of_work import Refused

UNCHANGED = "Leave unchanged"
FEW = 8  # choices up to this number are shown side by side when there is nothing else to choose
PERCENT = re.compile(r"([+-]?)([0-9]{1,4})(?:[.,]([0-9]{1,2}))? ?%?")
LIKE_TEXT = {"markdown": "textarea", "tags": "text"}


Form = MultiDict[str, str]


class Control:
    """What the macros of fields.html read of a field, without a record behind it."""

    readonly, changed, maxlength, create_url = False, False, None, None

    def __init__(self, form: Form, name: str, label: str, kind: str, **given: Any) -> None:
        self.name = self.id = name
        self.label = SimpleNamespace(text=label)
        self.kind = kind
        self.required: bool = True  # that it may stay empty is said by the page
        self.width = "full" if kind in ("textarea", "radio") else "half"
        self.options: Sequence[tuple[str, str]] = given.get("options", ())
        self.description: str = given.get("help", "")
        self.typed: str = form.get(name, given.get("beginning", ""))
        self.errors: list[str] = []
        self.clear: str | None = given.get("clear")

    def _value(self) -> str:
        return self.typed

    @property
    def data_value(self) -> str:
        return self.typed

    def option_list(self, codes: bool = False) -> Markup:
        """The options of a list as HTML."""
        option = Markup('<option value="{}"{}>{}</option>').format
        chosen = Markup(" selected")
        return Markup("").join(option(text, chosen if text == self.typed else "", word) for text, word in self.options)


@dataclass
class Asked:
    """The controls, the effect (None while something is missing or wrong), and what is wrong with the whole."""

    form: Form
    controls: list[Any] = field(default_factory=list)
    effect: Effect | None = None
    problem: str | None = None

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        return [(c.name, c.label.text, " ".join(c.errors)) for c in self.controls if c.errors]


def ask(session: Session, resource: Resource, action: Action, form: Form) -> Asked:
    """Read what was sent. Nothing typed yet is no mistake."""
    asked = Asked(form)
    try:
        asked.effect = READ[action.kind](session, resource, action, asked)
    except Refused as refusal:
        at_fault = next((c for c in asked.controls if c.name == f"set-{refusal.field}"), None)
        if at_fault is None:
            asked.problem = refusal.message
        else:
            at_fault.errors = [refusal.message]
    return asked


# Setting fields


def read_set(session: Session, resource: Resource, action: Action, asked: Asked) -> Effect | None:
    alone = len(action.fields) == 1
    given: dict[str, Any] = {}
    told: list[tuple[str, str]] = []  # (field, value) in the words of a sentence
    for attribute in action.fields:
        control = control_for(asked.form, attribute, alone)
        asked.controls.append(control)
        if control.clear is not None and control.clear in asked.form:
            given[column_of(attribute)] = None
            told.append((lowered(attribute.label), ""))
            if asked.form.get(control.name, "").strip():
                control.errors = ["Set it or clear it, not both."]
        elif text := asked.form.get(control.name, "").strip():
            value, spoken = value_of(session, attribute, control, text)
            given[column_of(attribute)] = value
            told.append((lowered(attribute.label), spoken))
    if asked.errors or not given:
        return None
    return effects.setting(session, resource, given, *sentences(told))


def column_of(attribute: Attribute) -> str:
    return attribute.column.name  # type: ignore[union-attr]


def control_for(form: Form, attribute: Attribute, alone: bool) -> Any:
    name = f"set-{attribute.name}"
    clear = f"clear-{attribute.name}" if attribute.column is not None and attribute.column.nullable else None
    if attribute.kind == "reference":
        picker = TargetField(resource_of(attribute.target), name, attribute.label)  # type: ignore[arg-type]
        picker.clear, picker.width = clear, "half"
        return picker
    options = list((attribute.choices or {"yes": "Yes", "no": "No"}).items())
    kind = "choice" if attribute.kind == "boolean" else LIKE_TEXT.get(attribute.kind, attribute.kind)
    if kind == "choice" and alone and len(options) <= FEW:
        return Control(form, name, attribute.label, "radio", options=options, clear=clear)
    return Control(form, name, attribute.label, kind, options=[("", UNCHANGED), *options], clear=clear)


def value_of(session: Session, attribute: Attribute, control: Any, text: str) -> tuple[Any, str]:
    """The value as the model would keep it, and in words; what is wrong stands at the control."""
    if attribute.kind == "reference":
        record = control.choose(session, text)
        return (record.id, str(record)) if record is not None else (None, "")
    try:
        value = values.parse(attribute, text)
        holder = attribute.model()
        setattr(holder, attribute.name, value)  # the model's own rules object here
        value = getattr(holder, attribute.name)
    except ValueError as error:
        control.errors = [str(error)]
        return None, ""
    return value, attribute.choices.get(text, values.write(attribute, value))


LONGEST_TOLD = 60


def sentences(told: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """«Set the status of {} to Active» and «set …»; several fields are named without their values."""
    if len(told) > 1:
        names = [name for name, _ in told]
        listed = f"the {', '.join(names[:-1])} and {names[-1]}" if len(names) < 4 else f"{len(names)} fields"
        return f"Change {listed} of {{}}", f"changed {listed} of {{}}"
    [(name, value)] = told
    if not value:
        return f"Clear the {name} of {{}}", f"cleared the {name} of {{}}"
    end = f" to {value}" if len(value) <= LONGEST_TOLD and "\n" not in value else ""
    return f"Set the {name} of {{}}{end}", f"set the {name} of {{}}{end}"


# Prices


def read_price(session: Session, resource: Resource, action: Action, asked: Asked) -> Effect | None:
    attribute = action.field
    endings = [(word, label) for word, (label, _) in pricing.ENDINGS.items()]
    percent = Control(asked.form, "percent", "Change by", "decimal", help="In percent: 5, +5 or −12.5.")
    ending = Control(asked.form, "ending", "Round", "radio", options=endings, beginning="none")
    asked.controls += [percent, ending]
    if ending.typed not in pricing.ENDINGS:
        ending.errors = ["Choose one of the list."]
    amount = read_percent(percent)
    if amount is None or asked.errors:
        return None
    if not amount and ending.typed == "none":
        percent.errors = ["This would change nothing."]
        return None
    name = lowered(attribute.label)
    tail = "" if ending.typed == "none" else f", {lowered(pricing.ENDINGS[ending.typed][0])}"
    by = f" by {amount.normalize():+f}%" if amount else ""
    words = (f"Change the {name} of {{}}{by}{tail}", f"changed the {name} of {{}}{by}{tail}")
    return effects.scaling(session, resource, attribute, amount, ending.typed, words)


def read_percent(control: Control) -> Decimal | None:
    text = control.typed.strip().replace("−", "-")
    if not text:
        return None
    found = PERCENT.fullmatch(text)
    if found is None:
        control.errors = ["Write a percentage with at most two decimals, for example 5 or -12.5."]
        return None
    amount = Decimal(f"{found[1]}{found[2]}.{found[3] or 0}")
    if not pricing.LEAST <= amount <= pricing.MOST:
        control.errors = [f"From {pricing.LEAST} to +{pricing.MOST} percent."]
    return amount


# Tags


def read_tags(session: Session, resource: Resource, action: Action, asked: Asked) -> Effect | None:
    attribute = action.field
    help = "Separate several with commas."
    add = Control(asked.form, "add", "Add", "text", help=help)
    take = Control(asked.form, "take", "Take away", "text", help=help)
    asked.controls += [add, take]
    given, taken = read_names(attribute, add), read_names(attribute, take)
    unknown = [name for name, key in known_by_name(session, attribute.target, taken).items() if key is None]
    if both := {caseless(name) for name in given} & {caseless(name) for name in taken}:
        take.errors = [f"Either add {both.pop()} or take it away."]
    elif unknown:
        take.errors = [f"No tag is called {unknown[0]}."]
    if asked.errors or not (given or taken):
        return None
    return effects.tagging(session, resource, attribute, given, taken, tag_sentences(given, taken))


def read_names(attribute: Attribute, control: Control) -> list[str]:
    try:
        names = list(dict.fromkeys(filter(None, (one_line(name) for name in control.typed.split(",")))))
    except ValueError as error:
        control.errors = [str(error)]
        return []
    longest = describe(label_of(attribute.target)).maxlength or 0  # type: ignore[arg-type]
    if len(names) > MOST_TAGS or any(len(name) > longest for name in names):
        control.errors = [f"At most {MOST_TAGS} tags of at most {longest} characters."]
    return names


def tag_sentences(given: Sequence[str], taken: Sequence[str]) -> tuple[str, str]:
    def listed(names: Sequence[str]) -> str:
        return ", ".join(names) if len(names) < 4 else f"{len(names)} tags"

    if given and taken:
        return f"Tag {{}}: add {listed(given)}, take away {listed(taken)}", (
            f"tagged {{}}: added {listed(given)}, took away {listed(taken)}"
        )
    if given:
        return f"Tag {{}} with {listed(given)}", f"tagged {{}} with {listed(given)}"
    return f"Take {listed(taken)} off {{}}", f"took {listed(taken)} off {{}}"


def read_delete(session: Session, resource: Resource, action: Action, asked: Asked) -> Effect | None:
    return effects.deleting(resource, "Delete {}", "deleted {}")


READ: Mapping[str, Callable[[Session, Resource, Action, Asked], Effect | None]] = {
    "set": read_set,
    "price": read_price,
    "tags": read_tags,
    "delete": read_delete,
}
