"""Measuring: the same requests to each contestant in turn, round after round, so that a busy moment meets everybody."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.client import PATIENCE, Answer, Client
from bench.contestant import Contestant
from bench.data import Facts
from bench.operations import Operation
from bench.servers import Server

ROUNDS = 5
BATCH_SECONDS = 0.2  # about how long the requests of one batch take
MOST_READS, MOST_WRITES = 200, 10
PROBES = 5
SLOW = 1.0  # seconds; what takes longer is asked for once per round, and not on several connections
LONG = 15.0  # what takes longer than this is asked for once
CONNECTIONS = 8  # at once, when requests per second are counted
RUSH_SECONDS = 0.2
NOT_THERE = "not there"
TOO_LONG = f"over {PATIENCE} s"


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

    @property
    def is_long(self) -> bool:
        return any(latency > LONG * 1000 for latency in self.latency)

    def figure(self) -> Figure:
        per_second = median(self.per_second) if self.per_second else None
        return Figure(median(self.processor), median(self.latency), per_second)


class NoFigure(Exception):
    """There is nothing to measure; the message is what stands in the table instead."""


def measure(operation: Operation, entrants: Sequence[Entrant], rounds: int) -> dict[str, Figure | str]:
    """A figure per entrant, the median of the rounds; where there is none, a word that says why."""
    found: dict[str, Figure | str] = {}
    seen: dict[str, Batches] = {}
    for number in range(rounds + 1):
        for entrant in entrants:
            if entrant.name in found:
                continue
            try:
                if number == 0:
                    seen[entrant.name] = probe(operation, entrant)
                elif not seen[entrant.name].is_long:
                    one_batch(operation, entrant, seen[entrant.name])
            except NoFigure as reason:
                found[entrant.name] = str(reason)
    found |= {name: batches.figure() for name, batches in seen.items() if name not in found}
    return {entrant.name: found[entrant.name] for entrant in entrants}


def probe(operation: Operation, entrant: Entrant) -> Batches:
    """Whether the answers are right, and how many of them make a batch. Raises NoFigure."""
    prepare = entrant.contestant.operations.get(operation.key)
    if prepare is None:
        raise NoFigure(NOT_THERE)
    taken, processor = [], []
    for _ in range(2 if operation.most else PROBES):
        (request,) = prepare(entrant.client, entrant.facts, 1)
        before = entrant.server.processor_seconds()
        taken.append(ask(operation, entrant, entrant.client.packed(request)))
        processor.append((entrant.server.processor_seconds() - before) * 1000)
        if taken[-1] > SLOW:
            break
    most = operation.most or (MOST_WRITES if operation.writes else MOST_READS)
    batches = Batches(min(most, max(1, round(BATCH_SECONDS / min(taken)))))
    if taken[-1] > LONG:
        batches.processor, batches.latency = processor[-1:], [taken[-1] * 1000]
    return batches


def ask(operation: Operation, entrant: Entrant, packed: bytes) -> float:
    """How many seconds the answer takes, which must be right. Raises NoFigure."""
    begun = time.perf_counter()
    try:
        answer = entrant.client.send(packed)
    except TimeoutError:
        entrant.client.close()
        raise NoFigure(TOO_LONG) from None
    taken = time.perf_counter() - begun
    if taken > PATIENCE:
        raise NoFigure(TOO_LONG)
    check(operation, entrant, answer)
    return taken


def check(operation: Operation, entrant: Entrant, answer: Answer) -> None:
    """A fast error is no achievement."""
    if answer.status == 404:
        raise NoFigure(NOT_THERE)
    if answer.status == 303 and not operation.writes:
        raise NoFigure("a job")
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
    before = entrant.server.processor_seconds()
    latencies = [ask(operation, entrant, request) for request in packed]
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
