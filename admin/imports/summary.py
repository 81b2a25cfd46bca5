"""What a check found, in a few words under each of its figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from admin.attributes import words
from admin.imports.check import Found
from admin.imports.plan import Plan
from admin.imports.targets import Target, targets
from admin.registry import resource_of
from admin.resource import Resource

OUTCOMES = {"new": "New", "changed": "Changed", "same": "Unchanged", "invalid": "Invalid"}


def most_urgent(found: Found) -> str:
    """What one should look at first."""
    return next((name for name in ("invalid", "changed", "new") if getattr(found, name)), "same")


def figures(resource: Resource, found: Found, plan: Plan) -> list[tuple[str, str, int, str]]:
    """Outcome, label, number of rows and a few words about them."""
    notes = {
        "new": with_new(resource, found, plan),
        "changed": in_what(resource, found),
        "same": "nothing to do" if found.same else "none",
        "invalid": in_ways(sum(len(one.reasons) for one in wrong(resource, found, plan))) if found.invalid else "none",
    }
    return [(name, label, getattr(found, name), notes[name]) for name, label in OUTCOMES.items()]


def with_new(resource: Resource, found: Found, plan: Plan) -> str:
    made = [(targets(resource)[name], number) for name, number in found.missing.items() if name in plan.create]
    told = [counted(target, number) for target, number in made if number]
    return f"with {' and '.join(told)}" if told else "not in the catalogue yet" if found.new else "none"


def counted(target: Target, number: int) -> str:
    """«3 new authors»"""
    other = resource_of(target.attribute.target)  # type: ignore[arg-type]
    return f"{number:,} new {other.singular if number == 1 else other.plural}"


def in_what(resource: Resource, found: Found) -> str:
    if not found.changed:
        return "none"
    most, *others = sorted(found.fields, key=lambda name: -found.fields[name]) or [""]
    label = targets(resource)[most].label if most in targets(resource) else words(most)
    return f"in {label}" if not others else f"mostly {label}" if len(others) > 1 else f"in {label} and another field"


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the cells of one field: reasons, each with its number of rows."""

    field: str
    label: str
    reasons: Sequence[tuple[str, int]]
    may_be_empty: bool  # instead

    @property
    def rows(self) -> int:
        return sum(number for _, number in self.reasons)


def wrong(resource: Resource, found: Found, plan: Plan) -> list[Wrong]:
    """By field, what is wrong most often first."""
    fields, placed = targets(resource), {place.field for place in plan.places}
    by_field: dict[str, list[tuple[str, int]]] = {}
    for name, reason, number in found.reasons:
        by_field.setdefault(name, []).append((reason, number))
    told = [
        Wrong(
            name,
            fields[name].label if name in fields else "",
            reasons,
            may_be_empty=name in placed and not fields[name].required,
        )
        for name, reasons in by_field.items()
    ]
    return sorted(told, key=lambda one: -one.rows)


def in_ways(number: int) -> str:
    return "in one way, see below" if number == 1 else f"in {number} ways, see below"


def mark(found: Found) -> str:
    """What the page says, so that what is run is what was seen."""
    return f"{found.new} {found.changed} {found.invalid} {found.stamp}"
