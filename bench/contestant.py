"""What takes part: how its server is started, how one signs in, and what it is asked for each operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from bench.client import Client, Request
from bench.data import Facts

# So many requests of one operation; whatever has to be there before (forms, records) is made here, unmeasured.
Prepared = Callable[[Client, Facts, int], list[Request]]


@dataclass(frozen=True)
class Contestant:
    key: str
    title: str
    packages: tuple[str, ...]  # whose versions the report names
    python: str
    command: Callable[[int], list[str]]  # for a port
    environment: Callable[[str, int], dict[str, str]]  # for a database and a port
    sign_in: Callable[[Client, str], None]
    operations: Mapping[str, Prepared]
    row: bytes  # what stands once in each row of its lists
    migrate: Callable[[str], None] = lambda url: None  # make what it needs in a database besides Colophon's tables

    def rows(self, body: bytes) -> int:
        return body.count(self.row)


def pages(path: Callable[[Facts], str], *headers: tuple[str, str]) -> Prepared:
    """The same page every time."""
    return lambda client, facts, number: [Request(path(facts), headers=headers)] * number


TURNS = count()


def another_price() -> str:
    """Never the last one, so that there is something to save."""
    turn = next(TURNS)
    return f"{turn % 900 + 10}.{turn % 89 + 10}"


def up_or_down() -> str:
    """In turn, so that prices stay where they are."""
    return ("raise", "lower")[next(TURNS) % 2]
