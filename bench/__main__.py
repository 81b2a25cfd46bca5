"""`python -m bench`: run the benchmark, print its tables, and keep the results of a whole run."""

import argparse
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from bench import data, measure, publishing, report, results, servers
from bench.client import Client
from bench.contestant import Contestant
from bench.contestants import CONTESTANTS
from bench.measure import Entrant
from bench.operations import GROUPS, OPERATIONS
from bench.results import Run

SMALL = 1000  # the size that larger ones are compared with
MOST_ON_SQLITE = 1_000_000  # unless asked for


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))  # and the servers with it
    for kind in options.databases or usual(options.size):
        found = run(kind, options)
        print(f"\n{report.section(found)}", flush=True)
        if is_whole(options):
            results.keep(found)
            publishing.publish()


def arguments() -> argparse.Namespace:
    keys = [contestant.key for contestant in CONTESTANTS]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare Colophon with the floor and others.")
    parser.add_argument("--size", type=int, default=SMALL, help=f"how many books there are ({SMALL})")
    parser.add_argument("--databases", type=words, default=[], help=f"of {', '.join(data.KINDS)}")
    parser.add_argument("--contestants", type=words, default=keys, help=f"of {', '.join(keys)}")
    parser.add_argument("--only", type=words, default=list(GROUPS), help=f"of {', '.join(GROUPS)}, or operations")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS, help=f"of each operation ({measure.ROUNDS})")
    parser.add_argument("--note", default="", help="a sentence for the report, such as what else the machine did")
    return parser.parse_args()


def usual(size: int) -> Sequence[str]:
    return data.KINDS if size <= MOST_ON_SQLITE else data.KINDS[:1]


def words(text: str) -> list[str]:
    return text.split(",")


def is_whole(options: argparse.Namespace) -> bool:
    """Whether everything was measured; a part is printed and not kept."""
    return options.only == list(GROUPS) and len(options.contestants) == len(CONTESTANTS)


def run(kind: str, options: argparse.Namespace) -> Run:
    operations = [o for o in OPERATIONS if o.group in options.only or o.key in options.only]
    contestants = [c for c in CONTESTANTS if c.key in options.contestants]
    with data.server(kind) as where, ExitStack() as stack:
        entrants = list(entered(stack, contestants, data.filled(kind, where, options.size)))
        if options.size != SMALL:
            own = [contestant for contestant in contestants if contestant.title == report.OWN]
            entrants += entered(stack, own, data.filled(kind, where, SMALL), report.SMALL)
        said = {contestant.title: versions(contestant) for contestant in contestants}
        figures = {}
        for operation in operations:
            figures[operation.key] = measure.measure(operation, entrants, options.rounds)
            print(report.progress(operation, figures[operation.key]), file=sys.stderr, flush=True)
        return Run(
            kind,
            options.size,
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=" ".join(filter(None, [machine(kind, where), options.note])),
            versions=said,
            figures=figures,
            memory={entrant.name: entrant.server.memory() for entrant in entrants},
        )


def entered(stack: ExitStack, contestants: Sequence[Contestant], url: str, name: str = "") -> Iterator[Entrant]:
    """Each contestant's server on this database, with somebody signed in."""
    facts = data.facts(url)
    for contestant in contestants:
        contestant.migrate(url)
        port = servers.port()
        command, environment = contestant.command(port), contestant.environment(url, port)
        title = name or contestant.title
        server = stack.enter_context(servers.running(title, command, environment, port))
        client = Client(port)
        contestant.sign_in(client, url)
        yield Entrant(title, contestant, server, client, facts)


def machine(kind: str, where: str) -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {data.version(kind, where)}."


def versions(contestant: Contestant) -> str:
    """«django 5.2.19, psycopg 3.3.9»: what its interpreter says."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    command = [contestant.python, "-c", code, *contestant.packages, "gunicorn"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
