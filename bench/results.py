"""What a run found, kept as JSON beside the report: one run for each size and database, the newest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measure import Figure

FOLDER = Path(__file__).resolve().parent
KEPT, REPORT = FOLDER / "results.json", FOLDER / "results.md"


@dataclass(frozen=True)
class Run:
    kind: str
    size: int
    date: str
    machine: str
    versions: Mapping[str, str]  # contestant → what it consists of
    figures: Mapping[str, Mapping[str, Figure | str]]  # operation → contestant → figure
    memory: Mapping[str, Sequence[float]]  # contestant → MiB of each worker

    def figure(self, operation: str, name: str) -> Figure | None:
        found = self.figures.get(operation, {}).get(name)
        return found if isinstance(found, Figure) else None


def load() -> list[Run]:
    return [from_json(kept) for kept in json.loads(KEPT.read_text())] if KEPT.exists() else []


def from_json(kept: dict[str, Any]) -> Run:
    figures = {
        operation: {name: Figure(**found) if isinstance(found, dict) else found for name, found in by_name.items()}
        for operation, by_name in kept.pop("figures").items()
    }
    return Run(**kept, figures=figures)


def keep(run: Run) -> list[Run]:
    """Put the run in the place of its predecessor; all runs there are, in the order of the report."""
    others = [other for other in load() if (other.kind, other.size) != (run.kind, run.size)]
    runs = sorted([*others, run], key=lambda each: (each.size, each.kind))
    KEPT.write_text(json.dumps([asdict(each) for each in runs], indent=1, default=str) + "\n")
    return runs
