"""E-mail addresses, web addresses and slugs: what stands round them, and what was probably meant."""

import re
from collections.abc import Iterator
from typing import Any

from admin import values
from admin.attributes import Attribute
from admin.imports.plan import Style
from admin.imports.repairs import Repair
from models.text import slugify


def read_email(attribute: Attribute, text: str, _: Style) -> tuple[Any, tuple[str, ...]]:
    """«Ana Kovač <ana@example.org>;» and «mailto:ana@example.org» hold one."""
    found = re.search(r"<([^<>]+@[^<>]+)>", text)
    address = (
        re.sub(r"^mailto:\s*", "", found[1] if found else text, flags=re.IGNORECASE).strip(" ,;").removesuffix(".")
    )
    return values.parse(attribute, address), (Repair.AROUND,) if address != text else ()


def read_slug(attribute: Attribute, text: str, _: Style) -> tuple[Any, tuple[str, ...]]:
    small = text.lower()
    slug = re.sub(r"-{2,}", "-", small).strip("-")
    said = {Repair.SMALL: small != text, Repair.SINGLE: slug != small}
    return values.parse(attribute, slug), tuple(repair for repair, made in said.items() if made)


def proposals(kind: str, text: str) -> Iterator[str]:
    """What may be meant by a text that the rule for its kind does not accept."""
    if kind == "email":
        yield re.sub(
            r"\s*[\[(]?\b(at|dot)\b[\])]?\s*", lambda found: {"at": "@", "dot": "."}[found[1].lower()], text, flags=re.I
        )
        yield re.sub(r"\s+", "", text).replace("＠", "@").replace(",", ".").replace("..", ".")
        yield from re.findall(r"[^\s,;<>()]+@[^\s,;<>()]+", text)[:1]
    if kind == "url":
        yield re.sub(r"^[a-z]{0,2}tt?p(s?)[:;]?/+", r"http\1://", text, flags=re.IGNORECASE)
        yield from re.findall(r"https?://\S+", text)[:1]
    if kind == "slug":
        yield slugify(text)
