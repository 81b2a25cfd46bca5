"""The tables that a run prints."""

from collections.abc import Sequence

from bench.contestant import Contestant
from bench.measure import Figure
from bench.operations import Operation


def heading(kind: str, size: int, contestants: Sequence[Contestant]) -> str:
    columns = "".join(f"{contestant.title:>24}" for contestant in contestants)
    return f"\n{kind}, {size:,} books: processor ms, latency ms, requests per second\n{'':28}{columns}"


def line(operation: Operation, figures: Sequence[Figure | None]) -> str:
    """One operation: a cell per contestant, then how many times the first one's processor time the others need."""
    first = figures[0]
    ratios = [f"{f.processor / first.processor:7.2f}×" for f in figures[1:] if f and first]
    return f"{operation.title:28}" + "".join(map(cell, figures)) + "".join(ratios)


def cell(figure: Figure | None) -> str:
    if figure is None:
        return f"{'not there':>24}"
    per_second = f"{figure.per_second:.0f}/s" if figure.per_second else ""
    return f"{figure.processor:8.2f}{figure.latency:8.2f}{per_second:>8}"


def memory(contestant: Contestant, held: Sequence[float]) -> str:
    return f"{contestant.title}: workers hold {', '.join(f'{size:.0f}' for size in held)} MiB"
