"""What the page of the columns shows: each column with its samples and what is understood of it, and the controls."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from werkzeug.datastructures import MultiDict

from admin.bulk_form import Control
from admin.imports import cells, plan_form
from admin.imports.plan import Place, Plan
from admin.imports.plan_form import Asked, Form
from admin.imports.reading import Reading
from admin.imports.targets import Target, kept, targets
from admin.resource import Resource
from services.shape import DELIMITERS, ENCODINGS, QUOTES, Shape, Sheet

LONG = ("markdown", "textarea")  # kinds whose text nobody wants in every row
WORDS = {
    "text": "text",
    "textarea": "text",
    "markdown": "Markdown",
    "isbn": "ISBN",
    "email": "e-mail address",
    "url": "web address",
    "integer": "whole number",
    "boolean": "yes or no",
    "tags": "names, separated by commas",
    "id": "number of a record",
    "slug": "word of an address",
}
DATES = {"ymd": "year-month-day", "dmy": "day.month.year", "mdy": "month/day/year", "": "date"}
DECIMALS = {".": "decimal point", ",": "decimal comma", "": "number"}


@dataclass(frozen=True)
class Line:
    """One column of the file, as the page lists it."""

    index: int
    name: str
    samples: Sequence[str]
    to: Place | None
    also: Place | None
    notes: Sequence[tuple[str, str]]  # (what is understood, tone)


def lines(resource: Resource, read: Reading, plan: Plan) -> list[Line]:
    fields, left_alone = targets(resource), kept(resource)
    found = []
    for index, name in enumerate(read.header):
        mine = [place for place in plan.places if place.column == index]
        notes = [
            note
            for place in mine
            for note in understood(fields[place.field], place, read.columns[index], plan, read.shape.kind == "csv")
        ]
        if not mine:
            notes = [("kept by Colophon" if is_among(name, left_alone) else "not imported", "")]
        to, also = (*mine, None, None)[:2]
        found.append(Line(index, name, read.examples(index), to, also, notes))
    return found


def is_among(name: str, left_alone: Mapping[str, str]) -> bool:
    return name.strip().casefold() in {word.casefold() for pair in left_alone.items() for word in pair}


def understood(target: Target, place: Place, texts: Sequence[str], plan: Plan, guarded: bool) -> list[tuple[str, str]]:
    """What was read in the first rows: as what, what was repaired, what cannot be read."""
    filled = [text for text in texts if text.strip()]
    found = cells.read(target, filled, plan.style, place.take, guarded)
    notes = [(f"{number:,} × {words}", "good") for words, number in Counter(found.repairs.values()).most_common(2)]
    if not notes:
        notes = [(read_as(target, plan), "")]
    if found.problems:
        reason, _ = Counter(problem.reason for problem in found.problems.values()).most_common(1)[0]
        notes.append((f"{len(found.problems):,} not understood: {reason}", "warn"))
    return notes


def read_as(target: Target, plan: Plan) -> str:
    kind = target.attribute.kind
    if kind == "reference":
        return f"by {' or '.join(words.replace('_', ' ') for words in target.by)}"
    if kind == "choice":
        return "one of " + ", ".join(list(target.attribute.choices.values())[:3]) + " …"
    if kind in ("date", "datetime"):
        return DATES[plan.style.dates]
    return DECIMALS[plan.style.decimal] if kind in ("money", "decimal") else WORDS.get(kind, kind)


# Controls


def shape_controls(shape: Shape, sheets: Sequence[Sheet]) -> list[Control]:
    """How the file is read, as far as it can be chosen for its kind."""
    typed: Form = MultiDict({name: str(value) for name, value in asdict(shape).items()})
    header = Control(typed, "header", "Row with the column names", "integer", help="0 when there is none.")
    if sheets:
        offered = [(s.name, f"{s.name} ({s.rows:,} rows{'' if s.visible else ', hidden'})") for s in sheets]
        sheet = Control(typed, "sheet", "Sheet" if shape.kind == "xlsx" else "List", "choice", options=offered)
        return thirds([sheet, header] if shape.kind == "xlsx" else [sheet])
    if shape.kind != "csv":
        return []
    return thirds(
        [
            Control(typed, "encoding", "Encoding", "choice", options=offers(ENCODINGS, shape.encoding)),
            Control(typed, "delimiter", "Between cells", "choice", options=offers(DELIMITERS, shape.delimiter)),
            Control(typed, "quote", "Around cells", "choice", options=offers(QUOTES, shape.quote)),
            header,
        ]
    )


def style_controls(plan: Plan) -> list[Control]:
    typed: Form = MultiDict({"decimal": plan.style.decimal, "dates": plan.style.dates})
    return thirds(
        [
            Control(typed, "decimal", "Decimals", "choice", options=list(plan_form.DECIMALS.items())),
            Control(typed, "dates", "Dates", "choice", options=list(plan_form.DATES.items())),
        ]
    )


def fixed_controls(resource: Resource, asked: Asked, names: Collection[str]) -> list[Control]:
    """Fields that no column goes to, with the value that every row is given."""
    typed: Form = MultiDict({f"fixed-{name}": text for name, text in asked.plan.fixed.items()})
    found = []
    for name, target in targets(resource).items():
        attribute = target.attribute
        if name not in names or attribute.kind in (*LONG, "id"):
            continue
        options = [("", "–"), *(attribute.choices or {"yes": "Yes", "no": "No"}).items()]
        kind = "choice" if attribute.kind in ("choice", "boolean") else "text"
        control = Control(typed, f"fixed-{name}", f"{target.label} for every row", kind, options=options)
        problem = asked.problem(control.name)
        control.errors = [problem] if problem else []
        found.append(control)
    return thirds(found)


def offers(words: Mapping[str, str], chosen: str) -> list[tuple[str, str]]:
    return [*words.items(), *([] if chosen in words else [(chosen, chosen)])]


def thirds(controls: list[Control]) -> list[Control]:
    for control in controls:
        control.width = "third"
    return controls
