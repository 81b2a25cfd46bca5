"""What stands in a line of history: who did what and when, the first differences, and whether it can be taken back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from flask import current_app, g, url_for
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from admin import diffs
from admin.diffs import Difference, Names
from admin.registry import RESOURCES, known
from admin.times import written
from models.base import Record, now
from policy import may
from services import changes, timeline, undo
from services.unit_of_work import models_by_table

TONES = ("good", "info", "warn", "accent", "calm")
KINDS = {"save": "form", "cell": "cell", "bulk": "bulk", "import": "import", "deletion": "deletion",
         "undo": "undo", "merge": "merge", "command": "command"}  # fmt: skip
ICONS = {"import": "database-import", "command": "settings"}


@dataclass(frozen=True)
class Who:
    """Who did it, as a line begins: «You», or the name at the time."""

    name: str
    initials: str
    tone: str
    icon: str | None = None


@dataclass(frozen=True)
class Line:
    """One record of a set: its name, what happened to it, and the differences."""

    change_id: int
    label: str
    url: str | None
    action: str
    fields: Sequence[Difference]
    version: int = 0
    can_restore: frozenset[str] = frozenset()  # the fields whose earlier value may be brought back


@dataclass(frozen=True)
class Entry:
    """One change set, or the part of it that concerns one record."""

    id: int
    at: datetime
    who: Who
    sentence: Markup
    kind: str
    lines: Sequence[Line] = ()
    count: int = 0
    may_undo: bool = False
    undone_by: str | None = None
    note: str = ""
    version_of: int | None = field(default=None)  # the change after which the record may be restored whole

    @property
    def source(self) -> str:
        return KINDS.get(self.kind, self.kind) + self.note

    @property
    def size(self) -> str:
        """«2 fields», «6 records»: what one sees by opening it."""
        if self.count > 1:
            return f"{many(self.count)} records"
        number = sum(len(line.fields) for line in self.lines)
        return f"{number} field{'s' * (number != 1)}" if number else ""

    @property
    def others(self) -> str:
        """«97 more»: what a page of sets leaves to the set's own page."""
        rest = self.count - len(self.lines)
        return "" if rest <= 0 else f"{rest} more" if self.count <= timeline.MANY else "many more"


def many(count: int) -> str:
    return f"{timeline.MANY:,}+" if count > timeline.MANY else f"{count:,}"


# Who may see and do what


@dataclass(frozen=True)
class Written:
    """Stands for records in questions of right: they are their author's own."""

    author_id: int | None


def owner_entity(entity: str) -> str:
    """The entity whose rights count: a profile is part of its user."""
    model = models_by_table().get(entity)
    if model is None or known(model):
        return entity
    return next((t.__tablename__ for t in diffs.targets(model).values() if known(t)), entity)


def visible_entities() -> list[str] | None:
    """The tables whose history this person may read; None when that is all of it."""
    allowed = [entity for entity in models_by_table() if may(g.person, "view", owner_entity(entity))]
    return None if may(g.person, "*", "*") else allowed


def visible_resources() -> list[Any]:
    return [resource for resource in RESOURCES.values() if may(g.person, "view", resource.entity)]


def may_take_back(verb: str, entity: str, actor_id: int | None) -> bool:
    """Whether the person has the verb; whoever may change only what is his own takes back only what he did himself."""
    return may(g.person, verb, owner_entity(entity), Written(actor_id))


def oldest_restorable() -> datetime | None:
    """Before this moment nothing is offered to be taken back; None: history reaches for ever."""
    days = current_app.config["COLOPHON"].history_days
    return now() - timedelta(days=days) if days else None


def is_recent(at: datetime) -> bool:
    oldest = oldest_restorable()
    return oldest is None or at >= oldest


def can_come_back(row: Any) -> bool:
    """Whether an undo would restore anything of this change: not of roles, passwords and what is hidden."""
    model = models_by_table().get(row.entity)
    if model is None:
        return False
    names = row.fields.split(",")
    lists = diffs.targets(model)
    return row.action != "update" or any(undo.restorable(row.entity, model, n) or n in lists for n in names)


# Entries of sets


def of_sets(session: Session, rows: Sequence[Any]) -> list[Entry]:
    """The entries of change sets, in a constant number of statements."""
    ids = [row.id for row in rows]
    briefs = timeline.briefs(session, ids, visible_entities())
    undos = undo.standing_undos(session, ids) if ids else {}
    found = diffs.names(session, [change for brief in briefs.values() for change in brief.changes])
    return [of_set(row, briefs[row.id], undos[row.id], found) for row in rows]


def of_set(row: Any, brief: timeline.Brief, undone: Any, found: Names) -> Entry:
    lines = [line(change, found) for change in brief.changes]
    possible = any(can_come_back(change) for change in brief.changes)
    allowed = all(may_take_back(undo.VERBS[c.action], c.entity, row.actor_id) for c in brief.changes)
    return Entry(
        id=row.id,
        at=row.at,
        who=who(row),
        sentence=linked(row.sentence, lines, row.id),
        kind=row.kind,
        lines=lines,
        count=brief.count,
        may_undo=bool(brief.changes) and possible and allowed and undone is None and is_recent(row.at),
        undone_by=None if undone is None else "you" if is_me(undone.actor_id) else undone.actor,
        note="" if possible or not brief.changes else "; roles and secrets are not undone from here",
    )


def line(change: Any, found: Names, brief: bool = True) -> Line:
    url = diffs.link_to(change.entity, change.record_id, found)
    return Line(change.id, change.label, url, change.action, diffs.differences(change, found, brief), change.version)


def who(row: Any) -> Who:
    if row.actor_id is None:
        return Who(row.actor.capitalize(), "", "calm", ICONS.get(row.kind, "settings"))
    tone = "accent" if is_me(row.actor_id) else TONES[row.actor_id % len(TONES)]
    return Who("You" if is_me(row.actor_id) else row.actor, initials(row.actor), tone)


def is_me(actor_id: int | None) -> bool:
    return actor_id is not None and actor_id == g.person.id


def initials(name: str) -> str:
    parts = name.split() or ["?"]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def linked(sentence: str, lines: Iterable[Line], set_id: int) -> Markup:
    """The sentence; the first record that it names leads there, or else what it counts."""
    for each in lines:
        head, name, tail = sentence.rpartition(each.label)
        if not name:
            continue
        shown = (
            Markup('<a class="link" href="{}">{}</a>').format(each.url, name)
            if each.url
            else Markup("<b>{}</b>").format(name)
        )
        return escape(head) + shown + escape(tail)
    return counted(sentence, set_id)


@cache
def number_pattern() -> re.Pattern[str]:
    """«12 books», «1,000+ posts», «1 tag»."""
    nouns = "|".join(f"{entity.removesuffix('s')}s?" for entity in models_by_table())
    return re.compile(rf"\b[0-9][0-9,]*\+? (?:{nouns})\b")


def counted(sentence: str, set_id: int) -> Markup:
    """The sentence; the first number of records in it leads to the page that names them all."""
    found = number_pattern().search(sentence)
    if found is None:
        return escape(sentence)
    link = Markup('<a class="link" href="{}">{}</a>').format(url_for("changes.detail", id=set_id), found[0])
    return escape(sentence[: found.start()]) + link + escape(sentence[found.end() :])


# Entries of one record


def of_record(session: Session, rows: Sequence[Any], record: Record, restorable: Any) -> list[Entry]:
    """The entries of a record's own timeline. `restorable(row)` names the fields that may be brought back."""
    found = diffs.names(session, rows, diffs.name_of(record))
    sets = [(key, list(group)) for key, group in groupby(rows, key=lambda row: row.set_id)]
    return [of_changes(set_id, changes, record, found, restorable) for set_id, changes in sets]


def of_changes(set_id: int, changes: Sequence[Any], record: Record, found: Names, restorable: Any) -> Entry:
    """What one set did to the record and to its parts."""
    head = changes[0]
    lines = [
        Line(c.id, c.label, None, c.action, diffs.differences(c, found), c.version, restorable(c)) for c in changes
    ]
    own = next((c for c in changes if c.entity == record.__tablename__), None)
    past = own is not None and own.action != "delete" and own.version < record.version
    return Entry(
        id=set_id,
        at=head.at,
        who=who(head),
        sentence=about(head, own or head, lines),
        kind=head.kind,
        lines=[each for each in lines if each.fields],
        version_of=own.id if past and own is not None else None,
    )


def about(row: Any, own: Any, lines: Sequence[Line]) -> Markup:
    """What was done, on the record's own page: its name is left out where it would only be repeated."""
    noun = own.entity.removesuffix("s")
    shown = [each for line in lines if line.action == "update" for each in line.fields]
    of_it_alone = row.kind == "command" and row.sentence.startswith(f"{changes.WORDS[own.action]} the {noun} ")
    if row.kind not in ("save", "cell") and not of_it_alone:
        return Markup('<a class="plain-link" href="{}">{}</a>').format(
            url_for("changes.detail", id=row.set_id), row.sentence
        )
    if row.sentence.startswith("restored "):
        return escape(row.sentence)
    if own.action != "update":
        return Markup("{} this {}").format({"insert": "created", "delete": "deleted"}[own.action], noun)
    if len(shown) == 1:
        return Markup("changed the {}").format(lowered(shown[0].label))
    return Markup("changed {} fields").format(len(shown)) if shown else Markup("saved it")


def lowered(label: str) -> str:
    """«Sort name» → «sort name»; «ISBN» stays."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


# Days


def by_day(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Entries under «Today», «Yesterday», «Thursday 19 November»; days are those of UTC."""
    return [(day_name(day), list(group)) for day, group in groupby(entries, key=lambda entry: entry.at.date())]


def day_name(day: date) -> str:
    today = now().date()
    if day in (today, today - timedelta(days=1)):
        return "Today" if day == today else "Yesterday"
    return f"{day:%A} {day.day} {day:%B}" if day.year == today.year else f"{day:%A} {written(day)}"
