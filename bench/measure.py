"""Measuring: the same requests to each contestant in turn, round after round, so that a busy moment meets everybody."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.client import Answer, Client
from bench.contestant import Contestant
from bench.data import Facts
from bench.operations import Operation
from bench.servers import Server

ROUNDS = 5
BATCH_SECONDS = 0.2  # about how long the requests of one batch take
MOST_READS, MOST_WRITES = 200, 10
PROBES = 5
SLOW = 1.0  # seconds; what takes longer is asked for once per round, and not on several connections
CONNECTIONS = 8  # at once, when requests per second are counted
RUSH_SECONDS = 0.2
NOT_THERE = "not there"


@dataclass(frozen=True)
class Entrant:
    """A contestant's running server, with somebody signed in."""

    name: str
    contestant: Contestant
    server: Server
    client: Client
    facts: Facts


@dataclass(frozen=True)
class Figure:
    """What one request needs, in milliseconds, and how many a second get through."""

    processor: float
    latency: float
    per_second: float | None = None


@dataclass
class Batches:
    """What was seen of one entrant in all rounds."""

    size: int
    processor: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)

    def figure(self) -> Figure:
        per_second = median(self.per_second) if self.per_second else None
        return Figure(median(self.processor), median(self.latency), per_second)


class NoFigure(Exception):
    """There is nothing to measure; the message is what stands in the table instead."""


def measure(operation: Operation, entrants: Sequence[Entrant], rounds: int) -> dict[str, Figure | str]:
    """A figure per entrant, the median of the rounds; where there is none, a word that says why."""
    found: dict[str, Figure | str] = {}
    seen: dict[str, Batches] = {}
    for entrant in entrants:
        try:
            seen[entrant.name] = Batches(probe(operation, entrant))
        except NoFigure as reason:
            found[entrant.name] = str(reason)
    for _ in range(rounds):
        for entrant in entrants:
            if entrant.name not in seen:
                continue
            try:
                one_batch(operation, entrant, seen[entrant.name])
            except NoFigure as reason:
                found[entrant.name] = str(reason)
                del seen[entrant.name]
    found |= {name: batches.figure() for name, batches in seen.items()}
    return {entrant.name: found[entrant.name] for entrant in entrants}


def probe(operation: Operation, entrant: Entrant) -> int:
    """Whether the answers are right, and how many of them make a batch. Raises NoFigure."""
    prepare = entrant.contestant.operations.get(operation.key)
    if prepare is None:
        raise NoFigure(NOT_THERE)
    taken = []
    for _ in range(2 if operation.most else PROBES):
        (request,) = prepare(entrant.client, entrant.facts, 1)
        begun = time.perf_counter()
        answer = entrant.client.send(entrant.client.packed(request))
        taken.append(time.perf_counter() - begun)
        check(operation, entrant, answer)
        if taken[-1] > SLOW:
            break
    most = operation.most or (MOST_WRITES if operation.writes else MOST_READS)
    return min(most, max(1, round(BATCH_SECONDS / min(taken))))


def check(operation: Operation, entrant: Entrant, answer: Answer) -> None:
    """A fast error is no achievement."""
    if answer.status == 404:
        raise NoFigure(NOT_THERE)
    if answer.status not in ((302, 303) if operation.writes else (200,)):
        raise NoFigure(f"status {answer.status}")
    rows = entrant.contestant.rows(answer.body)
    if operation.group == "list" and not answer.header("content-encoding") and rows not in operation.rows:
        raise NoFigure(f"{rows} rows")


def one_batch(operation: Operation, entrant: Entrant, batches: Batches) -> None:
    """Requests one after the other; then, of pages one reads, as many as get through on several connections."""
    client = entrant.client
    requests = entrant.contestant.operations[operation.key](client, entrant.facts, batches.size)
    packed = [client.packed(request) for request in requests]
    latencies, before = [], entrant.server.processor_seconds()
    for request in packed:
        begun = time.perf_counter()
        answer = client.send(request)
        latencies.append(time.perf_counter() - begun)
        check(operation, entrant, answer)
    batches.processor.append((entrant.server.processor_seconds() - before) / len(packed) * 1000)
    batches.latency.append(median(latencies) * 1000)
    if operation.group == "list" and latencies[-1] < SLOW:
        batches.per_second.append(rush(client, packed[0]))


def rush(client: Client, packed: bytes) -> float:
    """Requests per second over several connections at once."""
    end = time.perf_counter() + RUSH_SECONDS
    counts: list[int] = []

    def ask() -> None:
        own, count = Client(client.port), 0
        while time.perf_counter() < end:
            own.send(packed)
            count += 1
        own.close()
        counts.append(count)

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)
