"""What became of each row of a file: an SQLite file of its own beside the upload, which pages browse.

It is written chunk by chunk under a temporary name and renamed when it is whole, so memory does not grow with the file.
While it is a draft it also remembers the keys and names of earlier rows. It can be made again at any time, so nothing
of it is flushed or journalled.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from admin.imports.gather import ABSENT, Gathered, Reading, Unread, gather, shown
from admin.imports.gather import Bad as Bad
from admin.imports.plan import Plan
from admin.registry import by_entity
from services.unit_of_work import Refused

OUTCOMES = ("new", "changed", "same", "invalid")
Outcome = Literal["new", "changed", "same", "invalid"]
NameKind = Literal["missing", "ambiguous", "unread"]
FORGOTTEN = 3600  # seconds without a write
RELEASED = 0  # instead of a row's number: a key that a record had before a row gave it another
TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -20000;
CREATE TABLE rows (number INTEGER PRIMARY KEY, outcome INTEGER NOT NULL, record_id INTEGER, details TEXT);
CREATE TABLE chunks (first INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE keys (field TEXT, key, number INTEGER, PRIMARY KEY (field, key)) WITHOUT ROWID;
CREATE TABLE names (field TEXT, key TEXT, text TEXT, kind TEXT, rows INTEGER, candidates TEXT,
                    reason TEXT, proposal TEXT, PRIMARY KEY (field, kind, key)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Line:
    """One row of the file, for a page. `values` are what it says, `before` what changed fields hold now."""

    number: int
    outcome: str
    record_id: int | None
    label: str
    values: Mapping[str, str]
    before: Mapping[str, str]
    problems: Sequence[Bad]
    repairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Name:
    """A word in the file that cannot be read, or a name that leads to no record, or to several.

    Candidates (id, label, what tells it apart) are those several; of a name that leads nowhere, who is called alike.
    """

    text: str
    rows: int
    candidates: Sequence[tuple[int, str, str]]
    reason: str = ""
    proposal: str = ""


@dataclass
class Details:
    """What there is to say of a row beyond its outcome: nothing, of most."""

    label: str = ""
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)  # field → before, after
    problems: Sequence[Bad] = ()
    repairs: Sequence[tuple[str, str]] = ()

    def as_json(self) -> str | None:
        if not (self.label or self.changed or self.problems or self.repairs):
            return None
        problems = [list(asdict(problem).values()) for problem in self.problems]
        return json.dumps([self.label, self.changed, problems, list(self.repairs)])

    @classmethod
    def from_json(cls, kept: str | None) -> "Details":
        if kept is None:
            return cls()
        label, changed, problems, repairs = json.loads(kept)
        pairs = [(name, words) for name, words in repairs]
        return cls(label, changed, [Bad(*problem) for problem in problems], pairs)


class Draft:
    """A ledger that is being written. It is not there until `keep` has been called."""

    def __init__(self, path: Path) -> None:
        self.path, self.part = path, path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")

    def __enter__(self) -> "Draft":
        self.sweep()
        with room():
            self.raw = sqlite3.connect(self.part, isolation_level=None)
            self.raw.executescript(TABLES)
            self.raw.execute("BEGIN")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.raw.close()
        self.part.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Drafts that were killed; one that lives is written to all the time."""
        for other in self.path.parent.glob(f"{self.path.name}.*.part"):
            if other.stat().st_mtime < time.time() - FORGOTTEN:
                other.unlink(missing_ok=True)

    # Keys and names of earlier rows

    def claim(self, name: str, keys: Mapping[Any, int]) -> dict[Any, int]:
        """Each key is its row's, unless an earlier chunk has it: those, with the number of the row that has it."""
        with room():
            before = self.raw.total_changes
            rows = [(name, key, number) for key, number in keys.items()]
            self.raw.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", rows)
            if self.raw.total_changes - before == len(rows):
                return {}
            return {key: number for key, number in self.owners(name, keys).items() if number != keys[key]}

    def owners(self, name: str, keys: Iterable[Any]) -> dict[Any, int]:
        """Which of these keys some row has claimed."""
        asked = "SELECT key, number FROM keys WHERE field = ? AND key IN (SELECT value FROM json_each(?))"
        return dict(self.raw.execute(asked, (name, json.dumps(list(keys)))).fetchall())

    def claim_last(self, name: str, keys: Mapping[Any, int]) -> None:
        """Each key is the last row's that has it."""
        with room():
            rows = [(name, key, number) for key, number in keys.items()]
            self.raw.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)", rows)

    def note_names(self, kind: NameKind, names: Iterable[tuple[str, str, str, int, Sequence[Any]]]) -> None:
        """(field, key, text, rows, candidates) of names that lead to no record, or to several."""
        self.add_names(
            (name, key, text, kind, rows, json.dumps(found), "", "") for name, key, text, rows, found in names
        )

    def note_unread(self, words: Mapping[tuple[str, str], Unread]) -> None:
        """Words that cannot be read, by field and key."""
        self.add_names(
            (*place, one.text, "unread", one.rows, "[]", one.reason, one.proposal) for place, one in words.items()
        )

    def add_names(self, rows: Iterable[tuple[Any, ...]]) -> None:
        statement = (
            "INSERT INTO names (field, key, text, kind, rows, candidates, reason, proposal) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (field, kind, key) DO UPDATE SET rows = rows + excluded.rows"
        )
        with room():
            self.raw.executemany(statement, rows)

    def forget_single(self, closed: Iterable[str]) -> None:
        """A word of one row is corrected there; but those of fields for which there are only so many are kept."""
        statement = (
            "DELETE FROM names WHERE kind = 'unread' AND rows = 1 AND field NOT IN (SELECT value FROM json_each(?))"
        )
        self.raw.execute(statement, (json.dumps(list(closed)),))

    def propose(self, name: str, text: str, candidates: Sequence[tuple[int, str, str]]) -> None:
        """Who is called like a name that leads to no record."""
        statement = "UPDATE names SET candidates = ? WHERE field = ? AND kind = 'missing' AND text = ?"
        self.raw.execute(statement, (json.dumps(candidates), name, text))

    def names(self, field: str, kind: NameKind, limit: int) -> Sequence[Name]:
        return names(self.raw, field, kind, limit)

    def count_names(self, kind: NameKind) -> dict[str, int]:
        asked = "SELECT field, count(*) FROM names WHERE kind = ? GROUP BY field"
        return dict(self.raw.execute(asked, (kind,)).fetchall())

    # Rows

    def write(
        self, numbers: Sequence[int], cells: Sequence[Sequence[str]], rows: Iterable[tuple[int, int, int | None, Any]]
    ) -> None:
        """A chunk: the rows as the file has them, and (number, outcome, record, details) of each."""
        with room():
            self.raw.execute("INSERT INTO chunks VALUES (?, ?)", (numbers[0], json.dumps(cells)))
            self.raw.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)

    def keep(self, reading: Reading) -> None:
        """It is whole: from now on it can be opened."""
        about = {"entity": reading.resource.entity, "plan": reading.plan.as_json(), "header": list(reading.header)}
        with room():
            self.raw.execute("DROP TABLE keys")
            self.raw.execute("CREATE TABLE about (reading TEXT)")
            self.raw.execute("INSERT INTO about VALUES (?)", (json.dumps({**about, "guarded": reading.guarded}),))
            self.raw.execute("CREATE INDEX by_outcome ON rows (outcome, number)")
            self.raw.execute("END")
        self.part.rename(self.path)


@contextmanager
def room() -> Iterator[None]:
    """A full disk is said as such."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        raise Refused("There is no room left on the disk for what was found in the file, so it ended here.") from error


class Ledger:
    """A ledger that is whole, for pages and downloads."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    @classmethod
    def open(cls, path: Path) -> "Ledger":
        """Raises FileNotFoundError."""
        path.stat()
        return cls(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True))

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.raw.close()

    @cached_property
    def reading(self) -> Reading:
        """How the file was read."""
        (kept,) = self.raw.execute("SELECT reading FROM about").fetchone()
        about = json.loads(kept)
        resource = by_entity()[about["entity"]]
        return Reading(resource, Plan.from_json(about["plan"]), about["header"], about["guarded"])

    def page(self, outcome: str, after: int = 0, limit: int = 50) -> Sequence[Line]:
        """The rows of this outcome with a number above `after`, as many as `limit`."""
        found = self.rows(outcome, after, limit)
        if not found:
            return []
        cells = self.cells([row[0] for row in found])
        read = gather(self.reading, [(number, cells[number]) for number, *_ in found])
        return [
            self.line(number, outcome, record_id, texts(self.reading, read, place), Details.from_json(kept))
            for place, (number, record_id, kept) in enumerate(found)
        ]

    def line(self, number: int, outcome: str, record_id: int | None, said: dict[str, str], more: Details) -> Line:
        values = said | {name: after for name, (_, after) in more.changed.items()}
        before = {name: was for name, (was, _) in more.changed.items()}
        label = more.label or values.get(self.reading.resource.lead.name, "")
        return Line(number, outcome, record_id, label, values, before, more.problems, more.repairs)

    def rows(self, outcome: str, after: int = 0, limit: int = -1) -> Sequence[tuple[int, int | None, str | None]]:
        asked = "SELECT number, record_id, details FROM rows WHERE outcome = ? AND number > ? ORDER BY number LIMIT ?"
        return self.raw.execute(asked, (OUTCOMES.index(outcome), after, limit)).fetchall()

    def cells(self, numbers: Sequence[int]) -> dict[int, list[str]]:
        """The cells of rows, as the file has them. `numbers` ascend."""
        found: dict[int, list[str]] = {}
        for number in numbers:
            if number not in found:
                found |= self.chunk(number)
        return found

    def chunk(self, number: int) -> dict[int, list[str]]:
        """The cells of all rows of the chunk in which this row is."""
        asked = "SELECT first, cells FROM chunks WHERE first <= ? ORDER BY first DESC LIMIT 1"
        first, cells = self.raw.execute(asked, (number,)).fetchone()
        kept = json.loads(cells)
        numbers = self.raw.execute(
            "SELECT number FROM rows WHERE number >= ? ORDER BY number LIMIT ?", (first, len(kept))
        )
        return {number: row for (number,), row in zip(numbers, kept, strict=True)}

    def names(self, field: str, kind: NameKind, limit: int = 100) -> Sequence[Name]:
        """The words and names of a field that are to be told; those of most rows first."""
        return names(self.raw, field, kind, limit)

    def lines(self, outcome: str) -> Iterator[list[str]]:
        """The cells of each row of this outcome as the file has them, and last what is wrong with it."""
        chunk: dict[int, list[str]] = {}
        for number, _, kept in self.raw.execute(
            "SELECT number, record_id, details FROM rows WHERE outcome = ? ORDER BY number", (OUTCOMES.index(outcome),)
        ):
            if number not in chunk:
                chunk = self.chunk(number)
            yield [*chunk[number], reason(Details.from_json(kept).problems)]


def names(raw: sqlite3.Connection, field: str, kind: NameKind, limit: int) -> Sequence[Name]:
    asked = (
        "SELECT text, rows, candidates, reason, proposal FROM names WHERE field = ? AND kind = ? "
        "ORDER BY rows DESC, text LIMIT ?"
    )
    return [
        Name(text, rows, [(key, label, hint) for key, label, hint in json.loads(candidates)], reason, proposal)
        for text, rows, candidates, reason, proposal in raw.execute(asked, (field, kind, limit))
    ]


def reason(problems: Sequence[Bad]) -> str:
    """«ISBN: The last digit should be 7. Price: Write a number.»"""
    return " ".join(f"{one.column}: {one.reason}" if one.column else one.reason for one in problems)


def texts(reading: Reading, read: Gathered, row: int) -> dict[str, str]:
    """What a row says of each field, as a page shows it."""
    found = {name: column[row] for name, column in read.values.items()}
    for name, columns in read.linked.items():
        found[name] = next((column[row] for column in columns if column[row]), None)
    return {name: shown(reading.targets[name], value) for name, value in found.items() if value is not ABSENT}
