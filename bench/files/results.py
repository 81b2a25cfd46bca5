"""What was found of files, kept as JSON: one run for each size and database, the newest."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.files.watching import Use

KEPT = Path(__file__).resolve().parent / "results.json"


@dataclass(frozen=True)
class Measured:
    title: str
    use: Use | None
    growth: float = 0  # MiB that it held more than with a few rows
    start: float = 0  # seconds that it takes with a few rows
    reason: str = ""  # why there is no figure


@dataclass(frozen=True)
class FileRun:
    kind: str
    size: int
    date: str
    machine: str
    versions: str
    imports: Mapping[str, Measured]  # way → what it needed
    exports: Mapping[str, Measured]
    pages: tuple[float, float] | None  # milliseconds of the first page, alone and during an import


def load() -> list[FileRun]:
    return [from_json(kept) for kept in json.loads(KEPT.read_text())] if KEPT.exists() else []


def from_json(kept: dict[str, Any]) -> FileRun:
    ways = {part: {key: measured(found) for key, found in kept[part].items()} for part in ("imports", "exports")}
    return FileRun(**{**kept, **ways, "pages": tuple(kept["pages"]) if kept["pages"] else None})


def measured(kept: dict[str, Any]) -> Measured:
    return Measured(**{**kept, "use": Use(**kept["use"]) if kept["use"] else None})


def keep(run: FileRun) -> list[FileRun]:
    """Put the run in the place of its predecessor; all runs there are."""
    others = [other for other in load() if (other.kind, other.size) != (run.kind, run.size)]
    runs = sorted([*others, run], key=lambda each: (each.size, each.kind))
    KEPT.write_text(json.dumps([asdict(each) for each in runs], indent=1) + "\n")
    return runs
