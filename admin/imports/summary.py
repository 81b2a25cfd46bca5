"""What a check found, in a few words under each of its figures."""

import re

from admin.attributes import words
from admin.imports.check import Found
from admin.imports.plan import Plan
from admin.imports.targets import Target, targets
from admin.registry import resource_of
from admin.resource import Resource

NAMED = re.compile(r"«[^»]*»|\S+@\S*\w")  # the name or address that a reason speaks of
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
        "invalid": in_ways(len(reasons(found))) if found.invalid else "none",
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


def reasons(found: Found) -> list[tuple[str, str, int]]:
    """Field, what is wrong, and in how many rows; those that differ in a name alone are one."""
    alike: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for field, reason, number in found.reasons:
        alike.setdefault((field, NAMED.sub("…", reason)), []).append((reason, number))
    told = [
        (field, reason if len(group) > 1 else group[0][0], sum(number for _, number in group))
        for (field, reason), group in alike.items()
    ]
    return sorted(told, key=lambda one: -one[2])


def in_ways(number: int) -> str:
    return "in one way, see below" if number == 1 else f"in {number} ways, see below"


def mark(found: Found) -> str:
    """What the page says, so that what is run is what was seen."""
    return f"{found.new} {found.changed} {found.invalid} {found.stamp}"
