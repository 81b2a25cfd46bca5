"""The ways to get many books in and out: what each is called, and its command."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import make_url

from bench import data, servers
from bench.contestants.django_admin import environment as of_django
from bench.files.columns import EXPORTED, READY
from bench.files.stock import Files
from tests import databases

ANY = ("postgresql", "sqlite")
RESOURCES = "bench.apps.django_admin.resources"
NEVER = 10**9


@dataclass(frozen=True)
class Command:
    words: Sequence[object]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Way:
    """One way in or out. `most`: with more rows than this it would take all day."""

    key: str
    title: str
    command: Callable[[str, Files], Command]  # for the address of a database and the files of the books
    kinds: Sequence[str] = ANY
    fresh: bool = True  # an import into a catalogue without books; else into the one that the last left behind
    adds: bool = True  # whether the books are there afterwards
    lines: bool = True  # whether an export writes a line for each book
    most: int = NEVER
    rounds: int = NEVER


# Only reading and writing


def psql(url: str, said: str) -> Command:
    program = shutil.which("psql") or databases.binaries() / "psql"
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return Command([program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", said], {})


def copy_in(url: str, files: Files) -> Command:
    return psql(url, f"\\copy books ({', '.join(READY)}) FROM '{files.ready}' WITH (FORMAT csv, HEADER)")


def copy_out(url: str, files: Files) -> Command:
    return psql(url, f"\\copy ({EXPORTED}) TO STDOUT WITH (FORMAT csv, HEADER)")


def copy_table(url: str, files: Files) -> Command:
    return psql(url, "\\copy books TO STDOUT WITH (FORMAT csv, HEADER)")


def plain(direction: str) -> Callable[[str, Files], Command]:
    def command(url: str, files: Files) -> Command:
        words = [sys.executable, "-m", "bench.files.plain", direction, make_url(url).database, files.ready]
        return Command(words, {})

    return command


# Colophon


def flask(*words: str) -> Callable[[str, Files], Command]:
    def command(url: str, files: Files) -> Command:
        given = [files.sent if word == "FILE" else word for word in words]
        return Command([sys.executable, "-m", "flask", "--app", "app", *given], of_colophon(url))

    return command


def of_colophon(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "LOG_LEVEL": "WARNING", "RESULTS_DIR": str(data.HOME / "results")}


# django-import-export


def django(*words: str) -> Callable[[str, Files], Command]:
    def command(url: str, files: Files) -> Command:
        given = [files.sent if word == "FILE" else word for word in words]
        return Command([servers.OTHER_PYTHON, "-m", "django", *given], of_django(url, 0))

    return command


FLOOR = "floor"  # the key of the way that only reads and writes
CHECK, BOTH, RUN, AGAIN = "check", "both", "run", "again"  # the run is what both take more than the check
OURS = ("import", "books", "FILE", "--match", "isbn")

IMPORTS = (
    Way(FLOOR, "psql \\copy, columns ready-made", copy_in, kinds=("postgresql",)),
    Way(FLOOR, "csv and executemany, ready-made", plain("in"), kinds=("sqlite",)),
    Way(CHECK, "Colophon, check (flask import --dry-run)", flask(*OURS, "--dry-run"), adds=False),
    Way(BOTH, "Colophon, check and run (flask import)", flask(*OURS), fresh=False),
    Way(AGAIN, "Colophon, the same file again", flask(*OURS), fresh=False),
    Way("bulk", "django-import-export, bulk", django("import", f"{RESOURCES}.Bulk", "FILE", "--no-input")),
    Way(
        "plain",
        "django-import-export, as it comes",
        django("import", f"{RESOURCES}.Plain", "FILE", "--no-input"),
        most=100_000,
        rounds=1,
    ),
)
EXPORTS = (
    Way(FLOOR, "psql \\copy, the same rows and columns", copy_out, kinds=("postgresql",)),
    Way("table", "psql \\copy, the bare table", copy_table, kinds=("postgresql",)),
    Way(FLOOR, "csv, the same rows and columns", plain("out"), kinds=("sqlite",)),
    Way("csv", "Colophon, CSV (flask export)", flask("export", "books")),
    Way("json", "Colophon, JSON (flask export)", flask("export", "books", "--format", "json")),
    Way("xlsx", "Colophon, XLSX (flask export)", flask("export", "books", "--format", "xlsx"), lines=False),
    Way("django", "django-import-export, CSV", django("export", "CSV", f"{RESOURCES}.Listed"), rounds=1),
)
