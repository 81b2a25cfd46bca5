"""`python -m bench`: run the benchmark and print its tables."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench import data, measure, report, servers
from bench.client import Client
from bench.contestant import Contestant
from bench.contestants import CONTESTANTS
from bench.measure import Entrant
from bench.operations import GROUPS, OPERATIONS, Operation


def main() -> None:
    options = arguments()
    operations = [o for o in OPERATIONS if o.group in options.only or o.key in options.only]
    contestants = [c for c in CONTESTANTS if c.key in options.contestants]
    for kind in options.databases:
        run(kind, options.size, operations, contestants, options.rounds)


def arguments() -> argparse.Namespace:
    keys = [contestant.key for contestant in CONTESTANTS]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare Colophon with the floor and others.")
    parser.add_argument("--size", type=int, default=1000, help="how many books there are (1000)")
    parser.add_argument("--databases", type=words, default=list(data.KINDS), help=f"of {', '.join(data.KINDS)}")
    parser.add_argument("--contestants", type=words, default=keys, help=f"of {', '.join(keys)}")
    parser.add_argument("--only", type=words, default=list(GROUPS), help=f"of {', '.join(GROUPS)}, or operations")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS, help=f"of each operation ({measure.ROUNDS})")
    return parser.parse_args()


def words(text: str) -> list[str]:
    return text.split(",")


def run(kind: str, size: int, operations: Sequence[Operation], contestants: Sequence[Contestant], rounds: int) -> None:
    with data.server(kind) as where, ExitStack() as stack:
        url = data.filled(kind, where, size)
        entrants = list(entered(stack, contestants, url))
        print(report.heading(kind, size, contestants))
        for operation in operations:
            figures = measure.measure(operation, entrants, rounds)
            print(report.line(operation, figures), flush=True)
        for entrant in entrants:
            print(report.memory(entrant.contestant, entrant.server.memory()))


def entered(stack: ExitStack, contestants: Sequence[Contestant], url: str) -> Iterator[Entrant]:
    """Each contestant's server on this database, with somebody signed in."""
    facts = data.facts(url)
    for contestant in contestants:
        port = servers.port()
        command, environment = contestant.command(port), contestant.environment(url, port)
        server = stack.enter_context(servers.running(contestant.key, command, environment, port))
        client = Client(port)
        contestant.sign_in(client, url)
        yield Entrant(contestant, server, client, facts)


if __name__ == "__main__":
    main()
