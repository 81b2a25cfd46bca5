"""`python -m bench.files`: run it, print its tables, and keep the results of a whole run."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from tempfile import TemporaryFile

from bench import data, publishing, servers
from bench.__main__ import machine, words
from bench.files import report, results, serving, stock
from bench.files.results import FileRun, Measured
from bench.files.stock import Files, Stock
from bench.files.watching import Failed, Use, command, middle, server_of
from bench.files.ways import EXPORTS, IMPORTS, Way

SIZE, ROUNDS = 100_000, 3
PARTS = ("imports", "exports", "pages")
NOTHING = Use(0, 0, 0, 0)
WORK = "files_run"  # the database that an import fills
SERVED = {"request": ("Colophon, CSV (asked for in the browser)", serving.colophon),
          "flask-admin": ("Flask-Admin, CSV (asked for in the browser)", serving.flask_admin)}  # fmt: skip
WAYS = tuple(dict.fromkeys([*(way.key for way in (*IMPORTS, *EXPORTS)), *SERVED]))
VERSIONS = "import importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in %r))"
OTHERS = ("django", "django-import-export", "flask-admin", "sqlalchemy", "psycopg")


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))  # and the servers with it
    for kind in options.databases:
        found = run(kind, options)
        print(f"\n{report.section(found)}", flush=True)
        if options.keep or (options.only == list(PARTS) and options.ways == list(WAYS)):
            results.keep(found)
            publishing.publish()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.files", description="Import and export of many books.")
    parser.add_argument("--size", type=int, default=SIZE, help=f"how many books ({SIZE:,})")
    parser.add_argument("--databases", type=words, default=list(data.KINDS), help=f"of {', '.join(data.KINDS)}")
    parser.add_argument("--only", type=words, default=list(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--ways", type=words, default=list(WAYS), help=f"of {', '.join(WAYS)}; a part is kept with --keep only"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each way ({ROUNDS})")
    parser.add_argument("--keep", action="store_true", help="keep a part too, in the place of what there is")
    parser.add_argument("--note", default="", help="a sentence for the report, such as what else the machine did")
    return parser.parse_args()


def run(kind: str, options: argparse.Namespace) -> FileRun:
    with data.server(kind) as where:
        made, database = stock.stock(kind, where, options.size), server_of(kind, where)
        imports = imported(made, database, options) if "imports" in options.only else {}
        exports = exported(made, database, options) if "exports" in options.only else {}
        pages = serving.pages(made) if "pages" in options.only else None
        stock.dropped(made, made.full, made.empty, stock.address(made, WORK))
        return FileRun(
            kind,
            options.size,
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=" ".join(filter(None, [machine(kind, where), options.note])),
            versions=versions(),
            imports=imports,
            exports=exports,
            pages=pages,
        )


def versions() -> str:
    code = VERSIONS % (OTHERS,)
    done = subprocess.run([servers.OTHER_PYTHON, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


# Imports


def imported(made: Stock, database: int | None, options: argparse.Namespace) -> dict[str, Measured]:
    """Each way in turn, round after round; first with a few rows, for the memory that it holds in any case."""
    ways = [way for way in IMPORTS if made.kind in way.kinds and way.key in options.ways]
    few = {way.key: tried(lambda w=way: into(made, w, made.few, database)) for way in ways}
    return rounds_of(ways, few, options.rounds, made.size, lambda way: into(made, way, made.books, database))


def into(made: Stock, way: Way, files: Files, database: int | None) -> Use:
    """Import the files, and see that all books are there."""
    url = stock.fresh(made, WORK) if way.fresh else stock.address(made, WORK)
    use, _ = called(way, url, files, database)
    wanted = (stock.FEW if files is made.few else made.size) if way.adds else 0
    if (there := stock.count(url)) != wanted:
        raise Failed(f"{there:,} books afterwards")
    return use


# Exports


def exported(made: Stock, database: int | None, options: argparse.Namespace) -> dict[str, Measured]:
    ways = [way for way in EXPORTS if made.kind in way.kinds and way.key in options.ways]
    few = {way.key: tried(lambda w=way: out_of(made.empty, 0, w, made, database)) for way in ways}
    found = rounds_of(
        ways, few, options.rounds, made.size, lambda way: out_of(made.full, made.size, way, made, database)
    )
    for key, (title, ask) in SERVED.items():
        if key not in options.ways:
            continue
        use = tried(lambda a=ask: a(made, database))
        found[key] = measured(title, [use], NOTHING)
        tell(found[key])
    return found


def out_of(url: str, size: int, way: Way, made: Stock, database: int | None) -> Use:
    """Export all books, and see that there is a line for each."""
    use, lines = called(way, url, made.books, database)
    if way.lines and lines < size:
        raise Failed(f"{lines:,} lines")
    return use


# How


def called(way: Way, url: str, files: Files, database: int | None) -> tuple[Use, int]:
    """Run a way's command; what it needed, and how many lines it wrote to standard output."""
    how = way.command(url, files)
    with TemporaryFile(dir=data.HOME) as output:
        use = command(how.words, how.environment, database, output)
        output.seek(0)
        return use, sum(1 for _ in output)


def rounds_of(
    ways: Sequence[Way], few: Mapping[str, Use | str], rounds: int, size: int, do: Callable[[Way], Use]
) -> dict[str, Measured]:
    seen: dict[str, list[Use | str]] = {way.key: [] for way in ways}
    for turn in range(rounds):
        for way in ways:
            if size > way.most:
                seen[way.key] = [f"not with more than {way.most:,}"]
            elif turn < way.rounds and not (seen[way.key] and isinstance(seen[way.key][-1], str)):
                seen[way.key].append(tried(lambda w=way: do(w)))
                tell(measured(way.title, seen[way.key][-1:], few[way.key]))
    return {way.key: measured(way.title, seen[way.key], few[way.key]) for way in ways}


def tried(do: Callable[[], Use]) -> Use | str:
    try:
        return do()
    except Failed as reason:
        return str(reason)


def measured(title: str, uses: Sequence[Use | str], few: Use | str) -> Measured:
    """The rounds of one way, or why there are none; `few` is the same with a few rows."""
    reasons = [use for use in (*uses, few) if isinstance(use, str)]
    if reasons:
        return Measured(title, None, reason=reasons[0])
    peak = max(use.memory for use in uses)
    return Measured(title, middle(uses), growth=max(0.0, peak - few.memory), start=few.wall)


def tell(found: Measured) -> None:
    """One line while it runs."""
    use = found.use
    said = f"{use.wall:.2f} s, {use.all_processor:.2f} s of processor, {use.memory:.0f} MiB" if use else found.reason
    print(f"{found.title:45} {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
