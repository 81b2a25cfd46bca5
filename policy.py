"""Who may do what: one table, default deny.

A grant is «entity:verb»; either part may be *. «:own» at the end limits it to the records and views one is the
author of, and to the jobs one has asked for and the files one has sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

from models.user import Role, Theme
from models.view import View

CATALOGUE = ("authors", "books", "tags")
# Whoever reads a list may export it: he could copy it page by page anyway. Exports are limited and logged instead.
READ = (
    *("home:view", "account:*", "changes:view", "jobs:*:own"),
    *("views:view", "views:create", "views:edit:own", "views:delete:own"),
    *(f"{entity}:{verb}" for entity in (*CATALOGUE, "posts") for verb in ("view", "export")),
)

GRANTS: dict[Role, tuple[str, ...]] = {
    Role.VIEWER: READ,
    Role.CONTRIBUTOR: (*READ, "posts:create", "posts:edit:own", "posts:delete:own", "users:options"),
    Role.EDITOR: (
        *READ,
        *(f"{entity}:*" for entity in (*CATALOGUE, "posts")),
        *("users:options", "views:share", "uploads:*:own"),
    ),
    Role.ADMIN: ("*:*",),
}

ROLE_LABELS = {
    Role.VIEWER: "Viewer",
    Role.CONTRIBUTOR: "Contributor",
    Role.EDITOR: "Editor",
    Role.ADMIN: "Administrator",
}


@dataclass(frozen=True)
class Person:
    """Who is signed in: read once a request, from one row; not an entity, so nothing can be loaded or written by it."""

    id: int
    session_id: int
    username: str
    name: str
    role: Role
    theme: Theme
    lists: Mapping[str, Any] = field(default_factory=dict)  # list → how this person wants it shown
    views: Sequence[View] = ()  # the saved views of the list one is in, this person's and shared ones

    def __str__(self) -> str:
        return self.name

    @property
    def role_label(self) -> str:
        return ROLE_LABELS[self.role]

    @property
    def initials(self) -> str:
        words = self.name.split() or [self.username]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


Extent = Literal["all", "own"]


def may(person: Person | None, verb: str, entity: str, record: Any = None) -> bool:
    """Whether this person may do this to this entity, or to this one record of it."""
    if person is None:
        return False
    extent = granted(person.role, verb, entity)
    # Without a record the question is whether the screen exists for this person at all.
    return extent == "all" or (extent == "own" and (record is None or record.author_id == person.id))


def may_all(person: Person | None, verb: str, entity: str) -> bool:
    """Whether this person may do this to every record of this entity, not only to some: for what is done to many."""
    return person is not None and granted(person.role, verb, entity) == "all"


@cache  # every page asks it some dozens of times
def granted(role: Role, verb: str, entity: str) -> Extent | None:
    """How far the table lets this role do this: to all records, to one's own, or not at all."""
    found = {extent_of(grant) for grant in GRANTS[role] if covers(grant, verb, entity)}
    return "all" if "all" in found else "own" if found else None


def covers(grant: str, verb: str, entity: str) -> bool:
    granted_entity, granted_verb, *_ = grant.split(":")
    return fnmatchcase(entity, granted_entity) and fnmatchcase(verb, granted_verb)


def extent_of(grant: str) -> Extent:
    return "own" if grant.endswith(":own") else "all"


def roles_that_may(verb: str, entity: str) -> list[str]:
    """The labels of the roles that may do this without a limit, the least powerful first: whom to ask."""
    return [ROLE_LABELS[role] for role in GRANTS if granted(role, verb, entity) == "all"]
