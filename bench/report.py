"""The report: tables of a run, and how they compare with what is to be reached."""

from collections.abc import Iterable, Sequence

from bench.measure import Figure
from bench.operations import OPERATIONS, Operation
from bench.results import Run

FLOOR, OWN, OTHERS, SMALL = "floor", "Colophon", ("Django admin", "Flask-Admin"), "Colophon at 1,000"
NAMES = (FLOOR, OWN, *OTHERS)
MOST_OF_FLOOR, FEWER_THAN_OTHERS, GROWTH, MOST_MEMORY = 2.5, 6.0, 1.3, 110
KINDS = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}

INTRODUCTION = """# What the benchmark found

`make bench` and `make bench SIZE=1000000` wrote this; `bench/` says how. All work on the same tables, behind gunicorn
with two workers of eight threads (Colophon on SQLite: one), for somebody who is signed in; except the floor, which is
bare Flask, one Core statement and one plain template with the same rows. Requests are sent one after the other, to all
in turn, round after round; a figure is the median of the rounds. Processor time is that of the workers, kernel
included. Latency is that of one connection, requests per second are those of eight at once.
"""


def whole(runs: Sequence[Run]) -> str:
    return "\n".join([INTRODUCTION, *map(section, runs)])


def section(run: Run) -> str:
    """All about one run, in Markdown that is readable in a terminal too."""
    parts = [
        f"## {run.size:,} books, {KINDS[run.kind]}",
        f"{run.date}. {run.machine}",
        "\n".join(f"- {name}: {said}" for name, said in run.versions.items()),
        "Processor milliseconds per request:",
        processor_table(run),
        "Latency in milliseconds, and requests per second:",
        latency_table(run),
        "\n".join(f"- {line}" for line in verdicts(run)),
    ]
    return "\n\n".join(parts) + "\n"


def processor_table(run: Run) -> str:
    rows = [
        [operation.title, *(processor(run, operation, name) for name in NAMES), to_floor(run, operation),
         to_others(run, operation)]
        for operation in measured(run)
    ]  # fmt: skip
    return table(["operation", *NAMES, "Colophon ÷ floor", "best other ÷ Colophon"], rows)


def processor(run: Run, operation: Operation, name: str) -> str:
    found = run.figure(operation.key, name)
    return number(found.processor) if found else str(run.figures[operation.key].get(name, "–"))


def to_floor(run: Run, operation: Operation) -> str:
    found = floor_ratio(run, operation)
    return f"{found:.1f}" if found else "–"


def to_others(run: Run, operation: Operation) -> str:
    found = others_ratio(run, operation)
    return f"{found:.1f}" if found else "–"


def floor_ratio(run: Run, operation: Operation) -> float | None:
    own, floor = run.figure(operation.key, OWN), run.figure(operation.key, FLOOR)
    return own.processor / floor.processor if own and floor else None


def others_ratio(run: Run, operation: Operation) -> float | None:
    """How many times Colophon's processor time the best of the others needs."""
    own = run.figure(operation.key, OWN)
    others = [found.processor for name in OTHERS if (found := run.figure(operation.key, name))]
    return min(others) / own.processor if own and others else None


def latency_table(run: Run) -> str:
    with_small = any(SMALL in figures for figures in run.figures.values())
    heads = ["operation", *NAMES, *([SMALL, "Colophon ÷ at 1,000"] if with_small else [])]
    rows = []
    for operation in measured(run):
        row = [operation.title, *(latency(run.figure(operation.key, name)) for name in NAMES)]
        if with_small:
            found = growth(run, operation)
            row += [latency(run.figure(operation.key, SMALL)), f"{found:.2f}" if found else "–"]
        rows.append(row)
    return table(heads, rows)


def latency(found: Figure | None) -> str:
    if found is None:
        return "–"
    return number(found.latency) + (f", {found.per_second:,.0f}/s" if found.per_second else "")


def growth(run: Run, operation: Operation) -> float | None:
    """How many times its time with 1,000 books Colophon needs, measured in the same rounds."""
    own, small = run.figure(operation.key, OWN), run.figure(operation.key, SMALL)
    return own.latency / small.latency if own and small else None


def measured(run: Run) -> list[Operation]:
    return [operation for operation in OPERATIONS if operation.key in run.figures]


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns stand below each other; figures are flush right."""
    lines = [list(heads), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    rule = ["-" * width if place == 0 else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    return "\n".join(padded(line, widths) for line in (lines[0], rule, *lines[1:]))


def padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return f"| {first[0]:<{first[1]}} | " + " | ".join(f"{cell:>{width}}" for cell, width in others) + " |"


# What is to be reached


def verdicts(run: Run) -> list[str]:
    """What was found of what is to be reached, one line each."""
    lists = [operation for operation in measured(run) if operation.group == "list"]
    said = [
        most("List pages to the floor", [floor_ratio(run, operation) for operation in lists], MOST_OF_FLOOR),
        *(
            most(f"«{operation.title}» to its floor", [floor_ratio(run, operation)], MOST_OF_FLOOR)
            for operation in measured(run)
            if operation.key in ("edit", "save")
        ),
        least("Best other to Colophon, list pages", [others_ratio(run, op) for op in lists], FEWER_THAN_OTHERS),
        most("List pages to those of 1,000 books", [growth(run, operation) for operation in lists], GROWTH),
        memory(run),
    ]
    return [line for line in said if line]


def most(what: str, found: Sequence[float | None], limit: float) -> str:
    known = [each for each in found if each is not None]
    return f"{what}: {span(known)} (at most {limit:g}: {verdict(max(known) <= limit)})" if known else ""


def least(what: str, found: Sequence[float | None], limit: float) -> str:
    known = [each for each in found if each is not None]
    return f"{what}: {span(known)} (at least {limit:g}: {verdict(min(known) >= limit)})" if known else ""


def span(found: Sequence[float]) -> str:
    return f"{min(found):.1f}" if len(found) == 1 else f"{min(found):.1f} to {max(found):.1f}"


def verdict(reached: bool) -> str:
    return "reached" if reached else "missed"


def memory(run: Run) -> str:
    sizes = {name: max(held) for name, held in run.memory.items() if held and name in NAMES}
    said = ", ".join(f"{name} {size:.0f} MiB" for name, size in sizes.items())
    reached = verdict(sizes.get(OWN, 0) <= MOST_MEMORY)
    return f"The largest worker after the run: {said} (Colophon at most {MOST_MEMORY}: {reached})"


def progress(operation: Operation, figures: dict[str, Figure | str]) -> str:
    """One line while it runs."""
    cells = (
        f"{name} {number(found.processor)}" if isinstance(found, Figure) else f"{name} {found}"
        for name, found in figures.items()
    )
    return f"{operation.title:28} {', '.join(cells)}"
