"""What takes part: how its server is started, how one signs in, and what it is asked for each operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.client import Client, Request
from bench.data import Facts

# As many requests of one operation; whatever has to be there before (forms, records) is made here, unmeasured.
Prepared = Callable[[Client, Facts, int], list[Request]]


@dataclass(frozen=True)
class Contestant:
    key: str
    title: str
    command: Callable[[int], list[str]]  # for a port
    environment: Callable[[str, int], dict[str, str]]  # for a database and a port
    sign_in: Callable[[Client, str], None]
    operations: Mapping[str, Prepared]
    row: bytes  # what stands once in each row of its lists

    def rows(self, body: bytes) -> int:
        return body.count(self.row)


def pages(path: Callable[[Facts], str], *headers: tuple[str, str]) -> Prepared:
    """The same page every time."""
    return lambda client, facts, count: [Request(path(facts), headers=headers)] * count
