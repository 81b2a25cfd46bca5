"""What a job and those who watch it say to each other while the job is SQLite's one writer: by small files.

They lie in the folder of results, under the number of the job, and count only while it runs.
"""

import json
import os
from pathlib import Path


def say(folder: Path, job_id: int, done: int, total: int | None) -> None:
    """How far the job is."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, part = path_of(folder, job_id, "progress"), path_of(folder, job_id, "progress.part")
    part.write_text(json.dumps([done, total]))
    os.replace(part, whole)


def heard(folder: Path, job_id: int) -> tuple[int, int | None] | None:
    """How far it said it is, if it said anything."""
    try:
        done, total = json.loads(path_of(folder, job_id, "progress").read_text())
    except FileNotFoundError:
        return None
    return done, total


def ask_to_end(folder: Path, job_id: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path_of(folder, job_id, "cancel").touch()


def is_asked_to_end(folder: Path, job_id: int) -> bool:
    return path_of(folder, job_id, "cancel").exists()


def forget(folder: Path, job_id: int) -> None:
    """What was said before: the job begins, or has ended."""
    for what in ("progress", "progress.part", "cancel"):
        path_of(folder, job_id, what).unlink(missing_ok=True)


def path_of(folder: Path, job_id: int, what: str) -> Path:
    return folder / f"{job_id}.{what}"
