"""Workers of their own processes over a test's database, and what they are asked to do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.job import Job, State
from tests.conftest import ROOT, SECRET, Site
from tests.soak.servers import LONGEST, until

OPEN = (State.QUEUED, State.RUNNING)
GRACE = 10  # seconds in which a worker ends that is asked to


class Worker:
    """`flask worker`, or another module that is one; started, killed and stopped as often as one likes."""

    def __init__(self, site: Site, *module: str) -> None:
        config = site.app.config["COLOPHON"]
        self.command = [sys.executable, "-m", *(module or ("flask", "--app", "app", "worker"))]
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE"))},
            **{"DATABASE_URL": site.database.url, "RESULTS_DIR": config.results_dir},
            **{"SECRET_KEY": SECRET, "LOG_LEVEL": "ERROR"},
        }
        self.process: Any = None

    def start(self) -> "Worker":
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, **quiet)
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(LONGEST)

    def stop(self) -> int:
        """Ask it to end, as who restarts a server does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(GRACE)


@contextmanager
def working(site: Site, *module: str, number: int = 1) -> Iterator[list[Worker]]:
    """So many workers, until the end of the block."""
    workers = [Worker(site, *module).start() for _ in range(number)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()


def state_of(site: Site, job_id: int) -> State:
    with Session(site.outside) as session:
        return session.get_one(Job, job_id).state


def until_running(site: Site, job_id: int) -> None:
    until(lambda: state_of(site, job_id) != State.QUEUED)


def until_ended(site: Site, job_ids: Sequence[int]) -> None:
    """Wait for these jobs, as long as they go on."""
    while left := number_open(site, job_ids):
        until(lambda before=left: number_open(site, job_ids) < before)


def number_open(site: Site, job_ids: Sequence[int]) -> int:
    with Session(site.outside) as session:
        asked = select(func.count()).select_from(Job).where(Job.id.in_(job_ids), Job.state.in_(OPEN))
        return session.scalar(asked) or 0
