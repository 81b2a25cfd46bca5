"""What a list is asked for, said as a person would: one chip per filter, one more for each «not»."""

from collections.abc import Mapping, Sequence

from admin import conditions, relative
from admin.attributes import Attribute
from admin.conditions import Condition, Criterion
from admin.query import ListQuery

Names = Mapping[tuple[str, str], str]  # (field, text) → the name of the record

NUMBER_WORDS = {">": "more than", ">=": "from", "<": "less than", "<=": "up to"}
DATE_WORDS = {">": "after", ">=": "from", "<": "before", "<=": "up to"}


def chips(asked: ListQuery, names: Names) -> list[tuple[str, str, str]]:
    """(field, what is asked of it, the address without it), each readable as a sentence."""
    return [
        (condition.attribute.label, text, without(asked, condition, gone))
        for condition in asked.conditions
        for text, gone in spoken(condition, names)
    ]


def without(asked: ListQuery, condition: Condition, gone: Sequence[Criterion]) -> str:
    kept = [criterion.text for criterion in condition.criteria if criterion not in gone]
    return asked.url(**{condition.attribute.name: kept or None})


def spoken(condition: Condition, names: Names) -> list[tuple[str, Sequence[Criterion]]]:
    attribute, alternatives = condition.attribute, condition.positive
    found: list[tuple[str, Sequence[Criterion]]] = []
    if alternatives:
        found.append((" or ".join(said(attribute, c.text, names) for c in alternatives), alternatives))
    found += [(said(attribute, criterion.text, names), [criterion]) for criterion in condition.negative]
    return found


def said(attribute: Attribute, text: str, names: Names) -> str:
    if text.startswith("!"):
        bare = text[1:]
        named = {(attribute.name, bare): names.get((attribute.name, text), "")}
        return f"not {said(attribute, bare, named)}"
    if text in ("none", "any"):
        return "is empty" if text == "none" else "is not empty"
    if text.startswith("~"):
        return f"matching “{text[1:]}”"
    if attribute.target is not None:
        return names.get((attribute.name, text)) or f"no. {text}"
    if attribute.has_range:
        return said_of_range(attribute, text)
    return attribute.choices.get(text, text)


def said_of_range(attribute: Attribute, text: str) -> str:
    """«from 5 to 10», «more than 5 and less than 20», «in the last 30 days»."""
    parts = conditions.comparisons(text)
    if not parts:
        return end(attribute, text)
    if [sign for sign, _ in parts] == [">=", "<="]:
        return f"from {end(attribute, parts[0][1])} to {end(attribute, parts[1][1])}"
    return " and ".join(compared(attribute, sign, operand) for sign, operand in parts)


def compared(attribute: Attribute, sign: str, operand: str) -> str:
    dated = attribute.kind in ("date", "datetime")
    if dated and sign in conditions.AGE_SIGNS and relative.is_age(operand):
        length = relative.length(operand)
        return f"in the last {length.removeprefix('1 ')}" if sign == "<" else f"more than {length} ago"
    return f"{(DATE_WORDS if dated else NUMBER_WORDS)[sign]} {end(attribute, operand)}"


def end(attribute: Attribute, text: str) -> str:
    dated = attribute.kind in ("date", "datetime")
    return relative.spoken(text) if dated and relative.is_relative(text) else text


def panel_range(texts: Sequence[str]) -> tuple[str, str, str]:
    """The text of a number's or date's filter that two fields «from» and «to» can show, and what stands in them."""
    apart = ("none", "any")
    text = next((text for text in texts if text not in apart and not text.startswith(("!", "<", ">"))), "")
    start, separator, end = text.partition("..")
    return text, start, end if separator else start
