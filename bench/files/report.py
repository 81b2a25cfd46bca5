"""The report on files: tables of a run, and how they compare with what is to be reached."""

from collections.abc import Mapping, Sequence

from bench.files.results import FileRun, Measured
from bench.files.watching import beyond
from bench.files.ways import BOTH, CHECK, FLOOR, RUN
from bench.report import KINDS, number, table, verdict

MOST_OF_COPY = 3.0
LEAST_PER_SECOND = 30_000  # rows into SQLite
CHECK_OF_RUN = 0.6
IMPORT_GROWTH, EXPORT_GROWTH = 150, 50  # MiB
PAGES = 2.0
RATES = (("Run, rows a second", RUN), ("Check and run, rows a second", BOTH))

INTRODUCTION = """# Files

`make bench-files` and `make bench-files SIZE=1000000` wrote this; `bench/files/` says how. A CSV of books (title, ISBN,
price, currency, author by e-mail, format, status, date, pages, language) goes into a catalogue with these authors and
no book, with all of Colophon's indexes; `\\copy` gets the columns of the table ready-made, authors' ids and the keys to
sort and search by included. Exports are of the list as it is shown. A figure is the median of the rounds, in which each
program has its turn; «ten rows» are the seconds with so few, that is to start. Processor time is that of the program,
of all it starts and of the database server; memory is what a program held more than with ten rows, and what the workers
of a server grew by.
"""


def whole(runs: Sequence[FileRun]) -> str:
    return "\n".join([INTRODUCTION, *map(section, runs)])


def section(run: FileRun) -> str:
    parts = [
        f"## Files of {run.size:,} books, {KINDS[run.kind]}",
        f"{run.date}. {run.machine} Beside Colophon: {run.versions}.",
        figures("import", with_run_alone(run.imports), run.size),
        figures("export", run.exports, run.size),
        "\n".join(f"- {line}" for line in verdicts(run)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def figures(what: str, found: Mapping[str, Measured], size: int) -> str:
    heads = [what, "seconds", "÷ first", "ten rows", "processor s", "÷ first", "rows per second", "memory MiB"]
    return table(heads, [row(one, found.get(FLOOR), size) for one in found.values()]) if found else ""


def with_run_alone(found: Mapping[str, Measured]) -> dict[str, Measured]:
    """With the second half of an import, which is what it takes beyond the check."""
    known = {key: found[key].use for key in (CHECK, BOTH) if key in found}
    if not all(known.values()) or len(known) < 2:
        return dict(found)
    alone = Measured("– of that the run", beyond(known[BOTH], known[CHECK]), found[BOTH].growth)
    placed = {key: [(key, one)] for key, one in found.items()}
    placed[BOTH].append((RUN, alone))
    return dict(pair for pairs in placed.values() for pair in pairs)


def row(found: Measured, floor: Measured | None, size: int) -> list[str]:
    use, least = found.use, floor.use if floor else None
    if use is None:
        return [found.title, found.reason, *["–"] * 6]
    return [
        found.title,
        number(use.wall),
        number(use.wall / least.wall) if least else "–",
        number(found.start) if found.start else "–",
        number(use.all_processor),
        number(use.all_processor / least.all_processor) if least and least.all_processor else "–",
        f"{size / use.wall:,.0f}",
        f"{found.growth:.0f}",
    ]


# What is to be reached


def verdicts(run: FileRun) -> list[str]:
    copied, imports = run.kind == "postgresql", with_run_alone(run.imports)
    said = [
        ratio("Run to `\\copy`", imports, RUN, FLOOR, MOST_OF_COPY) if copied else "",
        ratio("Check and run to `\\copy`", imports, BOTH, FLOOR, MOST_OF_COPY) if copied else "",
        *((rate(what, imports, key, run.size) for what, key in RATES) if not copied else ()),
        ratio("Check to run", imports, CHECK, RUN, CHECK_OF_RUN),
        growth("Import, memory", imports, (CHECK, BOTH), IMPORT_GROWTH),
        ratio("Export as CSV to `\\copy`", run.exports, "csv", FLOOR, MOST_OF_COPY) if copied else "",
        ratio("The same asked for in the browser", run.exports, "request", FLOOR, MOST_OF_COPY) if copied else "",
        growth("Export, memory", run.exports, ("csv", "json", "xlsx", "request"), EXPORT_GROWTH),
        pages(run),
    ]
    return [line for line in said if line]


def ratio(what: str, found: Mapping[str, Measured], one: str, other: str, limit: float) -> str:
    """By the clock, which decides, and by processor time, which a busy machine does not change."""
    mine, its = (found[key].use if key in found else None for key in (one, other))
    if mine is None or its is None:
        return ""
    wall, processor = mine.wall / its.wall, mine.all_processor / its.all_processor
    return f"{what}: {wall:.2f}, of processor time {processor:.2f} (at most {limit:g}: {verdict(wall <= limit)})"


def rate(what: str, found: Mapping[str, Measured], key: str, size: int) -> str:
    use = found[key].use if key in found else None
    if use is None:
        return ""
    rows, busy, least = size / use.wall, size / use.all_processor, LEAST_PER_SECOND
    return f"{what}: {rows:,.0f}, of processor time {busy:,.0f} (at least {least:,}: {verdict(rows >= least)})"


def growth(what: str, found: Mapping[str, Measured], keys: Sequence[str], limit: int) -> str:
    known = {found[key].title: found[key].growth for key in keys if key in found and found[key].use}
    if not known:
        return ""
    said = ", ".join(f"{title} {grown:.0f} MiB" for title, grown in known.items())
    return f"{what}: {said} (at most {limit}: {verdict(max(known.values()) <= limit)})"


def pages(run: FileRun) -> str:
    if run.pages is None:
        return ""
    alone, meanwhile = run.pages
    reached = verdict(meanwhile <= PAGES * alone)
    return (
        f"First page of the list: {number(alone)} ms, during an import {number(meanwhile)} ms, "
        f"{meanwhile / alone:.1f} times (at most {PAGES:g}: {reached})"
    )
