"""A worker whose jobs take as long as a test wants: it says «begun» and goes on when it is told to.

Run as `python -m tests.working` with the address of a database in DATABASE_URL; `quick` does not wait to be told, and
`stuck` waits for a database that does not answer.
"""

import os
import select
import signal
import sys
from threading import Event

import jobs
from app import create_app
from config import Config
from models.tag import Tag
from services.unit_of_work import unit_of_work
from services.work import Work


def slow(work: Work) -> None:
    print("begun", flush=True)
    told = False
    while not told:
        work.report(1, 2)  # ends this when the worker is stopped
        told = bool(select.select([sys.stdin], [], [], 0.05)[0])
    sys.stdin.readline()
    with unit_of_work() as session:
        session.add(Tag(name=f"Job {work.job_id}"))
        work.finish(session, "One tag.")
    print("finished", flush=True)


def quick(work: Work) -> None:
    with unit_of_work() as session:
        session.add(Tag(name=f"Job {work.job_id}"))
        session.flush()
        work.finish(session, "One tag.")


def stuck(worker: jobs.Worker, tick: int) -> None:
    print("looking", flush=True)
    Event().wait()


def main() -> None:
    jobs.KINDS = {"export": quick if "quick" in sys.argv else slow}
    if "stuck" in sys.argv:
        jobs.Worker.look = stuck
    worker = jobs.Worker(create_app(Config.from_environment(os.environ)))
    signal.signal(signal.SIGTERM, lambda *_: worker.stop.set())
    worker.run()


if __name__ == "__main__":
    main()
